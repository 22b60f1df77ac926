//! Ctrl-C in the middle of a batch.

use std::{
    cell::{Cell, OnceCell},
    time::{Duration, Instant},
};

use pyo3::prelude::*;

use crate::{Result, SigningError};

/// Short enough for whoever pressed it; long enough to cost a batch little, since a busy interpreter takes 5 ms to get.
const INTERVAL: Duration = Duration::from_millis(100);

/// Lets Python handle its signals now and then, while a batch runs without the interpreter.
pub(super) struct Interrupts {
    looked: Cell<Instant>,
    main_thread: OnceCell<bool>,
}

impl Interrupts {
    pub(super) fn new() -> Self {
        Self { looked: Cell::new(Instant::now()), main_thread: OnceCell::new() }
    }

    /// What a signal's handler raised, such as KeyboardInterrupt. Nothing of an engine may be under way in this thread.
    pub(super) fn check(&self) -> Result<()> {
        if self.looked.get().elapsed() < INTERVAL || self.main_thread.get() == Some(&false) {
            return Ok(());
        }
        let handled = Python::try_attach(|py| {
            // Python handles signals in its main thread alone: others need not wait for the interpreter again.
            if self.main_thread.get().is_none() {
                let _ = self.main_thread.set(is_main_thread(py)?);
            }
            py.check_signals()
        });
        self.looked.set(Instant::now());
        handled.unwrap_or(Ok(())).map_err(|raised| SigningError::Caller(Box::new(raised)).into())
    }
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}
