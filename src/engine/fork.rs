//! `fork` waits until no operation of an engine is running.
//!
//! A child process has the memory of its parent, but only the thread that forked. What another thread had locked or
//! half changed stays so in the child forever: AWS-LC aborts there when its blinding is missing, or waits for a lock
//! whose holder does not exist. So each operation holds off forks while it runs, and `pthread_atfork` makes `fork`
//! wait:
//!
//! - One number counts the running operations in its lower half and the forks in its upper half. An operation adds one
//!   and proceeds if there is no fork; otherwise it subtracts one again and waits. A fork adds its one first, which
//!   stops further operations, and then waits for those that are running: at most one operation of each thread, below a
//!   millisecond for RSA-2048. Several threads may fork at once.
//! - Without a fork, an operation costs two atomic additions and a thread-local counter, about ten nanoseconds.
//! - Forks are held off for one operation, never for a batch, and never while Python is called or its interpreter is
//!   waited for: the thread that forks usually holds the interpreter, and would wait forever. Nothing outside this
//!   crate is called meanwhile, so no lock of another library, or of another copy of this one, is ever waited for.
//! - A thread may hold off forks twice; its own counter tracks that. If a signal handler in C forks inside an
//!   operation, the fork does not wait for its own thread, and the operation ends in both processes.
//! - In the child, the number is set to what its one thread holds.
//! - Whatever is initialised once ([`once`]) is initialised while forks are held off, because a child would wait
//!   forever for an initialising thread that it does not have. The same applies to the end of a thread, where AWS-LC
//!   locks its list of threads (see `thread_end`).
//! - Handlers are registered before the first operation. If two threads do so at once, there are two of them, which is
//!   also correct: so this needs no lock, which a fork could break.
//!
//! Threads of a batch may be at any point when their process forks. The child does not have them, and never accesses
//! what they own. `vfork`, `posix_spawn` and a bare system call run no handlers; whatever uses them must start another
//! program. Without `fork`, this does nothing.
#![allow(unsafe_code, reason = "pthread_atfork is a C function")]

use std::{marker::PhantomData, sync::OnceLock};

/// Holds off forks until it is dropped, in the thread that created it.
pub(crate) struct HeldOff(PhantomData<*const ()>);

/// Holds off forks; waits while one is running.
pub(crate) fn hold_off() -> HeldOff {
    #[cfg(unix)]
    unix::enter();
    HeldOff(PhantomData)
}

impl Drop for HeldOff {
    fn drop(&mut self) {
        #[cfg(unix)]
        unix::leave();
    }
}

/// Whether this thread holds forks off.
#[cfg(all(test, unix, feature = "aws-lc"))]
pub(super) fn held_here() -> bool {
    unix::held_here() > 0
}

/// Ends a [`HeldOff`] that was forgotten.
#[cfg(all(unix, feature = "aws-lc"))]
pub(super) fn let_go_on() {
    unix::leave();
}

/// The value of the cell, initialised while no fork can leave it half done.
pub(super) fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    if let Some(made) = cell.get() {
        return made;
    }
    let _held_off = hold_off();
    cell.get_or_init(make)
}

#[cfg(unix)]
mod unix {
    use std::{
        cell::Cell,
        sync::atomic::{AtomicBool, AtomicU64, Ordering},
        thread,
        time::Duration,
    };

    const ONE_FORK: u64 = 1 << 32;

    /// On its own cache line, so that no adjacent data slows it down.
    #[repr(align(128))]
    struct Count(AtomicU64);

    static UNDER_WAY: Count = Count(AtomicU64::new(0));
    static REGISTERED: AtomicBool = AtomicBool::new(false);

    thread_local! {
        /// How many times this thread holds forks off. It counts once in `UNDER_WAY`.
        static DEPTH: Cell<u32> = const { Cell::new(0) };
    }

    pub(super) fn enter() {
        let depth = DEPTH.get();
        DEPTH.set(depth + 1);
        if depth > 0 {
            return;
        }
        if !REGISTERED.load(Ordering::Acquire) {
            register();
        }
        // Acquire: what a fork or another thread did before is visible.
        while UNDER_WAY.0.fetch_add(1, Ordering::Acquire) >= ONE_FORK {
            UNDER_WAY.0.fetch_sub(1, Ordering::Release);
            wait_until(|number| number < ONE_FORK);
        }
    }

    pub(super) fn leave() {
        let depth = DEPTH.get() - 1;
        DEPTH.set(depth);
        if depth == 0 {
            UNDER_WAY.0.fetch_sub(1, Ordering::Release);
        }
    }

    #[cold]
    fn register() {
        // SAFETY: the handlers are functions of this library, which is never unloaded while it runs (the C library
        // drops the handlers of unloaded ones). They neither unwind nor allocate. The only error is a lack of memory,
        // after which forks work as without this.
        let error = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
        REGISTERED.store(error == 0, Ordering::Release);
    }

    extern "C" fn before() {
        UNDER_WAY.0.fetch_add(ONE_FORK, Ordering::AcqRel);
        let own = held_here();
        wait_until(|number| number & (ONE_FORK - 1) <= own);
    }

    extern "C" fn in_parent() {
        // If one thread registers while another forks, this handler may run without the one before the fork.
        let _ = UNDER_WAY.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |number| number.checked_sub(ONE_FORK));
    }

    extern "C" fn in_child() {
        UNDER_WAY.0.store(held_here(), Ordering::Release);
    }

    pub(super) fn held_here() -> u64 {
        u64::from(DEPTH.get() > 0)
    }

    /// Without a system lock, which would be broken in the child if a thread waited for it during a fork.
    fn wait_until(done: impl Fn(u64) -> bool) {
        for round in 0_u32.. {
            if done(UNDER_WAY.0.load(Ordering::Acquire)) {
                return;
            }
            match round {
                0..64 => std::hint::spin_loop(),
                64..96 => thread::yield_now(),
                _ => thread::sleep(Duration::from_micros(50)),
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    use super::*;

    /// Whether `work` succeeds in a child, while other threads of the parent come and go.
    fn forked(work: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child calls only what must work there, and exits without unwinding.
        match unsafe { libc::fork() } {
            -1 => panic!("no fork"),
            0 => {
                let status = i32::from(!work());
                // SAFETY: ends the process.
                unsafe { libc::_exit(status) }
            }
            child => {
                let mut status = -1;
                // SAFETY: waits for this child and writes its status.
                unsafe { libc::waitpid(child, &raw mut status, 0) };
                status == 0
            }
        }
    }

    #[test]
    fn a_fork_waits_for_running_operations() {
        // A lock that is held only while forks are held off is unlocked in each child.
        let lock = std::sync::Mutex::new(());
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let _held_off = hold_off();
                        let _again = hold_off();
                        let _locked = lock.lock();
                        std::hint::black_box(vec![1; 1_000]);
                    }
                });
            }
            let fine = (0..300).all(|_| {
                forked(|| {
                    let _held_off = hold_off();
                    lock.try_lock().is_ok()
                })
            });
            stop.store(true, Ordering::Relaxed);
            assert!(fine);
        });
    }

    #[test]
    fn a_fork_inside_of_an_operation_does_not_wait_for_itself() {
        let held_off = hold_off();
        assert!(forked(|| {
            drop(held_off);
            // Released again: otherwise another fork in the child would hang.
            forked(|| true)
        }));
    }

    #[test]
    fn initialisation_holds_off_forks() {
        let cell = OnceLock::new();
        assert_eq!(*once(&cell, || 7), 7);
        assert_eq!(*once(&cell, || 8), 7);
    }
}
