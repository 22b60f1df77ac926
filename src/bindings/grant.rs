//! `Grant`.

use pyo3::prelude::*;

use super::{
    convert::{RaiseExt as _, each, text},
    cookies::SignedCookies,
    policy::Policy,
};
use crate::mask_secrets;

/// One signature for all the URLs that a resource covers.
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Grant(pub(super) crate::Grant);

#[pymethods]
impl Grant {
    /// The signed form of a URL that the grant covers; InvalidPolicyError if it does not.
    fn url(&self, url: &Bound<'_, PyAny>) -> PyResult<String> {
        self.0.url(&text("url", url)?).raise(url.py())
    }

    /// The signed forms of many URLs; the error for one that is refused has its `index`.
    fn urls(&self, urls: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
        let signed = |(index, url): (usize, PyResult<Bound<'_, PyAny>>)| {
            self.0.url(&text("urls", &url?)?).map_err(|error| error.in_batch(index)).raise(urls.py())
        };
        each("urls", "an iterable of str", urls)?.enumerate().map(signed).collect()
    }

    /// The signing parameters as they stand in a query string, for players that add them to each URL.
    #[getter]
    fn query(&self) -> &str {
        self.0.query()
    }

    /// The cookies that grant the same.
    #[getter]
    fn cookies(&self) -> SignedCookies {
        SignedCookies(self.0.cookies().clone())
    }

    /// What is granted.
    #[getter]
    fn policy(&self) -> Policy {
        Policy(self.0.policy().clone())
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
