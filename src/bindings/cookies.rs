//! `SignedCookies`, a read-only mapping.

use pyo3::{
    exceptions::PyKeyError,
    prelude::*,
    types::{PyDict, PyString},
};

use super::convert::{RaiseExt as _, Text, text};
use crate::CookieAttributes;

/// The three or four cookies that grant access: a read-only mapping of names to values.
#[pyclass(module = "cloudfront_signer", frozen, mapping)]
pub(super) struct SignedCookies(pub(super) crate::SignedCookies);

#[pymethods]
impl SignedCookies {
    /// One Set-Cookie value a cookie. The default is the setting host alone, HTTPS only, out of reach of scripts.
    #[pyo3(
        signature = (domain=None, path=Text::from("/"), *, secure=true, http_only=true, same_site=None),
        text_signature = "($self, domain=None, path='/', *, secure=True, http_only=True, same_site=None)"
    )]
    fn headers(
        &self,
        py: Python<'_>,
        domain: Option<Text>,
        path: Text,
        secure: bool,
        http_only: bool,
        same_site: Option<Text>,
    ) -> PyResult<Vec<String>> {
        let (domain, path, same_site) = (domain.map(|text| text.0), path.0, same_site.map(|text| text.0));
        self.0.headers(&CookieAttributes { domain, path, secure, http_only, same_site }).raise(py)
    }

    fn __getitem__(&self, name: &Bound<'_, PyAny>) -> PyResult<&str> {
        // The name itself, unless it is a key.
        let missing = || match name.cast::<PyString>() {
            Ok(text) => PyKeyError::new_err(crate::Excerpt::new(&text.to_string_lossy()).to_string()),
            Err(_) => PyKeyError::new_err(name.get_type().to_string()),
        };
        self.0.value(&text(name).map_err(|_| missing())?).ok_or_else(missing)
    }

    #[pyo3(signature = (name, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.__getitem__(name) {
            Ok(value) => Ok(value.into_pyobject(py)?.into_any()),
            Err(_) => Ok(default.unwrap_or_else(|| py.None().into_bound(py))),
        }
    }

    fn __len__(&self) -> usize {
        self.0.iter().count()
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        self.__getitem__(name).is_ok()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.to_dict(py)?.as_any().try_iter()?.into_any())
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("keys")
    }

    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("values")
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("items")
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.to_dict(other.py())?.eq(other.call_method0("items").map_or_else(
            |_| other.clone(),
            |items| PyDict::from_sequence(&items).map_or_else(|_| other.clone(), Bound::into_any),
        ))
    }

    fn __repr__(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|(name, _)| name).collect();
        format!("<SignedCookies {}>", names.join(", "))
    }
}

impl SignedCookies {
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, value) in self.0.iter() {
            dict.set_item(name, value)?;
        }
        Ok(dict)
    }
}
