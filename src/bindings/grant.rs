//! `Grant`.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, name},
    convert::{Text, Texts},
    cookies::SignedCookies,
    exceptions::RaiseExt as _,
    html,
    policy::Policy,
};
use crate::mask_secrets;

/// One signature for all URLs that a resource covers, made by `CloudFrontSigner.grant`.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
///     >>> signer.grant("https://media.example.com/videos/*", expires=2000000000)
///     <Grant https://media.example.com/videos/*>
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Grant(pub(super) crate::Grant);

#[pymethods]
impl Grant {
    /// Return the grant that a signed URL with a custom policy carries, for servers that pass a viewer's access on.
    ///
    /// The signature is not verified: the edge does that with each URL.
    ///
    /// Args:
    ///     url: A signed URL.
    ///
    /// Returns:
    ///     The grant, with the same parameters.
    ///
    /// Raises:
    ///     InvalidUrlError: The URL is not signed, or its policy is canned and so covers this URL alone.
    ///     InvalidPolicyError: The policy in the URL is not valid.
    ///     InvalidSignatureError: The signature in the URL is not base64.
    ///     TypeError: The argument is not `str`.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, Grant, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
    ///     >>> grant = signer.grant("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> Grant.from_url(grant.url("https://media.example.com/videos/1.ts"))
    ///     <Grant https://media.example.com/videos/*>
    #[staticmethod]
    #[pyo3(name = "from_url")]
    fn parse_url(py: Python<'_>, url: Arg<name::url, Text>) -> PyResult<Self> {
        crate::Grant::from_url(&url.parsed()?).map(Self).raise(py)
    }

    /// Sign a URL that the grant covers.
    ///
    /// Args:
    ///     url: The URL, with its scheme, host, path and query.
    ///
    /// Returns:
    ///     The signed URL.
    ///
    /// Raises:
    ///     InvalidPolicyError: The grant does not cover the URL.
    ///     InvalidUrlError: The URL is relative, has no valid host, is signed already, or is longer than 8,192 bytes.
    ///     TypeError: The argument is not `str`.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
    ///     >>> grant = signer.grant("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> grant.url("https://media.example.com/videos/1.ts").split("?")[0]
    ///     'https://media.example.com/videos/1.ts'
    fn url(&self, py: Python<'_>, url: Arg<name::url, Text>) -> PyResult<String> {
        self.0.url(&url.parsed()?).raise(py)
    }

    /// Sign many URLs that the grant covers.
    ///
    /// Args:
    ///     urls: The URLs, any iterable of `str`.
    ///
    /// Returns:
    ///     The signed URLs, in the order of `urls`.
    ///
    /// Raises:
    ///     InvalidPolicyError: The grant does not cover a URL; the attribute `index` of the exception counts it from 0.
    ///     InvalidUrlError: A URL is not valid, as in `url`; with `index` too.
    ///     TypeError: The argument is not an iterable of `str`.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
    ///     >>> grant = signer.grant("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> len(grant.urls(f"https://media.example.com/videos/{number}.ts" for number in range(3)))
    ///     3
    fn urls(&self, py: Python<'_>, urls: Arg<name::urls, Texts>) -> PyResult<Vec<String>> {
        self.0.urls(&urls.parsed()?.0).raise(py)
    }

    /// The signing parameters as a query string without `?`, for players that add it to each URL.
    #[getter]
    fn query(&self) -> &str {
        self.0.query()
    }

    /// The cookies that grant the same access.
    #[getter]
    fn cookies(&self) -> SignedCookies {
        SignedCookies(self.0.cookies().clone())
    }

    /// The policy that was signed.
    #[getter]
    fn policy(&self) -> Policy {
        Policy(self.0.policy().clone())
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let mut rows = vec![("grant", "one signature for URLs and cookies".to_owned())];
        rows.extend(html::of_cookies(py, self.0.cookies())?.into_iter().filter(|(label, _)| *label != "signed"));
        Ok(html::table(rows))
    }

    fn __repr__(&self) -> String {
        format!("<Grant {}>", mask_secrets(self.0.policy().resource().unwrap_or("*")))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}
