//! The core's errors as Python's exceptions, and the one form of a `TypeError`.

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyString},
};

use super::hints::message;
use crate::{Error, KeyError, Result, SigningError};

/// The exception classes, which are written in Python so that they are documented, typed and picklable.
pub(super) mod classes {
    pyo3::import_exception!(cloudfront_signer.errors, ExpiredWarning);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidCookieError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidKeyError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidManifestError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidPolicyError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidSignatureError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidUrlError);
    pyo3::import_exception!(cloudfront_signer.errors, SigningError);
}

/// Turns the core's results into Python's.
pub(super) trait RaiseExt<T> {
    fn raise(self, py: Python<'_>) -> PyResult<T>;

    /// The same, with the argument's name in front of the message.
    fn raise_for(self, py: Python<'_>, name: &str) -> PyResult<T>;
}

impl<T> RaiseExt<T> for Result<T> {
    fn raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| {
            let message = message(&error);
            exception(py, error, message)
        })
    }

    fn raise_for(self, py: Python<'_>, name: &str) -> PyResult<T> {
        self.map_err(|error| {
            let message = format!("{name}: {}", message(&error));
            exception(py, error, message)
        })
    }
}

fn exception(py: Python<'_>, error: Error, message: String) -> PyErr {
    match error {
        // A callable's own exception is raised unchanged.
        Error::Signing(SigningError::Caller(source)) => match source.downcast::<PyErr>() {
            Ok(raised) => raised.clone_ref(py),
            Err(_) => classes::SigningError::new_err(message),
        },
        Error::InvalidKey(KeyError::PassphraseMissing) => {
            with_attribute(py, classes::InvalidKeyError::new_err(message), "passphrase_missing", true)
        }
        Error::InvalidKey(_) => classes::InvalidKeyError::new_err(message),
        Error::InFile { error, .. } => exception(py, *error, message),
        Error::InvalidPolicy(_) => classes::InvalidPolicyError::new_err(message),
        Error::InvalidCookie(_) => classes::InvalidCookieError::new_err(message),
        Error::InvalidUrl(_) => classes::InvalidUrlError::new_err(message),
        Error::InvalidManifest(_) => classes::InvalidManifestError::new_err(message),
        Error::InvalidSignature(_) => classes::InvalidSignatureError::new_err(message),
        Error::Signing(_) => classes::SigningError::new_err(message),
        Error::InBatch { index, error } => with_attribute(py, exception(py, *error, message), "index", index),
        Error::InManifest { line, error } => with_attribute(py, exception(py, *error, message), "line", line),
    }
}

/// An exception that accepts no attribute is raised without it.
fn with_attribute<'py>(py: Python<'py>, raised: PyErr, name: &str, value: impl IntoPyObject<'py>) -> PyErr {
    let _ = raised.value(py).setattr(name, value);
    raised
}

/// A `TypeError` that names the argument and the class found, never the value: that may be a key.
///
/// If the value is PEM text, the message says how to read it.
pub(super) fn wrong_type(name: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let class = found.get_type().name().map_or_else(|_| "something else".to_owned(), |name| name.to_string());
    let cure = if is_pem(found) { " of PEM text: PrivateKey.from_pem reads it" } else { "" };
    PyTypeError::new_err(format!("{name}: expected {expected}, found {class}{cure}"))
}

fn is_pem(value: &Bound<'_, PyAny>) -> bool {
    let begins = |text: &[u8]| text.windows(10).any(|window| window == b"-----BEGIN");
    if let Ok(text) = value.cast::<PyString>() {
        return begins(text.to_string_lossy().as_bytes());
    }
    value.cast::<PyBytes>().is_ok_and(|bytes| begins(bytes.as_bytes()))
}
