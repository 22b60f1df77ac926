//! Times and durations of every type: `datetime`, `timedelta`, numbers, ISO 8601 text, and numpy's.

use pyo3::{
    exceptions::PyOverflowError,
    prelude::*,
    sync::PyOnceLock,
    types::{PyBool, PyDateTime, PyDelta, PyFloat, PyInt, PyString, PyTzInfo},
};

use super::{
    arguments::Parse as _,
    convert::Text,
    exceptions::{RaiseExt as _, classes, wrong_type},
};
use crate::{EpochSeconds, PolicyError};

const EXPECTED_TIME: &str = "datetime, timedelta, a number of seconds since 1970 or ISO 8601 text";
const EXPECTED_DURATION: &str = "timedelta or a number of seconds";

/// Whose rules a time follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Rules {
    /// A datetime without a zone is refused, and so is an expiry before 2001.
    #[default]
    Own,
    /// As in botocore: a datetime without a zone is UTC, and any past one is accepted.
    Botocore,
}

/// A time as the caller gave it.
pub(super) enum Given {
    Date(EpochSeconds),
    Number(EpochSeconds),
    /// In seconds, from now.
    Duration(f64),
}

impl Given {
    pub(super) fn read(name: &str, value: &Bound<'_, PyAny>, rules: Rules) -> PyResult<Self> {
        let py = value.py();
        // The most frequent types are recognized by their exact class, which is cheap.
        if value.is_exact_instance_of::<PyInt>() || value.is_exact_instance_of::<PyFloat>() {
            return number(name, value).map(Self::Number);
        }
        if value.is_instance_of::<PyDateTime>() {
            return calendar_time(name, value, rules).map(Self::Date);
        }
        if value.is_instance_of::<PyDelta>() {
            return total_seconds(value).map(Self::Duration);
        }
        if value.is_instance_of::<PyString>() {
            return EpochSeconds::parse(&Text::parse(name, value)?).map(Self::Date).raise_for(py, name);
        }
        match Numpy::read(name, value)? {
            Some(Numpy::Date(seconds)) => return EpochSeconds::from_date(seconds).map(Self::Date).raise_for(py, name),
            Some(Numpy::Duration(seconds)) => return Ok(Self::Duration(seconds)),
            None => {}
        }
        if is_number(value)? {
            number(name, value).map(Self::Number)
        } else {
            Err(wrong_type(name, EXPECTED_TIME, value))
        }
    }
}

fn number(name: &str, value: &Bound<'_, PyAny>) -> PyResult<EpochSeconds> {
    let py = value.py();
    // Python's larger numbers take several calls to read.
    if let Ok(seconds) = value.extract::<i64>() {
        return EpochSeconds::new(seconds.into()).raise_for(py, name);
    }
    if let Ok(seconds) = value.extract::<i128>() {
        return EpochSeconds::new(seconds).raise_for(py, name);
    }
    match float(value)? {
        Some(seconds) if value.hasattr("__index__")? => {
            let digits = "of more than 128 bits".into();
            let problem = if seconds < 0.0 { PolicyError::NegativeTime } else { PolicyError::Milliseconds };
            Err(problem(digits).into()).raise_for(py, name)
        }
        Some(seconds) => EpochSeconds::from_f64(seconds).raise_for(py, name),
        None => Err(wrong_type(name, EXPECTED_TIME, value)),
    }
}

/// Reads a datetime; fractions of a second are cut off.
fn calendar_time(name: &str, value: &Bound<'_, PyAny>, rules: Rules) -> PyResult<EpochSeconds> {
    static NAIVE: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    static AWARE: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let py = value.py();
    let epoch =
        |zone: Option<&Bound<'_, PyTzInfo>>| PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, zone).map(Bound::unbind);
    let offset = match value.call_method0(pyo3::intern!(py, "utcoffset")) {
        // pandas' NaT is a datetime without a time.
        Err(_) if value.ne(value)? => return Err(wrong_type(name, EXPECTED_TIME, value)),
        offset => offset?,
    };
    let epoch = if offset.is_none() {
        if rules == Rules::Own {
            return Err(classes::InvalidPolicyError::new_err(format!(
                "{name}: a datetime without a time zone, which may be hours off: use datetime.now(UTC), not \
                 datetime.now(), or .replace(tzinfo=UTC) where it is UTC"
            )));
        }
        NAIVE.get_or_try_init(py, || epoch(None))?
    } else {
        AWARE.get_or_try_init(py, || epoch(Some(&*PyTzInfo::utc(py)?)))?
    };
    let since = value.sub(epoch.bind(py))?;
    if rules == Rules::Botocore {
        // As botocore does it, which rounds up the last microsecond of a distant second.
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a calendar's seconds fit, and the fraction is meant to go"
        )]
        return EpochSeconds::from_date(total_seconds(&since)?.floor() as i128).raise_for(py, name);
    }
    let days: i64 = since.getattr(pyo3::intern!(py, "days"))?.extract()?;
    let seconds: i64 = since.getattr(pyo3::intern!(py, "seconds"))?.extract()?;
    EpochSeconds::from_date((days * 86_400 + seconds).into()).raise_for(py, name)
}

/// A time of numpy, from its count and unit: its `item()` returns nanoseconds as a bare number.
enum Numpy {
    /// In whole seconds since 1970, UTC, as numpy counts.
    Date(i128),
    Duration(f64),
}

impl Numpy {
    fn read(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let py = value.py();
        let class = value.get_type();
        // A cheap check, and enough: a program that has such a value has imported the module.
        if class.module()?.to_string_lossy() != "numpy" {
            return Ok(None);
        }
        let (is_date, expected) = match class.name()?.to_string_lossy().as_ref() {
            "datetime64" => (true, EXPECTED_TIME),
            "timedelta64" => (false, EXPECTED_DURATION),
            _ => return Ok(None),
        };
        let mut value = value.clone();
        let unit_of = |value: &Bound<'_, PyAny>| -> PyResult<(String, i128)> {
            py.import("numpy")?.call_method1("datetime_data", (value.getattr("dtype")?,))?.extract()
        };
        let (mut unit, mut step) = unit_of(&value)?;
        if is_date && (unit == "Y" || unit == "M") {
            value = value.call_method1("astype", ("datetime64[D]",))?;
            (unit, step) = unit_of(&value)?;
        }
        let count: i64 = value.call_method1("astype", ("int64",))?.extract()?;
        let (numerator, denominator): (i128, i128) = match unit.as_str() {
            _ if count == i64::MIN => return Err(numpy_refusal(name, expected, "NaT")),
            "W" => (604_800, 1),
            "D" => (86_400, 1),
            "h" => (3_600, 1),
            "m" => (60, 1),
            "s" => (1, 1),
            "ms" => (1, 1_000),
            "us" => (1, 1_000_000),
            "ns" => (1, 1_000_000_000),
            "ps" => (1, 1_000_000_000_000),
            "fs" => (1, 1_000_000_000_000_000),
            "as" => (1, 1_000_000_000_000_000_000),
            // Years and months have no fixed length, and a generic unit has no meaning.
            other => return Err(numpy_refusal(name, expected, &format!("numpy.timedelta64 of unit {other}"))),
        };
        let parts = i128::from(count) * step * numerator;
        #[allow(clippy::cast_precision_loss, reason = "durations are rounded to seconds")]
        Ok(Some(if is_date {
            Self::Date(parts.div_euclid(denominator))
        } else {
            Self::Duration(parts as f64 / denominator as f64)
        }))
    }
}

fn numpy_refusal(name: &str, expected: &str, found: &str) -> PyErr {
    classes::InvalidPolicyError::new_err(format!("{name}: expected {expected}, found {found}"))
}

/// Whether a value is a real number. Other types that convert to a float (numpy.bool_, arrays, text) are not.
fn is_number(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static NUMBER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if value.is_instance_of::<PyBool>() {
        return Ok(false);
    }
    if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        return Ok(true);
    }
    let py = value.py();
    let number = NUMBER.get_or_try_init(py, || py.import("numbers")?.getattr("Number").map(Bound::unbind))?;
    value.is_instance(number.bind(py))
}

/// The nearest float, infinite beyond the largest; None for a number that is not real.
fn float(value: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    match value.extract::<f64>() {
        Ok(number) => Ok(Some(number)),
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
            Ok(Some(if value.lt(0)? { f64::NEG_INFINITY } else { f64::INFINITY }))
        }
        // A complex number, or a signalling NaN of Decimal.
        Err(_) => Ok(None),
    }
}

fn total_seconds(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    value.call_method0(pyo3::intern!(value.py(), "total_seconds"))?.extract()
}

/// Reads a duration in seconds; infinite if a number is too large for a float.
pub(super) fn duration(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_instance_of::<PyDelta>() {
        return total_seconds(value);
    }
    if let Some(Numpy::Duration(seconds)) = Numpy::read(name, value)? {
        return Ok(seconds);
    }
    if !is_number(value)? || Numpy::read(name, value)?.is_some() {
        return Err(wrong_type(name, EXPECTED_DURATION, value));
    }
    float(value)?.map_or_else(|| Err(wrong_type(name, EXPECTED_DURATION, value)), Ok)
}
