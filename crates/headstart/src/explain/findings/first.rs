//! Whether the first layer is of the size that its inputs' signal asks for.

use super::training::step_too_small;
use super::units::MOST;
use super::{Finding, if_late};
use crate::explain::cure::Cure;
use crate::explain::evidence::Evidence;
use crate::spec::Inits;
use crate::words::rough;
use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;

/// Where the first layer's pre-activations are smaller than this, its units hardly bend more than once over the inputs.
const BENDS: f64 = 2.0;

/// Outputs of this size are small because all layers are.
const FAINT: f64 = 0.03;

/// By which factors the first layer is tried to be larger, or smaller.
const FACTORS: [f64; 2] = [4.0, 16.0];

/// The most characters of an initialization that is told.
const LONG: usize = 60;

/// Targets that change fast over the inputs need units that do, too: a first layer several times larger than layers behind it
/// (Sitzmann et al. 2020, "Implicit neural representations with periodic activation functions", section 3.2; Tancik et al. 2020,
/// "Fourier features let networks learn high frequency functions"). It is named where another size helps. Not of units whose
/// output only grows with their input: there a factor of one layer is one of all.
pub fn first_layer(evidence: &Evidence) -> Option<Finding> {
    let activation = evidence.look.activation()?;
    let is_scale_free =
        matches!(activation.at_start(), Activation::Relu | Activation::LeakyRelu(_) | Activation::Identity);
    let is_flat = evidence.look.flat().is_some_and(|(_, share)| share >= MOST);
    // What is slow because of its steps, or faint as a whole, is not about this layer.
    let is_faint = evidence.look.logits().signal.sqrt() < FAINT;
    let is_explained = is_flat || is_faint || step_too_small(evidence).is_some();
    if is_scale_free || is_explained || !evidence.is_late() {
        return None;
    }
    let size = evidence.look.places[0].signal.sqrt();
    let is_small = size < BENDS;
    let (name, is, so) = if is_small {
        ("first layer too small", "small", "bend little over the inputs, less than the targets do")
    } else {
        ("first layer too large", "large", "change so fast over the inputs that near samples look unrelated")
    };
    let factors = FACTORS.map(|factor| if is_small { factor } else { 1.0 / factor });
    let sentence = format!(
        "The first layer's pre-activations are {is} (root mean square {}): its {activation} units {so}, and no other layer makes up \
         for that.",
        rough(size)
    );
    let cures = factors.iter().filter_map(|factor| rescaled(evidence, *factor)).collect();
    Some(
        Finding::new(name, if_late(evidence), sentence)
            .at(1)
            .figure("pre_activations", size)
            .cure(cures, ", the first layer by itself")
            .otherwise("look at how fast the targets change over the inputs")
            .if_cured(),
    )
}

/// The same initialization but for the first layer's size; none of numbers from a file.
fn rescaled(evidence: &Evidence, factor: f64) -> Option<Cure> {
    let own: Initialization = evidence.start.init.parse().ok().filter(|own: &Initialization| own.given.is_none())?;
    let layers = evidence.look.places.len();
    let scheme = |l: usize| own.weights.get(l).or(own.weights.first()).copied();
    let weights: Option<Vec<_>> =
        (0..layers).map(|l| scheme(l).map(|scheme| if l == 0 { scheme.times(factor) } else { scheme })).collect();
    let init = Initialization { weights: weights?, ..own.clone() };
    // Nobody writes more than that into a line.
    (init.to_string().chars().count() <= LONG).then_some(Cure::Init(Inits(vec![init])))
}
