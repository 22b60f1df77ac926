//! The present, and the warning that depends on it. Nothing else reads the clock: the core takes times as arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;

use super::exceptions::{RaiseExt as _, classes};
use crate::{EpochSeconds, Result};

/// Warns if what is about to be signed has expired already; the warning points at the line that called this package.
pub(super) fn warn_if_expired(py: Python<'_>, end: EpochSeconds) -> PyResult<()> {
    let present = now().raise(py)?;
    if end > present {
        return Ok(());
    }
    let message = format!("this expired {} ({end}): it grants no access", end.relative_to(present));
    let message = std::ffi::CString::new(message).expect("no NUL");
    PyErr::warn(py, &py.get_type::<classes::ExpiredWarning>(), &message, callers_level(py)?)
}

pub(super) fn now() -> Result<EpochSeconds> {
    EpochSeconds::from_f64(seconds_since_1970())
}

pub(super) fn from_now(seconds: f64) -> Result<EpochSeconds> {
    #[allow(clippy::cast_possible_truncation, reason = "no timedelta is longer than 10¹⁴ seconds")]
    EpochSeconds::from_date((seconds_since_1970() + seconds).floor() as i128)
}

fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The stack level, for `warnings.warn`, of the first frame outside this package; 1 if there is none.
fn callers_level(py: Python<'_>) -> PyResult<i32> {
    let mut frame = py.import("sys")?.call_method1("_getframe", (0,))?;
    let mut level = 1;
    while !frame.is_none() {
        let module = frame.getattr("f_globals")?.call_method1("get", ("__name__", ""))?;
        let module = module.str()?.to_string_lossy().into_owned();
        if module != "cloudfront_signer" && !module.starts_with("cloudfront_signer.") {
            return Ok(level);
        }
        frame = frame.getattr("f_back")?;
        level += 1;
    }
    Ok(1)
}
