//! Runs, one line each.

use super::figures::{nothing, r2, share};
use super::layout::table;
use crate::data::Kind;
use crate::run::{Figures, Run};
use crate::units::{Fit, Fits};
use crate::words::{count, foreign, number};

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

/// The trace in ten characters: the logarithm of the loss, from its smallest to its largest value.
pub fn sparkline(run: &Run) -> String {
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
