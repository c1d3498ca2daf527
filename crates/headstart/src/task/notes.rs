//! What is to be said of a task before it is run.

use crate::data::{Dataset, Kind, ScaleTargets, Targets};
use crate::spec::TaskSpec;
use crate::words::{leave, many, rough};
use headstart_engine::activation::Activation;
use headstart_engine::init::{Initialization, Rule, Scheme};
use headstart_engine::network::{Loss, Network};

/// What is to be said where targets are beyond all that the output can be.
pub(super) fn reach_note(network: &Network, dataset: &Dataset) -> Option<String> {
    let Targets::Values(values) = &dataset.train.y else { return None };
    let [from, to] = network.output().range();
    let beyond = values.iter().filter(|y| **y < from || **y > to).count();
    let ends = values.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], y| [low.min(*y), high.max(*y)]);
    let [low, high] = ends.map(rough);
    (beyond > 0).then(|| {
        format!(
            "the targets go from {low} to {high}, and a {} output cannot {}: {} cannot be met by any weights; \
             use --output identity, or targets within",
            network.output(),
            leave(network.output().range()),
            many(beyond as u64, "target")
        )
    })
}

/// A start that is made for sines, where others are.
pub(super) fn siren_note(spec: &TaskSpec, network: &Network) -> Option<String> {
    let is_siren = |init: &Initialization| init.weights.iter().any(|scheme| matches!(scheme, Scheme::Siren { .. }));
    let others = network.activations().iter().any(|activation| *activation != Activation::Sin);
    (others && spec.init.init.0.iter().any(is_siren)).then(|| {
        "siren is made for --activation sin: its weights are as large as sines take them, and too large for others"
            .to_owned()
    })
}

/// What is to be said of losses of numbers that change their shape with the targets' units.
pub(super) fn shape_note(spec: &TaskSpec, network: &Network, dataset: &Dataset) -> Option<String> {
    let name = match network.loss() {
        Loss::Huber(_) => "huber",
        Loss::LogCosh => "log-cosh",
        _ => return None,
    };
    let Kind::Regression { .. } = dataset.kind else { return None };
    match spec.data.scale_targets {
        ScaleTargets::Auto => Some(format!(
            "{name} is another loss in other units, so targets are left as they are unless --scale-targets says otherwise"
        )),
        ScaleTargets::None => None,
        _ if name == "huber" => Some(
            "huber's bound between small and large errors is one of scaled targets: in deviations where they are \
                  standardized"
                .to_owned(),
        ),
        _ => None,
    }
}

/// What a course calls "Xavier" is elsewhere another scheme's name: said where somebody uses one of the two.
pub(super) fn course_note(spec: &TaskSpec) -> Option<String> {
    let is = |wanted: Rule| {
        let mut schemes = spec.init.init.0.iter().flat_map(|init| &init.weights);
        schemes.any(|scheme| matches!(scheme, Scheme::Scaled { rule, .. } if *rule == wanted))
    };
    match (is(Rule::LeCun), is(Rule::Glorot)) {
        (false, false) => None,
        (true, _) => Some("lecun, variance 1/fan-in, is what the deep-learning courses call \"Xavier\"".to_owned()),
        (_, true) => Some(
            "glorot (xavier) is variance 2/(fan-in + fan-out); the \"Xavier\" of the deep-learning courses, \
             sqrt(1/fan-in), is lecun here"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::TaskSpec;
    use crate::task::Task;

    fn notes(data: &str, network: &str, init: &str) -> String {
        let text = format!("[data]\n{data}\n[network]\n{network}\n[init]\ninit = '{init}'\n");
        Task::new(TaskSpec::from_toml(&text).unwrap()).unwrap().notes.join("\n")
    }

    #[test]
    fn a_start_for_sines_is_told_where_others_are() {
        assert!(notes("data = 'circles'", "activation = 'relu'", "siren").contains("made for --activation sin"));
        assert!(!notes("data = 'circles'", "activation = 'sin'", "siren").contains("made for"));
    }

    #[test]
    fn losses_of_another_shape_in_other_units_are_told() {
        let scaled = "data = 'diabetes'\nscale-targets = 'standardize'";
        assert!(
            notes("data = 'diabetes'", "loss = 'log-cosh'", "he").contains("log-cosh is another loss in other units")
        );
        assert!(notes(scaled, "loss = 'huber:1'", "he").contains("in deviations where they are"));
        assert!(!notes(scaled, "loss = 'mae'", "he").contains("in deviations"));
    }
}
