//! Tables for people, at most 80 columns wide.

use crate::compare::{Cell, Comparison};
use crate::data::Kind;
use crate::probe::InitProbe;
use crate::replicate::{Experiment, Replication};
use crate::run::{Figures, Run};
use crate::stats::Spread;
use crate::stats::interval::{FEWEST, NoInterval, mid_p};
use crate::study::Level;
use crate::study::summary::{Progress, Summary};
use crate::units::{Fit, Fits};
use crate::weights::Written;
use crate::words::{count, foreign, in_a_line, many, number, percent, rough, whole_words};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::fmt::Write;

/// Columns of a terminal that everything fits into.
const WIDTH: u16 = 80;

/// A paragraph for people, broken into lines; flags, schemes and files' names stay whole, however long they are.
pub fn wrapped(text: &str) -> String {
    textwrap::fill(text, whole_words(usize::from(WIDTH))) + "\n"
}

/// One line per run: the losses before the first step and after the last one, the accuracies, and the trace as a line
/// of bars. How a run ended is shown where some run did not finish.
pub fn runs(runs: &[Run]) -> String {
    let classify = runs.iter().any(|run| run.train.accuracy.is_some());
    let tested = runs.iter().any(|run| run.test.is_some());
    let all_finished = runs.iter().all(Run::is_finished);
    let mut header = vec!["init", "seed", "start", "loss"];
    header.extend(tested.then_some("test loss"));
    header.extend(classify.then_some("acc."));
    header.extend((classify && tested).then_some("test acc."));
    let regress = runs.iter().any(|run| run.targets.is_some());
    header.extend(regress.then_some(if tested { "test R^2" } else { "R^2" }));
    header.push(if all_finished { "trace" } else { "ended" });
    let rows = runs.iter().map(|run| {
        let start = run.trace.first().map_or(f64::NAN, |record| record.loss);
        let mut row = vec![run.init.to_string(), run.seed.to_string(), number(start), number(run.train.loss)];
        row.extend(tested.then(|| run.test.map_or_else(nothing, |test| number(test.loss))));
        row.extend(classify.then(|| share(run.train.accuracy)));
        row.extend((classify && tested).then(|| share(run.test.and_then(|test| test.accuracy))));
        row.extend(regress.then(|| r2(run.targets.as_ref().and_then(Fits::r2))));
        row.push(match run.step {
            _ if all_finished => sparkline(run),
            None => run.status.to_owned(),
            Some(step) => format!("{} at {step}", run.status),
        });
        row
    });
    let several = runs.iter().filter_map(|run| run.targets.as_ref()).any(|fits| fits.train.len() > 1);
    table(&header, rows, 1) + &if several { targets(runs) } else { String::new() } + &stops(runs)
}

/// Where early stopping ended every run, and whose weights the figures are of; nothing without it.
fn stops(runs: &[Run]) -> String {
    let row = |run: &Run| {
        let best = run.best?;
        let name = [run.init.to_string(), run.seed.to_string()];
        Some(name.into_iter().chain([count(run.steps as u64), count(best.step as u64), number(best.loss)]).collect())
    };
    let rows: Vec<Vec<String>> = runs.iter().filter_map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = ["init", "seed", "steps done", "weights of step", "validation loss"];
    format!(
        "\nearly stopping: the figures are of the weights with the lowest validation loss\n{}",
        table(&header, rows.into_iter(), 1)
    )
}

/// One line per target of every run, with its own error in its own units.
fn targets(runs: &[Run]) -> String {
    let of_run = |run: &Run| {
        let fits = run.targets.as_ref();
        let (train, test) = fits.map_or((&[][..], &[][..]), |fits| (&fits.train, &fits.test));
        let of_target = |(j, fit): (usize, &Fit)| {
            let of_test = |figure: fn(&Fit) -> String| test.get(j).map_or_else(nothing, figure);
            let figures = [number(fit.rmse), of_test(|fit| number(fit.rmse)), r2(fit.r2), of_test(|fit| r2(fit.r2))];
            let name = fits.and_then(|fits| fits.names.get(j)).map_or_else(|| j.to_string(), |name| foreign(name));
            [run.init.to_string(), run.seed.to_string(), name].into_iter().chain(figures).collect()
        };
        train.iter().enumerate().map(of_target).collect::<Vec<Vec<String>>>()
    };
    let header = ["init", "seed", "target", "rmse", "test rmse", "R^2", "test R^2"];
    let rows = runs.iter().flat_map(of_run);
    format!("\ntarget by target: the root of the mean squared error, in its own units\n{}", table(&header, rows, 1))
}

/// What accuracy does not say of classes, one line per run: on the test set, or on the training set where there is none. Empty if
/// there is nothing to say.
pub fn classes(runs: &[Run], kind: &Kind) -> String {
    let Kind::Classes(names) = kind else { return String::new() };
    if !runs.iter().any(|run| run.judged().classes.is_some()) {
        return String::new();
    }
    let tested = runs.iter().any(|run| run.test.is_some());
    let mut header = vec!["init".to_owned(), "seed".to_owned(), "acc.".to_owned(), "balanced".to_owned()];
    if let [_, second] = names.as_slice() {
        header.extend([format!("F1 of \"{}\"", foreign(second)), "AUC".to_owned()]);
    }
    let rows = runs.iter().map(|run| {
        let Figures { accuracy, classes, .. } = run.judged();
        let mut row = vec![run.init.to_string(), run.seed.to_string(), share(accuracy)];
        row.push(share(classes.map(|classes| classes.balanced_accuracy)));
        if names.len() == 2 {
            row.extend([classes.and_then(|classes| classes.f1), classes.and_then(|classes| classes.auc)].map(share));
        }
        row
    });
    let set = if tested { "test" } else { "training" };
    format!("\nby class, on the {set} samples\n{}", table(&header, rows, 1))
}

/// One line per initialization, best first, with the intervals of its figures, and the balanced accuracy if `by_class`; then what separates the best one from the
/// others, where that stands; then whether their order is settled, of a comparison that went on until it was.
pub fn comparison(comparison: &Comparison, by_class: bool) -> String {
    comparison_with_mark(comparison, by_class, None)
}

/// What stands before an initialization that is marked.
pub const MARK: &str = "* ";

/// The same, with a mark before one of the initializations.
pub(super) fn comparison_with_mark(comparison: &Comparison, by_class: bool, marked: Option<&str>) -> String {
    let Comparison { cells, differences, settled } = comparison;
    let classify = cells.iter().any(|cell| cell.reached.is_some());
    let tested = cells.iter().any(|cell| cell.test.is_some());
    let which = if tested { "test" } else { "train" };
    let target = cells.iter().find_map(|cell| cell.reached.as_ref()).map_or(0.0, |reached| reached.target);
    let regress = cells.iter().any(|cell| cell.r2.is_some());
    let mut header = vec!["init".to_owned(), "runs".to_owned()];
    if classify {
        header.extend([
            format!("{which} accuracy"),
            "worst (seed)".to_owned(),
            format!("at {target}"),
            "steps".to_owned(),
        ]);
        if by_class {
            header.insert(3, "balanced".to_owned());
        }
    } else {
        header.extend([format!("{which} loss"), "median".to_owned(), "worst (seed)".to_owned()]);
        header.extend(regress.then(|| "R^2".to_owned()));
    }
    let rows = cells.iter().map(|cell| {
        let mark = if marked == Some(cell.init.as_str()) { MARK } else { "" };
        let mut row = vec![format!("{mark}{}", cell.init), cell.runs.to_string()];
        let judged = cell.judged();
        if let Some(reached) = cell.reached.as_ref().filter(|_| classify) {
            let digits = |x: f64| format!("{x:.3}");
            let accuracy = judged.and_then(|summary| summary.accuracy);
            row.push(accuracy.map_or_else(nothing, |of| with_interval(&digits(of.mean), of.interval, digits)));
            if by_class {
                let balanced = judged.and_then(|summary| summary.balanced_accuracy);
                row.push(balanced.map_or_else(nothing, digits));
            }
            row.push(accuracy.map_or_else(nothing, |of| format!("{} ({})", share(Some(of.worst)), of.worst_seed)));
            let [low, high] = reached.interval.map(|end| 100.0 * end);
            row.push(format!("{:.0}% [{low:.0}, {high:.0}]", 100.0 * reached.share));
            row.push(reached.steps.median.map_or_else(nothing, |median| count(median as u64)));
        } else {
            let loss = judged.map(|summary| summary.loss);
            row.push(loss.map_or_else(nothing, |of| with_interval(&number(of.mean), of.interval, number)));
            row.push(loss.map_or_else(nothing, |of| number(of.median)));
            row.push(loss.map_or_else(nothing, |of| format!("{} ({})", number(of.worst), of.worst_seed)));
            row.extend(regress.then(|| r2(cell.r2.map(|of| of.mean))));
        }
        row
    });
    let mut text = table(&header, rows, 1);
    for cell in cells.iter().filter(|cell| cell.diverged > 0) {
        text += &wrapped(&format!("{}: {} of {} runs diverged", cell.init, cell.diverged, cell.runs));
    }
    text += &no_intervals(cells);
    let best = cells.first().map_or("", |cell| &cell.init);
    let of_best = differences.iter().filter(|difference| difference.better == best || difference.than == best);
    let said: Vec<String> = of_best.map(|difference| wrapped(&difference.sentence)).collect();
    // Of one seed nothing can be said of others.
    if cells.iter().all(|cell| cell.runs > 1) && !said.is_empty() {
        text.push('\n');
        text += &said.concat();
    }
    if let Some(settled) = settled {
        text.push('\n');
        text += &settled.sentences().iter().map(|sentence| wrapped(sentence)).collect::<String>();
    }
    text
}

/// Why some means have no interval, in lines; nothing of single seeds, of which nobody expects one.
fn no_intervals(cells: &[Cell]) -> String {
    let why = |cell: &Cell| {
        let judged = cell.judged()?;
        judged.accuracy.unwrap_or(judged.loss).no_interval
    };
    let mut text = String::new();
    // What is said of several is said once.
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.runs > 1 && why(cell) == Some(NoInterval::Alike)) {
        let seeds = cell.runs - cell.diverged;
        let others = 100.0 * (1.0 - mid_p(seeds, seeds)[0]);
        let is_one_run = cell.train.is_some_and(|train| train.loss.no_interval == Some(NoInterval::Alike));
        let then = if is_one_run {
            "with the same loss to the last digit, as where nothing is drawn".to_owned()
        } else {
            format!("which has no interval: up to {others:.0}% of other seeds may not")
        };
        let what = format!("all {seeds} seeds end alike, {then}");
        match said.iter_mut().find(|(other, _)| *other == what) {
            Some((_, inits)) => inits.push(&cell.init),
            None => said.push((what, vec![&cell.init])),
        }
    }
    for (what, inits) in said {
        text += &wrapped(&format!("{}: {what}", inits.join(", ")));
    }
    if cells.iter().any(|cell| cell.runs > 1 && why(cell) == Some(NoInterval::TooFew)) {
        text += &wrapped(&format!("of fewer than {FEWEST} seeds no interval of a mean can be told"));
    }
    text
}

/// An R^2: of what is far worse than guessing nobody wants the digits.
fn r2(r2: Option<f64>) -> String {
    match r2 {
        None => nothing(),
        Some(r2) if r2 <= -100.0 => rough(r2),
        // No minus in front of nothing.
        Some(r2) if r2.abs() < 5e-4 => "0.000".to_owned(),
        Some(r2) => format!("{r2:.3}"),
    }
}

fn with_interval(mean: &str, interval: Option<[f64; 2]>, digits: impl Fn(f64) -> String) -> String {
    interval.map_or(mean.to_owned(), |[low, high]| format!("{mean} [{}, {}]", digits(low), digits(high)))
}

/// A study's store: how far it is, its best cells, and what each value of its axes does.
pub fn study(summary: &Summary, axes: &[&str]) -> String {
    let Summary { cells, seeds, wanted, runs, diverged, judged, .. } = summary;
    let part = if summary.shard == "1/1" { String::new() } else { format!(", part {}", summary.shard) };
    let state = if runs == wanted {
        "complete".to_owned()
    } else {
        format!("{:.1}% done", (100.0 * *runs as f64 / (*wanted).max(1) as f64).min(99.9))
    };
    let mut text = wrapped(&format!(
        "{} x {}{part}: {} of {} runs, {state}; {} diverged",
        many(*cells, "cell"),
        many(*seeds, "seed"),
        count(*runs),
        count(*wanted),
        count(*diverged)
    ));
    if let Some(units) = &summary.units {
        text += &wrapped(&units.in_words());
    }
    let classify = summary.best.iter().any(|cell| cell.accuracy.is_some());
    let fits = summary.best.iter().any(|cell| cell.r2.is_some());
    let percent = |share: Option<f64>| share.map_or_else(nothing, |share| percent(share, 0));
    if !summary.best.is_empty() {
        let mut header = vec!["cell"];
        header.extend(axes);
        header.push(judged);
        header.extend(classify.then_some("at target"));
        header.extend(fits.then_some("R^2"));
        let rows = summary.best.iter().map(|cell| {
            let mut row = vec![cell.cell.to_string()];
            row.extend(cell.point.iter().map(|level| match level {
                Level::Number(x) => rough(*x),
                Level::Name(name) => name.clone(),
            }));
            if classify {
                row.extend([cell.accuracy.map_or_else(nothing, |mean| format!("{mean:.4}")), percent(cell.at_target)]);
            } else {
                row.push(number(cell.loss));
            }
            row.extend(fits.then(|| r2(cell.r2)));
            row
        });
        text += "\nthe best cells\n";
        text += &table(&header, rows, 1);
    }
    if !summary.margins.is_empty() && classify {
        let rows = summary.margins.iter().map(|margin| {
            let accuracy = margin.accuracy.map_or_else(nothing, |mean| format!("{mean:.4}"));
            let axis = format!("{} {}", margin.axis, margin.level);
            vec![axis, count(margin.runs), accuracy, percent(margin.at_target), percent(Some(margin.diverged))]
        });
        text += "\neach value, over all of the others\n";
        text += &table(&["value", "runs", judged, "at target", "diverged"], rows, 1);
    }
    text
}

/// Stores and how far they are.
pub fn stores(stores: &[(String, Progress)]) -> String {
    let rows = stores.iter().map(|(name, Progress { cells, seeds, shard, wanted, runs })| {
        vec![
            foreign(name),
            count(*cells),
            count(*seeds),
            shard.clone(),
            format!("{} of {}", count(*runs), count(*wanted)),
        ]
    });
    table(&["store", "cells", "seeds", "part", "runs"], rows, 1)
}

/// The names of experiments and what was done in each.
pub fn experiments(experiments: &[Experiment]) -> String {
    let width = experiments.iter().map(|experiment| experiment.name.len() + 2).max().unwrap_or(0);
    let indent = " ".repeat(width);
    let indented = |experiment: &Experiment| {
        let options = textwrap::Options::new(usize::from(WIDTH)).subsequent_indent(&indent);
        textwrap::fill(&format!("{:<width$}{}", experiment.name, experiment.title), options) + "\n"
    };
    experiments.iter().map(indented).collect()
}

/// One line per published figure.
pub fn replication(replication: &Replication) -> String {
    let rows = replication.rows.iter().map(|row| {
        let agrees = row.agrees.map_or_else(nothing, |agrees| if agrees { "yes" } else { "NO" }.to_owned());
        vec![row.what.clone(), row.published.clone(), row.measured.clone(), agrees]
    });
    table(&["figure", "published", "measured", "agrees"], rows, 1)
}

/// A file of weights: what it is, what is in it, and the Python that takes it in.
pub fn weights(written: &Written, python: &str) -> String {
    let about = |key: &str| written.metadata.get(key).map_or("", String::as_str);
    let head = wrapped(&format!(
        "{}: {}, seed {}, layers {}, {}; {} names, {}",
        written.file,
        about("init"),
        about("seed"),
        about("layers"),
        about("activation"),
        about("naming"),
        about("dtype")
    ));
    let rows = written.tensors.iter().map(|tensor| {
        let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
        vec![foreign(&tensor.name), shape.join(" x ")]
    });
    format!("{head}\n{}\n{python}\n", table(&["tensor", "shape"], rows, 1))
}

/// `e` to a power, which as a number would be 0 or beyond all numbers.
pub(super) fn exponential(ln: f64) -> String {
    if !ln.is_finite() {
        return nothing();
    }
    let tens = ln / std::f64::consts::LN_10;
    // 9.999 is 10.00, and that is 1.00 of the next power.
    let (digits, power) = match (100.0 * libm::exp10(tens - tens.floor())).round() / 100.0 {
        digits if digits < 10.0 => (digits, tens.floor()),
        digits => (digits / 10.0, tens.floor() + 1.0),
    };
    format!("{digits:.2}e{power:.0}")
}

/// What a probe measured: a table of layers for each initialization, means over the seeds.
pub fn probe(inits: &[InitProbe]) -> String {
    let mut text = String::new();
    for init in inits {
        let mut head = format!("{}: {}, loss {}", init.init, many(init.seeds as u64, "seed"), number(init.loss.mean));
        if init.diverged > 0 {
            let _ = write!(head, ", {} diverged before this step", init.diverged);
        }
        text += &wrapped(&head);
        text += &wrapped(&format!(
            "Jacobian's singular values: root mean square {}, largest {}",
            number(init.jacobian_root_mean_square.mean),
            number(init.jacobian_largest.mean),
        ));
        let limit = init
            .sharpness_limit
            .map_or_else(String::new, |limit| format!(" (steps are stable up to {})", number(limit)));
        let flat = init.saturated.map_or_else(String::new, |of| format!(", {} of outputs flat", percent(of.mean, 0)));
        text += &wrapped(&format!("sharpness {}{limit}{flat}", number(init.sharpness.mean)));
        let mean = |spread: Option<Spread>| spread.map_or_else(nothing, |spread| number(spread.mean));
        let rounded = |spread: Option<Spread>, digits: usize| match spread {
            Some(spread) if spread.mean.is_finite() => format!("{:.digits$}", spread.mean),
            other => mean(other),
        };
        let percent = |spread: Option<Spread>| spread.map_or_else(nothing, |spread| percent(spread.mean, 0));
        let rows = init.layers.iter().map(|layer| {
            let name = if layer.dead.is_none() { "out".to_owned() } else { layer.layer.to_string() };
            vec![
                name,
                layer.width.to_string(),
                number(layer.signal.mean),
                number(layer.gradient.mean),
                mean(layer.relative_step),
                percent(layer.dead),
                percent(layer.saturated),
                rounded(layer.correlation, 3),
                rounded(layer.rank, 1),
                format!("{:.0}", layer.twins.mean),
            ]
        });
        let header = ["", "units", "signal", "gradient", "step", "dead", "flat", "corr.", "rank", "twins"];
        text += &table(&header, rows, 0);
        text += "\n";
    }
    text
}

/// A table whose first `left` columns are aligned to the left and the others to the right.
pub(super) fn table<S: AsRef<str>>(header: &[S], rows: impl Iterator<Item = Vec<String>>, left: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(header.iter().map(|title| in_a_line(title.as_ref())));
    // A cell is one line, whatever name is in it; an initialization with a scheme for each layer goes on after one of them.
    let cell = |(i, cell): (usize, &String)| if i == 0 { after_slashes(&in_a_line(cell)) } else { in_a_line(cell) };
    let rows: Vec<Vec<String>> = rows.map(|row| row.iter().enumerate().map(cell).collect()).collect();
    let pieces = rows.iter().filter_map(|row| row.first()).flat_map(|name| name.split('\n'));
    let longest = pieces.map(|piece| piece.chars().count()).max().unwrap_or(0).min(NAME) as u16;
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        if column.index == 0 {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest)));
        }
        if column.index >= left {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_padding((if column.index == 0 { 0 } else { 2 }, 0));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

/// Characters of a name that are never cut.
const NAME: usize = 24;

/// Text in lines that break after slashes, where it is long.
fn after_slashes(text: &str) -> String {
    let mut lines = String::new();
    let mut long = 0;
    for piece in text.split_inclusive('/') {
        let length = piece.chars().count();
        if long > 0 && long + length > NAME {
            lines.push('\n');
            long = 0;
        }
        lines += piece;
        long += length;
    }
    lines
}

/// A share to four digits, as accuracies are published.
fn share(share: Option<f64>) -> String {
    share.map_or_else(nothing, |share| format!("{share:.4}"))
}

pub(super) fn nothing() -> String {
    "-".to_owned()
}

/// The trace in ten characters: the logarithm of the loss, from its smallest to its largest value.
fn sparkline(run: &Run) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const BARS_IN_ALL: usize = 10;
    // A loss of 0 is small, not infinitely so; NaN stays NaN.
    let log = |loss: f64| if loss == 0.0 { f64::MIN_POSITIVE.ln() } else { loss.ln() };
    let logs: Vec<f64> = run.trace.iter().map(|record| log(record.loss)).collect();
    let finite = || logs.iter().copied().filter(|x| x.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let width = BARS_IN_ALL.min(logs.len());
    let at = |i: usize| if width < 2 { 0 } else { i * (logs.len() - 1) / (width - 1) };
    let bar = |x: f64| match x {
        x if !x.is_finite() => '!',
        // Less than a hundredth of a per cent is flat.
        _ if high - low < 1e-4 => BARS[3],
        x => BARS[((x - low) / (high - low) * 7.0).round() as usize],
    };
    (0..width).map(|i| bar(logs[at(i)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{ClassFigures, Record};

    fn run(losses: &[f64]) -> Run {
        Run {
            case: None,
            init: "he".into(),
            seed: 1,
            status: "finished",
            step: None,
            train: Figures { loss: 0.5, accuracy: Some(0.9), classes: None },
            test: None,
            targets: None,
            trace: losses.iter().enumerate().map(|(step, &loss)| Record { step, loss }).collect(),
            steps: 10,
            best: None,
            reached: None,
            seconds: 0.1,
        }
    }

    #[test]
    fn a_sparkline_falls_with_the_loss_and_shows_what_is_not_finite() {
        assert_eq!(sparkline(&run(&[1.0, 0.1, 0.01])), "█▅▁");
        assert_eq!(sparkline(&run(&[0.693, 0.693])), "▄▄");
        assert_eq!(sparkline(&run(&[1.0, 8.0, f64::NAN])), "▁█!");
        assert_eq!(sparkline(&run(&[])), "");
        assert_eq!(sparkline(&run(&vec![1.0; 100])).chars().count(), 10);
    }

    #[test]
    fn what_accuracy_does_not_say_has_a_table_of_its_own() {
        let kind = Kind::Classes(vec!["no".to_owned(), "yes".to_owned()]);
        assert_eq!(classes(&[run(&[1.0])], &kind), "");
        let of_classes = Some(ClassFigures { balanced_accuracy: 0.75, f1: None, auc: Some(0.8125) });
        let told = Run { train: Figures { loss: 0.5, accuracy: Some(0.9), classes: of_classes }, ..run(&[1.0]) };
        assert_eq!(
            classes(&[told], &kind),
            "\nby class, on the training samples\n\
             init  seed    acc.  balanced  F1 of \"yes\"     AUC\n\
             he       1  0.9000    0.7500            -  0.8125\n"
        );
    }

    #[test]
    fn tables_fit_eighty_columns() {
        let long = Run { init: "he-truncated:0.123456/glorot-uniform:2/orthogonal/zeros".into(), ..run(&[1.0; 30]) };
        let tested = Run { test: Some(Figures { loss: 1e-5, accuracy: Some(0.8), classes: None }), ..long };
        let compared = crate::compare::compare(&[tested.clone(), run(&[1.0])], Some(0.95));
        for text in [runs(&[tested]), comparison(&compared, false), comparison(&compared, true)] {
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(text.contains("0.8000"), "{text}");
            // A scheme is never cut.
            let schemes = ["he-truncated:0.123456/", "glorot-uniform:2/", "orthogonal/zeros"];
            assert!(schemes.iter().all(|scheme| text.contains(scheme)), "{text}");
        }
    }
}
