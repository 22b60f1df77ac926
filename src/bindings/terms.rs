//! What is granted, as keyword arguments say it.

use pyo3::{
    prelude::*,
    pybacked::PyBackedStr,
    types::{PyBytes, PyDict, PyString},
};

use super::{
    convert::{RaiseExt as _, ip_range, text, wrong_type},
    time::{Expiry, Rules, grid, start, warn_if_expired},
};
use crate::{Conditions, EpochSeconds, Policy, PolicyError, Terms};

/// What a signer uses where a call says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Defaults {
    pub(super) expires: Option<Expiry>,
    /// In seconds.
    pub(super) align: Option<u64>,
}

impl Defaults {
    pub(super) fn read(expires: Option<&Bound<'_, PyAny>>, align: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let expiry = |given: &Bound<'_, PyAny>| {
            let expiry = Expiry::read("expires", given, Rules::Own)?;
            // A span past the end of the calendar is refused here, not at each signature.
            expiry.resolve().raise_for(given.py(), "expires")?;
            Ok::<_, PyErr>(expiry)
        };
        Ok(Self {
            expires: expires.map(expiry).transpose()?,
            align: align.map(|align| grid("align", align)).transpose()?,
        })
    }
}

/// What may be granted.
#[derive(Default)]
pub(super) struct Arguments<'a, 'py> {
    pub(super) expires: Option<&'a Bound<'py, PyAny>>,
    pub(super) not_before: Option<&'a Bound<'py, PyAny>>,
    pub(super) ip_address: Option<&'a Bound<'py, PyAny>>,
    pub(super) resource: Option<&'a Bound<'py, PyAny>>,
    pub(super) policy: Option<&'a Bound<'py, PyAny>>,
    pub(super) align: Option<&'a Bound<'py, PyAny>>,
    pub(super) defaults: Defaults,
    pub(super) rules: Rules,
}

impl Arguments<'_, '_> {
    /// What is to be signed now.
    pub(super) fn terms(&self, py: Python<'_>) -> PyResult<Terms> {
        let Some(given) = self.policy else {
            let conditions = self.conditions_to_sign(py)?;
            return Ok(match self.resource {
                Some(resource) => Terms::Resource(text("resource", resource)?.to_string(), conditions),
                None => Terms::Conditions(conditions),
            });
        };
        let beside = [
            (self.resource, "resource"),
            (self.expires, "expires"),
            (self.not_before, "not_before"),
            (self.ip_address, "ip_address"),
            (self.align, "align"),
        ];
        match beside.into_iter().find(|(given, _)| given.is_some()) {
            Some((_, "expires")) => Err(PolicyError::ExpiryAndPolicy.into()).raise(py),
            Some((_, name)) => Err(PolicyError::TermsAndPolicy(name).into()).raise(py),
            None => {
                let policy = policy(given)?;
                warn_if_expired(py, policy.conditions().expires())?;
                Ok(Terms::Policy(policy))
            }
        }
    }

    /// The conditions of what is to be signed now.
    pub(super) fn conditions_to_sign(&self, py: Python<'_>) -> PyResult<Conditions> {
        let conditions = self.conditions(py)?;
        warn_if_expired(py, conditions.expires())?;
        Ok(conditions)
    }

    pub(super) fn conditions(&self, py: Python<'_>) -> PyResult<Conditions> {
        let (_, start_name) = self.names();
        let mut conditions = Conditions::until(self.end(py)?);
        if let Some(given) = self.not_before {
            conditions = conditions.after(start(start_name, given, self.rules)?).raise(py)?;
        }
        if let Some(range) = self.ip_address {
            conditions = conditions.from_ip(ip_range(range)?);
        }
        Ok(conditions)
    }

    /// Whether there is a grid that the expiry is rounded up to.
    pub(super) const fn is_aligned(&self) -> bool {
        self.policy.is_none() && (self.align.is_some() || self.defaults.align.is_some())
    }

    /// The grid in seconds, the signer's where the call gives none.
    fn grid(&self) -> PyResult<Option<u64>> {
        self.align.map_or(Ok(self.defaults.align), |align| grid("align", align).map(Some))
    }

    fn end(&self, py: Python<'_>) -> PyResult<EpochSeconds> {
        let (name, _) = self.names();
        let expiry = match self.expires {
            Some(given) => Expiry::read(name, given, self.rules)?,
            None => self.defaults.expires.ok_or_else(|| PolicyError::NeitherExpiryNorPolicy.into()).raise(py)?,
        };
        let end = expiry.resolve().raise_for(py, name)?;
        match self.grid()? {
            Some(grid) => end.align_up(grid).raise_for(py, name),
            None => Ok(end),
        }
    }

    const fn names(&self) -> (&'static str, &'static str) {
        match self.rules {
            Rules::Own => ("expires", "not_before"),
            Rules::Botocore => ("date_less_than", "date_greater_than"),
        }
    }
}

/// What cookies and parameters are signed for.
pub(super) enum Covered {
    Resource(PyBackedStr, Terms),
    Policy(Policy),
}

pub(super) fn covered(
    resource: Option<&Bound<'_, PyAny>>,
    arguments: &Arguments<'_, '_>,
    py: Python<'_>,
) -> PyResult<Covered> {
    if resource.is_none() && arguments.policy.is_none() {
        return Err(PolicyError::NeitherResourceNorPolicy.into()).raise(py);
    }
    match (resource, arguments.terms(py)?) {
        (None, Terms::Policy(policy)) => Ok(Covered::Policy(policy)),
        (Some(resource), terms) => Ok(Covered::Resource(text("resource", resource)?, terms)),
        (None, _) => Err(PolicyError::NeitherResourceNorPolicy.into()).raise(py),
    }
}

/// A Policy, its JSON, or a dict, which is written without blanks and in its own order.
pub(super) fn policy(value: &Bound<'_, PyAny>) -> PyResult<Policy> {
    let py = value.py();
    if let Ok(policy) = value.cast::<super::policy::Policy>() {
        return Ok(policy.get().0.clone());
    }
    if value.is_instance_of::<PyDict>() {
        let options = PyDict::new(py);
        options.set_item("separators", (",", ":"))?;
        options.set_item("ensure_ascii", false)?;
        let written = py.import("json")?.call_method("dumps", (value,), Some(&options)).map_err(|error| {
            let problem = error.value(py).to_string();
            super::convert::errors::InvalidPolicyError::new_err(format!(
                "policy: a dict that JSON can hold expected: {}",
                crate::mask_secrets(&problem)
            ))
        })?;
        return Policy::from_json(&text("policy", &written)?).raise(py);
    }
    if let Ok(json) = value.cast::<PyBytes>() {
        let json = std::str::from_utf8(json.as_bytes()).map_err(|_| PolicyError::NotUtf8.into()).raise(py)?;
        return Policy::from_json(json).raise(py);
    }
    if value.is_instance_of::<PyString>() {
        return Policy::from_json(&text("policy", value)?).raise(py);
    }
    Err(wrong_type("policy", "Policy, str, bytes or dict", value))
}
