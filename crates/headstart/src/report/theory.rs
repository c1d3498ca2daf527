//! What theory says, for people.

use super::table::{exponential, nothing, table, wrapped};
use crate::theory::{Answer, Through, layers, repeated};
use crate::words::{many, number, percent, rough};
use std::fmt::Write;

/// What theory says of a repeated layer, or layer by layer.
pub fn text(answer: &Answer) -> String {
    match answer {
        Answer::Repeated(theory) => repeated(theory),
        Answer::Layers(theory) => layers(theory),
    }
}

/// The critical start, its line, and what the schemes do.
fn repeated(theory: &repeated::Theory) -> String {
    let mut text = match &theory.critical {
        Some(start) => wrapped(&format!("critical for {}: {}", theory.activation, start.in_words())),
        None => wrapped(&format!(
            "{}: no weights and biases keep both signal and gradient through depth",
            theory.activation
        )),
    };
    if let Some(start) = &theory.critical_with_biases {
        text += &wrapped(&format!("with these biases: {}", start.in_words()));
    }
    if let Some(why) = &theory.none_with_biases {
        text += &wrapped(&format!("with these biases: {why}"));
    }
    if theory.line.len() > 1 {
        let points = theory
            .line
            .iter()
            .map(|point| vec![number(point.bias_variance), number(point.weight_variance), number(point.variance)]);
        text += "\n";
        if theory.critical.is_none() {
            text += &wrapped(
                "the edge of chaos: with these, chi is 1 and gradients keep their size, but what size the signals had is forgotten",
            );
        }
        text += &table(&["bias variance", "critical weights x fan-in", "signal"], points, 0);
    }
    if !theory.unstable.is_empty() {
        let biases: Vec<String> = theory.unstable.iter().map(|biases| rough(*biases)).collect();
        text += &wrapped(&format!(
            "with biases of variance {} all that is critical is unstable: smaller signals shrink, larger ones grow",
            biases.join(", ")
        ));
    }
    if theory.schemes.is_empty() {
        return text;
    }
    let or_none = |x: Option<f64>| x.map_or_else(nothing, number);
    let layers = |x: Option<f64>| x.map_or_else(|| "all".to_owned(), |x| format!("{:.1}", 6.0 * x));
    let rows = theory.schemes.iter().map(|row| {
        let settles =
            if row.signal == "signal settles" { or_none(row.fixed_point) } else { row.signal[7..].to_owned() };
        let (weights, biases) = (number(row.weight_variance), number(row.bias_variance));
        let depth = if row.signal == "signal explodes" { nothing() } else { layers(row.correlation_depth) };
        vec![
            row.init.clone(),
            weights,
            biases,
            settles,
            number(row.chi),
            row.phase.map_or_else(nothing, str::to_owned),
            depth,
        ]
    });
    let header = ["init", "w x fan-in", "bias var.", "signal", "chi", "phase", "trains to depth"];
    text += "\n";
    text += &table(&header, rows, 1);
    if let Some(depth) = theory.depth {
        let _ = writeln!(text, "\nthrough {depth} hidden layers of {}:", theory.width);
        text += &through(theory.schemes.iter().filter_map(|row| Some((&row.init, row.through?))));
    }
    text
}

/// What comes through all hidden layers, from each start.
fn through<'a>(starts: impl Iterator<Item = (&'a String, Through)>) -> String {
    let rows = starts.map(|(init, through)| {
        vec![
            init.clone(),
            factor(through.signal, through.ln_signal),
            factor(through.gradient, through.ln_gradient),
            number(through.spread),
            percent(through.out_of_range, 1),
        ]
    });
    table(&["init", "signal x", "gradient x", "spread of ln signal", "out of range"], rows, 1)
}

/// A number, also where it is one by its logarithm only.
fn factor(x: Option<f64>, ln: f64) -> String {
    x.map_or_else(|| exponential(ln), number)
}

/// What there is to say in a sentence, and every layer of every start.
fn layers(theory: &layers::Theory) -> String {
    let mut text = wrapped(&in_a_sentence(theory));
    let has_biases = theory.schemes.iter().flat_map(|start| &start.layers).any(|row| row.bias_variance > 0.0);
    let or_none = |x: Option<f64>, ln: Option<f64>| ln.map_or_else(nothing, |ln| roughly(x, ln));
    for start in &theory.schemes {
        let mut header = vec!["layer", "units", "w", "b", "q", "chi", "signal x", "gradient x", "corr."];
        if !has_biases {
            header.remove(3);
        }
        let rows = start.layers.iter().map(|row| {
            let mut cells = vec![
                row.layer.to_string(),
                format!("{} {}", row.units, row.activation.as_deref().unwrap_or("output")),
                rough(row.weight_variance),
                rough(row.bias_variance),
                roughly(row.variance, row.ln_variance),
                or_none(row.chi, row.ln_chi),
                roughly(row.signal, row.ln_signal),
                or_none(row.gradient, row.ln_gradient),
                row.correlation.map_or_else(nothing, correlation),
            ];
            if !has_biases {
                cells.remove(3);
            }
            cells
        });
        let _ = writeln!(text, "\n{}:", start.init);
        text += &table(&header, rows, 2);
    }
    let through_all: Vec<_> = theory.schemes.iter().filter_map(|start| Some((&start.init, start.through?))).collect();
    if !through_all.is_empty() {
        let _ = writeln!(text, "\nthrough {}:", many(theory.activations.len() as u64, "hidden layer"));
        text += &through(through_all.into_iter());
    }
    text
}

/// Which start keeps signal and gradient best, and how well.
fn in_a_sentence(theory: &layers::Theory) -> String {
    let hidden = many(theory.activations.len() as u64, "hidden layer");
    let found = theory.best.as_ref().and_then(|best| theory.schemes.iter().find(|start| start.init == *best));
    match found.and_then(|start| Some((&start.init, start.through?))) {
        None => {
            format!("through {hidden}: signal or gradient is lost from the first to the last, or leaves all numbers")
        }
        Some((init, through)) => {
            let of_all = if theory.schemes.len() > 1 { ", the best of these," } else { "" };
            format!(
                "through {hidden}: {init}{of_all} multiplies the signal's second moment by {} and the gradient's by {}",
                roughly(through.signal, through.ln_signal),
                roughly(through.gradient, through.ln_gradient)
            )
        }
    }
}

/// Three digits, and no sign that is only rounding's.
fn correlation(c: f64) -> String {
    format!("{:.3}", if c.abs() < 5e-4 { 0.0 } else { c })
}

/// A number of three digits, also where it is one by its logarithm only.
fn roughly(x: Option<f64>, ln: f64) -> String {
    x.map_or_else(|| exponential(ln), rough)
}
