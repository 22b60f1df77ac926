//! `Grant`.

use pyo3::prelude::*;

use super::{
    convert::{RaiseExt as _, text},
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
        self.0.url(&text(url)?).raise(url.py())
    }

    /// The signed forms of many URLs.
    fn urls(&self, urls: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
        urls.try_iter()?.map(|url| self.url(&url?)).collect()
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
}
