//! Explanations as text for people.

use super::table::wrapped;
use crate::explain::findings::Finding;
use crate::explain::prediction::Prediction;
use crate::explain::{Check, Explanation, separates};
use crate::words::whole_words;
use crate::words::{about, count, many, percent, rough};

/// Findings, prediction and check of every explanation, and what separates them where there are several.
pub fn text(explanations: &[Explanation], steps: u64) -> String {
    let mut text: Vec<String> = explanations.iter().map(|one| of_one(one, steps)).collect();
    text.extend(separates(explanations).iter().map(|separation| wrapped(&separation.sentence)));
    text.join("\n")
}

fn of_one(explanation: &Explanation, steps: u64) -> String {
    let headline = headline(explanation, steps);
    let mut text = wrapped(&format!("{}, seed {}: {headline}", explanation.init, explanation.seed));
    // What no cure helps against comes before them.
    let held_out = explanation.check.as_ref().and_then(|check| check.held_out.as_deref());
    text += &held_out.map_or_else(String::new, wrapped);
    for (i, finding) in explanation.findings.iter().enumerate() {
        text.push('\n');
        let place = finding.layer.map_or_else(String::new, |layer| format!(", layer {layer}"));
        text += &of_finding(i + 1, finding, &place);
    }
    text += "\n";
    text += &hanging("predicted  ", &in_words(&explanation.prediction, steps));
    if let Some(check) = &explanation.check {
        text += &hanging("measured   ", &outcome(check));
        text += &hanging("run        ", &check.ended);
        for cure in &check.cures {
            text += &hanging("checked    ", &cure.sentence);
        }
    }
    text
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

pub(super) fn of_finding(number: usize, finding: &Finding, place: &str) -> String {
    let figures: Vec<String> = finding
        .evidence
        .iter()
        .map(|(name, figure)| {
            let figure = if figure.is_nan() { "undefined".to_owned() } else { rough(*figure) };
            format!("{} {figure}", name.replace('_', " "))
        })
        .collect();
    let mut text = format!("{number}. {}{place}\n", finding.name);
    text += &indented("   ", "   ", &finding.sentence);
    text += &indented("   figures: ", "            ", &figures.join(", "));
    text += &indented("   do: ", "       ", &finding.advice);
    text
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

pub(super) fn hanging(head: &str, text: &str) -> String {
    indented(head, &" ".repeat(head.chars().count()), text)
}

fn indented(first: &str, others: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let options = whole_words(80).initial_indent(first).subsequent_indent(others);
    textwrap::fill(text, options) + "\n"
}
