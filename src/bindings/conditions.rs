//! The conditions of a policy, from keyword arguments.

use pyo3::{prelude::*, types::PyString};

use super::{
    arguments::{Arg, OptionalArg as _, Parse, name},
    clock::warn_if_expired,
    convert::Text,
    exceptions::{RaiseExt as _, wrong_type},
    time::{Expiry, Grid, Start},
    time_value::Rules,
};
use crate::{Conditions, IpRange, PolicyError};

/// When access ends.
pub(super) type Expires = Arg<name::expires, Expiry>;
/// When access starts.
pub(super) type NotBefore = Arg<name::not_before, Start>;
/// The addresses that access is granted to.
pub(super) type IpAddress = Arg<name::ip_address, IpRange>;
/// The grid that the expiry is rounded up to.
pub(super) type Align = Arg<name::align, Grid>;

/// What a signer uses if a call leaves it out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Defaults {
    pub(super) expires: Option<Expiry>,
    /// In seconds.
    pub(super) align: Option<u64>,
}

impl Defaults {
    /// Refuses a duration that ends after year 9999 here, not at each signature.
    pub(super) fn new(py: Python<'_>, expires: Option<Expires>, align: Option<Align>) -> PyResult<Self> {
        let expires = expires.parsed()?;
        if let Some(expires) = expires {
            expires.resolve().raise_for(py, "expires")?;
        }
        Ok(Self { expires, align: align.parsed()?.map(|grid| grid.0) })
    }
}

/// The conditions in the arguments of one call.
#[derive(Default)]
pub(super) struct GivenConditions {
    pub(super) expires: Option<Expires>,
    pub(super) not_before: Option<NotBefore>,
    pub(super) ip_address: Option<IpAddress>,
    pub(super) align: Option<Align>,
    pub(super) defaults: Defaults,
    pub(super) rules: Rules,
}

impl GivenConditions {
    /// The conditions of what is about to be signed.
    pub(super) fn parsed_to_sign(self, py: Python<'_>) -> PyResult<Conditions> {
        let conditions = self.parsed(py)?;
        warn_if_expired(py, conditions.expires())?;
        Ok(conditions)
    }

    pub(super) fn parsed(self, py: Python<'_>) -> PyResult<Conditions> {
        let Self { expires, not_before, ip_address, align, defaults, rules } = self;
        let name = match rules {
            Rules::Own => "expires",
            Rules::Botocore => "date_less_than",
        };
        let expiry = expires.parsed()?.or(defaults.expires);
        let expiry = expiry.ok_or_else(|| PolicyError::NeitherExpiryNorPolicy.into()).raise(py)?;
        let mut end = expiry.resolve().raise_for(py, name)?;
        if let Some(grid) = align.parsed()?.map(|grid| grid.0).or(defaults.align) {
            end = end.align_up(grid).raise_for(py, name)?;
        }
        let mut conditions = Conditions::until(end);
        if let Some(start) = not_before.parsed()? {
            conditions = conditions.after(start.0).raise(py)?;
        }
        if let Some(range) = ip_address.parsed()? {
            conditions = conditions.from_ip(range);
        }
        Ok(conditions)
    }

    /// Whether the expiry is rounded up to a grid.
    pub(super) const fn is_aligned(&self) -> bool {
        self.align.is_some() || self.defaults.align.is_some()
    }
}

/// `str`, or an object of the module `ipaddress`, whose text is the same.
impl Parse for IpRange {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let module = value.get_type().module()?;
        if !value.is_instance_of::<PyString>() && module.to_string_lossy() != "ipaddress" {
            return Err(wrong_type(name, "str or an address of the module ipaddress", value));
        }
        IpRange::parse(&Text::parse(name, value.str()?.as_any())?).raise(value.py())
    }
}
