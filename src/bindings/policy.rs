//! `Policy`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyString},
};

use super::{
    arguments::{Arg, Parse, name},
    conditions::{Expires, GivenConditions, IpAddress, NotBefore},
    convert::Text,
    exceptions::{RaiseExt as _, classes, wrong_type},
    html,
};
use crate::PolicyError;

/// A policy, with the exact bytes that are signed.
///
/// A policy may be built for the past without a warning: ExpiredWarning comes when it is signed.
///
/// Args:
///     resource: The URL, with or without wildcards, that access is granted to.
///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or
///         `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z".
///     not_before: When access starts, in the same forms; None for at once.
///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
///
/// Raises:
///     InvalidPolicyError: A time, the address or the resource is not valid, or the start is not before the end.
///     TypeError: An argument has the wrong type.
///
/// Examples:
///     >>> from cloudfront_signer import Policy
///     >>> Policy("https://d/*", expires=1767290400).to_json()
///     '{"Statement":[{"Resource":"https://d/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}'
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Policy(pub(super) crate::Policy);

#[pymethods]
impl Policy {
    #[new]
    #[pyo3(signature = (resource, *, expires, not_before=None, ip_address=None))]
    fn new(
        py: Python<'_>,
        resource: Arg<name::resource, Text>,
        expires: Expires,
        not_before: Option<NotBefore>,
        ip_address: Option<IpAddress>,
    ) -> PyResult<Self> {
        let given = GivenConditions { expires: Some(expires), not_before, ip_address, ..Default::default() };
        crate::Policy::custom(&resource.parsed()?, given.parsed(py)?).map(Self).raise(py)
    }

    /// Read a policy and keep its bytes unchanged. A `dict` is written without blanks, in its own order.
    ///
    /// Args:
    ///     text: The JSON as `str` or `bytes`, a `dict`, or a Policy.
    ///
    /// Raises:
    ///     InvalidPolicyError: It is not a policy that CloudFront accepts.
    ///     TypeError: The argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import Policy
    ///     >>> policy = Policy("https://d/*", expires=1767290400)
    ///     >>> Policy.from_json(policy.to_json()) == policy
    ///     True
    #[staticmethod]
    #[pyo3(name = "from_json")]
    fn parse_json(text: Arg<name::policy, crate::Policy>) -> PyResult<Self> {
        text.parsed().map(Self)
    }

    /// Read a policy in CloudFront's base64, as a URL or a cookie carries it.
    ///
    /// Args:
    ///     text: The value of `Policy` or `CloudFront-Policy`.
    ///
    /// Raises:
    ///     InvalidPolicyError: It is not CloudFront's base64, or not a policy that CloudFront accepts.
    ///     TypeError: The argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import Policy
    ///     >>> policy = Policy("https://d/*", expires=1767290400)
    ///     >>> Policy.from_encoded(policy.encoded) == policy
    ///     True
    #[staticmethod]
    #[pyo3(name = "from_encoded")]
    fn parse_encoded(py: Python<'_>, text: Arg<name::text, Text>) -> PyResult<Self> {
        crate::Policy::from_encoded(&text.parsed()?).map(Self).raise(py)
    }

    /// The signed bytes, as text.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import Policy
    ///     >>> Policy("https://d/*", expires=1767290400).to_json()[:14]
    ///     '{"Statement":['
    fn to_json(&self) -> &str {
        self.0.to_json()
    }

    /// The policy in CloudFront's base64.
    #[getter]
    fn encoded(&self) -> String {
        self.0.encoded()
    }

    /// Whether the edge could rebuild these bytes from a URL and an expiry.
    #[getter]
    fn is_canned(&self) -> bool {
        self.0.is_canned()
    }

    /// The URL that is covered; None for everything that the key is trusted for.
    #[getter]
    fn resource(&self) -> Option<&str> {
        self.0.resource()
    }

    /// When access ends, in seconds since 1970.
    #[getter]
    fn expires(&self) -> u64 {
        self.0.conditions().expires().get()
    }

    /// When access starts, in seconds since 1970, or None.
    #[getter]
    fn not_before(&self) -> Option<u64> {
        self.0.conditions().not_before().map(crate::EpochSeconds::get)
    }

    /// The address range that access is granted from, or None.
    #[getter]
    fn ip_address(&self) -> Option<&str> {
        self.0.conditions().ip_address().map(crate::IpRange::as_str)
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        html::of_policy(py, &self.0).map(html::table)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let repr = PyString::new(py, self.0.to_json()).repr()?;
        Ok(format!("Policy.from_json({})", crate::mask_secrets(&repr.to_string_lossy())))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().0 == self.0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// A Policy, JSON, or a dict.
impl Parse for crate::Policy {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = value.py();
        if let Ok(policy) = value.cast::<Policy>() {
            return Ok(policy.get().0.clone());
        }
        if let Ok(json) = value.cast::<PyBytes>() {
            let json = std::str::from_utf8(json.as_bytes()).map_err(|_| PolicyError::NotUtf8.into()).raise(py)?;
            return Self::from_json(json).raise(py);
        }
        if value.is_instance_of::<PyString>() {
            return Self::from_json(&Text::parse(name, value)?).raise(py);
        }
        if let Ok(dict) = value.cast::<PyDict>() {
            return Self::from_json(&Text::parse(name, &written(name, dict)?)?).raise(py);
        }
        Err(wrong_type(name, "Policy, str, bytes or dict", value))
    }
}

/// A dict as JSON without blanks, in its own order.
fn written<'py>(name: &str, dict: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    let py = dict.py();
    let options = PyDict::new(py);
    options.set_item("separators", (",", ":"))?;
    options.set_item("ensure_ascii", false)?;
    py.import("json")?.call_method("dumps", (dict,), Some(&options)).map_err(|error| {
        let problem = error.value(py).to_string();
        let problem = crate::mask_secrets(&problem);
        classes::InvalidPolicyError::new_err(format!("{name}: expected a dict that JSON can represent: {problem}"))
    })
}
