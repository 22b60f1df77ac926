//! Holding off forks at the end of a thread.
//!
//! AWS-LC frees its thread-local data (random numbers, errors) in the destructor of a `pthread` key, under a lock that
//! all threads share: a fork at that moment would leave it locked in the child. (aws-lc-sys does not bind
//! `AWSLC_thread_local_clear` on all targets, which could free it earlier.) So two more keys are created, one before
//! and one after that of AWS-LC. Destructors run in the order in which keys were created: that of the first key holds
//! off forks, and that of the last one allows them again. Nothing else is created between them, so no destructor of
//! another library runs meanwhile. POSIX does not guarantee the order, but C libraries keep it; in one that does not, a
//! fork may still meet the end of a thread.
#![allow(unsafe_code, reason = "pthread keys are a C interface")]

use std::{cell::Cell, ffi::c_void, mem, ptr, sync::OnceLock};

use libc::pthread_key_t;

use super::fork;

/// Each thread calls this before it uses AWS-LC; `make_its_key` makes AWS-LC create its key.
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
    /// None if a key cannot be created, of which a process has about a thousand: then threads end as without this.
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
    // SAFETY: writes the key; the destructors belong to this library, which is never unloaded.
    let error = unsafe { libc::pthread_key_create(&raw mut key, Some(destructor)) };
    (error == 0).then_some(key)
}

/// Destructors run only for values that are not zero, so this stores the key plus one.
fn set(key: pthread_key_t, value: pthread_key_t) -> bool {
    // SAFETY: the key was created above and is never deleted; the value is never dereferenced.
    unsafe { libc::pthread_setspecific(key, ptr::without_provenance(value as usize + 1)) == 0 }
}

unsafe extern "C" fn hold_off(value: *mut c_void) {
    let held_off = fork::hold_off();
    #[allow(clippy::cast_possible_truncation, reason = "`set` stored a key")]
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

    /// A destructor like that of AWS-LC: the value is a sender, which reports whether forks are held off.
    unsafe extern "C" fn tell(value: *mut c_void) {
        // SAFETY: the test below set this value for this destructor.
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
                // SAFETY: the destructor takes ownership of the value.
                unsafe { libc::pthread_setspecific(key, Box::into_raw(Box::new(sender.clone())).cast()) };
            }
        });
        assert_eq!(answers.iter().collect::<Vec<bool>>(), [true, false]);
    }
}
