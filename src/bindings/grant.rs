//! `Grant`.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, name},
    convert::{Text, Texts},
    cookies::SignedCookies,
    exceptions::RaiseExt as _,
    policy::Policy,
};
use crate::mask_secrets;

/// One signature for all the URLs that a resource covers.
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Grant(pub(super) crate::Grant);

#[pymethods]
impl Grant {
    /// The signed form of a URL that the grant covers; InvalidPolicyError if it does not.
    fn url(&self, py: Python<'_>, url: Arg<name::url, Text>) -> PyResult<String> {
        self.0.url(&url.parsed()?).raise(py)
    }

    /// The signed forms of many URLs; the error for one that is refused has its `index`.
    fn urls(&self, py: Python<'_>, urls: Arg<name::urls, Texts>) -> PyResult<Vec<String>> {
        let signed = |(index, url): (usize, &Text)| self.0.url(url).map_err(|error| error.in_batch(index)).raise(py);
        urls.parsed()?.0.iter().enumerate().map(signed).collect()
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
