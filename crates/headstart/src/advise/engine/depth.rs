//! Of a deep network of layers in a row it is asked whether branches or a normalization would make the start not matter, and shown by
//! running them: from the usual start and fresh seeds, for as many steps as the plain network had.

use super::super::candidates::DEEP;
use super::super::depth::{Change, Depth, is_ahead, score};
use super::super::race::{FRESH, Race};
use super::Engine;
use crate::compare::{self, Cell};
use crate::error::Error;
use crate::executor::Batch;
use crate::run::Run;
use crate::spec::{Block, Inits, NormName, Seeds, TaskSpec};
use crate::task::Task;
use headstart_engine::init::BranchScale;
use headstart_engine::network::blocks::Norm;

/// The share of what may be spent that is kept for it.
pub(super) const SHARE: f64 = 0.2;

/// Seeds of every change at first, and of the one that does best.
const FEW: usize = 3;
const SEEDS: usize = 10;

/// Hidden layers of the network that says what depth costs.
const SHALLOW: usize = 2;

/// A change: as flags, and what it does to a task.
type Made = (&'static str, fn(&mut TaskSpec));

/// What is tried: branches whose sum does not grow with their number (Hayou et al. 2021), branches that begin with a
/// normalization (He et al. 2016; Xiong et al. 2020), and a normalization of every layer (Ioffe and Szegedy 2015; Ba et al. 2016).
const CHANGES: [Made; 4] = [
    ("--block residual --branch-scale 1/sqrt(L)", |spec| {
        (spec.network.block, spec.init.branch_scale) = (Block::Residual, BranchScale::OverRoot);
    }),
    ("--block pre-norm", |spec| spec.network.block = Block::PreNorm),
    ("--norm batch", |spec| spec.network.norm = NormName(Some(Norm::Batch))),
    ("--norm layer", |spec| spec.network.norm = NormName(Some(Norm::Layer))),
];

/// Whether it is asked of a task.
pub(super) fn is_asked(task: &Task) -> bool {
    task.network().is_dense_chain() && task.spec.network.network.is_none() && hidden(task) >= DEEP
}

fn hidden(task: &Task) -> usize {
    task.network().layers().len() - 1
}

/// What depth costs, and what helps, as far as what is kept for it allows; none where it is not asked, nothing could be trained, or it was
/// stopped.
pub(super) fn depth(engine: &mut Engine, race: &Race) -> Result<Option<Depth>, Error> {
    let Some(evidence) = race.evidence.as_ref().filter(|_| is_asked(engine.whole)) else { return Ok(None) };
    let plain = &evidence.comparison.cells;
    let mut trial = Trials { engine, race, left: race.kept() as usize };
    let usual = race.setting.usual();
    let shallow = trial.task(shallow);
    let mut changes: Vec<(&str, Task, Vec<Run>)> = Vec::new();
    for (flags, change) in CHANGES {
        let task = trial.task(|spec| {
            change(spec);
            Some(())
        });
        // Without layers of the same width there are no branches.
        let is_new = |task: &Task| {
            let has_branches = task.network().layers().any(|layer| layer.branch.is_some());
            has_branches || task.spec.network.block == Block::Dense
        };
        changes.extend(task.filter(is_new).map(|task| (flags, task, Vec::new())));
    }
    let seeds = FEW.min(trial.left / (changes.len() + 1));
    let mut shallow_runs = Vec::new();
    if let Some(task) = &shallow {
        shallow_runs = trial.train(task, &[&usual], 0..seeds)?;
    }
    for (_, task, runs) in &mut changes {
        *runs = trial.train(task, &[&usual], 0..seeds)?;
    }
    changes.retain(|(.., runs)| !runs.is_empty());
    let of = |runs: &[Run]| compare::cells(runs, race.setting.ground.target);
    let score_of = |runs: &[Run]| of(runs).first().map_or(f64::NEG_INFINITY, score);
    let others: Vec<&str> = plain.iter().map(|cell| cell.init.as_str()).filter(|init| *init != usual).collect();
    let for_others = FEW * others.len();
    let mut other_starts = Vec::new();
    // Until the one that does best does so by more than a few seeds.
    loop {
        changes.sort_by(|a, b| score_of(&b.2).total_cmp(&score_of(&a.2)));
        let (Some((_, task, runs)), Some(own)) = (changes.first_mut(), plain.first()) else { break };
        if of(runs).first().is_none_or(|cell| is_ahead(own, cell)) {
            break;
        }
        let until = SEEDS.min(runs.len() + trial.left.saturating_sub(for_others));
        let more = trial.train(task, &[&usual], runs.len()..until)?;
        if more.is_empty() {
            let seeds = FEW.min(trial.left / others.len().max(1));
            other_starts = of(&trial.train(task, &others, 0..seeds)?);
            break;
        }
        runs.extend(more);
    }
    if let Some(task) = &shallow {
        let until = SEEDS.min(shallow_runs.len() + trial.left);
        shallow_runs.extend(trial.train(task, &[&usual], shallow_runs.len()..until)?);
    }
    if trial.engine.host.is_stopped() {
        return Ok(None);
    }
    let mut other_starts = Some(other_starts);
    let changes = changes.into_iter().map(|(flags, _, runs)| {
        let cells: Vec<Cell> = of(&runs).into_iter().chain(other_starts.take().unwrap_or_default()).collect();
        Change { flags: flags.to_owned(), cells }
    });
    let about = (hidden(trial.engine.whole), race.setting.steps);
    Ok(Depth::of(&race.setting.ground, about, plain, of(&shallow_runs).into_iter().next(), changes.collect()))
}

/// The same with two hidden layers, the first and the last one; none where layers have activations, rates or biases of their own.
fn shallow(spec: &mut TaskSpec) -> Option<()> {
    let layers = &mut spec.network.layers.0;
    let [_, first, .., last, _] = layers[..] else { return None };
    let count = layers.len();
    layers.splice(1..count - 1, [first, last]);
    debug_assert_eq!(layers.len(), SHALLOW + 2);
    (spec.network.activation.0.len() == 1).then_some(())
}

/// Trainings of changed networks.
struct Trials<'a, 'b> {
    engine: &'a mut Engine<'b>,
    race: &'a Race,
    /// Trainings that are left.
    left: usize,
}

impl Trials<'_, '_> {
    /// The task with a change; none where it makes no sense with the rest of the task.
    fn task(&self, change: impl Fn(&mut TaskSpec) -> Option<()>) -> Option<Task> {
        let mut spec = self.engine.whole.spec.clone();
        spec.training.lr = Some(self.race.lr);
        change(&mut spec)?;
        self.engine.whole.vary(spec).ok()
    }

    /// Some starts from some of the fresh seeds of the evidence, of those starts that the network has.
    fn train(&mut self, task: &Task, inits: &[&str], seeds: std::ops::Range<usize>) -> Result<Vec<Run>, Error> {
        let inits = inits.iter().filter_map(|init| init.parse().ok());
        let inits: Vec<_> =
            inits.filter(|init: &headstart_engine::init::Initialization| init.check(task.network()).is_ok()).collect();
        let count = inits.len() * seeds.len();
        if count == 0 || self.engine.host.is_stopped() {
            return Ok(Vec::new());
        }
        self.left = self.left.saturating_sub(count);
        let mut spec = task.spec.clone();
        (spec.init.init, spec.init.seeds) = (Inits(inits), Seeds::Count(seeds.len()));
        spec.init.seed = self.race.setting.seed(FRESH) + seeds.start as u64;
        let task = task.vary(spec)?;
        let mut runs = Vec::new();
        self.engine.host.run(&Batch::of(&task), |run| runs.push(run))?;
        self.engine.steps += runs.iter().map(|run: &Run| run.steps as u64).sum::<u64>();
        Ok(runs)
    }
}
