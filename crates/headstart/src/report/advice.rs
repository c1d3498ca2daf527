//! Advice as text for people, and as a page.

use super::table::{comparison_with_mark, table, wrapped};
use super::{page, pictures};
use crate::advise::{Advice, Tried};
use crate::compare::Comparison;
use crate::error::Error;
use crate::words::{count, many, number, rough};
use std::fmt::Write as _;
use std::path::Path;

/// The answer, why, the evidence, and the code; then, if that is wanted, all that was tried.
pub fn text(advice: &Advice, verbose: bool) -> String {
    // What matters more than the start comes before it.
    let mut text = advice.scale.as_deref().map_or_else(String::new, wrapped);
    text += &answer(advice);
    for why in &advice.why {
        text += &wrapped(why);
    }
    if !advice.evidence.cells.is_empty() {
        text += "\nbeside the usual starts, on all training samples, from fresh seeds\n";
        text += &evidence(advice);
    }
    if !advice.code.is_empty() {
        text += "\nin code\n";
        for snippet in &advice.code {
            let _ = writeln!(text, "{}", snippet.framework);
            for line in snippet.code.lines() {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    if verbose {
        text += &details(advice);
    }
    let spent = format!("{} updates were spent", count(advice.steps));
    let again = if advice.repeatable || advice.verdict == "interrupted" {
        ""
    } else {
        "; a budget in time is not repeatable: give one in steps for that"
    };
    let more = if verbose { "" } else { "; --verbose shows all that was tried" };
    text + "\n" + &wrapped(&(spent + again + more))
}

/// The answer, as it stands in the text.
pub fn answer(advice: &Advice) -> String {
    wrapped(&advice.sentence)
}

/// The table of the evidence, with a mark before what is advised.
fn evidence(advice: &Advice) -> String {
    // What stands above with its interval is not said again by another test.
    let evidence = Comparison { differences: Vec::new(), ..advice.evidence.clone() };
    let marked = advice.recommendation.as_ref().map(|found| found.init.as_str());
    comparison_with_mark(&evidence, advice.by_class, marked)
}

/// All that was tried, and what was not.
fn details(advice: &Advice) -> String {
    let mut text = String::from("\n");
    text += &wrapped(&advice.sure);
    if !advice.rates.is_empty() {
        let rates: Vec<String> =
            advice.rates.iter().map(|(rate, figure)| format!("{} ({})", rough(*rate), number(*figure))).collect();
        let edge = match (advice.rates.first(), advice.rates.last(), &advice.recommendation) {
            (Some((least, _)), Some((most, _)), Some(found)) if found.lr == *least || found.lr == *most => {
                "; the best is at the end of what was tried: try beyond"
            }
            _ => "",
        };
        let scale = if is_accuracy(advice) {
            "the score of its best start (accuracy, on held-out samples above all)"
        } else {
            "the loss of its best start"
        };
        text += &wrapped(&format!("learning rates tried, each with {scale}: {}{edge}", rates.join(", ")));
    }
    let unit = if is_accuracy(advice) { " in %" } else { "" };
    text.push('\n');
    text +=
        &wrapped(&format!("what was tried: {}{unit} after all of the training, or after a part (~)", judged(advice)));
    text += &tried(advice);
    text += &wrapped(&best(advice));
    for out in out(advice) {
        text += &wrapped(&out);
    }
    text + &wrapped(advice.not_tried)
}

/// The starts that are expected to be the best, with what was seen of them.
fn best(advice: &Advice) -> String {
    const TOLD: usize = 6;
    let all = advice.tried.iter().flat_map(|family| &family.gains);
    let mut best: Vec<(&Tried, [f64; 2])> = all.filter_map(|tried| Some((tried, tried.expected?))).collect();
    best.sort_by(|(_, [a, _]), (_, [b, _])| b.total_cmp(a));
    let told = best.iter().take(TOLD).map(|(tried, _)| {
        format!("{} {} ({})", tried.init, figure(tried, is_accuracy(advice)), many(tried.seeds as u64, "seed"))
    });
    format!(
        "most promising, in the order of what is expected by these and their neighbours: {}",
        told.collect::<Vec<_>>().join(", ")
    )
}

/// What is shown of every start that was tried.
fn judged(advice: &Advice) -> &'static str {
    if is_accuracy(advice) { "validation accuracy" } else { "validation loss" }
}

fn is_accuracy(advice: &Advice) -> bool {
    advice.figure == "accuracy"
}

/// A row for each scheme, a column for each gain.
fn tried(advice: &Advice) -> String {
    let mut text = String::new();
    let is_plain = |name: &str| name == "normal";
    // The gains between are told among the best.
    let is_on_grid = |tried: &&Tried| tried.early.is_some() || tried.out.is_some();
    for plain in [false, true] {
        let families: Vec<_> = advice.tried.iter().filter(|family| is_plain(&family.scheme) == plain).collect();
        let mut gains: Vec<f64> =
            families.iter().flat_map(|family| family.gains.iter().filter(is_on_grid).map(|tried| tried.gain)).collect();
        gains.sort_by(f64::total_cmp);
        gains.dedup();
        // As many columns as find room.
        for gains in gains.chunks(if is_accuracy(advice) { 9 } else { 6 }) {
            let mut header = vec![if plain { "scale".to_owned() } else { "gain".to_owned() }];
            header.extend(gains.iter().map(|gain| rough(*gain)));
            let rows = families.iter().map(|family| {
                let at = |gain: &f64| {
                    let tried = family.gains.iter().find(|tried| tried.gain == *gain);
                    tried.map_or_else(String::new, |tried| figure(tried, is_accuracy(advice)))
                };
                std::iter::once(family.scheme.clone()).chain(gains.iter().map(at)).collect()
            });
            text += &table(&header, rows, 1);
        }
    }
    text
}

fn figure(tried: &Tried, is_share: bool) -> String {
    let digits = |x: f64| if is_share { format!("{:.1}", 100.0 * x) } else { rough(x) };
    match (&tried.out, tried.full, tried.early) {
        (Some(_), ..) => "out".to_owned(),
        (None, Some(full), _) => digits(full),
        (None, None, Some(early)) if is_share => format!("~{:.0}", 100.0 * early),
        (None, None, Some(early)) => format!("~{}", digits(early)),
        (None, None, None) => "-".to_owned(),
    }
}

/// Why starts were not trained at all, each reason once.
fn out(advice: &Advice) -> Vec<String> {
    let all = advice.tried.iter().flat_map(|family| &family.gains);
    let mut out: Vec<(&str, Vec<&str>)> = Vec::new();
    for (init, why) in all.filter_map(|tried| Some((tried.init.as_str(), tried.out.as_deref()?))) {
        match out.iter_mut().find(|(other, _)| *other == why) {
            Some((_, inits)) => inits.push(init),
            None => out.push((why, vec![init])),
        }
    }
    out.into_iter().map(|(why, inits)| format!("out: {}: {why}", inits.join(", "))).collect()
}

/// Writes a page: the text, the figure over the gains with the plateau, the traces, every seed's outcome, and what the starts look
/// like layer by layer.
///
/// # Errors
/// If the file cannot be written.
pub fn page(path: &Path, title: &str, summary: &str, advice: &Advice) -> Result<(), Error> {
    let mut body = pictures::gains("", "", advice).in_page();
    body += &pictures::runs("", "", &advice.runs).in_page();
    body += &pictures::profiles("", "", &advice.starts, &[]).in_page();
    page::write(path, title, summary, &text(advice, true), &body)
}
