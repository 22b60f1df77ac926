//! Faults of the machine, for tests: a bit that flips in the middle of a private operation.

use std::cell::Cell;

use super::arithmetic::Arithmetic;

/// Where it strikes: after how many windows, in which lane, which bit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) window: usize,
    pub(super) lane: usize,
    pub(super) bit: u32,
}

thread_local! {
    pub(super) static NEXT: Cell<Option<Fault>> = const { Cell::new(None) };
    /// How many signatures this thread left to the other engine since they did not verify.
    pub(in super::super) static FALLBACKS: Cell<usize> = const { Cell::new(0) };
}

/// Called after each window.
pub(super) fn strike<A: Arithmetic>(number: &mut A::Number) {
    let Some(fault) = NEXT.get() else { return };
    NEXT.set(fault.window.checked_sub(1).map(|window| Fault { window, ..fault }));
    if fault.window == 0 {
        A::flip(number, fault.lane, fault.bit);
    }
}
