//! Whether weights are as large as their shape asks for.

use super::super::{Finding, Weight, if_late};
use super::{names, redrawn};
use crate::explain::cure::{Cure, Draw};
use crate::explain::evidence::{Evidence, Look};
use crate::explain::model::{Model, Parameter, recipes};
use crate::explain::trial::Aim;
use crate::words::{about, rough};
use headstart_engine::activation::Activation;

/// A miscount, and the fans that it makes of a weight's own.
struct Slip {
    what: &'static str,
    fans: fn(&Parameter) -> [f64; 2],
    is_of: fn(&Parameter) -> bool,
}

/// What fans are counted without, or too much of.
const SLIPS: &[Slip] = &[
    Slip {
        what: "without the kernel's area",
        fans: |one| [one.fan_in as f64 / one.area as f64, one.fan_out as f64 / one.area as f64],
        is_of: |one| one.area > 1,
    },
    Slip {
        what: "with the inputs of all groups",
        fans: |one| [(one.fan_in * one.groups) as f64, (one.fan_out * one.groups) as f64],
        is_of: |one| one.groups > 1,
    },
    Slip {
        what: "with the outputs of all projections that share the tensor",
        fans: |one| [one.fan_in as f64, (one.fan_out * one.parts) as f64],
        is_of: |one| one.parts > 1,
    },
    Slip {
        what: "the other way round",
        fans: |one| [one.fan_out as f64, one.fan_in as f64],
        is_of: |one| one.role == "dense" && one.fan_in != one.fan_out,
    },
];

/// Schemes whose size is somebody's own number.
const SIZED: [&str; 4] = ["normal", "uniform", "truncated-normal", "file"];

/// Second moments that are off by less than this factor make no difference.
const OFF: f64 = 1.5;

/// The recipe that a weight follows with fans that are counted wrong; none where it follows one with the right ones.
fn slip(one: &Parameter) -> Option<(&'static Slip, &'static str, f64)> {
    if one.scale == 0.0 || one.recipes().iter().any(|(_, variance)| one.has_variance(*variance)) {
        return None;
    }
    SLIPS.iter().filter(|slip| (slip.is_of)(one)).find_map(|slip| {
        let [fan_in, fan_out] = (slip.fans)(one);
        let wrong = recipes(fan_in, fan_out);
        let followed = wrong.iter().zip(one.recipes()).find(|((_, wrong), _)| one.has_variance(*wrong));
        let ((name, wrong), (_, right)) = followed?;
        let factor = wrong / right;
        (factor.max(1.0 / factor) > OFF).then_some((slip, *name, factor))
    })
}

/// Scales that are those of a recipe, but for fans that leave something out. A single coincidence is none where there are others of the
/// same kind: most of those have to follow it.
pub fn fan_counted_wrong(evidence: &Evidence) -> Option<Finding> {
    let model = evidence.look.model.as_ref()?;
    // Fans of a task are counted by its scheme: only what has a size of its own can miss them.
    if model.is_own() && !SIZED.iter().any(|scheme| evidence.start.init.starts_with(scheme)) {
        return None;
    }
    SLIPS.iter().find_map(|wanted| {
        let alike: Vec<&Parameter> = model.weights().filter(|one| (wanted.is_of)(one) && one.scale > 0.0).collect();
        let of = |one: &&Parameter| slip(one).filter(|(slip, ..)| slip.what == wanted.what);
        let found: Vec<(&Parameter, &str, f64)> =
            alike.iter().filter_map(|one| of(one).map(|(_, recipe, factor)| (*one, recipe, factor))).collect();
        // Dense layers that widen and narrow in turn follow a rule both ways where it has one size for all: then half of them do.
        let is_either_way = wanted.what == "the other way round";
        let least = if is_either_way { alike.len().max(2) } else { alike.len().div_ceil(2).max(1) };
        if found.len() < least {
            return None;
        }
        // What a normalization follows is the same whatever its scale.
        if found.iter().all(|(one, ..)| one.normalized.is_some()) {
            return None;
        }
        let (first, recipe, factor) = found[0];
        let factors = || found.iter().map(|(.., factor)| *factor);
        let (least_of, most_of) = (factors().fold(f64::INFINITY, f64::min), factors().fold(0.0, f64::max));
        let times = if most_of > 1.1 * least_of {
            format!("{} to {}", rough(least_of), rough(most_of))
        } else {
            rough(factor)
        };
        let all: Vec<&str> = found.iter().map(|(one, ..)| one.name.as_str()).collect();
        let growth = growth_in_words(&evidence.look, &all);
        let sentence = format!(
            "The weights of {} have the variance that {recipe} has with fans that are counted {}: {} times what their fans of {} and {} \
             ask for{growth}.",
            names(&all),
            wanted.what,
            times,
            first.fan_in,
            first.fan_out,
        );
        let grows = factor.max(1.0 / factor).powi(found.len() as i32);
        let cure: Vec<Cure> = if found.len() == alike.len() && found.len() > 2 || model.is_chain() {
            redrawn(evidence, model)
        } else {
            redrawn_some(evidence, model, &all, recipe)
        };
        // What a normalization follows is not changed by it.
        let is_felt = found.iter().any(|(one, ..)| one.normalized.is_none());
        let weight = if grows > 1e3 && is_felt && model.is_chain() { Weight::Decisive } else { if_late(evidence) };
        let finding = Finding::new("fan counted wrong", weight, sentence)
            .figure("factor", factor)
            .figure("layers", found.len() as f64)
            .figure("scale", first.scale)
            .figure("fan_in", first.fan_in as f64)
            .figure("fan_out", first.fan_out as f64)
            .aim(if model.is_chain() { Aim::Signal } else { Aim::Steps })
            .cure(cure, ", whose fans have all of it")
            .otherwise("draw them by fans that have the kernel's area and the groups in them");
        Some(match first.place {
            Some(place) => finding.at(place + 1),
            None => finding,
        })
    })
}

/// Some weights drawn by a recipe; of a task all of them.
fn redrawn_some(evidence: &Evidence, model: &Model, names: &[&str], recipe: &str) -> Vec<Cure> {
    if model.is_own() { redrawn(evidence, model) } else { vec![Cure::Draw(Draw::some(names, recipe))] }
}

/// How the signal changes per place over some parameters, where it does.
fn growth_in_words(look: &Look, of: &[&str]) -> String {
    let Some(model) = look.model.as_ref().filter(|model| model.is_chain()) else { return String::new() };
    let is_of = |parameter: &&Parameter| of.contains(&parameter.name.as_str());
    let places: Vec<usize> = model.weights().filter(is_of).filter_map(|one| one.place).collect();
    let (Some(&first), Some(&last)) = (places.first(), places.last()) else { return String::new() };
    let [start, end] = [first, last].map(|place| look.places[place].signal);
    if last <= first || !(start > 0.0 && end.is_finite() && end > 0.0) {
        return String::new();
    }
    let per_layer = (end / start).powf(1.0 / (last - first) as f64);
    if (per_layer - 1.0).abs() < 0.2 {
        return String::new();
    }
    let (goes, by) = if per_layer > 1.0 { ("grows", per_layer) } else { ("falls", 1.0 / per_layer) };
    format!(
        "; from layer to layer the signal (second moment) {goes} {}-fold, from {} to {}",
        rough(by),
        rough(start),
        rough(end)
    )
}

/// Layers from which on a factor of six each is too much.
const DEEP: usize = 5;

/// The default of `PyTorch`, `kaiming_uniform_` with `a = sqrt(5)`, has a third of lecun's variance: behind relu a sixth of the second
/// moment is left in each layer.
pub fn default_too_small(evidence: &Evidence) -> Option<Finding> {
    let look = &evidence.look;
    let model = look.model.as_ref().filter(|model| model.is_chain())?;
    // Of a task it is known whether it is that.
    if model.is_own() && !evidence.start.init.starts_with("pytorch-default") {
        return None;
    }
    let is_default = |one: &Parameter| one.has_variance(1.0 / (3.0 * one.fan_in as f64)) && one.ratio() < 0.5;
    // What comes out at the end is not passed on.
    let hidden = look.hidden().len();
    let of_hidden = |one: &&Parameter| one.place.is_some_and(|place| place < hidden);
    let places: Vec<usize> =
        model.weights().filter(of_hidden).filter(|one| is_default(one)).filter_map(|one| one.place).collect();
    if places.len() < DEEP || 2 * places.len() < hidden {
        return None;
    }
    let losses: Vec<f64> = model
        .weights()
        .filter(of_hidden)
        .filter(|one| is_default(one) && one.before.is_some())
        .map(Parameter::ratio)
        .collect();
    let lost = losses.iter().product::<f64>();
    if losses.is_empty() || lost > 1e-2 {
        return None;
    }
    let per_layer = lost.powf(1.0 / losses.len() as f64);
    let signals: Vec<f64> = places.iter().map(|place| look.places[*place].signal).collect();
    let first: Vec<String> = signals.iter().take(4).map(|signal| rough(*signal)).collect();
    let last = &look.places[*places.last()?];
    let (end, start) = (last.signal, signals[0]);
    // With biases that are drawn the second moment stops at what they have; what depends on the input goes on falling.
    let has_floor = end > 10.0 * start * lost;
    let varying = |place: usize| Some(look.places[place].signal * (1.0 - look.places[place].correlation?));
    let floor = match (varying(places[0]), varying(*places.last()?)) {
        (Some(before), Some(after)) if has_floor => format!(
            "; it stops at what the biases add, {}, but the part that depends on the input goes on falling, from {} to {}, so that all \
             samples look alike",
            rough(end),
            rough(before),
            // Beside the rest single precision holds no less.
            if after < 1e-6 * end { format!("less than {}", rough(1e-6 * end)) } else { rough(after) }
        ),
        _ => String::new(),
    };
    let activation = look.activation().map_or_else(String::new, |activation: Activation| format!(" {activation}"));
    let sentence = format!(
        "PyTorch's default start (uniform, a = sqrt(5)) is too small for {} plain{activation} layers: {} of the signal's second moment \
         is left in each, {} ...{floor}.",
        places.len(),
        rough(per_layer),
        first.join(", "),
    );
    let finding = Finding::new("default start too small for this depth", Weight::Decisive, sentence)
        .at(places.last()? + 1)
        .figure("first_layer", start)
        .figure("last_layer", end)
        .figure("factor_per_layer", per_layer)
        .figure("layers", places.len() as f64)
        .aim(if has_floor { Aim::Alike } else { Aim::Signal })
        .cure(redrawn(evidence, model), ": it keeps the signal's size from layer to layer")
        .otherwise("use normalization or residual connections, which hold the signal's size");
    Some(finding)
}

/// Scales that a normalization hides are told from this factor on.
const HIDDEN: f64 = 10.0;

/// What a normalization follows at once gives the same function whatever its scale; but its gradient is as many times smaller as the
/// weights are larger, so that the step in the direction of the weights is `lr / |w|^2` (van Laarhoven 2017, "L2 regularization versus
/// batch and weight normalization", section 2).
pub fn normalization_hides(evidence: &Evidence) -> Option<Finding> {
    let model = evidence.look.model.as_ref()?;
    let off = |one: &&Parameter| {
        let by = (one.scale / one.asked).max(one.asked / one.scale);
        one.normalized.is_some() && one.scale > 0.0 && by.is_finite() && by > HIDDEN
    };
    let found: Vec<&Parameter> = model.weights().filter(off).collect();
    let first = found.first()?;
    let ratio = first.scale / first.asked;
    let all: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    let (large, step) = if ratio > 1.0 { ("larger", "shorter") } else { ("smaller", "longer") };
    let by = ratio.max(1.0 / ratio);
    // Steps of adam and its like are as long whatever the gradient.
    let is_descent = evidence.training.is_descent() || evidence.training.optimizer == "none";
    let (what, power) = if is_descent {
        ("descent turns them by lr / |w|^2".to_owned(), 2)
    } else {
        (format!("{} turns them by lr / |w|", evidence.training.optimizer), 1)
    };
    let sentence = format!(
        "The weights of {} are {} times {large} than their fans ask for, and the normalization behind hides it: the function is the same, \
         but a step of {what}, {} times {step} than usual.",
        names(&all),
        rough(by),
        about(by.powi(power).round() as u64),
    );
    Some(
        Finding::new("normalization hides the weights' scale", if_late(evidence), sentence)
            .figure("scale_by_asked", ratio)
            .figure("layers", found.len() as f64)
            .cure(redrawn_some(evidence, model, &all, "lecun"), ": steps are as long as elsewhere")
            .otherwise("draw them by their fans, or give them a learning rate of their own"),
    )
}
