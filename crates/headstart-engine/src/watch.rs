//! How far running work is, and whether it shall go on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

/// Eyes and a hand on running work: how far it is, and a word to stop it.
///
/// Whatever takes longer than a tenth of a second looks at its watch on the way. Clones are the same watch.
#[derive(Clone, Debug)]
pub struct Watch {
    steps: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    /// Steps after which somebody will stop it.
    most: Arc<AtomicU64>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { steps: Arc::default(), stop: Arc::default(), most: Arc::new(AtomicU64::new(u64::MAX)) }
    }
}

/// The watch of work that nobody watches.
pub(crate) static NOBODY: LazyLock<Watch> = LazyLock::new(Watch::default);

impl Watch {
    /// A watch that is stopped with this one, and counts on its own: for work whose steps are none of those that this one
    /// counts.
    #[must_use]
    pub fn aside(&self) -> Self {
        Self { stop: Arc::clone(&self.stop), ..Self::default() }
    }

    /// Steps done so far by all runs that share this watch, to within a hundredth of a second or so.
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// Ends all runs that share this watch before their next step; they report [`Status::Stopped`](crate::train::Status::Stopped).
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether [`Watch::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Says that no more than so many steps are wanted from now on: who begins much at once had better not begin more.
    pub fn expect(&self, steps: u64) {
        self.most.store(self.steps().saturating_add(steps), Ordering::Relaxed);
    }

    /// Steps that are wanted at the most, as far as anybody said.
    pub fn left(&self) -> u64 {
        self.most.load(Ordering::Relaxed).saturating_sub(self.steps())
    }

    /// Counts steps as done.
    pub fn add(&self, steps: u64) {
        self.steps.fetch_add(steps, Ordering::Relaxed);
    }
}
