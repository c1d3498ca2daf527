//! Explanations for people.

use super::document::{self, Block, Document};
use crate::explain::findings::Finding;
use crate::explain::prediction::Prediction;
use crate::explain::{Check, Explanation, separates};
use crate::words::{about, count, many, percent, rough};

/// Findings, prediction and check of every explanation; of several what separates them comes first.
pub fn document(explanations: &[Explanation], steps: u64) -> Document {
    let head = |one: &Explanation| format!("{}, seed {}: {}", one.init, one.seed, headline(one, steps));
    if let [one] = explanations {
        return Document { answer: head(one), blocks: of_one(one, steps), ..Document::default() };
    }
    let separations: Vec<String> = separates(explanations).into_iter().map(|separation| separation.sentence).collect();
    let of_each = |one| std::iter::once(Block::Heading(head(one))).chain(of_one(one, steps));
    Document {
        answer: separations.join("\n"),
        blocks: explanations.iter().flat_map(of_each).collect(),
        ..Document::default()
    }
}

fn of_one(explanation: &Explanation, steps: u64) -> Vec<Block> {
    // What no cure helps against comes before them.
    let held_out = explanation.check.as_ref().and_then(|check| check.held_out.clone());
    let mut blocks: Vec<Block> = held_out.into_iter().map(Block::Text).collect();
    for (i, finding) in explanation.findings.iter().enumerate() {
        let place = finding.layer.map_or_else(String::new, |layer| format!(", layer {layer}"));
        blocks.push(of_finding(i + 1, finding, &place));
    }
    blocks.push(Block::said("predicted", in_words(&explanation.prediction, steps)));
    if let Some(check) = &explanation.check {
        blocks.extend([Block::said("measured", outcome(check)), Block::said("run", check.ended.as_str())]);
        blocks.extend(check.cures.iter().map(|cure| Block::said("checked", cure.sentence.as_str())));
    }
    blocks
}

/// What decides, in a few words; first of all, which share of the seeds ends no better than guessing where this one does.
fn headline(explanation: &Explanation, steps: u64) -> String {
    let first = &explanation.findings[0];
    let population = explanation.check.as_ref().and_then(|check| check.population.as_ref());
    match explanation.findings.iter().find(|finding| finding.decides) {
        Some(finding) if finding.name == "local minimum" => match population {
            Some(population) => format!("a local minimum that {} of seeds end in", percent(population.share(), 0)),
            None => finding.name.to_owned(),
        },
        Some(finding) => match population {
            Some(population) if population.is_guessing => {
                format!("no better than guessing ({}): {} decides", population.in_words(), finding.name)
            }
            Some(population) => format!("halfway ({}): {} decides", population.in_words(), finding.name),
            None => format!("{} decides", finding.name),
        },
        None if !explanation.prediction.within => {
            format!("{}; that it leaves its start in the {} steps is not predicted", first.name, count(steps))
        }
        None if first.name == "nothing wrong" => first.name.to_owned(),
        None if explanation.prediction.step.is_some_and(|step| step > steps / 2) => {
            format!("{}; it leaves its start late", first.name)
        }
        None => format!("{}, but nothing that keeps it from learning", first.name),
    }
}

pub(super) fn of_finding(number: usize, finding: &Finding, place: &str) -> Block {
    let figure = |(name, figure): (&&str, &f64)| {
        let figure = if figure.is_nan() { "undefined".to_owned() } else { rough(*figure) };
        (name.replace('_', " "), figure)
    };
    Block::Finding(document::Finding {
        number,
        name: format!("{}{place}", finding.name),
        sentence: finding.sentence.clone(),
        figures: finding.evidence.iter().map(figure).collect(),
        advice: finding.advice.clone(),
    })
}

/// A prediction in one sentence.
pub fn in_words(prediction: &Prediction, steps: u64) -> String {
    let when = match (prediction.from, prediction.to, prediction.step) {
        (Some(from), Some(to), Some(step)) if from < to => {
            format!("between steps {} and {}, most likely near {}", about(from), about(to), about(step))
        }
        (_, _, Some(step)) => format!("at step {}", count(step)),
        (Some(from), _, _) => format!("not before step {}, if at all", about(from)),
        (None, _, _) => "never".to_owned(),
    };
    let given = if prediction.within { "within" } else { "not within" };
    format!(
        "{} {when}: {given} the {} given (by the {}, {} of the gradient)",
        prediction.event,
        count(steps),
        prediction.method,
        many(prediction.evaluations as u64, "evaluation")
    )
}

fn outcome(check: &Check) -> String {
    let measured = check
        .measured
        .map_or_else(|| format!("not within {}", many(check.steps, "step")), |step| format!("at step {}", count(step)));
    let verdict = if check.holds { "as predicted" } else { "NOT as predicted" };
    format!("{measured}: {verdict}")
}
