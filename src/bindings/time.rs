//! Times and durations as arguments.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, OptionalArg as _, Parse},
    clock::{from_now, now},
    exceptions::RaiseExt as _,
    time_value::{Given, Rules, duration},
};
use crate::{EpochSeconds, PolicyError, Result};

/// When access ends: a time, or a duration that is counted from each signature.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expiry {
    At(EpochSeconds),
    FromNow(f64),
}

impl Expiry {
    fn read(name: &str, value: &Bound<'_, PyAny>, rules: Rules) -> PyResult<Self> {
        let py = value.py();
        match Given::read(name, value, rules)? {
            Given::Duration(seconds) if seconds < 0.0 => {
                Err(PolicyError::NegativeDuration(seconds.to_string().as_str().into()).into()).raise_for(py, name)
            }
            Given::Duration(seconds) => Ok(Self::FromNow(seconds)),
            Given::Date(time) if rules == Rules::Own && time.is_long_past() => {
                Err(PolicyError::LongPast(time.to_string().as_str().into()).into()).raise_for(py, name)
            }
            Given::Date(time) => Ok(Self::At(time)),
            Given::Number(time) => time.not_a_duration().map(Self::At).raise_for(py, name),
        }
    }

    pub(super) fn resolve(self) -> Result<EpochSeconds> {
        match self {
            Self::At(time) => Ok(time),
            Self::FromNow(seconds) => from_now(seconds),
        }
    }
}

impl Parse for Expiry {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::read(name, value, Rules::Own)
    }
}

/// When access ends, by botocore's rules.
pub(super) struct BotocoreExpiry(pub(super) Expiry);

impl Parse for BotocoreExpiry {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Expiry::read(name, value, Rules::Botocore).map(Self)
    }
}

/// When access starts: any time, past ones included.
///
/// A number before 2001 is refused: it is a duration, and would grant at once what should be granted later.
#[derive(Clone, Copy)]
pub(super) struct Start(pub(super) EpochSeconds);

impl Start {
    fn read(name: &str, value: &Bound<'_, PyAny>, rules: Rules) -> PyResult<Self> {
        match Given::read(name, value, rules)? {
            Given::Duration(seconds) => from_now(seconds),
            Given::Date(time) => Ok(time),
            Given::Number(time) => time.not_a_duration(),
        }
        .map(Self)
        .raise_for(value.py(), name)
    }
}

impl Parse for Start {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::read(name, value, Rules::Own)
    }
}

/// When access starts, by botocore's rules.
pub(super) struct BotocoreStart(pub(super) Start);

impl Parse for BotocoreStart {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Start::read(name, value, Rules::Botocore).map(Self)
    }
}

/// Any time.
pub(super) struct Time(EpochSeconds);

impl Parse for Time {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        match Given::read(name, value, Rules::Own)? {
            Given::Duration(seconds) => from_now(seconds).map(Self).raise_for(value.py(), name),
            Given::Date(time) | Given::Number(time) => Ok(Self(time)),
        }
    }
}

impl Time {
    /// The time, or the present if none was given.
    pub(super) fn or_now<N>(given: Option<Arg<N, Self>>, py: Python<'_>) -> PyResult<EpochSeconds> {
        given.parsed()?.map_or_else(|| now().raise(py), |time| Ok(time.0))
    }
}

/// The grid that an expiry is rounded up to: whole seconds, at least one.
#[derive(Clone, Copy)]
pub(super) struct Grid(pub(super) u64);

impl Parse for Grid {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let seconds = duration(name, value)?;
        match whole_seconds(seconds) {
            Some(seconds) => Ok(Self(seconds)),
            None => {
                Err(PolicyError::BadAlignment(seconds.to_string().as_str().into()).into()).raise_for(value.py(), name)
            }
        }
    }
}

/// A duration in whole seconds, if it is one second or more and below 10¹².
pub(super) fn whole_seconds(duration: f64) -> Option<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    (1.0..1e12).contains(&duration).then_some(duration as u64)
}
