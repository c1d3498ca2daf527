//! Where no start works: what was tried, what helps, and what to do.

use super::super::ground::Guess;
use super::super::race::{Race, WhyNot};
use crate::explain::cure::Cure;
use crate::explain::findings::Finding;
use crate::words::many;

/// What only somebody can tell who can change more than the start.
#[derive(Debug, Default)]
pub(in crate::advise) struct Help {
    /// What came of scaling the features, where they are of sizes that starts are not made for.
    pub scaled: Option<Remedy>,
    /// What was tried where no start works.
    pub remedies: Vec<Remedy>,
    /// What stands in the way there.
    pub obstacle: Option<Finding>,
}

/// What it comes to that a cure works, as the beginning of a sentence.
fn lead(cure: &Cure) -> &'static str {
    match cure {
        Cure::Standardize => "Scale the features first",
        Cure::ScaleTargets => "Scale the targets first",
        Cure::LearningRate(_) => "It takes another learning rate",
        Cure::OneRate(_) => "It takes the same learning rate in all layers",
        Cure::Steps(_) => "It takes more steps",
        Cure::IdentityOutput => "It takes another output",
        Cure::Activation(_) => "It takes another activation",
        Cure::Layers(_) => "It takes other layers",
        Cure::Block(_) => "It takes residual branches",
        Cure::Norm(_) => "It takes a normalization",
        Cure::WeightDecay(_) => "It takes less weight decay",
        Cure::Clip(_) => "It takes another bound of the gradient",
        Cure::Warmup(_) => "It takes a longer warm-up",
        Cure::Dropout(_) => "It takes less dropout",
        Cure::Init(_) | Cure::Draw(_) | Cure::Seed(_) | Cure::UsualBiases | Cure::BranchScale(_) | Cure::Closed(_) => {
            "It takes another start than those that were tried"
        }
    }
}

/// A change, and what came of the usual start with it.
#[derive(Clone, Debug)]
pub(in crate::advise) struct Remedy {
    pub cure: Cure,
    /// How it ends, in words.
    pub ends: String,
    /// Whether that is better than guessing.
    pub works: bool,
    /// The accuracy, or minus the loss.
    pub score: f64,
}

impl Remedy {
    /// What came of it, as a sentence.
    pub fn in_words(&self) -> String {
        format!("With {}, {}.", self.cure, self.ends)
    }
}

/// Why there is no start to be recommended, and what to do: what was tried with success first.
pub(super) fn no_sentence(
    race: &Race,
    why: Option<WhyNot>,
    remedies: &[Remedy],
    obstacle: Option<&Finding>,
    best: &str,
) -> String {
    let ground = &race.setting.ground;
    let steps = many(race.setting.steps, "step");
    let problem = match why {
        Some(WhyNot::HeldOut) => format!(
            "no start that was tried does better than guessing on held-out samples by more than chance; what trains best is \
             {best}"
        ),
        Some(WhyNot::Guesses) => {
            let guess = Guess::judged(ground).map_or_else(String::new, |guess| guess.in_words(ground));
            format!(
                "no start that was tried does better than guessing: {guess}, and the best start found, {best}, learns \
                 nothing else"
            )
        }
        Some(WhyNot::Learned) | None if race.learned => format!(
            "with no start that was tried do as many as half of the trainings get below the loss of guessing in {steps}"
        ),
        Some(WhyNot::Learned) | None => {
            format!("no start that was tried gets below the loss of guessing in {steps}")
        }
    };
    let working = remedies.iter().filter(|remedy| remedy.works);
    if let Some(Remedy { cure, ends, .. }) = working.max_by(|a, b| a.score.total_cmp(&b.score)) {
        return format!("{}: with {cure}, {ends}. As it is, {problem}.", lead(cure));
    }
    let is_imbalanced = ground.classes.as_ref().is_some_and(|classes| classes.are_uneven && classes.are_unweighted);
    let weights = match why {
        Some(WhyNot::Guesses) if is_imbalanced => {
            " --class-weights balanced makes the rare classes count as much as the others."
        }
        _ => "",
    };
    let finding = match (why, obstacle) {
        (Some(WhyNot::HeldOut), _) => {
            " It takes more data, other features or another network: what is learned here says nothing of other samples."
                .to_owned()
        }
        (_, Some(finding)) if finding.name == "nothing wrong" => String::new(),
        // What was tried in vain is not advised.
        (_, Some(finding)) if remedies.iter().any(|remedy| Some(&remedy.cure) == finding.cure.as_ref()) => {
            format!(" {}", finding.sentence)
        }
        (_, Some(finding)) => format!(" {} What to do: {}.", finding.sentence, finding.advice),
        _ => String::new(),
    };
    let problem = problem[..1].to_uppercase() + &problem[1..];
    format!("{problem}.{weights}{finding}")
}

/// What was tried where nothing works, and did not help, in a line.
pub(super) fn tried_in_vain(remedies: &[Remedy]) -> Vec<String> {
    let failed = remedies.iter().filter(|remedy| !remedy.works);
    let told: Vec<String> = failed.map(|remedy| format!("with {}, {}", remedy.cure, remedy.ends)).collect();
    if told.is_empty() {
        Vec::new()
    } else {
        vec![format!("Tried, and not better than guessing beyond chance: {}.", told.join("; "))]
    }
}
