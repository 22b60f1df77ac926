//! Ctrl-C during a batch, and while a file blocks its reader.

use std::{
    cell::{Cell, OnceCell},
    path::Path,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use pyo3::{exceptions::PyRuntimeError, prelude::*};

use crate::{Result, SigningError};

/// Short for a person, and long enough to cost a batch little: attaching to a busy interpreter takes 5 ms.
const INTERVAL: Duration = Duration::from_millis(100);

/// Lets Python handle its signals at intervals while a batch runs detached from the interpreter.
pub(super) struct Interrupts {
    looked: Cell<Instant>,
    main_thread: OnceCell<bool>,
}

impl Interrupts {
    pub(super) fn new() -> Self {
        Self { looked: Cell::new(Instant::now()), main_thread: OnceCell::new() }
    }

    /// Returns what a signal handler raised, such as KeyboardInterrupt. Call it between operations of the engine.
    pub(super) fn check(&self) -> Result<()> {
        if self.looked.get().elapsed() < INTERVAL || self.main_thread.get() == Some(&false) {
            return Ok(());
        }
        let handled = Python::try_attach(|py| {
            // Python handles signals in its main thread only: other threads need not attach again.
            if self.main_thread.get().is_none() {
                let _ = self.main_thread.set(is_main_thread(py)?);
            }
            py.check_signals()
        });
        self.looked.set(Instant::now());
        handled.unwrap_or(Ok(())).map_err(|raised| SigningError::Caller(Box::new(raised)).into())
    }
}

/// Runs `read`, which opens `path`, and raises what a signal handler raises meanwhile.
///
/// A named pipe or a terminal may block its reader indefinitely, and Rust retries interrupted system calls. Such a file
/// is read in another thread, which is abandoned if the wait is interrupted.
pub(super) fn read_interruptibly<T: Send + 'static>(
    py: Python<'_>,
    path: &Path,
    read: impl FnOnce() -> Result<T> + Send + 'static,
) -> PyResult<Result<T>> {
    if path.metadata().map_or(true, |metadata| metadata.is_file() || metadata.is_dir()) {
        return Ok(py.detach(read));
    }
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || sender.send(read()))?;
    let wait = move || loop {
        match receiver.recv_timeout(INTERVAL) {
            Ok(content) => return Ok(content),
            Err(RecvTimeoutError::Timeout) => Python::attach(check_signals)?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the thread that reads the key file has ended"));
            }
        }
    };
    py.detach(wait)
}

fn check_signals(py: Python<'_>) -> PyResult<()> {
    py.check_signals()
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}
