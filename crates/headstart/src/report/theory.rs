//! What theory says, for people.

use super::document::{Block, Cell, Column, Document, Table};
use super::table::{counted, exponential, figure, measured, measured_or_nothing, nothing, numbered, roughly};
use crate::theory::{Answer, Through, blocks, layers, repeated};
use crate::words::{self, many, percent, rough};

/// What theory says of a repeated layer, or layer by layer.
pub fn document(answer: &Answer) -> Document {
    match answer {
        Answer::Repeated(theory) => repeated(theory),
        Answer::Layers(theory) => layers(theory),
        Answer::Blocks(theory) => blocks(theory),
    }
}

/// The critical start, its line, and what the schemes do.
fn repeated(theory: &repeated::Theory) -> Document {
    let mut answer = vec![match &theory.critical {
        Some(start) => format!("critical for {}: {}", theory.activation, start.in_words()),
        None => format!("{}: no weights and biases keep both signal and gradient through depth", theory.activation),
    }];
    answer.extend(theory.critical_with_biases.as_ref().map(|start| format!("with these biases: {}", start.in_words())));
    answer.extend(theory.none_with_biases.as_ref().map(|why| format!("with these biases: {why}")));
    let mut blocks = Vec::new();
    if theory.line.len() > 1 {
        if theory.critical.is_none() {
            let heading = "the edge of chaos: with these, chi is 1 and gradients keep their size, but what size the signals had is forgotten";
            blocks.push(Block::Text(heading.to_owned()));
        }
        let points = theory
            .line
            .iter()
            .map(|point| [point.bias_variance, point.weight_variance, point.variance].map(measured).to_vec());
        let columns = ["bias variance", "critical weights x fan-in", "signal"].map(Column::point);
        blocks.push(Block::Table(Table::new(columns.to_vec(), points)));
    }
    if !theory.unstable.is_empty() {
        let biases: Vec<String> = theory.unstable.iter().map(|biases| rough(*biases)).collect();
        blocks.push(Block::Text(format!(
            "with biases of variance {} all that is critical is unstable: smaller signals shrink, larger ones grow",
            biases.join(", ")
        )));
    }
    if !theory.schemes.is_empty() {
        blocks.push(Block::Table(schemes(theory)));
        if let Some(depth) = theory.depth {
            blocks.push(Block::Heading(format!("through {depth} hidden layers of {}:", theory.width)));
            let starts = theory.schemes.iter().filter_map(|row| Some((&row.init, row.through?)));
            blocks.push(Block::Table(through(starts)));
        }
    }
    Document {
        title: format!("What depth does to {}", theory.activation),
        answer: answer.join("\n"),
        blocks,
        ..Document::default()
    }
}

/// What the schemes do, layer after layer of the same.
fn schemes(theory: &repeated::Theory) -> Table {
    let depth = |x: Option<f64>| x.map_or_else(|| "all".into(), |x| figure(format!("{:.1}", 6.0 * x), 6.0 * x));
    let rows = theory.schemes.iter().map(|row| {
        let settles =
            if row.signal == "signal settles" { measured_or_nothing(row.fixed_point) } else { row.signal[7..].into() };
        vec![
            row.init.as_str().into(),
            measured(row.weight_variance),
            measured(row.bias_variance),
            settles,
            measured(row.chi),
            row.phase.map_or_else(nothing, Cell::text),
            if row.signal == "signal explodes" { nothing() } else { depth(row.correlation_depth) },
        ]
    });
    let columns = vec![
        Column::left("init"),
        Column::point("w x fan-in"),
        Column::point("bias var."),
        Column::point("signal"),
        Column::point("chi"),
        Column::right("phase"),
        Column::point("trains to depth"),
    ];
    Table::new(columns, rows)
}

/// What comes through all hidden layers, from each start.
fn through<'a>(starts: impl Iterator<Item = (&'a String, Through)>) -> Table {
    let rows = starts.map(|(init, through)| {
        vec![
            init.as_str().into(),
            factor(through.signal, through.ln_signal),
            factor(through.gradient, through.ln_gradient),
            measured(through.spread),
            figure(percent(through.out_of_range, 1), 100.0 * through.out_of_range),
        ]
    });
    let figures = ["signal x", "gradient x", "spread of ln signal", "out of range"].map(Column::point);
    Table::new(std::iter::once(Column::left("init")).chain(figures).collect(), rows)
}

/// A number, also where it is one by its logarithm only.
fn factor(x: Option<f64>, ln: f64) -> Cell {
    x.map_or_else(|| beyond(ln), measured)
}

/// The same of three digits.
fn rough_factor(x: Option<f64>, ln: f64) -> Cell {
    x.map_or_else(|| beyond(ln), roughly)
}

/// A number that is one by its logarithm only.
fn beyond(ln: f64) -> Cell {
    figure(exponential(ln), ln.exp())
}

/// What there is to say in a sentence, and every layer of every start.
fn layers(theory: &layers::Theory) -> Document {
    let has_biases = theory.schemes.iter().flat_map(|start| &start.layers).any(|row| row.bias_variance > 0.0);
    let mut blocks = Vec::new();
    for start in &theory.schemes {
        blocks.push(Block::Heading(format!("{}:", start.init)));
        blocks.push(Block::Table(of_layers(start, has_biases)));
    }
    let through_all: Vec<_> = theory.schemes.iter().filter_map(|start| Some((&start.init, start.through?))).collect();
    if !through_all.is_empty() {
        blocks.push(Block::Heading(format!("through {}:", many(theory.activations.len() as u64, "hidden layer"))));
        blocks.push(Block::Table(through(through_all.into_iter())));
    }
    Document {
        title: "What depth does, layer by layer".to_owned(),
        answer: in_a_sentence(theory),
        blocks,
        ..Document::default()
    }
}

fn of_layers(start: &layers::Start, has_biases: bool) -> Table {
    let or_none = |x: Option<f64>, ln: Option<f64>| ln.map_or_else(nothing, |ln| rough_factor(x, ln));
    let mut columns = vec![Column::left("layer"), Column::left("units")];
    columns.extend(["w", "b", "q", "chi", "signal x", "gradient x", "corr."].map(Column::point));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for row in &start.layers {
        rows.push(vec![
            numbered(row.layer as u64),
            format!("{} {}", row.units, row.activation.as_deref().unwrap_or("output")).into(),
            roughly(row.weight_variance),
            roughly(row.bias_variance),
            rough_factor(row.variance, row.ln_variance),
            or_none(row.chi, row.ln_chi),
            rough_factor(row.signal, row.ln_signal),
            or_none(row.gradient, row.ln_gradient),
            row.correlation.map_or_else(nothing, correlation),
        ]);
    }
    if !has_biases {
        columns.remove(3);
        for row in &mut rows {
            row.remove(3);
        }
    }
    Table::new(columns, rows)
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
                in_digits(through.signal, through.ln_signal),
                in_digits(through.gradient, through.ln_gradient)
            )
        }
    }
}

/// What all blocks do in a sentence, and then what there is behind some of them.
fn blocks(theory: &blocks::Theory) -> Document {
    let mut blocks = vec![Block::Text(format!("each computes {}   ({})", theory.block, theory.source))];
    for start in &theory.schemes {
        blocks.push(Block::Heading(format!("{}:", start.init)));
        blocks.push(Block::Table(of_blocks(theory, start)));
    }
    let answer: Vec<String> = theory.schemes.iter().map(|start| blocks_in_a_sentence(theory, start)).collect();
    Document {
        title: format!("What depth does to {} of {}", theory.kind, theory.activation),
        answer: answer.join("\n"),
        blocks,
        ..Document::default()
    }
}

fn of_blocks(theory: &blocks::Theory, start: &blocks::Start) -> Table {
    let has_correlation = start.behind.iter().any(|row| row.correlation.is_some());
    let rows = start.behind.iter().map(|row| {
        let mut cells = vec![
            counted(row.blocks as u64),
            rough_factor(row.variance, row.ln_variance),
            rough_factor(row.gradient, row.ln_gradient),
        ];
        cells.extend(has_correlation.then(|| row.correlation.map_or_else(nothing, correlation)));
        cells
    });
    let behind = if theory.kind == RESIDUAL { "branches" } else { "layers" };
    let mut columns = vec![Column::right(behind), Column::point("signal"), Column::point("gradient x")];
    columns.extend(has_correlation.then(|| Column::point("corr.")));
    Table::new(columns, rows)
}

/// The kind of blocks that are added to a stream.
const RESIDUAL: &str = "residual branches";

fn blocks_in_a_sentence(theory: &blocks::Theory, start: &blocks::Start) -> String {
    let (each, what) = if theory.kind == RESIDUAL { ("branch", "stream's") } else { ("layer", "signal's") };
    let how = match start.gradient_power {
        Some(power) => format!(
            "; each {each} adds the same to the stream, and the gradient grows like the depth to the power {}",
            rough(power)
        ),
        None => format!(
            "; the last {each} by {} and {}",
            in_digits(start.last.signal, start.last.ln_signal),
            in_digits(start.last.gradient, start.last.ln_gradient)
        ),
    };
    format!(
        "through {} {}: {} multiplies the {what} second moment by {} and, on its way back, the gradient's by {}{how}",
        words::count(theory.blocks as u64),
        theory.kind,
        start.init,
        in_digits(start.whole.signal, start.whole.ln_signal),
        in_digits(start.whole.gradient, start.whole.ln_gradient)
    )
}

/// Three digits, and no sign that is only rounding's.
fn correlation(c: f64) -> Cell {
    figure(format!("{:.3}", if c.abs() < 5e-4 { 0.0 } else { c }), c)
}

/// A number of three digits, also where it is one by its logarithm only.
fn in_digits(x: Option<f64>, ln: f64) -> String {
    x.map_or_else(|| exponential(ln), rough)
}
