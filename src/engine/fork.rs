//! `fork` waits until no operation of an engine is under way.
//!
//! A child has the memory of its parent but only the thread that forked. What another thread had locked or half changed
//! stays so in the child for ever: AWS-LC aborts there on a blinding that never comes back, or waits for a lock whose
//! holder is not there. So each operation holds off forks while it runs, and `pthread_atfork` makes `fork` wait for them:
//!
//! - One number counts the operations under way in its lower half and the forks in its upper half. An operation adds one
//!   and goes ahead if no fork is there; otherwise it takes its one back and waits. A fork adds its one first, which stops
//!   all further operations, and then waits for those under way: however many threads are busy, it waits for one
//!   operation of each at most, below a millisecond for RSA-2048. Several threads may fork at once.
//! - Without a fork, an operation costs two atomic additions and a look at a thread's own counter, some ten nanoseconds.
//! - It is held for one operation and never for a batch; never while Python is called or its interpreter waited for: the
//!   thread that forks usually holds the interpreter, and would wait for ever. Nobody outside of this crate is called
//!   while it is held, so no lock of another library, or of another copy of this one, is ever waited for meanwhile.
//! - A thread may hold it twice; its own counter knows. Should a signal handler in C fork inside an operation, the fork
//!   does not wait for its own thread, and the operation ends in both processes.
//! - In the child the number is set to what the one thread there holds.
//! - What is made once ([`once`]) is made while forks are held off, since a child would wait for ever for a maker that is
//!   not there. The same goes for a thread's end, where AWS-LC locks its list of threads (see `thread_end`).
//! - Handlers are registered before the first operation. If two threads do it at once there are two of them, which is
//!   right too: that is why this does not need a lock of its own, which a fork could break.
//!
//! Threads of a batch may be anywhere when their process forks: they are not in the child, and what they own there is
//! never looked at again. `vfork`, `posix_spawn` and a bare system call run no handlers; whoever uses them must start
//! another program. Where there is no `fork` this does nothing.
#![allow(unsafe_code, reason = "pthread_atfork is a C function")]

use std::{marker::PhantomData, sync::OnceLock};

/// Holds off forks until it is dropped, in the thread that made it.
pub(crate) struct HeldOff(PhantomData<*const ()>);

/// Holds off forks; waits while one is under way.
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

/// The cell's value, made while no fork can leave it half made.
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

    /// On a cache line of its own, so that no neighbour slows it down.
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
        // Acquire: what a fork's end or another thread did before is seen.
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
        // SAFETY: the handlers are functions of this library, which is never unloaded while it runs (the C library drops
        // the handlers of one that is). They neither unwind nor allocate. Without memory for them, which is the only
        // error, forks are as they were without this.
        let error = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
        REGISTERED.store(error == 0, Ordering::Release);
    }

    extern "C" fn before() {
        UNDER_WAY.0.fetch_add(ONE_FORK, Ordering::AcqRel);
        let own = held_here();
        wait_until(|number| number & (ONE_FORK - 1) <= own);
    }

    extern "C" fn in_parent() {
        // A thread that registers while another forks may be told of an end whose beginning it was not told of.
        let _ = UNDER_WAY.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |number| number.checked_sub(ONE_FORK));
    }

    extern "C" fn in_child() {
        UNDER_WAY.0.store(held_here(), Ordering::Release);
    }

    pub(super) fn held_here() -> u64 {
        u64::from(DEPTH.get() > 0)
    }

    /// Without a lock of the system's: one that is waited for during a fork would be broken in the child.
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

    /// What a child does while its parent's other threads come and go; it exits with the answer.
    fn forked(work: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child calls only what must work in one, and exits without unwinding.
        match unsafe { libc::fork() } {
            -1 => panic!("no fork"),
            0 => {
                let status = i32::from(!work());
                // SAFETY: ends the process.
                unsafe { libc::_exit(status) }
            }
            child => {
                let mut status = -1;
                // SAFETY: waits for our own child and writes its status.
                unsafe { libc::waitpid(child, &raw mut status, 0) };
                status == 0
            }
        }
    }

    #[test]
    fn a_fork_sees_no_operation_under_way() {
        // A lock that is held only while forks are held off is free in each child.
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
            // Free again: a fork of the child's own would hang here otherwise.
            forked(|| true)
        }));
    }

    #[test]
    fn what_is_made_once_is_made_with_forks_held_off() {
        let cell = OnceLock::new();
        assert_eq!(*once(&cell, || 7), 7);
        assert_eq!(*once(&cell, || 8), 7);
    }
}
