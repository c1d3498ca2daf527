//! An experiment whose data is loaded, and how it is run.

use super::case::{Case, CaseRuns, Judgement, Pixels};
use super::{Experiment, Replication, Row};
use crate::error::Error;
use crate::executor::Batch;
use crate::host::Host;
use crate::probe::{self, Profile};
use crate::run::{Record, Run};
use crate::task::{Held, Job, Task};
use std::sync::Arc;

/// An experiment whose data is loaded.
pub struct Prepared {
    pub(super) experiment: Experiment,
    pub(super) cases: Vec<(Case, Task)>,
}

impl Prepared {
    /// Updates of parameters in all its trainings, and one for each start that is looked at.
    pub fn steps(&self) -> u64 {
        let of_case = |(case, task): &(Case, Task)| case.runs(task) * (task.steps() + usize::from(case.looks));
        self.cases.iter().map(|both| of_case(both) as u64).sum()
    }

    /// Runs everything and compares. `None` if it was stopped.
    ///
    /// # Errors
    /// If the executor fails.
    pub fn run(&self, host: &Host<'_>) -> Result<Option<Replication>, Error> {
        host.begin("", self.steps());
        // Run `i` of them all is run `i - first` of the case that begins at `first`.
        let mut firsts = vec![0];
        for (case, task) in &self.cases {
            firsts.push(firsts[firsts.len() - 1] + case.runs(task));
        }
        let mut profiles = Vec::with_capacity(self.cases.len());
        for (case, task) in &self.cases {
            if !case.looks {
                profiles.push(Vec::new());
                continue;
            }
            let Some(of_case) = profiles_of(case, &*task.looked_at()?, host) else { return Ok(None) };
            profiles.push(of_case);
        }
        let done = match self.experiment.pixels {
            None => self.run_cases(&firsts, host)?.map(|runs| (runs, Vec::new())),
            Some(Pixels { figure, .. }) => self.run_pixels(figure, host)?,
        };
        let Some((runs, figures)) = done else { return Ok(None) };
        let ranges = firsts.windows(2).map(|pair| pair[0]..pair[1]);
        let cases: Vec<CaseRuns> = self
            .cases
            .iter()
            .zip(ranges)
            .zip(&profiles)
            .map(|(((case, task), range), profiles)| CaseRuns {
                name: &case.name,
                task,
                runs: &runs[range.clone()],
                figures: figures.get(range).unwrap_or_default(),
                view: case.view.as_ref(),
                profiles,
            })
            .collect();
        let rows_of = |((case, _), of_case): (&(Case, Task), &CaseRuns)| -> Vec<Row> {
            case.claims.iter().map(|claim| claim.row(of_case.name, of_case.task, &of_case.runs[0])).collect()
        };
        let mut rows: Vec<Row> = self.cases.iter().zip(&cases).flat_map(rows_of).collect();
        let Judgement { rows: more, answer, map } = (self.experiment.judge)(&cases);
        rows.extend(more);
        let device = self.cases.first().and_then(|(_, task)| host.device(&task.spec.training)).cloned();
        let page = self.experiment.page.map(|page| page(&cases)).map(|page| page.by(device.as_ref()));
        let Experiment { name, title, source, .. } = self.experiment;
        let agrees = rows.iter().all(|row| row.agrees != Some(false));
        let profiles = profiles.concat();
        Ok(Some(Replication { name, title, source, agrees, device, rows, answer, map, page, profiles, runs }))
    }

    /// All runs of all cases, of which case `i` has those from `firsts[i]` on.
    fn run_cases(&self, firsts: &[usize], host: &Host<'_>) -> Result<Option<Vec<Run>>, Error> {
        let count = firsts[self.cases.len()];
        let case_of = |i: usize| firsts.partition_point(|first| *first <= i) - 1;
        let job = |i: usize| self.cases[case_of(i)].1.job(i - firsts[case_of(i)]);
        let mut runs = Vec::with_capacity(count);
        let names: Vec<Arc<str>> = self.cases.iter().map(|(case, _)| case.name.as_str().into()).collect();
        host.run(&Batch::new(count, job), |run| {
            let case = Arc::clone(&names[case_of(runs.len())]);
            runs.push(Run { case: Some(case), ..run });
        })?;
        Ok(all_of(runs, count))
    }

    /// All runs of all views with their figures; the task of a pixel is made when it is done, as those of all would fill the memory.
    fn run_pixels(&self, figure: fn(&[Record], usize) -> f64, host: &Host<'_>) -> Result<Option<WithFigures>, Error> {
        let (mut all, mut figures) = (Vec::new(), Vec::new());
        for (case, task) in &self.cases {
            let Some(view) = case.view.as_ref() else { return Ok(None) };
            let [columns, rows] = &view.axes;
            let at = |i: usize| (columns.values[i % columns.values.len()], rows.values[i / columns.values.len()]);
            let pixel = |i: usize| {
                let mut spec = task.spec.clone();
                let (x, y) = at(i);
                (view.vary)(&mut spec, x, y);
                let Job { init, seed, .. } = task.job(0);
                Ok(Job { task: Held::Shared(Arc::new(task.vary(spec)?)), init, seed })
            };
            let count = columns.values.len() * rows.values.len();
            let mut runs = Vec::with_capacity(count);
            host.run(&Batch::made(count, pixel), |mut run| {
                figures.push(figure(&run.trace, task.steps()));
                if run.trace.len() > 2 {
                    run.trace.drain(1..run.trace.len() - 1);
                    run.trace.shrink_to_fit();
                }
                let (x, y) = at(runs.len());
                let name = format!("{}: {} {x}, {} {y}", case.name, columns.name, rows.name);
                runs.push(Run { case: Some(name.into()), ..run });
            })?;
            let Some(runs) = all_of(runs, count) else { return Ok(None) };
            all.extend(runs);
        }
        Ok(Some((all, figures)))
    }
}

/// Runs, and a figure of each.
type WithFigures = (Vec<Run>, Vec<f64>);

/// The starts of a case, named as its runs are in pictures.
fn profiles_of(case: &Case, task: &Task, host: &Host<'_>) -> Option<Vec<Profile>> {
    let mut profiles = probe::profiles(task, host.threads(), host.watch())?;
    let alone = profiles.len() == 1;
    for profile in &mut profiles {
        profile.name = if alone { case.name.clone() } else { format!("{}: {}", case.name, profile.name) };
    }
    Some(profiles)
}

/// The runs, if none was stopped or not begun.
fn all_of(runs: Vec<Run>, count: usize) -> Option<Vec<Run>> {
    (runs.len() == count && runs.iter().all(|run| run.status != "stopped")).then_some(runs)
}
