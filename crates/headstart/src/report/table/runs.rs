//! Runs, one row each.

use super::figures::{counted, measured, measured_or_nothing, nothing, numbered, r2, share};
use crate::data::Kind;
use crate::report::document::{Block, Cell, Column, Mark, Row, Table};
use crate::run::{Figures, Run};
use crate::units::{Fit, Fits};
use crate::words::foreign;

/// The most losses of a run that are shown along the way: among them are those that ten bars show of all.
const MOST: usize = 55;

/// One row per run: the losses before the first step and after the last one, the accuracies, and the trace as a line
/// of bars. How a run ended is shown where some run did not finish.
pub fn runs(runs: &[Run]) -> Vec<Block> {
    let classify = runs.iter().any(|run| run.train.accuracy.is_some());
    let tested = runs.iter().any(|run| run.test.is_some());
    let all_finished = runs.iter().all(Run::is_finished);
    let regress = runs.iter().any(|run| run.targets.is_some());
    let mut columns = vec![Column::left("init"), Column::right("seed"), Column::point("start"), Column::point("loss")];
    columns.extend(tested.then(|| Column::point("test loss")));
    columns.extend(classify.then(|| Column::point("acc.")));
    columns.extend((classify && tested).then(|| Column::point("test acc.")));
    columns.extend(regress.then(|| Column::point(if tested { "test R^2" } else { "R^2" })));
    columns.push(Column::right(if all_finished { "trace" } else { "ended" }));
    let rows = runs.iter().map(|run| {
        let start = run.trace.first().map_or(f64::NAN, |record| record.loss);
        let mut cells = of_run(run);
        cells.extend([measured(start), measured(run.train.loss)]);
        cells.extend(tested.then(|| measured_or_nothing(run.test.map(|test| test.loss))));
        cells.extend(classify.then(|| share(run.train.accuracy)));
        cells.extend((classify && tested).then(|| share(run.test.and_then(|test| test.accuracy))));
        cells.extend(regress.then(|| r2(run.targets.as_ref().and_then(Fits::r2))));
        cells.push(match run.step {
            _ if all_finished => Cell { trace: trace(run), ..Cell::default() },
            None => run.status.into(),
            Some(step) => format!("{} at {step}", run.status).into(),
        });
        Row { cells, mark: (run.status == "diverged").then_some(Mark::Failed) }
    });
    let mut blocks = vec![Block::Table(Table { columns, rows: rows.collect(), ..Table::default() })];
    let several = runs.iter().filter_map(|run| run.targets.as_ref()).any(|fits| fits.train.len() > 1);
    if several {
        blocks.extend(targets(runs));
    }
    blocks.extend(stops(runs));
    blocks
}

/// Which run it is.
fn of_run(run: &Run) -> Vec<Cell> {
    vec![run.init.to_string().into(), numbered(run.seed)]
}

/// Losses along a run, the first and the last among them.
fn trace(run: &Run) -> Vec<f64> {
    let (all, shown) = (run.trace.len(), run.trace.len().min(MOST));
    let at = |i: usize| if shown < 2 { 0 } else { i * (all - 1) / (shown - 1) };
    (0..shown).map(|i| run.trace[at(i)].loss).collect()
}

/// Where early stopping ended every run, and whose weights the figures are of; nothing without it.
fn stops(runs: &[Run]) -> Vec<Block> {
    let row = |run: &Run| {
        let best = run.best?;
        let figures = [counted(run.steps as u64), counted(best.step as u64), measured(best.loss)];
        Some(of_run(run).into_iter().chain(figures).collect())
    };
    let rows: Vec<Vec<Cell>> = runs.iter().filter_map(row).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let columns = vec![
        Column::left("init"),
        Column::right("seed"),
        Column::right("steps done"),
        Column::right("weights of step"),
        Column::point("validation loss"),
    ];
    let heading = "early stopping: the figures are of the weights with the lowest validation loss";
    vec![Block::Heading(heading.to_owned()), Block::Table(Table::new(columns, rows))]
}

/// One row per target of every run, with its own error in its own units.
fn targets(runs: &[Run]) -> Vec<Block> {
    let of_targets = |run: &Run| {
        let fits = run.targets.as_ref();
        let (train, test) = fits.map_or((&[][..], &[][..]), |fits| (&fits.train, &fits.test));
        let of_target = |(j, fit): (usize, &Fit)| {
            let of_test = |figure: fn(&Fit) -> Cell| test.get(j).map_or_else(nothing, figure);
            let figures =
                [measured(fit.rmse), of_test(|fit| measured(fit.rmse)), r2(fit.r2), of_test(|fit| r2(fit.r2))];
            let name = fits.and_then(|fits| fits.names.get(j)).map_or_else(|| j.to_string(), |name| foreign(name));
            of_run(run).into_iter().chain([name.into()]).chain(figures).collect()
        };
        train.iter().enumerate().map(of_target).collect::<Vec<Vec<Cell>>>()
    };
    let mut columns = vec![Column::left("init"), Column::right("seed"), Column::right("target")];
    columns.extend(["rmse", "test rmse", "R^2", "test R^2"].map(Column::point));
    let heading = "target by target: the root of the mean squared error, in its own units";
    vec![Block::Heading(heading.to_owned()), Block::Table(Table::new(columns, runs.iter().flat_map(of_targets)))]
}

/// What accuracy does not say of classes, one row per run: on the test set, or on the training set where there is none. Empty if
/// there is nothing to say.
pub fn classes(runs: &[Run], kind: &Kind) -> Vec<Block> {
    let Kind::Classes(names) = kind else { return Vec::new() };
    if !runs.iter().any(|run| run.judged().classes.is_some()) {
        return Vec::new();
    }
    let tested = runs.iter().any(|run| run.test.is_some());
    let mut columns =
        vec![Column::left("init"), Column::right("seed"), Column::point("acc."), Column::point("balanced")];
    if let [_, second] = names.as_slice() {
        columns.extend([format!("F1 of \"{}\"", foreign(second)), "AUC".to_owned()].map(Column::point));
    }
    let rows = runs.iter().map(|run| {
        let Figures { accuracy, classes, .. } = run.judged();
        let mut row = of_run(run);
        row.extend([share(accuracy), share(classes.map(|classes| classes.balanced_accuracy))]);
        if names.len() == 2 {
            row.extend([classes.and_then(|classes| classes.f1), classes.and_then(|classes| classes.auc)].map(share));
        }
        row
    });
    let set = if tested { "test" } else { "training" };
    vec![Block::Heading(format!("by class, on the {set} samples")), Block::Table(Table::new(columns, rows))]
}
