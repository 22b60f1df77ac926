//! Many operations on all cores.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

/// Does `work` for each number below `count` on `workers` threads, and returns the results in order.
///
/// The calling thread is one of them. It calls `keep_going` after each of its own pieces; an error of that, or of
/// `work`, ends the batch. The other threads end with this call.
pub(crate) fn run<T: Send, E: Send>(
    count: usize,
    workers: usize,
    work: impl Fn(usize) -> Result<T, E> + Sync,
    keep_going: &dyn Fn() -> Result<(), E>,
) -> Result<Vec<T>, E> {
    if workers < 2 {
        return (0..count).map(|index| work(index).and_then(|done| keep_going().map(|()| done))).collect();
    }
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let share = |keep_going: &dyn Fn() -> Result<(), E>| {
        let mut done = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            let result = work(index).and_then(|made| keep_going().map(|()| made));
            done.push((index, result.inspect_err(|_| stop.store(true, Ordering::Relaxed))?));
        }
        Ok(done)
    };
    let shares = thread::scope(|scope| {
        let helper = || share(&|| Ok(()));
        let helpers: Vec<_> =
            (1..workers).filter_map(|_| thread::Builder::new().spawn_scoped(scope, helper).ok()).collect();
        let mut shares = vec![share(keep_going)];
        for helper in helpers {
            shares.push(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        shares.into_iter().collect::<Result<Vec<_>, E>>()
    })?;
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    for (index, made) in shares.into_iter().flatten() {
        results[index] = Some(made);
    }
    Ok(results.into_iter().map(|made| made.expect("each piece was done")).collect())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn results_come_in_order() {
        for workers in [1, 2, 5] {
            let doubled: Result<Vec<_>, ()> = run(100, workers, |index| Ok(2 * index), &|| Ok(()));
            assert_eq!(doubled, Ok((0..200).step_by(2).collect()));
        }
    }

    #[test]
    fn an_endless_batch_ends_with_an_error() {
        for workers in [1, 4] {
            let asked = Cell::new(0);
            let keep_going = || {
                asked.set(asked.get() + 1);
                if asked.get() < 3 { Ok(()) } else { Err("enough") }
            };
            assert_eq!(run(usize::MAX / 2, workers, |_| Ok(()), &keep_going), Err("enough"));
            assert_eq!(asked.get(), 3);
            let failing = |index| if index == 1_000 { Err("broken") } else { Ok(()) };
            assert_eq!(run(usize::MAX / 2, workers, failing, &|| Ok(())), Err("broken"));
        }
    }
}
