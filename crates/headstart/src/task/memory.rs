//! Whether there is memory for a task.

use super::Task;
use crate::data::memory;
use crate::error::Error;
use crate::spec::TaskSpec;
use headstart_engine::network::Network;
use headstart_engine::optimizer::Optimizer;
use headstart_engine::train::Training;

impl Task {
    /// How many of so many threads may look at the curvature of a start at the same time, each its own.
    ///
    /// # Errors
    /// If there is not enough memory for one.
    pub(crate) fn looks_at_once(&self, threads: usize) -> Result<usize, Error> {
        // Of every unit and sample what a pass leaves behind and how it changes; of every parameter a few vectors.
        let samples = self.dataset.train.x.nrows();
        // Of the rank of a layer's activations a matrix of its units, and its eigenvalues another one.
        let widest = self.network().layers().map(|layer| layer.fan_out).max().unwrap_or_default() as u64;
        let of_rank = widest.saturating_mul(widest).saturating_mul(2 * 8);
        let needs = bytes(self.network(), 10, samples, 10).saturating_add(of_rank);
        let limit = usable_memory();
        if needs > limit {
            return Err(Error::Usage(format!(
                "{}: to look at a start on all {samples} samples needs about {} of memory, and {} may be used \
                 here; use smaller layers or fewer samples",
                self.spec.network.named(),
                memory::human_bytes(needs),
                memory::human_bytes(limit)
            )));
        }
        Ok(threads.clamp(1, usize::try_from(limit / needs.max(1)).unwrap_or(usize::MAX).max(1)))
    }

    /// Refuses more starts than what is measured of them can be held for.
    ///
    /// # Errors
    /// If there are.
    pub(crate) fn check_probes(&self) -> Result<(), Error> {
        // What a probe has of each layer.
        const OF_LAYER: u64 = 256;
        let of_start = OF_LAYER * (self.network().widths().len() as u64 + 1);
        let needs = (self.runs() as u64).saturating_mul(of_start);
        if needs < LITTLE || needs <= usable_memory() {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "--seeds {}: what is measured of {} starts takes about {} of memory, and {} may be used here; use fewer seeds",
            self.spec.init.seeds,
            self.runs(),
            memory::human_bytes(needs),
            memory::human_bytes(usable_memory())
        )))
    }
}

/// Refuses a map whose cells would not fit into memory.
///
/// # Errors
/// If they would not.
pub(crate) fn check_cells(cells: u64, runs: u64, of_cell: usize) -> Result<(), Error> {
    let needs = cells.saturating_mul(of_cell as u64).saturating_add(runs);
    if needs < LITTLE || needs <= usable_memory() {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "a map of {cells} cells and {runs} runs needs about {} of memory, and {} may be used here; use fewer values along its \
         axes or a smaller resolution, or fewer seeds",
        memory::human_bytes(needs),
        memory::human_bytes(usable_memory())
    )))
}

/// So many bytes there always are: it is not worth asking the system.
const LITTLE: u64 = 16 << 20;

/// Refuses a network that could not be trained in the memory there is.
pub(crate) fn check_memory(network: &Network, batch: usize, spec: &TaskSpec) -> Result<(), Error> {
    // First parameters, parameters, gradients and what the rule remembers; of every unit its activations and gradients, and what
    // dropout leaves of them.
    let moments = spec.training.optimizer().map_or(2, Optimizer::moments).max(2);
    let needs = bytes(network, 3 + moments, batch, if spec.training.dropout.is_empty() { 3 } else { 5 });
    if needs < LITTLE {
        return Ok(());
    }
    let limit = usable_memory();
    if needs > limit {
        return Err(Error::Usage(format!(
            "{}: one run needs about {} of memory for {} parameters, and {} may be used here; use smaller \
             layers",
            spec.network.named(),
            memory::human_bytes(needs),
            network.parameter_count(),
            memory::human_bytes(limit)
        )));
    }
    Ok(())
}

/// Refuses to record more losses than there is memory for.
pub(super) fn check_records(training: &Training) -> Result<(), Error> {
    // Each with its step, and twice: as the engine has them and as they are told.
    let needs = (training.steps.div_ceil(training.record_every.max(1)) as u64).saturating_mul(32);
    if needs < LITTLE || needs <= usable_memory() {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "--steps {} --record-every {}: the losses of one run take about {} of memory, and {} may be used here; record them \
         more rarely",
        training.steps,
        training.record_every,
        memory::human_bytes(needs),
        memory::human_bytes(usable_memory())
    )))
}

/// What so many numbers for every parameter, and for every unit and sample, take.
fn bytes(network: &Network, per_parameter: usize, samples: usize, per_unit: usize) -> u64 {
    let units = match network.program() {
        // Slopes and normalized numbers beside what each operation makes.
        Some(program) => program.units(),
        None => network.widths().iter().fold(0_usize, |sum, &width| sum.saturating_add(width)),
    };
    let of_units = units.saturating_mul(samples).saturating_mul(per_unit);
    let numbers = network.parameter_count().saturating_mul(per_parameter).saturating_add(of_units);
    (numbers as u64).saturating_mul(8)
}

fn usable_memory() -> u64 {
    memory::available().unwrap_or(u64::MAX) / 2
}
