//! The methods of `CloudFrontSigner` that botocore has too, with its names, rules and bytes.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, OptionalArg as _, Parse, name},
    conditions::GivenConditions,
    convert::Text,
    exceptions::RaiseExt as _,
    signer::CloudFrontSigner,
    terms::{GivenTerms, PolicyArgument, Resource},
    time::{BotocoreExpiry, BotocoreStart},
    time_value::Rules,
};
use crate::{Error, IpRange, Policy, PolicyError};

type DateLessThan = Arg<name::date_less_than, BotocoreExpiry>;
type DateGreaterThan = Arg<name::date_greater_than, Truthy<BotocoreStart>>;

#[pymethods]
impl CloudFrontSigner {
    /// botocore's method: a canned policy for `date_less_than`, or the given custom policy. Same bytes.
    #[pyo3(signature = (url, date_less_than=None, policy=None))]
    fn generate_presigned_url(
        slf: &Bound<'_, Self>,
        url: Arg<name::url, Text>,
        date_less_than: Option<DateLessThan>,
        policy: Option<PolicyArgument>,
    ) -> PyResult<String> {
        let ready = Self::ready(slf)?;
        let conditions = GivenConditions {
            expires: date_less_than.map(|end| end.map(|end| end.0)),
            defaults: ready.defaults,
            rules: Rules::Botocore,
            ..Default::default()
        };
        ready.sign_one(slf.py(), &url.parsed()?, GivenTerms { conditions, policy, resource: None })
    }

    /// botocore's method: the JSON of a policy. A resource that is no URL, such as a stream's name, stays as it is.
    #[pyo3(signature = (resource, date_less_than, date_greater_than=None, ip_address=None))]
    #[allow(clippy::unused_self, reason = "a method in botocore")]
    fn build_policy(
        &self,
        py: Python<'_>,
        resource: Resource,
        date_less_than: DateLessThan,
        date_greater_than: Option<DateGreaterThan>,
        ip_address: Option<Arg<name::ip_address, Truthy<IpRange>>>,
    ) -> PyResult<String> {
        let given = GivenConditions {
            expires: Some(date_less_than.map(|end| end.0)),
            not_before: date_greater_than.parsed()?.and_then(|start| start.0).map(|start| Arg::new(start.0)),
            ip_address: ip_address.parsed()?.and_then(|range| range.0).map(Arg::new),
            rules: Rules::Botocore,
            ..Default::default()
        };
        let (resource, conditions) = (resource.parsed()?, given.parsed(py)?);
        let policy = match Policy::custom(&resource, conditions.clone()) {
            Err(Error::InvalidPolicy(PolicyError::BadResource(_))) => Policy::custom_as_given(&resource, conditions),
            policy => policy.raise(py)?,
        };
        Ok(policy.to_json().to_owned())
    }
}

/// An argument that botocore ignores if it is false, such as an empty string.
struct Truthy<T>(Option<T>);

impl<T: Parse> Parse for Truthy<T> {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_truthy().unwrap_or(true) {
            T::parse(name, value).map(|value| Self(Some(value)))
        } else {
            Ok(Self(None))
        }
    }
}
