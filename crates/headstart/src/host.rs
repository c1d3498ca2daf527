//! Where work is done: by whom, watched by whom, and until when.

use crate::budget::Budget;
use crate::error::Error;
use crate::events::{Event, Partial};
use crate::executor::{Batch, Checkpoint, Device, Each, Ended, Executor, Threads, go_on};
use crate::pulse::Pulse;
use crate::run::Run;
use crate::spec::{self, Precision, TrainingSpec};
use crate::task::{Job, Task};
use headstart_engine::watch::Watch;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whoever listens to events. They come from the thread that works and from one that looks how far it is.
pub type Listener<'a> = dyn Fn(Event<'_>) + Sync + 'a;

/// Who does the runs, how many threads of this process may measure what is between them, who listens, and a hand to stop it.
pub struct Host<'a> {
    executor: Box<dyn Executor + 'a>,
    threads: usize,
    watch: Watch,
    listener: Option<&'a Listener<'a>>,
    pulse: Pulse,
    /// Whether somebody asks for the pulse, so that it need not be told.
    is_asked: bool,
    /// When something was shown last.
    shown: Mutex<Option<Instant>>,
}

/// How often listeners are told how far the work is.
const TICK: Duration = Duration::from_millis(200);

impl Host<'static> {
    /// So many threads of this process, and nobody who listens.
    pub fn here(threads: usize) -> Self {
        Self::of(Threads(threads), threads)
    }
}

impl Task {
    /// Does all that the specification asks for: the first initialization with all its seeds comes first. `each` sees the runs in order;
    /// those that were stopped come last.
    ///
    /// # Errors
    /// If the executor fails.
    pub fn run(&self, host: &Host<'_>, each: impl FnMut(Run)) -> Result<(), Error> {
        host.begin("", (self.runs() as u64).saturating_mul(self.steps() as u64));
        host.run(&Batch::of(self), each)
    }

    /// Does all that the specification asks for on so many threads, and waits for it.
    ///
    /// # Panics
    /// If it is for a GPU: threads are none.
    pub fn run_all(&self, threads: usize) -> Vec<Run> {
        let mut runs = Vec::with_capacity(self.runs());
        Host::here(threads)
            .run(&Batch::of(self), |run| runs.push(run))
            .expect("threads do what a processor is asked for");
        runs
    }
}

impl<'a> Host<'a> {
    /// An executor for runs, and so many threads of this process for what is no run, as to look at a start.
    pub fn of(executor: impl Executor + 'a, threads: usize) -> Self {
        Self {
            executor: Box::new(executor),
            threads,
            watch: Watch::default(),
            listener: None,
            pulse: Pulse::default(),
            is_asked: false,
            shown: Mutex::default(),
        }
    }

    /// The same with this watch: whoever has it can stop the work, and see how many steps are done.
    #[must_use]
    pub fn watched_by(self, watch: &Watch) -> Self {
        Self { watch: watch.clone(), ..self }
    }

    /// The same for somebody who asks how far it is when they want to know: listeners are not told then, which takes a thread.
    #[must_use]
    pub fn asked_by(self, pulse: &Pulse) -> Self {
        Self { pulse: pulse.clone(), is_asked: true, ..self }
    }

    /// The same with somebody who listens.
    #[must_use]
    pub fn heard_by(self, listener: &'a Listener<'a>) -> Self {
        Self { listener: Some(listener), ..self }
    }

    /// Threads of this process.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// What computes such a training, where the figures are not the processor's bits.
    pub fn device(&self, training: &TrainingSpec) -> Option<&Device> {
        self.executor.device().filter(|_| training.device == spec::Device::Gpu)
    }

    /// The watch of the work.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Whether the work was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.watch.is_stopped()
    }

    /// Does the runs of a batch; `each` sees them in order, on the calling thread. Those that were stopped come last, as `stopped`.
    ///
    /// # Errors
    /// As [`Executor::run`].
    pub fn run(&self, batch: &Batch<'_>, mut each: impl FnMut(Run)) -> Result<(), Error> {
        self.run_until(batch, |run| {
            each(run);
            ControlFlow::Continue(())
        })
    }

    /// The same until `each` breaks.
    ///
    /// # Errors
    /// As [`Executor::run`].
    pub fn run_until(&self, batch: &Batch<'_>, mut each: impl FnMut(Run) -> ControlFlow<()>) -> Result<(), Error> {
        self.all(batch, &self.watch, |run| {
            self.tell(Event::Run(&run));
            each(run)
        })
    }

    /// Has a batch done of which every run is needed: the first one that could not be done is an error.
    fn all(&self, batch: &Batch<'_>, watch: &Watch, mut each: impl FnMut(Run) -> ControlFlow<()>) -> Result<(), Error> {
        let mut failed = Ok(());
        self.checked(batch, watch, &mut |ended| match ended {
            Ok(run) => each(run),
            Err(failure) => {
                failed = Err(failure);
                ControlFlow::Break(())
            }
        })?;
        Ok(failed?)
    }

    /// Has a batch done, and holds what comes to what was asked for: whoever is no thread of this process may be wrong.
    fn checked(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        self.check_device(batch)?;
        let is_own = self.executor.is_own();
        let (mut told, mut is_over, mut wrong) = (0, false, None);
        let mut looked = Instant::now();
        let worked = self.executor.run(batch, watch, &mut |ended| {
            if is_over {
                return ControlFlow::Break(());
            }
            let (init, seed) = match &ended {
                Ok(run) => (&run.init, run.seed),
                Err(failure) => (&failure.init, failure.seed),
            };
            let is_asked_for = || {
                let job = batch.job(told)?;
                Ok::<_, Error>(job.start().name == *init && job.seed == seed)
            };
            let problem = match told < batch.len() {
                true if is_own => None,
                true => match is_asked_for() {
                    Ok(true) => None,
                    Ok(false) => Some(format!("run {told} is told as that of {init} with seed {seed}")),
                    Err(error) => Some(error.to_string()),
                },
                false => Some(format!("more runs are told than the {} that were asked for", batch.len())),
            };
            told += 1;
            is_over = problem.is_some();
            wrong = problem;
            if is_over {
                return ControlFlow::Break(());
            }
            if looked.elapsed() >= TICK {
                self.remark();
                looked = Instant::now();
            }
            let flow = each(ended);
            is_over = flow.is_break();
            flow
        });
        self.remark();
        worked?;
        if !is_over && told < batch.len() && !watch.is_stopped() {
            wrong = Some(format!("{told} of {} runs are told, though nobody stopped it", batch.len()));
        }
        wrong.map_or(Ok(()), |wrong| Err(Error::Usage(format!("the executor does not do what it was asked: {wrong}"))))
    }

    /// Whether who works is who the tasks of a batch say, by the first one: nobody shall take figures of one for those of the other.
    /// What is in float64 no device does, whoever is asked.
    fn check_device(&self, batch: &Batch<'_>) -> Result<(), Error> {
        // A job that cannot be made is told where it is done.
        match (!batch.is_empty()).then(|| batch.job(0)) {
            Some(Ok(job)) => self.check_task(&job.task),
            _ => Ok(()),
        }
    }

    fn check_task(&self, task: &Task) -> Result<(), Error> {
        let training = &task.spec.training;
        let problem = match (training.device, self.executor.device()) {
            (spec::Device::Gpu, None) => {
                "the task is for a GPU (device = \"gpu\"), and who works is none; give the host one, or make it device = \"cpu\""
                    .to_owned()
            }
            (spec::Device::Cpu, Some(there)) if training.precision() == Precision::F32 => format!(
                "the task is for the processor (device = \"cpu\"), and who works is {there}, whose figures are not the same bits; \
                 make it device = \"gpu\", or give the host threads"
            ),
            _ => return Ok(()),
        };
        Err(Error::Usage(problem))
    }

    /// Tells what the executor has to say.
    fn remark(&self) {
        self.executor.remarks().iter().for_each(|remark| self.warn(remark));
    }

    /// The same without a word to those who listen, and without counting its steps: work beside the work.
    ///
    /// # Errors
    /// As [`Executor::run`].
    pub fn run_aside(&self, batch: &Batch<'_>, mut each: impl FnMut(Run)) -> Result<(), Error> {
        self.all(batch, &self.watch.aside(), |run| {
            each(run);
            ControlFlow::Continue(())
        })
    }

    /// Does jobs until so many of their steps are done, from where they stand, of those of which that is given, and else from their start.
    /// `each` sees how a run is then, in order, and where it stands if it can go on here.
    ///
    /// # Errors
    /// As [`Executor::run`].
    pub(crate) fn go_on<'j>(
        &self,
        job: impl Fn(usize) -> Job<'j> + Sync + 'j,
        from: Vec<Option<Checkpoint>>,
        until: usize,
        mut each: impl FnMut(Run, Option<Checkpoint>),
    ) -> Result<(), Error> {
        let mut tell = |run: Run, next| {
            self.tell(Event::Run(&run));
            each(run, next);
        };
        match self.executor.threads() {
            Some(threads) => {
                if !from.is_empty() {
                    self.check_task(&job(0).task)?;
                }
                go_on(job, from, until, threads, &self.watch, |run, _, next| tell(run, next));
                Ok(())
            }
            None => self.all(&Batch::new(from.len(), job).until(until), &self.watch, |run| {
                tell(run, None);
                ControlFlow::Continue(())
            }),
        }
    }

    /// Does a batch of runs that are told in rows of somebody else, and of which some may be missing.
    ///
    /// # Errors
    /// As [`Executor::run`].
    pub(crate) fn run_untold(
        &self,
        batch: &Batch<'_>,
        each: &mut dyn FnMut(Ended) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.checked(batch, &self.watch, each)
    }

    /// A stage begins, of about so many steps.
    pub fn begin(&self, name: &str, steps: u64) {
        self.begin_within(name, steps, None);
    }

    /// The same of work that has a budget with all that is before and behind it.
    pub fn begin_within(&self, name: &str, steps: u64, budget: Option<Budget>) {
        self.pulse.begin(name, self.watch.steps(), steps, budget);
        self.tell(Event::Stage { name, steps });
    }

    /// Something that a person should know.
    pub fn warn(&self, text: &str) {
        self.tell(Event::Warning { text });
    }

    /// What can be said so far. It is made only where somebody listens, and not more often than anybody looks.
    pub fn show<'p>(&self, partial: impl FnOnce() -> Partial<'p>) {
        let is_due = || {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = shown.is_none_or(|shown| shown.elapsed() >= TICK);
            if is_due {
                *shown = Some(Instant::now());
            }
            is_due
        };
        if self.listener.is_some() && is_due() {
            self.tell(Event::Partial(partial()));
        }
    }

    pub(crate) fn tell(&self, event: Event<'_>) {
        if let Some(listener) = self.listener {
            listener(event);
        }
    }

    /// Works, and tells those who listen how far the work is, and when it is over.
    pub fn work<R>(&self, work: impl FnOnce(&Self) -> R) -> R {
        self.pulse.start(&self.watch);
        let Some(listener) = self.listener else { return work(self) };
        let result = if self.is_asked { work(self) } else { self.tick(listener, work) };
        listener(Event::Done { is_stopped: self.is_stopped() });
        result
    }

    /// Works, and tells a listener how far the work is.
    fn tick<R>(&self, listener: &Listener<'_>, work: impl FnOnce(&Self) -> R) -> R {
        std::thread::scope(|scope| {
            // Dropping the sender ends the ticking, also where the work panics.
            let (working, done) = channel::<()>();
            scope.spawn(move || {
                while done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    let look = || {
                        self.remark();
                        if let Some(progress) = self.pulse.progress() {
                            listener(Event::Progress(progress.by(self.executor.crew())));
                        }
                    };
                    // Who fails to show how far it is takes nothing from the work.
                    if catch_unwind(AssertUnwindSafe(look)).is_err() {
                        return;
                    }
                }
            });
            let result = work(self);
            drop(working);
            result
        })
    }
}
