//! Work on a thread of its own, while Python's own thread listens, and can be interrupted.

use crate::errors::{Class, bug, raised};
use crate::workers::{self, soon, within};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::events::{Event, Progress};
use headstart::io::{json, unless_given_up};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often Python may interrupt.
const TICK: Duration = Duration::from_millis(40);

/// What takes no longer is waited for without sleeping, as to be woken would take a good part of it.
const SMALL: Duration = Duration::from_millis(1);

/// How often listeners hear how far the work is.
const EVERY: Duration = Duration::from_millis(200);

/// How long work that is interrupted may take to say what there is so far: with a tick less than a fifth of a second.
const PATIENCE: Duration = Duration::from_millis(130);

/// What comes from the thread that works.
enum Message<T> {
    /// An event, as JSON.
    Event(String),
    /// The end: something, an error or a panic; and how long it took.
    End(Came<T>, Duration),
}

/// Something, an error or a panic.
type Came<T> = Result<Result<T, Error>, Box<dyn Any + Send>>;

/// Where a thread that works tells what happens.
pub struct Ear<'a, T>(&'a Sender<Message<T>>);

impl<T> Ear<'_, T> {
    /// Tells an event, as JSON.
    pub fn tell(&self, event: String) {
        // Nobody may be there any more.
        let _ = self.0.send(Message::Event(event));
    }
}

/// The end of a channel that the caller's thread listens at, and no other one.
struct Messages<T>(Mutex<Receiver<Message<T>>>);

impl<T: Send> Messages<T> {
    fn next(&self, within: Duration) -> Result<Message<T>, RecvTimeoutError> {
        let messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        soon(SMALL, || messages.try_recv()).map_or_else(|| messages.recv_timeout(within), Ok)
    }

    /// The end, if it comes soon.
    fn end(&self, within: Duration) -> Option<(Came<T>, Duration)> {
        let begin = Instant::now();
        loop {
            match self.next(within.checked_sub(begin.elapsed())?) {
                Ok(Message::End(came, took)) => return Some((came, took)),
                Ok(Message::Event(_)) => {}
                Err(_) => return None,
            }
        }
    }
}

/// Does work of which `told` makes something of Python's. It heeds the watch; what it does not heed is left behind, and writes no files.
///
/// What `listener` raises ends it. So does `KeyboardInterrupt`, whose `answer` is what there was until then, or None.
pub fn interruptible<'py, T: Send + 'static, R: IntoPyObject<'py>>(
    py: Python<'py>,
    listener: Option<&Bound<'py, PyAny>>,
    (watch, progress): (&Watch, &dyn Fn() -> Option<Progress>),
    work: impl FnOnce(&Ear<'_, T>) -> Result<T, Error> + Send + 'static,
    told: impl Fn(T, Duration) -> R,
) -> PyResult<R> {
    let given_up = Arc::new(AtomicBool::new(false));
    let (sender, messages) = channel();
    let flag = Arc::clone(&given_up);
    let begun = workers::begin(move || {
        let begin = Instant::now();
        let done = || unless_given_up(flag, || work(&Ear(&sender)));
        let came = catch_unwind(AssertUnwindSafe(|| within(done)));
        let _ = sender.send(Message::End(came, begin.elapsed()));
    });
    begun.map_err(|error| {
        Class::File.saying(
            py,
            &format!("no thread can be begun: {error}; end some of those that there are, or raise the limit"),
        )
    })?;
    let messages = Messages(Mutex::new(messages));
    let tell = |event: String| listener.map_or(Ok(()), |listener| listener.call1((event,)).map(drop));
    let ended = |came: Came<T>, took| {
        let found = came.map_err(|panic| bug(py, &*panic))?.map_err(|error| raised(py, &error))?;
        Ok(told(found, took))
    };
    let mut told_at = Instant::now();
    loop {
        let message = py.detach(|| messages.next(TICK));
        let heard = match message {
            Ok(Message::Event(event)) => tell(event),
            Ok(Message::End(came, took)) => return ended(came, took),
            Err(RecvTimeoutError::Timeout) => py.check_signals().and_then(|()| {
                let progress = (told_at.elapsed() >= EVERY).then(progress).flatten();
                progress.map_or(Ok(()), |progress| {
                    told_at = Instant::now();
                    tell(json::text(&Event::Progress(progress)))
                })
            }),
            Err(RecvTimeoutError::Disconnected) => Err(Class::Bug.saying(py, "the work ended without a word")),
        };
        if let Err(error) = heard {
            watch.stop();
            let so_far = py.detach(|| messages.end(PATIENCE)).map(|(came, took)| ended(came, took));
            given_up.store(true, Ordering::SeqCst);
            if error.is_instance_of::<PyKeyboardInterrupt>(py)
                && let Some(Ok(found)) = so_far
            {
                error.value(py).setattr("answer", found)?;
            }
            return Err(error);
        }
    }
}
