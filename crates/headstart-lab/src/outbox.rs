//! Where a tab is told things, without that they pile up.

use crate::messages::Told;
use axum::extract::ws::Utf8Bytes;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Messages that wait for a reader who is slow: beyond, work waits, and what is told again and again is left out.
const WAITING: usize = 16;

/// Where a tab is told things.
#[derive(Clone)]
pub struct Outbox(Sender<Utf8Bytes>);

impl Outbox {
    /// One, and what is told by it, in order.
    pub fn new() -> (Self, Receiver<Utf8Bytes>) {
        let (sender, receiver) = channel(WAITING);
        (Self(sender), receiver)
    }

    /// Says something; waits where the reader is slow. False if the tab is gone.
    pub fn say(&self, told: &Told) -> bool {
        self.say_json(told.json())
    }

    /// The same of what is JSON already.
    pub fn say_json(&self, json: String) -> bool {
        self.0.blocking_send(json.into()).is_ok()
    }

    /// Says something that nobody misses where the reader is slow.
    pub fn mention(&self, json: String) {
        let _ = self.0.try_send(json.into());
    }

    /// Whether something would be read soon.
    pub fn has_room(&self) -> bool {
        self.0.capacity() == WAITING
    }
}

/// Nothing that panics leaves half of something behind a lock.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
