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
    /// Sign one URL with the arguments and the bytes of botocore's method.
    ///
    /// Args:
    ///     url: The URL to sign.
    ///     date_less_than: When access ends: a `datetime` (without a time zone it is UTC, as in botocore), a
    ///         `timedelta` from now, seconds since 1970, or ISO 8601 text with an offset. The policy is canned.
    ///     policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of the expiry.
    ///
    /// Returns:
    ///     The signed URL.
    ///
    /// Raises:
    ///     InvalidUrlError: The URL is relative, has no valid host, is signed already, or is longer than 8,192 bytes.
    ///     InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
    ///         not cover the URL.
    ///     SigningError: The signer returned no signature.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from datetime import datetime
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> url = signer.generate_presigned_url("https://media.example.com/a.mp4", datetime(2036, 1, 1))
    ///     >>> url.split("&")[0]
    ///     'https://media.example.com/a.mp4?Expires=2082758400'
    ///
    /// See https://docs.aws.amazon.com/boto3/latest/reference/services/cloudfront.html
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

    /// Write a custom policy as JSON, with the arguments and the bytes of botocore's method.
    ///
    /// Args:
    ///     resource: The URL, with or without wildcards. Text that is not a URL, such as a stream name, is kept
    ///         unchanged.
    ///     date_less_than: When access ends: a `datetime` (without a time zone it is UTC, as in botocore), a
    ///         `timedelta` from now, seconds since 1970, or ISO 8601 text with an offset.
    ///     date_greater_than: When access starts, in the same forms.
    ///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
    ///
    /// Returns:
    ///     The JSON, without blanks.
    ///
    /// Raises:
    ///     InvalidPolicyError: A time or an address is not valid, or the start is not before the end.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> signer.build_policy("https://d/*", 2000000000)
    ///     '{"Statement":[{"Resource":"https://d/*","Condition":{"DateLessThan":{"AWS:EpochTime":2000000000}}}]}'
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
