//! What a kernel is told, as the device reads it.

use crate::kernel::rule::Own;
use bytemuck::{Pod, Zeroable};

/// One dispatch: see `Told` in [`crate::kernel`].
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Told {
    /// The first step of it, and how many there are.
    pub first: u32,
    pub steps: u32,
    /// Networks in all, workgroups side by side, and the first network of it.
    pub networks: u32,
    pub across: u32,
    pub from: u32,
    /// The loss is recorded every so many steps, and there is room for so many records.
    pub every: u32,
    pub records: u32,
    /// Of a look: samples that have to be right for the target; 0 where it is one at the end.
    pub need: u32,
    /// Minibatches are there of so many steps, from this one on.
    pub window: u32,
    pub begin: u32,
}

/// How a network stands, and what it has of its own.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct State {
    /// 1 where the loss was not finite.
    pub diverged: u32,
    /// Before this step.
    pub step: u32,
    /// One more than the updates after which the target was reached; 0 where it was not.
    pub reached: u32,
    /// Steps that were done, where it did not diverge.
    pub done: u32,
    pub own: Own,
}
