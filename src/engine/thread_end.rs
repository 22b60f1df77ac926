//! A thread's end, with forks held off.
//!
//! AWS-LC frees what it keeps for a thread (its random numbers, its errors) in the destructor of a `pthread` key, under a
//! lock that all threads share: a fork at that moment would leave it locked in the child. (aws-lc-sys has no binding on
//! all targets for `AWSLC_thread_local_clear`, with which it could be done earlier.) So two keys of our own stand around
//! AWS-LC's: destructors run in the order in which keys were made, so ours before it holds forks off, and ours behind it
//! lets them go on. Nothing else is made between the three, so no other library's destructor runs meanwhile. POSIX does
//! not promise the order, but the C libraries keep it; in another one, a fork may meet a thread's end as before.
#![allow(unsafe_code, reason = "pthread keys are a C interface")]

use std::{cell::Cell, ffi::c_void, mem, ptr, sync::OnceLock};

use libc::pthread_key_t;

use super::fork;

/// To be called by each thread before it uses AWS-LC; `make_its_key` makes AWS-LC make its key.
pub(super) fn watch(make_its_key: fn()) {
    static KEYS: OnceLock<Option<Keys>> = OnceLock::new();
    thread_local!(static WATCHED: Cell<bool> = const { Cell::new(false) });
    if WATCHED.replace(true) {
        return;
    }
    if let Some(keys) = fork::once(&KEYS, || Keys::around(make_its_key)) {
        keys.watch_this_thread();
    }
}

struct Keys {
    before: pthread_key_t,
    behind: pthread_key_t,
}

impl Keys {
    /// Without one of them, of which a process has a thousand, a thread's end is as it was without this.
    fn around(make_its_key: impl FnOnce()) -> Option<Self> {
        let before = make_key(hold_off)?;
        make_its_key();
        Some(Self { before, behind: make_key(let_go_on)? })
    }

    fn watch_this_thread(&self) {
        set(self.before, self.behind);
    }
}

fn make_key(destructor: unsafe extern "C" fn(*mut c_void)) -> Option<pthread_key_t> {
    let mut key = 0;
    // SAFETY: writes the key; the destructors are functions of this library, which is never unloaded.
    let error = unsafe { libc::pthread_key_create(&raw mut key, Some(destructor)) };
    (error == 0).then_some(key)
}

/// A thread's value for a key must not be zero, or no destructor runs; this stores a key, plus one.
fn set(key: pthread_key_t, value: pthread_key_t) -> bool {
    // SAFETY: the key was made above and is never deleted; the value is never read through.
    unsafe { libc::pthread_setspecific(key, ptr::without_provenance(value as usize + 1)) == 0 }
}

unsafe extern "C" fn hold_off(value: *mut c_void) {
    let held_off = fork::hold_off();
    #[allow(clippy::cast_possible_truncation, reason = "it was a key before `set` stored it")]
    let behind = (value.addr() - 1) as pthread_key_t;
    if set(behind, behind) {
        mem::forget(held_off);
    }
}

unsafe extern "C" fn let_go_on(_value: *mut c_void) {
    fork::let_go_on();
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    /// A destructor such as AWS-LC's: the value is a sender, to tell whether forks are held off.
    unsafe extern "C" fn tell(value: *mut c_void) {
        // SAFETY: the test below gave the key this value, for this one destructor.
        let sender = unsafe { Box::from_raw(value.cast::<mpsc::Sender<bool>>()) };
        let _ = sender.send(fork::held_here());
    }

    #[test]
    fn forks_are_held_off_at_the_end_of_a_thread_and_no_longer() {
        let mut between = None;
        let keys = Keys::around(|| between = make_key(tell)).unwrap();
        let later = make_key(tell).unwrap();
        let (sender, answers) = mpsc::channel::<bool>();
        thread::spawn(move || {
            keys.watch_this_thread();
            for key in [between.unwrap(), later] {
                // SAFETY: the destructor takes the value over.
                unsafe { libc::pthread_setspecific(key, Box::into_raw(Box::new(sender.clone())).cast()) };
            }
        });
        assert_eq!(answers.iter().collect::<Vec<bool>>(), [true, false]);
    }
}
