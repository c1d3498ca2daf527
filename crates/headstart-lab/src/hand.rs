//! A hand does one thing at a time: the last one that it was asked for. What it was doing it is told to leave, and what it had not begun
//! it never begins, so that however much is asked for, no more is at work than there are hands.

use crate::outbox::lock;
use headstart::engine::watch::Watch;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// What is to be done; it is told by the watch to leave it.
pub type Work = Box<dyn FnOnce(&Watch) + Send>;

/// A hand. It lets go of its work when it is dropped.
#[derive(Default)]
pub struct Hand {
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next: Option<(Option<u64>, Work)>,
    at_work: Option<(Option<u64>, Watch)>,
    /// Whether there is a thread.
    is_begun: bool,
    is_over: bool,
}

impl Hand {
    /// Has this done as soon as what is done now is left. `held` is kept as long as the hand is at work, whoever drops it. Tells the name of
    /// what will not be begun in its place.
    ///
    /// # Errors
    /// If there are no threads left on this machine.
    pub fn give<H: Clone + Send + 'static>(
        &self,
        id: Option<u64>,
        held: &H,
        work: Work,
    ) -> std::io::Result<Option<u64>> {
        let mut state = lock(&self.desk.state);
        if let Some((_, watch)) = &state.at_work {
            watch.stop();
        }
        let dropped = state.next.replace((id, work)).and_then(|(id, _)| id);
        if !state.is_begun {
            let (desk, held) = (Arc::clone(&self.desk), held.clone());
            std::thread::Builder::new().name("lab".to_owned()).spawn(move || {
                desk.work();
                drop(held);
            })?;
            state.is_begun = true;
        }
        self.desk.changed.notify_all();
        Ok(dropped)
    }

    /// Leaves what it does, if it is this, or whatever it is. Tells the name of what will not be begun.
    pub fn stop(&self, id: Option<u64>) -> Option<u64> {
        let mut state = lock(&self.desk.state);
        let is_it = |of: Option<u64>| id.is_none() || of == id;
        if let Some((_, watch)) = state.at_work.as_ref().filter(|(of, _)| is_it(*of)) {
            watch.stop();
        }
        let is_next = state.next.as_ref().is_some_and(|(of, _)| is_it(*of));
        if is_next { state.next.take().and_then(|(id, _)| id) } else { None }
    }

    /// Whether it has nothing to do.
    pub fn is_idle(&self) -> bool {
        let state = lock(&self.desk.state);
        state.next.is_none() && state.at_work.is_none()
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.stop(None);
        lock(&self.desk.state).is_over = true;
        self.desk.changed.notify_all();
    }
}

impl Desk {
    /// Does what comes, until nothing more will.
    fn work(&self) {
        loop {
            let mut state = lock(&self.state);
            let (id, work) = loop {
                if state.is_over {
                    return;
                }
                match state.next.take() {
                    Some(next) => break next,
                    None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            let watch = Watch::default();
            state.at_work = Some((id, watch.clone()));
            drop(state);
            work(&watch);
            lock(&self.state).at_work = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    /// Works until it is told to stop.
    fn endless(begun: &Arc<AtomicUsize>) -> Work {
        let begun = Arc::clone(begun);
        Box::new(move |watch| {
            begun.fetch_add(1, Ordering::SeqCst);
            while !watch.is_stopped() {
                std::thread::sleep(Duration::from_millis(1));
            }
        })
    }

    fn until(holds: impl Fn() -> bool) {
        (0..5000).find(|_| {
            std::thread::sleep(Duration::from_millis(1));
            holds()
        });
        assert!(holds());
    }

    #[test]
    fn of_a_thousand_things_the_last_one_is_done() {
        let (hand, begun, held) = (Hand::default(), Arc::new(AtomicUsize::new(0)), Arc::new(()));
        hand.give(Some(0), &held, endless(&begun)).unwrap();
        until(|| begun.load(Ordering::SeqCst) == 1);
        let dropped: Vec<_> = (1..1000).filter_map(|id| hand.give(Some(id), &held, endless(&begun)).unwrap()).collect();
        until(|| lock(&hand.desk.state).at_work.as_ref().is_some_and(|(id, _)| *id == Some(999)));
        // Those that were not begun are told, and each is one or the other.
        assert_eq!(begun.load(Ordering::SeqCst) + dropped.len(), 1000);
        assert_eq!(Arc::strong_count(&held), 2, "there is one thread");
        hand.stop(Some(5));
        assert!(!hand.is_idle());
        hand.stop(Some(999));
        until(|| hand.is_idle());
        hand.give(None, &held, endless(&begun)).unwrap();
        drop(hand);
        until(|| Arc::strong_count(&held) == 1);
    }
}
