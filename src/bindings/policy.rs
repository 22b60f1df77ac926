//! `Policy`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use pyo3::{prelude::*, types::PyString};

use super::{
    convert::{RaiseExt as _, text},
    terms::{Arguments, policy},
};

/// A policy, with the very bytes that are signed.
///
/// `expires` and `not_before` take what CloudFrontSigner.sign_url does. A policy may be built for the past without a
/// warning: that comes when it is signed.
///
/// >>> from cloudfront_signer import Policy
/// >>> Policy("https://d111111abcdef8.cloudfront.net/videos/*", expires=1767290400).to_json()
/// '{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/videos/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}'
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Policy(pub(super) crate::Policy);

#[pymethods]
impl Policy {
    #[new]
    #[pyo3(signature = (resource, *, expires, not_before=None, ip_address=None))]
    fn new(
        resource: &Bound<'_, PyAny>,
        expires: &Bound<'_, PyAny>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = resource.py();
        let arguments = Arguments { expires: Some(expires), not_before, ip_address, ..Default::default() };
        crate::Policy::custom(&text("resource", resource)?, arguments.conditions(py)?).map(Self).raise(py)
    }

    /// Read a policy and keep its bytes as they are; a dict is written without blanks, in its own order. Raises
    /// InvalidPolicyError.
    #[staticmethod]
    #[pyo3(name = "from_json")]
    fn parse_json(text: &Bound<'_, PyAny>) -> PyResult<Self> {
        policy(text).map(Self)
    }

    /// Read a policy in CloudFront's base64, as it stands in a URL or cookie. Raises InvalidPolicyError.
    #[staticmethod]
    #[pyo3(name = "from_encoded")]
    fn parse_encoded(text: &Bound<'_, PyAny>) -> PyResult<Self> {
        crate::Policy::from_encoded(&self::text("text", text)?).map(Self).raise(text.py())
    }

    /// The bytes that are signed, as text.
    fn to_json(&self) -> &str {
        self.0.to_json()
    }

    /// The policy in CloudFront's base64.
    #[getter]
    fn encoded(&self) -> String {
        self.0.encoded()
    }

    /// Whether the edge could rebuild these bytes from one URL and an end.
    #[getter]
    fn is_canned(&self) -> bool {
        self.0.is_canned()
    }

    /// What is covered; None where it is all that the key is trusted for.
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

    /// From where access is granted, or None.
    #[getter]
    fn ip_address(&self) -> Option<&str> {
        self.0.conditions().ip_address().map(crate::IpRange::as_str)
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
