//! A race: starts train, and a picture of them is sent as often as it is looked at, thirty times a second at most.

use crate::explain;
use crate::flags::{Line, check_weights, line, task};
use crate::lab::{Shared, Stamp};
use crate::messages::{self, Bytes, Flags, Frame, Histogram, Lane, Layer, Told};
use crate::outbox::{Outbox, lock};
use headstart::engine::probe::portrait::{self, LayerPortrait};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::live::{self, Ground, Plane, Race, Sight, Standing};
use headstart::words::number;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The least time between two frames: with what it takes until one was seen there are some thirty a second.
const FRAME: Duration = Duration::from_millis(30);

/// Of the time of a race at full speed, what its pictures may take: one part to so many.
const PICTURES: u32 = 6;

/// How long one that stands still waits before it looks up.
const NAP: Duration = Duration::from_millis(250);

/// What the page says of a race while it runs.
pub struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    playing: bool,
    speed: Option<f64>,
    /// Steps to be done though it stands still.
    steps: u64,
    /// The last frame that was drawn.
    seen: u64,
    /// When it was last told to play or how fast, and how far that is.
    since: Instant,
    owed: f64,
}

impl Control {
    /// Of a race that begins like this.
    pub fn new(playing: bool, speed: Option<f64>) -> Self {
        let state = State { playing, speed, steps: 0, seen: 0, since: Instant::now(), owed: 0.0 };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Plays or not, at so many steps a second.
    pub fn go(&self, playing: bool, speed: Option<f64>) {
        self.change(|state| {
            (state.playing, state.speed, state.since, state.owed) = (playing, speed, Instant::now(), 0.0);
        });
    }

    /// So many steps more.
    pub fn step(&self, steps: u64) {
        self.change(|state| state.steps = state.steps.saturating_add(steps));
    }

    /// A frame was drawn.
    pub fn see(&self, n: u64) {
        self.change(|state| state.seen = state.seen.max(n));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.changed.notify_all();
    }

    /// Waits until somebody says something, but not long.
    fn wait(&self, most: Duration) {
        let state = lock(&self.state);
        drop(self.changed.wait_timeout(state, most).unwrap_or_else(PoisonError::into_inner));
    }
}

/// What a tab's races leave for the next one.
#[derive(Default)]
pub struct Before {
    /// Of which files, and what of them.
    ground: Mutex<Option<(Stamp, Ground)>>,
    /// Frames that were sent: each has a number of its own, so that one that was seen is not taken for a later race's.
    frames: AtomicU64,
    /// Races that were begun.
    races: AtomicU64,
}

/// What is to be done now.
enum Due {
    /// So many steps, or as many as there is time for until the next frame.
    Steps(usize),
    Most,
    /// Nothing for so long.
    Rest(Duration),
}

impl State {
    fn due(&mut self) -> Due {
        if !self.playing {
            return match std::mem::take(&mut self.steps) {
                0 => Due::Rest(NAP),
                steps => Due::Steps(usize::try_from(steps).unwrap_or(usize::MAX)),
            };
        }
        let Some(speed) = self.speed.filter(|speed| speed.is_finite()) else { return Due::Most };
        // A frame's steps are done together: nobody sees them one by one.
        let passed = self.since.elapsed();
        if let Some(rest) = FRAME.checked_sub(passed).filter(|rest| !rest.is_zero()) {
            return Due::Rest(rest);
        }
        // Time that was not enough for the steps is not made up for.
        self.owed += passed.min(4 * FRAME).as_secs_f64() * speed.max(0.0);
        self.since = Instant::now();
        match self.owed as usize {
            0 => Due::Rest(FRAME),
            steps => {
                self.owed -= steps as f64;
                Due::Steps(steps)
            }
        }
    }
}

/// Runs a race until it is told to stop; what it is like is told again and again.
///
/// `before` is what the tab's last race left, and what this one leaves.
pub fn race(
    (shared, before): (&Shared, &Before),
    flags: &Flags,
    control: &Control,
    watch: &Watch,
    outbox: &Outbox,
) -> Result<(), Error> {
    let asked = line(&shared.lab, "train", flags)?;
    let spec = task(&*shared.commands, &asked)?;
    let stamp = shared.lab.stamp();
    let ground = lock(&before.ground).clone().filter(|(of, _)| *of == stamp).map(|(_, ground)| ground);
    let Some(mut race) = Race::on(spec.clone(), ground.as_ref(), watch)? else { return Ok(()) };
    *lock(&before.ground) = Some((stamp, race.ground()));
    check_weights(race.task().network().parameter_count() as u64, &asked)?;
    let id = before.races.fetch_add(1, Ordering::Relaxed) + 1;
    if watch.is_stopped() || !outbox.say(&begin(&race, id, &asked)) {
        return Ok(());
    }
    let threads = shared.lab.threads;
    std::thread::scope(|scope| {
        let starts = race.task().inits().len();
        let mut painter = Painter::new((id, starts), &before.frames);
        painter.paint(&race, true, (threads, watch), outbox);
        let ground = race.ground();
        scope.spawn(|| explain::findings(id, (&spec, ground), watch, outbox));
        let mut pace = Pace::default();
        while !watch.is_stopped() {
            let (due, playing) = {
                let mut state = lock(&control.state);
                let due = if race.is_over() { Due::Rest(NAP) } else { state.due() };
                (due, state.playing)
            };
            let most = pace.steps(painter.next.saturating_duration_since(Instant::now()));
            let steps = match due {
                Due::Rest(_) => 0,
                Due::Steps(steps) => steps.min(most),
                Due::Most => most,
            };
            // What one who steps asked for beyond a frame is done next.
            if let Due::Steps(wanted) = due
                && wanted > steps
                && !playing
            {
                control.step((wanted - steps) as u64);
            }
            if steps > 0 {
                let (begin, before) = (Instant::now(), race.step());
                race.go_on(steps, threads, watch);
                pace.took(race.step() - before, begin.elapsed());
            }
            let seen = lock(&control.state).seen;
            if painter.is_due(seen, outbox) && painter.is_new(&race, playing) && !watch.is_stopped() {
                painter.paint(&race, playing, (threads, watch), outbox);
            } else if let Due::Rest(most) = due {
                control.wait(most);
            }
        }
    });
    Ok(())
}

/// How many steps there is time for, by how long the last ones took.
#[derive(Default)]
struct Pace {
    /// Seconds of a step.
    step: Option<f64>,
}

impl Pace {
    /// Until the next frame; where that is due already, a moment.
    fn steps(&self, time: Duration) -> usize {
        let time = time.clamp(FRAME / 8, FRAME).as_secs_f64();
        self.step.map_or(1, |step| (time / step.max(1e-9)).clamp(1.0, 1e7) as usize)
    }

    fn took(&mut self, steps: usize, time: Duration) {
        if steps == 0 {
            return;
        }
        let step = time.as_secs_f64() / steps as f64;
        // One look at all samples, which every pause takes, is not to be taken for the price of a step.
        self.step = Some(self.step.map_or(step, |before| 0.5 * before + 0.5 * step));
    }
}

/// Who sends frames.
struct Painter<'a> {
    race: u64,
    /// The last one, of this race and of all of the tab.
    n: u64,
    all: &'a AtomicU64,
    /// Records of each start that were sent.
    sent: Vec<usize>,
    /// When the next one may be begun.
    next: Instant,
    /// What the last one showed.
    last: Option<(usize, bool, bool)>,
    /// When steps were counted last, and how many there were.
    counted: (Instant, usize),
    rate: f64,
}

impl<'a> Painter<'a> {
    fn new((race, starts): (u64, usize), all: &'a AtomicU64) -> Self {
        Self {
            race,
            n: 0,
            all,
            sent: vec![0; starts],
            next: Instant::now(),
            last: None,
            counted: (Instant::now(), 0),
            rate: 0.0,
        }
    }

    /// Updates a second of all starts together, over half a second and more.
    fn rate(&mut self, race: &Race, playing: bool, now: Instant) -> f64 {
        if !playing || race.is_over() {
            self.counted = (now, race.step());
            self.rate = 0.0;
        }
        let passed = now.duration_since(self.counted.0).as_secs_f64();
        if passed > 0.5 {
            let updates = (race.step() - self.counted.1) * self.sent.len();
            self.rate = updates as f64 / passed;
            self.counted = (now, race.step());
        }
        self.rate
    }

    /// Whether the last one was drawn, and some time ago.
    fn is_due(&self, seen: u64, outbox: &Outbox) -> bool {
        seen >= self.n && Instant::now() >= self.next && outbox.has_room()
    }

    fn is_new(&self, race: &Race, playing: bool) -> bool {
        self.last != Some((race.step(), playing, race.is_over()))
    }

    fn paint(&mut self, race: &Race, playing: bool, (threads, watch): (usize, &Watch), outbox: &Outbox) {
        let begin = Instant::now();
        let rate = self.rate(race, playing, begin);
        self.n = self.all.fetch_add(1, Ordering::Relaxed) + 1;
        self.last = Some((race.step(), playing, race.is_over()));
        let starts = race.sights(threads, watch).into_iter().enumerate().map(|(i, sight)| {
            let standing = race.standing(i);
            let trace = standing.trace();
            let new = trace[self.sent[i].min(trace.len())..].iter().map(|record| (record.step, record.loss)).collect();
            self.sent[i] = trace.len();
            lane(race, &standing, sight, new)
        });
        let frame = Frame {
            race: self.race,
            n: self.n,
            step: race.step(),
            playing,
            over: race.is_over(),
            rate,
            starts: starts.collect(),
        };
        if watch.is_stopped() {
            return;
        }
        outbox.say(&Told::Frame(frame));
        let took = begin.elapsed();
        self.next = begin + FRAME.max(took * PICTURES);
    }
}

fn begin(race: &Race, id: u64, line: &Line) -> Told {
    let (task, plane) = (race.task(), race.plane());
    let start = |init: &headstart::task::NamedInit| {
        let (scheme, gain) = live::gain(&init.init).unzip();
        messages::Start { init: init.name.to_string(), scheme, gain }
    };
    let has_test = task.dataset.test.is_some();
    Told::Race(Box::new(messages::Race {
        id,
        command: line.command(),
        about: task.summary().lines().map(str::to_owned).collect(),
        notes: task.notes.clone(),
        steps: task.steps(),
        widths: task.network().widths().to_vec(),
        activations: task.network().activations().iter().map(ToString::to_string).collect(),
        target: task.target(),
        judge: match (task.target().is_some(), has_test) {
            (true, true) => "test accuracy",
            (true, false) => "training accuracy",
            (false, true) => "test loss",
            (false, false) => "training loss",
        },
        plane: told(plane),
        starts: task.inits().iter().map(start).collect(),
    }))
}

fn told(plane: &Plane) -> messages::Plane {
    messages::Plane {
        axes: plane.axes.clone(),
        note: plane.note.clone(),
        x: plane.ranges[0],
        y: plane.ranges[1],
        side: plane.side,
        colour: plane.colour.clone(),
        points: plane.points.iter().map(|point| (point.at[0], point.at[1], point.label, point.is_test)).collect(),
    }
}

fn lane(race: &Race, standing: &Standing<'_>, sight: Sight, trace: Vec<(usize, f64)>) -> Lane {
    let mut figures = BTreeMap::new();
    if let Some(run) = standing.run {
        figures.insert("loss", number(run.train.loss));
        let share = |share: Option<f64>| share.map(|share| format!("{share:.4}"));
        figures.extend(share(run.train.accuracy).map(|train| ("train", train)));
        figures.extend(run.test.and_then(|test| share(test.accuracy)).map(|test| ("test", test)));
        figures.extend(run.test.map(|test| ("test-loss", number(test.loss))));
    } else {
        figures.insert("loss", number(race.task().units().told(sight.portrait.loss)));
    }
    Lane {
        status: standing.status(),
        step: standing.run.map_or(0, |run| run.steps),
        figures,
        trace,
        boundary: Bytes(sight.decisions),
        sure: sight.sure.map(Bytes),
        layers: sight.portrait.layers.iter().map(layer).collect(),
        links: sight
            .links
            .into_iter()
            .map(|layer| layer.into_iter().map(|link| (link.from, link.to, link.weight)).collect())
            .collect(),
    }
}

fn layer(layer: &LayerPortrait) -> Layer {
    let share = |of: fn(&portrait::UnitPortrait) -> f64| {
        let count = layer.units.len();
        (count > 0).then(|| layer.units.iter().map(of).sum::<f64>() / count as f64)
    };
    let byte = |unit: &portrait::UnitPortrait| if unit.dead { 255 } else { (unit.saturated * 200.0).round() as u8 };
    let histogram = |of: &portrait::Histogram| Histogram { range: of.range, counts: of.counts.to_vec() };
    Layer {
        signal: layer.signal,
        gradient: layer.gradient,
        dead: share(|unit| f64::from(u8::from(unit.dead))),
        saturated: share(|unit| unit.saturated),
        units: (!layer.units.is_empty()).then(|| Bytes(layer.units.iter().map(byte).collect())),
        weights: histogram(&layer.weights),
        inputs: histogram(&layer.inputs),
    }
}
