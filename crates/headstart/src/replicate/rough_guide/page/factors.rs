//! What tasks are made of: the factors of the design with their levels.

use crate::replicate::rough_guide::design::{Grid, Kind, Optimizer, Part, RATE_NAMES, Setup};
use crate::replicate::rough_guide::figures::Guide;

/// A level of a factor: its name, and whether a task is of it.
pub type Level<'a> = (String, Box<dyn Fn(&Setup) -> bool + 'a>);

/// A factor of the design with its levels, in their order if they have one.
pub struct Factor<'a> {
    pub name: &'static str,
    pub levels: Vec<Level<'a>>,
    /// What a larger level is called; none where they have no order.
    pub order: Option<&'static str>,
}

/// A level with its name.
fn level<'a>(name: impl Into<String>, wanted: impl Fn(&Setup) -> bool + 'a) -> Level<'a> {
    (name.into(), Box::new(wanted))
}

/// The factors of the design; those that the guide knows first.
pub fn factors<'a>(grid: &'a Grid, guide: &'a Guide, part: Part) -> Vec<Factor<'a>> {
    let setups = || guide.outcomes.iter().map(|outcome| &outcome.setup).filter(move |setup| setup.part == part);
    let mut widths: Vec<usize> = setups().map(|setup| setup.width).collect();
    widths.sort_unstable();
    widths.dedup();
    let mut sets: Vec<(Kind, &'static str)> = Vec::new();
    let mut optimizers: Vec<Optimizer> = Vec::new();
    let mut rates: Vec<usize> = Vec::new();
    for setup in setups() {
        if !sets.contains(&(setup.kind, setup.set)) {
            sets.push((setup.kind, setup.set));
        }
        if !optimizers.contains(&setup.optimizer) {
            optimizers.push(setup.optimizer);
        }
        if !rates.contains(&setup.rate) {
            rates.push(setup.rate);
        }
    }
    rates.sort_unstable();
    let factor = |name, order, levels| Factor { name, levels, order };
    let is_plane = |setup: &Setup| setup.kind == Kind::Plane;
    vec![
        factor(
            "activation",
            None,
            grid.activations.iter().map(|of| level(*of, move |setup| setup.activation == *of)).collect(),
        ),
        factor(
            "hidden layers",
            Some("more hidden layers"),
            grid.depths.iter().map(|of| level(of.to_string(), move |setup| setup.depth == *of)).collect(),
        ),
        factor(
            "data",
            None,
            sets.into_iter()
                .map(|(kind, set)| level(format!("{set} ({})", kind.name()), move |setup| setup.set == set))
                .collect(),
        ),
        factor(
            "optimizer",
            None,
            optimizers.into_iter().map(|of| level(of.name(), move |setup| setup.optimizer == of)).collect(),
        ),
        factor(
            "learning rate",
            Some("a higher learning rate"),
            rates.into_iter().map(|of| level(RATE_NAMES[of], move |setup| setup.rate == of)).collect(),
        ),
        factor(
            "width",
            Some("wider layers"),
            widths.into_iter().map(|of| level(of.to_string(), move |setup| setup.width == of)).collect(),
        ),
        factor(
            "output",
            None,
            vec![
                level("sigmoid", move |setup| is_plane(setup) && !setup.is_tanh),
                level("tanh", move |setup| is_plane(setup) && setup.is_tanh),
            ],
        ),
    ]
}
