//! Which tasks the guide is made from, and which it is judged by.

use super::super::Case;
use crate::advise::rule_of_thumb;
use headstart_engine::activation::Activation;

/// What tasks are made of; of each there are three levels.
const LEVELS: usize = 3;

/// What is tried.
pub struct Grid {
    /// Activations of the hidden layers.
    pub activations: &'static [&'static str],
    /// Hidden layers.
    pub depths: &'static [usize],
    /// Gains of the usual scheme, rising; 1 is one of them.
    pub gains: &'static [f64],
    /// Rows of the array that are used: all nine of them, or fewer in a test.
    pub rows: usize,
    /// Trainings from each start.
    pub seeds: usize,
    /// Updates in each of them.
    pub steps: usize,
}

/// The starts that frameworks give to a dense layer when nothing is said.
pub const DEFAULTS: [&str; 2] = ["keras-default", "pytorch-default"];

/// What a task is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The guide is made from it.
    Made,
    /// The guide is judged by it.
    HeldOut,
}

/// A kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two classes of points in the plane.
    Plane,
    /// Classes of rows of a table of measurements.
    Table,
    /// Numbers to be met.
    Numbers,
}

impl Kind {
    const ALL: [Self; LEVELS] = [Self::Plane, Self::Table, Self::Numbers];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plane => "two classes in the plane",
            Self::Table => "classes, from a table",
            Self::Numbers => "numbers",
        }
    }

    /// The set of a row of the array. One makes the guide, so that nothing but the row differs; several judge it.
    fn set(self, part: Part, row: usize) -> &'static str {
        match (part, self) {
            (Part::Made, Self::Plane) => "circles",
            (Part::Made, Self::Table) => "digits",
            (Part::Made, Self::Numbers) => "regression",
            (Part::HeldOut, Self::Plane) => ["moons", "spirals", "quantiles"][row],
            (Part::HeldOut, Self::Table) => ["iris", "wine", "breast-cancer"][row],
            (Part::HeldOut, Self::Numbers) => "diabetes",
        }
    }

    /// The samples of a set: half of a table is held out, so that accuracies on it are worth something.
    fn data(self, set: &str) -> String {
        match (self, set) {
            (Self::Table, _) | (_, "diabetes") => format!("data = \"{set}\"\ntest-share = 0.5\n"),
            (Self::Numbers, _) => {
                format!("data = \"{set}\"\nsamples = [300, 1000]\nset-features = 20\ninformative = 10\nnoise = 20\n")
            }
            (Self::Plane, _) => format!("data = \"{set}\"\nsamples = [300, 1000]\n"),
        }
    }
}

/// An optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimizer {
    /// Gradient descent on minibatches.
    Sgd,
    /// The same with momentum 0.9.
    Momentum,
    /// Adam.
    Adam,
}

impl Optimizer {
    /// All of them.
    pub const ALL: [Self; LEVELS] = [Self::Sgd, Self::Momentum, Self::Adam];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Momentum => "momentum",
            Self::Adam => "adam",
        }
    }

    /// In a configuration file.
    fn spec(self) -> &'static str {
        match self {
            Self::Sgd => "optimizer = \"sgd\"\n",
            Self::Momentum => "optimizer = \"sgd\"\nmomentum = 0.9\n",
            Self::Adam => "optimizer = \"adam\"\n",
        }
    }

    /// The learning rate in the middle: one that people use.
    fn usual_rate(self) -> f64 {
        match self {
            Self::Sgd => 0.1,
            Self::Momentum => 0.01,
            Self::Adam => 0.003,
        }
    }
}

/// Factors on the usual rate and widths of the hidden layers, of each part: those that the guide is judged by are others.
const RATES: [[f64; LEVELS]; 2] = [[0.3, 1.0, 3.0], [0.2, 0.6, 2.0]];
const WIDTHS: [[usize; LEVELS]; 2] = [[8, 16, 32], [10, 20, 40]];

/// The names of the rates' levels.
pub const RATE_NAMES: [&str; LEVELS] = ["low", "middle", "high"];

/// One task: everything but the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// What it is for.
    pub part: Part,
    /// Of all hidden layers.
    pub activation: &'static str,
    /// Hidden layers.
    pub depth: usize,
    /// The kind of data, and the built-in set.
    pub kind: Kind,
    pub set: &'static str,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// The level of the learning rate, and the rate.
    pub rate: usize,
    pub lr: f64,
    /// Units in each hidden layer.
    pub width: usize,
    /// Of the two outputs for two classes, whether it is tanh and not sigmoid.
    pub is_tanh: bool,
}

impl Grid {
    /// All tasks, in the order of the cases: those of one set follow one another, so that it is read once.
    pub fn setups(&self) -> Vec<Setup> {
        let mut all = Vec::new();
        for part in [Part::Made, Part::HeldOut] {
            for row in 0..self.rows {
                let is_plane = Kind::ALL[row / LEVELS] == Kind::Plane;
                for is_tanh in [false, true].into_iter().take(if is_plane { 2 } else { 1 }) {
                    for activation in self.activations {
                        for depth in self.depths {
                            all.push(setup(part, row, is_tanh, activation, *depth));
                        }
                    }
                }
            }
        }
        all
    }

    /// The trainings of a task: from all gains of its usual scheme and from the frameworks' starts.
    pub fn case(&self, setup: &Setup) -> Case {
        let scheme = scheme(setup.activation);
        let gains = self.gains.iter().map(|gain| format!("{scheme}:{gain}"));
        let inits: Vec<String> = gains.chain(DEFAULTS.map(str::to_owned)).collect();
        let output = match (setup.kind, setup.is_tanh) {
            (Kind::Plane, true) => "output = \"tanh\"\nloss = \"bce\"\n",
            (Kind::Plane, false) => "output = \"sigmoid\"\nloss = \"bce\"\n",
            _ => "",
        };
        let hidden = format!("{}, ", setup.width).repeat(setup.depth);
        let task = format!(
            "[data]\n{}[network]\nlayers = [\"_\", {hidden}\"_\"]\nactivation = \"{}\"\n{output}\
             [init]\ninit = \"{}\"\nseeds = {}\n[training]\n{}lr = {}\nbatch = {BATCH}\nsteps = {}\n\
             record-every = {}\n",
            setup.kind.data(setup.set),
            setup.activation,
            inits.join(","),
            self.seeds,
            setup.optimizer.spec(),
            setup.lr,
            self.steps,
            self.steps
        );
        Case::new(setup.name(), task)
    }

    /// Of the gains, the one that is 1.
    pub fn usual(&self) -> usize {
        self.gains.iter().position(|gain| *gain == 1.0).unwrap_or(0)
    }
}

/// Samples of each update.
pub const BATCH: usize = 32;

/// The usual scheme of an activation, which gains multiply.
pub fn scheme(activation: &str) -> &'static str {
    rule_of_thumb(activation.parse::<Activation>().unwrap_or(Activation::Identity))
}

/// The task of a row of the orthogonal array L9 (Taguchi's name; Rao 1947): four factors at three levels in nine rows, where
/// any two of them have each pair of their levels in one row, so that the levels of one can be compared in the means over all
/// others.
fn setup(part: Part, row: usize, is_tanh: bool, activation: &'static str, depth: usize) -> Setup {
    let (a, b) = (row / LEVELS, row % LEVELS);
    let (kind, optimizer) = (Kind::ALL[a], Optimizer::ALL[b]);
    let (width, rate) = ((a + b) % LEVELS, (a + 2 * b) % LEVELS);
    let of_part = usize::from(part == Part::HeldOut);
    Setup {
        part,
        activation,
        depth,
        kind,
        set: kind.set(part, b),
        optimizer,
        rate,
        lr: RATES[of_part][rate] * optimizer.usual_rate(),
        width: WIDTHS[of_part][width],
        is_tanh,
    }
}

impl Setup {
    /// In words, as the case of its runs.
    fn name(&self) -> String {
        let output = if self.is_tanh { " with tanh output" } else { "" };
        format!(
            "{}, {} hidden of {}, {}{output}, {} {}",
            self.activation,
            self.depth,
            self.width,
            self.set,
            self.optimizer.name(),
            crate::words::rough(self.lr)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::builtin::BuiltIn;
    use std::collections::HashSet;

    const GRID: Grid =
        Grid { activations: &["relu", "tanh"], depths: &[1, 3], gains: &[0.5, 1.0, 2.0], rows: 9, seeds: 1, steps: 10 };

    #[test]
    fn any_two_factors_have_each_pair_of_levels_once() {
        for part in [Part::Made, Part::HeldOut] {
            let rows: Vec<Setup> = (0..9).map(|row| setup(part, row, false, "relu", 1)).collect();
            let levels = |of: &Setup| [of.kind as usize, of.optimizer as usize, of.rate, of.width];
            for (i, j) in (0..4).flat_map(|i| (0..i).map(move |j| (i, j))) {
                let pairs: HashSet<[usize; 2]> = rows.iter().map(|row| [levels(row)[i], levels(row)[j]]).collect();
                assert_eq!(pairs.len(), 9, "factors {i} and {j}");
            }
        }
    }

    #[test]
    fn the_guide_is_judged_by_other_sets_widths_and_rates_than_it_is_made_from() {
        let setups = GRID.setups();
        // Twelve tasks of each part, activation and depth.
        assert_eq!(setups.len(), 2 * 12 * 4);
        let of = |part: Part, what: fn(&Setup) -> String| -> HashSet<String> {
            setups.iter().filter(|setup| setup.part == part).map(what).collect()
        };
        let figures: [fn(&Setup) -> String; 3] =
            [|setup| setup.set.to_owned(), |setup| setup.width.to_string(), |setup| setup.lr.to_string()];
        for figure in figures {
            let (made, held_out) = (of(Part::Made, figure), of(Part::HeldOut, figure));
            assert!(made.is_disjoint(&held_out), "{made:?} {held_out:?}");
            assert!(
                figure(&setups[0]).parse::<f64>().is_ok()
                    || held_out.iter().all(|set| BuiltIn::from_name(set).is_some())
            );
        }
        let names: HashSet<String> = setups.iter().map(Setup::name).collect();
        assert_eq!(names.len(), setups.len());
    }

    #[test]
    fn gains_are_of_the_usual_scheme() {
        assert_eq!([scheme("relu"), scheme("tanh"), scheme("selu")], ["he", "glorot", "lecun"]);
        let case = GRID.case(&GRID.setups()[0]);
        assert!(case.task.contains("\"he:0.5,he:1,he:2,keras-default,pytorch-default\""), "{}", case.task);
        assert_eq!(GRID.usual(), 1);
    }
}
