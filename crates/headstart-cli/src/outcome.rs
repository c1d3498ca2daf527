//! How a command ended.

/// How a command that did not fail ended.
pub enum Outcome {
    Done,
    /// Ctrl-C: what there was until then has been shown.
    Interrupted,
    /// Ctrl-C, before there was anything to show.
    Abandoned,
    /// Ctrl-C, and what to do then has been said.
    Stopped,
    /// The figures of a replication are not the published ones.
    Disagrees,
}
