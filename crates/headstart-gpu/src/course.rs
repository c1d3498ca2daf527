//! Trainings on the device: from first parameters to what came of them.

use crate::adapter::{Adapter, Failed, locked};
use crate::group::{Group, Looked, design};
use crate::kernel::look;
use crate::kernel::rule::{self, Own};
use crate::told::{State, Told};
use headstart::engine::network::Parameters;
use headstart::engine::train::{ClassFigures, Figures, Order, OutputErrors, Record, Run, Status};
use headstart::engine::watch::Watch;
use rayon::prelude::*;
use std::time::Instant;

/// Bytes of the device that trainings take at once, at most: more gains nothing, and others use it, too.
const MOST_BYTES: usize = 1 << 30;

/// Workgroups of a row of them, at most.
const ACROSS: usize = 32_768;

/// Workgroups that a GPU does in the time of one, at least about.
const FEW: usize = 64;

/// Dispatches that are asked for together, at most.
const TOGETHER: usize = 256;

/// Bytes between what two dispatches are told, as every device allows it.
const TOLD_EVERY: usize = 256;

/// Steps whose minibatches are sent together take so many bytes, at most.
const ORDER_BYTES: usize = 1 << 26;

/// One training: where it starts.
pub(crate) struct Member {
    /// Parameters, in the order of the network.
    pub first: Vec<f32>,
    pub order: Order,
    pub own: Own,
    /// What the learning rate of each parameter is multiplied by; empty where all are 1.
    pub factors: Vec<f32>,
}

/// Where networks of a group are trained, so many at once.
pub(crate) struct Room<'a> {
    adapter: &'a Adapter,
    group: &'a Group<'a>,
    /// Steps that are done at the most.
    until: usize,
    most: usize,
    /// Steps whose minibatches there is room for; 0 where every step uses all samples.
    ordered: usize,
    /// Records of a network: those of its steps, and one of the step at which it diverged.
    records: usize,
    memory: wgpu::Buffer,
    state: wgpu::Buffer,
    trace: wgpu::Buffer,
    order: wgpu::Buffer,
    done: wgpu::Buffer,
    told: wgpu::Buffer,
    train: wgpu::BindGroup,
    sets: Vec<Seen>,
}

/// Where what is seen of a set of samples is kept.
struct Seen {
    figures: wgpu::Buffer,
    numbers: usize,
    look: wgpu::BindGroup,
}

/// What is asked of the device next.
enum Ask {
    Train(Told),
    Look(usize, Told),
}

impl Ask {
    /// Steps of all its networks.
    fn steps(&self) -> u64 {
        match self {
            Self::Train(told) => u64::from(told.steps) * u64::from(told.networks - told.from),
            Self::Look(..) => 0,
        }
    }
}

/// Bytes that one network takes: of the largest buffer, and of all.
struct Bytes {
    largest: usize,
    all: usize,
}

impl<'a> Room<'a> {
    /// Networks of a group that there can be at once, at most.
    pub fn most(adapter: &Adapter, group: &Group<'_>, until: usize) -> usize {
        let Bytes { largest, all } = bytes(group, until);
        let limit = adapter.limits.max_storage_buffer_binding_size.min(adapter.limits.max_buffer_size) as usize;
        (MOST_BYTES / all.max(1)).min(limit / largest.max(1)).max(1)
    }

    /// Room for so many networks.
    pub fn new(adapter: &'a Adapter, group: &'a Group<'a>, (most, until): (usize, usize)) -> Result<Self, Failed> {
        use wgpu::BufferUsages as Use;
        let training = group.problem().training();
        let until = until.min(training.steps);
        let records = records(training.record_every, until);
        let storage = Use::STORAGE | Use::COPY_DST | Use::COPY_SRC;
        let buffer = |numbers: usize, usage| adapter.buffer(4 * numbers, usage);
        let batch = group.batch().unwrap_or(0);
        let ordered = if batch == 0 { 0 } else { (ORDER_BYTES / (4 * batch * most)).clamp(1, until) };
        let memory = buffer(most * group.kernel.layout.numbers, storage)?;
        let state = buffer(most * size_of::<State>() / 4, storage)?;
        let trace = buffer(most * records, storage)?;
        let order = buffer((most * ordered * batch).max(4), storage)?;
        let done = buffer(1, storage)?;
        let told = adapter.buffer(TOLD_EVERY * TOGETHER, Use::UNIFORM | Use::COPY_DST)?;
        let bind = |layout: &wgpu::BindGroupLayout, buffers: &[&wgpu::Buffer]| {
            let first = wgpu::BufferBinding {
                buffer: &told,
                offset: 0,
                size: std::num::NonZero::new(size_of::<Told>() as u64),
            };
            let mut resources = vec![wgpu::BindingResource::Buffer(first)];
            resources.extend(buffers.iter().map(|buffer| buffer.as_entire_binding()));
            let entries = resources.into_iter().enumerate();
            let entries: Vec<_> =
                entries.map(|(i, resource)| wgpu::BindGroupEntry { binding: i as u32, resource }).collect();
            adapter.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
        };
        let all = [&*group.samples, &memory, &state, &trace, &group.rules, &order, &done];
        let train = bind(&adapter.bindings.train, &all);
        let mut sets = Vec::new();
        for set in &group.sets {
            let numbers = look::numbers(&design(group.problem()), set.of_class.len());
            let figures = buffer(most * numbers, storage)?;
            let scores = buffer(if is_ranked(group, set) { most * set.count } else { 4 }, storage)?;
            let look = bind(&adapter.bindings.look, &[&*set.samples, &memory, &state, &figures, &scores]);
            sets.push(Seen { figures, numbers, look });
        }
        adapter.check()?;
        Ok(Self { adapter, group, until, most, ordered, records, memory, state, trace, order, done, told, train, sets })
    }

    /// Networks that there is room for.
    pub fn capacity(&self) -> usize {
        self.most
    }

    /// Trains networks, no more than there is room for; none where it was stopped.
    pub fn train(&self, members: &mut [Member], watch: &Watch) -> Result<Option<Vec<Run>>, Failed> {
        assert!(members.len() <= self.most, "{} networks in a room for {}", members.len(), self.most);
        self.begin(members);
        let count = members.len();
        locked(&self.group.pace).begin(count);
        let target = self.target();
        let (mut step, mut looked) = (0, None);
        let mut window = 0..if self.ordered == 0 { self.until } else { 0 };
        while step < self.until {
            if watch.is_stopped() {
                return Ok(None);
            }
            if step == window.end {
                window = step..self.until.min(step + self.ordered);
                self.send_order(members, window.len());
            }
            let told = Told { window: window.len() as u32, begin: window.start as u32, ..self.told_of_all() };
            let moment = locked(&self.group.pace).moment();
            let (mut asks, mut work) = (Vec::new(), 0.0);
            // As many steps as take a moment, and looks between them where there is a target.
            while step < window.end && asks.len() < TOGETHER && (asks.is_empty() || work < moment) {
                let mut end = window.end;
                if let Some((every, need)) = target {
                    if step % every == 0 && looked != Some(step) {
                        let (set, each) = (self.judged(), self.look_work(self.judged()));
                        let told = Told { first: step as u32, need, ..told };
                        asks.extend(self.parts(count, each, moment).map(|part| Ask::Look(set, told.of(&part))));
                        work += each * count as f64;
                        looked = Some(step);
                        continue;
                    }
                    end = end.min((step / every + 1) * every);
                }
                let of_step = self.group.step_work() * count as f64;
                let steps =
                    ((((moment - work) / of_step) as usize).max(1)).min(end - step).min(self.group.kernel.steps);
                let told = Told { first: step as u32, steps: steps as u32, ..told };
                let each = self.group.step_work() * steps as f64;
                asks.extend(self.parts(count, each, moment).map(|part| Ask::Train(told.of(&part))));
                work += of_step * steps as f64;
                step += steps;
            }
            let has_steps = asks.iter().any(|ask| matches!(ask, Ask::Train(_)));
            let Some(did) = self.ask(&asks, work, watch)? else { return Ok(None) };
            watch.add(did);
            if has_steps && did == 0 {
                // Not one of them goes on.
                break;
            }
        }
        // What came of steps that were done is worth a look, even where no more of them are wanted.
        let to_the_end = Watch::default();
        for set in 0..self.sets.len() {
            let (each, told) = (self.look_work(set), self.told_of_all());
            let moment = locked(&self.group.pace).moment();
            for part in self.parts(count, each, moment) {
                self.ask(&[Ask::Look(set, told.of(&part))], each * part.len() as f64, &to_the_end)?;
            }
        }
        self.results(count).map(Some)
    }

    /// Puts networks where they start.
    fn begin(&self, members: &[Member]) {
        let layout = &self.group.kernel.layout;
        let optimizer = self.group.problem().training().optimizer;
        let (first_moment, moments) = (rule::first_moment(optimizer), optimizer.moments() * layout.parameters);
        let mut memory = vec![0.0_f32; members.len() * layout.numbers];
        let starts: Vec<[&[f32]; 2]> = members.iter().map(|member| [&*member.first, &*member.factors]).collect();
        memory.par_chunks_mut(layout.numbers).zip(starts).for_each(|(to, [first, factors])| {
            let (parameters, rest) = to.split_at_mut(layout.parameters);
            let (of_moments, of_factors) = rest.split_at_mut(moments);
            of_moments.fill(first_moment);
            for (to, from) in [(parameters, first), (of_factors, factors)] {
                layout.places.iter().zip(from).for_each(|(place, number)| to[*place as usize] = *number);
            }
        });
        let state: Vec<State> = members.iter().map(|member| State { own: member.own, ..State::default() }).collect();
        self.adapter.queue.write_buffer(&self.memory, 0, bytemuck::cast_slice(&memory));
        self.adapter.queue.write_buffer(&self.state, 0, bytemuck::cast_slice(&state));
    }

    /// Sends the minibatches of the next steps, so many.
    fn send_order(&self, members: &mut [Member], steps: usize) {
        let batch = self.group.batch().expect("only minibatches have an order");
        let mut order = vec![0_u32; members.len() * steps * batch];
        order.par_chunks_mut(steps * batch).zip(members.par_iter_mut()).for_each(|(of_member, member)| {
            for of_step in of_member.chunks_mut(batch) {
                let samples = member.order.step().unwrap_or_default();
                of_step.iter_mut().zip(samples).for_each(|(to, sample)| *to = *sample as u32);
            }
        });
        self.adapter.queue.write_buffer(&self.order, 0, bytemuck::cast_slice(&order));
    }

    /// What all dispatches are told alike.
    fn told_of_all(&self) -> Told {
        // Steps are fewer than that.
        let every = u32::try_from(self.group.problem().training().record_every).unwrap_or(u32::MAX);
        Told { every, records: self.records as u32, ..Told::default() }
    }

    /// Has the device do this, and waits for it: steps that were done; none where it was stopped before all was done.
    fn ask(&self, asks: &[Ask], work: f64, watch: &Watch) -> Result<Option<u64>, Failed> {
        let begin = Instant::now();
        let asked: u64 = asks.iter().map(Ask::steps).sum();
        let queue = &self.adapter.queue;
        let mut did = 0;
        // What is sent together cannot be stopped.
        let moments = 2.0 * locked(&self.group.pace).moment();
        let together = (moments * asks.len() as f64 / work) as usize;
        for some in asks.chunks(together.clamp(1, TOGETHER)) {
            if watch.is_stopped() {
                return Ok(None);
            }
            let mut told = vec![0_u8; TOLD_EVERY * some.len()];
            for (to, Ask::Train(one) | Ask::Look(_, one)) in told.chunks_mut(TOLD_EVERY).zip(some) {
                to[..size_of::<Told>()].copy_from_slice(bytemuck::bytes_of(one));
            }
            queue.write_buffer(&self.told, 0, &told);
            queue.write_buffer(&self.done, 0, &[0; 4]);
            let mut encoder = self.adapter.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            for (i, ask) in some.iter().enumerate() {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                let told = match ask {
                    Ask::Train(told) => {
                        pass.set_pipeline(&self.group.train);
                        pass.set_bind_group(0, &self.train, &[(i * TOLD_EVERY) as u32]);
                        told
                    }
                    Ask::Look(set, told) => {
                        pass.set_pipeline(&self.group.sets[*set].look);
                        pass.set_bind_group(0, &self.sets[*set].look, &[(i * TOLD_EVERY) as u32]);
                        told
                    }
                };
                let rows = (told.networks - told.from).div_ceil(told.across);
                pass.dispatch_workgroups(told.across, rows, 1);
            }
            queue.submit([encoder.finish()]);
            did += u64::from(self.adapter.read::<u32>(&self.done, 1)?[0]);
        }
        // Networks that diverged took no time, and of looks alone nothing is learned.
        if did > 0 {
            locked(&self.group.pace).learn(work * did as f64 / asked as f64, begin.elapsed());
        }
        Ok(Some(did))
    }

    /// Steps between two looks at the accuracy, and how many samples have to be right; none where nobody asks.
    fn target(&self) -> Option<(usize, u32)> {
        let problem = self.group.problem();
        let target = problem.training().target.filter(|target| problem.looks_on_the_way() && *target > 0.0)?;
        let count = self.group.sets[self.judged()].count;
        // The product may be off by a rounding; what counts is the share.
        let near = (target * count as f64).floor() as usize;
        let need = (near.saturating_sub(1)..=count).find(|right| *right as f64 / count as f64 >= target)?;
        Some((problem.look_every(), need.max(1) as u32))
    }

    /// The set that accuracy is judged on: the test set, or the training set where there is none.
    fn judged(&self) -> usize {
        self.sets.len() - 1
    }

    /// Parts of so many networks, each of which takes no more than a moment, where a few do not take more by themselves: as many as a GPU does
    /// in the time of one.
    fn parts(&self, count: usize, each: f64, moment: f64) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
        let few = if self.adapter.traits.is_software { 1 } else { FEW };
        let at_once = ((moment / each) as usize).max(few).clamp(1, count.max(1));
        (0..count).step_by(at_once).map(move |from| from..count.min(from + at_once))
    }

    /// Multiply-adds of a look at one network.
    fn look_work(&self, set: usize) -> f64 {
        let looked = &self.group.sets[set];
        let count = looked.count as f64;
        let pairs = if is_ranked(self.group, looked) { count * count } else { 0.0 };
        count * self.group.problem().network().parameter_count() as f64 + pairs
    }

    /// What came of so many networks.
    fn results(&self, count: usize) -> Result<Vec<Run>, Failed> {
        let states: Vec<State> = self.adapter.read(&self.state, count)?;
        if states.iter().any(|state| state.diverged == 0 && state.done as usize != self.until) {
            return Err(self.adapter.failed("it left out steps that it was asked for"));
        }
        let traces: Vec<f32> = self.adapter.read(&self.trace, count * self.records)?;
        let mut seen = Vec::new();
        for (set, Seen { figures, numbers, .. }) in self.group.sets.iter().zip(&self.sets) {
            seen.push((set, self.adapter.read::<u32>(figures, count * numbers)?, *numbers));
        }
        let result = |(i, (state, trace)): (usize, (&State, &[f32]))| {
            let figures = seen.iter().map(|(set, all, numbers)| self.figures(set, &all[i * numbers..][..*numbers]));
            self.result(*state, trace, figures.collect())
        };
        Ok(states.par_iter().zip(traces.par_chunks(self.records)).enumerate().map(result).collect())
    }

    fn result(&self, state: State, losses: &[f32], figures: Vec<(Figures, Vec<f64>)>) -> Run {
        let training = self.group.problem().training();
        let mut figures = figures.into_iter();
        let (train, of_train) = figures.next().expect("there is a training set");
        let (test, of_test) = figures.next().map_or((None, Vec::new()), |(test, errors)| (Some(test), errors));
        let has_diverged = state.diverged != 0;
        let steps = if has_diverged { state.step as usize } else { self.until };
        let (recorded, last) = losses.split_at(losses.len() - 1);
        let recorded = recorded.iter().take(steps.div_ceil(training.record_every)).enumerate();
        let mut trace: Vec<Record> =
            recorded.map(|(i, loss)| Record { step: i * training.record_every, loss: f64::from(*loss) }).collect();
        let mut status = Status::Finished;
        if has_diverged {
            status = Status::Diverged { step: steps };
            trace.push(Record { step: steps, loss: f64::from(last[0]) });
        } else if !train.loss.is_finite() {
            status = Status::Diverged { step: steps };
            trace.push(Record { step: steps, loss: train.loss });
        }
        let accuracy = test.unwrap_or(train).accuracy;
        let target = training.target.filter(|_| self.group.problem().looks_on_the_way());
        let on_the_way = match (state.reached, target) {
            (_, Some(target)) if target <= 0.0 => Some(0),
            (0, _) => None,
            (reached, _) => Some(reached as usize - 1),
        };
        let at_the_end = target.is_some_and(|target| accuracy.is_some_and(|accuracy| accuracy >= target));
        let reached = on_the_way.or(at_the_end.then_some(steps));
        let errors = OutputErrors { train: of_train, test: of_test };
        let parameters = Parameters(Vec::new());
        Run { status, steps, reached, trace, looks: Vec::new(), best: None, train, test, errors, parameters }
    }

    /// Figures of a set, and the squared errors of the outputs where they are told.
    fn figures(&self, set: &Looked, numbers: &[u32]) -> (Figures, Vec<f64>) {
        let network = self.group.problem().network();
        let number = |i: usize| f64::from(f32::from_bits(numbers[i]));
        let loss = number(0);
        let is_known = !set.of_class.is_empty() && loss.is_finite();
        let hits = &numbers[look::HEAD + network.outputs()..];
        let of_class: Vec<[usize; 2]> =
            set.of_class.iter().zip(hits).map(|(all, hits)| [*all, *hits as usize]).collect();
        let is_ranked = is_ranked(self.group, set);
        let [first, second] = [0, 1].map(|class| set.of_class.get(class).copied().unwrap_or(0));
        let area = || {
            let halves = u64::from(numbers[3]) | u64::from(numbers[4]) << 32;
            halves as f64 / (2 * first as u64 * second as u64) as f64
        };
        let area = (is_ranked && first > 0 && second > 0).then(area);
        let classes =
            is_known.then(|| ClassFigures::of(&of_class, is_ranked.then_some(numbers[2] as usize), area)).flatten();
        let accuracy = is_known.then(|| f64::from(numbers[1]) / set.count as f64);
        let tells = look::tells_errors(&design(self.group.problem()), set.of_class.len());
        let errors = (0..network.outputs()).filter(|_| tells).map(|j| number(look::HEAD + j) / set.count as f64);
        (Figures { loss, accuracy, classes }, errors.collect())
    }
}

impl Told {
    /// The same for some of the networks.
    fn of(self, part: &std::ops::Range<usize>) -> Self {
        Self { from: part.start as u32, networks: part.end as u32, across: part.len().min(ACROSS) as u32, ..self }
    }
}

fn records(every: usize, until: usize) -> usize {
    until.div_ceil(every) + 1
}

/// Whether the samples of two classes are ranked, for the area under the curve.
fn is_ranked(group: &Group<'_>, set: &Looked) -> bool {
    !set.of_class.is_empty() && group.problem().network().outputs() <= 2
}

fn bytes(group: &Group<'_>, until: usize) -> Bytes {
    let training = group.problem().training();
    let layout = &group.kernel.layout;
    let mut all = vec![
        layout.numbers,
        size_of::<State>() / 4,
        records(training.record_every, until.min(training.steps)),
        group.batch().unwrap_or(0),
    ];
    for set in &group.sets {
        all.push(look::numbers(&design(group.problem()), set.of_class.len()));
        all.push(if is_ranked(group, set) { set.count } else { 0 });
    }
    Bytes { largest: 4 * all.iter().max().copied().unwrap_or(1), all: 4 * all.iter().sum::<usize>() }
}
