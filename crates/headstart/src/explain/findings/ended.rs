//! Why a run ended no better than guessing, or halfway, that nothing at its start explains: told by what other seeds did.

use super::linear::in_words;
use super::{Finding, Weight, consistent};
use crate::explain::cure::Cure;
use crate::explain::population::{Change, Population, beside_guessing};
use crate::explain::prediction::Prediction;
use crate::explain::retrain::Facts;
use crate::explain::trial::{RUN, Trial};
use crate::run::Run;
use crate::words::{about, count, percent, rough};

/// A loss has settled when over the last tenth of the steps it changed by less than this share.
const SETTLED: f64 = 0.01;

/// A run that ended no better than guessing, or halfway.
pub struct Ended<'a> {
    /// What is known of it.
    pub facts: &'a Facts,
    /// How it was run.
    pub run: &'a Run,
    /// What was predicted of it.
    pub prediction: &'a Prediction,
    /// What other seeds did, if they were run.
    pub population: Option<&'a Population>,
}

impl Ended<'_> {
    /// These findings with that of the end before them; that nothing is wrong is no finding any more. The same where there is
    /// nothing to say of the end.
    pub fn before(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let halfway = self.population.filter(|population| !population.is_guessing);
        if halfway.is_some_and(|population| population.best.is_none() && population.obstacle.is_none()) {
            return findings;
        }
        let kept = findings.into_iter().filter(|finding| finding.name != "nothing wrong");
        let rest = kept.map(|finding| Finding { decides: false, ..finding });
        let first = Finding { decides: true, ..self.finding() };
        let is_of_plateau = first.is_of_plateau();
        let rest = rest.filter(|finding| !(is_of_plateau && finding.name == "plateau"));
        consistent(std::iter::once(first).chain(rest).collect())
    }

    fn finding(&self) -> Finding {
        let Self { facts, run, prediction, population } = self;
        let how = beside_guessing(facts, run, prediction.plateau);
        let steps = facts.steps;
        let finding = |name, sentence| {
            let finding = Finding::new(name, Weight::Decisive, sentence).figure("loss", run.train.loss);
            let finding = finding.figure("guessing", prediction.plateau);
            population.iter().fold(finding, |finding, population| {
                finding.figure("seeds", population.seeds as f64).figure("seeds_that_end_so", population.alike as f64)
            })
        };
        let seeds = population.map_or_else(
            || {
                "other seeds were not run, which would take too long; compare --seeds 20 tells whether they do better"
                    .to_owned()
            },
            Population::in_words,
        );
        if let Some(step) = prediction.step.filter(|step| *step > steps) {
            let sentence = format!(
                "The run {how}: it needs about {} steps to leave its start, and {} are given; {seeds}.",
                about(step),
                count(steps)
            );
            let longer = format!("use --steps {}", about(2 * step).replace(',', ""));
            return finding("too few steps", sentence).otherwise(longer);
        }
        match population {
            Some(Population { obstacle: Some(obstacle), .. }) => {
                let (name, with) = match &obstacle.change {
                    Change::Bent(cure) => {
                        let (has_hidden, r2) = facts.linear.unwrap_or_default();
                        let is = in_words(has_hidden, r2);
                        let is = is[..1].to_lowercase() + &is[1..];
                        ("linear network", format!("{is}: with {cure}"))
                    }
                    Change::Wider(widths) => {
                        let text: Vec<String> = widths.iter().map(ToString::to_string).collect();
                        let with = format!("the hidden layers are too narrow: with --layers {}", text.join(","));
                        ("capacity", with)
                    }
                    Change::Longer(more) => {
                        let with = format!("{} steps are too few: with {}", count(steps), count(*more as u64));
                        ("too few steps", with)
                    }
                    Change::Rate(rate) => {
                        let (name, size) =
                            if *rate < facts.lr { ("step too large", "large") } else { ("step too small", "small") };
                        (name, format!("the learning rate, {}, is too {size}: with {rate}", facts.lr))
                    }
                };
                let does = format!("{} of {} seeds do better", obstacle.better, obstacle.seeds);
                finding(name, format!("The run {how}; {seeds}, and {with}, {does}."))
                    .cured(obstacle.change.cure(), does)
            }
            Some(Population { best: Some(best), best_loss, best_accuracy, .. }) => {
                let right =
                    best_accuracy.map_or_else(String::new, |share| format!(" and is right in {}", percent(share, 0)));
                let ends = format!("ends with loss {}{right}", rough(*best_loss));
                let (name, what) = if self.is_settled() {
                    ("local minimum", "its loss does not change any more, and ")
                } else if population.is_some_and(Population::is_most) {
                    ("few seeds learn", "")
                } else {
                    ("unlucky seed", "")
                };
                let sentence = format!("The run {how}: {what}{seeds}. The best of the others, seed {best}, {ends}.");
                finding(name, sentence).cured(Cure::Seed(*best), ends)
            }
            Some(Population { is_searched: true, .. }) => {
                let sentence = format!(
                    "The run {how}; {seeds}, and neither hidden layers of 4 times the width nor 4 times the steps let two thirds \
                     of the seeds do better."
                );
                let advice = "look at the data, at how inputs and targets are scaled, and at the learning rate";
                finding("no better than guessing", sentence).otherwise(advice)
            }
            _ => {
                let advice = "look at other seeds, wider layers and more steps";
                finding("no better than guessing", format!("The run {how}; {seeds}.")).otherwise(advice)
            }
        }
    }

    /// Whether the loss does not change any more.
    fn is_settled(&self) -> bool {
        let trace = &self.run.trace;
        let tail = &trace[trace.len() - trace.len().div_ceil(10)..];
        let end = self.run.train.loss;
        tail.first().is_some_and(|record| (record.loss - end).abs() <= SETTLED * end.abs())
    }
}

impl Finding {
    /// With a cure that other seeds have shown to help.
    fn cured(mut self, cure: Cure, sentence: String) -> Self {
        self.tried.push(Trial {
            cure,
            figure: None,
            figures: [None; 2],
            leaves: [None; 2],
            betters: false,
            helps: true,
            sentence,
            how: RUN,
            because: String::new(),
        });
        self.choose(Some(0));
        self
    }
}
