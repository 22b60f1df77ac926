//! The border: what Python gives becomes the core's types here, and the core's errors become Python's exceptions.

use std::path::PathBuf;

use pyo3::{
    exceptions::{PyTypeError, PyUnicodeError},
    prelude::*,
    pybacked::PyBackedStr,
    types::{PyBytes, PyString},
};
use zeroize::Zeroizing;

use super::{
    hints::message,
    private_key::{PrivateKey, PublicKey, RsaSigner},
};
use crate::{Error, HashAlgorithm, IpRange, KeyError, Result, SigningError, UrlError};

pub(super) mod errors {
    pyo3::import_exception!(cloudfront_signer.errors, ExpiredWarning);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidCookieError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidKeyError);
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
        // A callable's own exception comes through unchanged.
        Error::Signing(SigningError::Caller(source)) => match source.downcast::<PyErr>() {
            Ok(raised) => raised.clone_ref(py),
            Err(_) => errors::SigningError::new_err(message),
        },
        Error::InvalidKey(_) => errors::InvalidKeyError::new_err(message),
        Error::InvalidPolicy(_) => errors::InvalidPolicyError::new_err(message),
        Error::InvalidCookie(_) => errors::InvalidCookieError::new_err(message),
        Error::InvalidUrl(_) => errors::InvalidUrlError::new_err(message),
        Error::InvalidSignature(_) => errors::InvalidSignatureError::new_err(message),
        Error::Signing(_) => errors::SigningError::new_err(message),
        Error::InBatch { index, error } => {
            let raised = exception(py, *error, message);
            // An exception that takes no attribute is still the answer.
            let _ = raised.value(py).setattr("index", index);
            raised
        }
    }
}

/// The one form of a `TypeError`; a key in PEM where something else belongs gets its cure.
pub(super) fn wrong_type(name: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let class = found.get_type().name().map_or_else(|_| "something else".to_owned(), |name| name.to_string());
    let cure = if is_pem(found) { " of PEM text: PrivateKey.from_pem reads it" } else { "" };
    PyTypeError::new_err(format!("{name}: {expected} expected, found {class}{cure}"))
}

/// A string; one with a lone surrogate has no bytes that could be sent or signed.
pub(super) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PyBackedStr> {
    let Ok(string) = value.cast::<PyString>() else {
        return Err(wrong_type(name, "str", value));
    };
    PyBackedStr::try_from(string.clone()).map_err(|_| UrlError::LoneSurrogate.into()).raise_for(value.py(), name)
}

pub(super) fn bytes<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a [u8]> {
    value.cast::<PyBytes>().map(PyBytesMethods::as_bytes).map_err(|_| wrong_type(name, "bytes", value))
}

/// What `for` takes, but not one str, which would be taken letter by letter.
pub(super) fn each<'py>(
    name: &str,
    expected: &str,
    value: &Bound<'py, PyAny>,
) -> PyResult<impl Iterator<Item = PyResult<Bound<'py, PyAny>>> + use<'py>> {
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() || !value.hasattr("__iter__")? {
        return Err(wrong_type(name, expected, value));
    }
    value.try_iter()
}

/// A path. Python's own error for a lone surrogate holds the whole text.
pub(super) fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let py = value.py();
    value.extract::<PathBuf>().map_err(|error| match error {
        error if error.is_instance_of::<PyTypeError>(py) => wrong_type(name, "str or os.PathLike", value),
        error if error.is_instance_of::<PyUnicodeError>(py) => {
            let error = Error::from(UrlError::LoneSurrogate);
            let message = format!("{name}: {error}");
            exception(py, error, message)
        }
        error => error,
    })
}

/// A `bool` that may be left out.
pub(super) fn flag(name: &str, value: Option<&Bound<'_, PyAny>>, default: bool) -> PyResult<bool> {
    value.map_or(Ok(default), |value| value.extract().map_err(|_| wrong_type(name, "bool", value)))
}

/// `str`, or anything of the module `ipaddress`, whose text form is the same.
pub(super) fn ip_range(value: &Bound<'_, PyAny>) -> PyResult<IpRange> {
    let module = value.get_type().module()?;
    let written = if value.is_instance_of::<PyString>() || module.to_string_lossy() == "ipaddress" {
        value.str()?.into_any()
    } else {
        return Err(wrong_type("ip_address", "str or an address of the module ipaddress", value));
    };
    IpRange::parse(&text("ip_address", &written)?).raise(value.py())
}

pub(super) fn hash_algorithm(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<HashAlgorithm>> {
    value
        .map(|value| match value.cast::<PyString>() {
            Ok(name) => name.to_string_lossy().parse().raise(value.py()),
            Err(_) => Err(wrong_type("hash_algorithm", "\"SHA1\" or \"SHA256\"", value)),
        })
        .transpose()
}

/// Text or bytes that hold a secret; the copy is wiped.
pub(super) fn secret(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Zeroizing<Vec<u8>>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Zeroizing::new(bytes.as_bytes().to_vec()));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Zeroizing::new(text(name, value)?.as_bytes().to_vec()));
    }
    Err(wrong_type(name, "str or bytes", value))
}

pub(super) fn passphrase(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Zeroizing<Vec<u8>>>> {
    value.map(|value| secret("passphrase", value)).transpose()
}

/// A PrivateKey, a key of `cryptography`, PEM text, or the path of a file.
pub(super) fn private_key(
    name: &str,
    value: &Bound<'_, PyAny>,
    passphrase: Option<&Bound<'_, PyAny>>,
) -> PyResult<crate::PrivateKey> {
    let py = value.py();
    if let Some(key) = private_key_object(value)? {
        return Ok(key);
    }
    let phrase = self::passphrase(passphrase)?;
    let phrase = phrase.as_ref().map(|phrase| phrase.as_slice());
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        let pem = secret(name, value)?;
        return py.detach(|| crate::PrivateKey::from_pem(&pem, phrase)).raise(py);
    }
    match value.extract::<PathBuf>() {
        Ok(path) => py.detach(|| crate::PrivateKey::from_file(&path, phrase)).raise(py),
        Err(_) => Err(wrong_type(name, "PrivateKey, PEM text or a pathlib.Path", value)),
    }
}

/// A key that has been read already: ours, or one of `cryptography`.
pub(super) fn private_key_object(value: &Bound<'_, PyAny>) -> PyResult<Option<crate::PrivateKey>> {
    let py = value.py();
    if let Ok(key) = value.cast::<PrivateKey>() {
        return Ok(Some(key.get().0.clone()));
    }
    if let Ok(signer) = value.cast::<RsaSigner>() {
        return Ok(Some(signer.get().0.clone()));
    }
    if value.is_instance_of::<PublicKey>() {
        return Err(KeyError::PublicKeyWherePrivateExpected.into()).raise(py);
    }
    match ForeignKey::of(value)? {
        None => Ok(None),
        Some(ForeignKey::Public) => Err(KeyError::PublicKeyWherePrivateExpected.into()).raise(py),
        Some(ForeignKey::Private) => {
            let form = py.import(SERIALIZATION)?;
            let der = value.call_method1(
                "private_bytes",
                (
                    form.getattr("Encoding")?.getattr("DER")?,
                    form.getattr("PrivateFormat")?.getattr("PKCS8")?,
                    form.getattr("NoEncryption")?.call0()?,
                ),
            )?;
            let der = secret("private_bytes", &der)?;
            py.detach(|| crate::PrivateKey::from_der(&der, None)).map(Some).raise(py)
        }
    }
}

/// A PublicKey, a key of `cryptography`, or PEM text.
pub(super) fn public_key(name: &str, value: &Bound<'_, PyAny>) -> PyResult<crate::PublicKey> {
    let py = value.py();
    if let Ok(key) = value.cast::<PublicKey>() {
        return Ok(key.get().0.clone());
    }
    if value.is_instance_of::<PrivateKey>() {
        return Err(KeyError::PrivateKeyWherePublicExpected.into()).raise(py);
    }
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        return crate::PublicKey::from_pem(&secret(name, value)?).raise(py);
    }
    match ForeignKey::of(value)? {
        None => Err(wrong_type(name, "PublicKey or PEM text", value)),
        Some(ForeignKey::Private) => Err(KeyError::PrivateKeyWherePublicExpected.into()).raise(py),
        Some(ForeignKey::Public) => {
            let form = py.import(SERIALIZATION)?;
            let spki = form.getattr("PublicFormat")?.getattr("SubjectPublicKeyInfo")?;
            let der = value.call_method1("public_bytes", (form.getattr("Encoding")?.getattr("DER")?, spki))?;
            crate::PublicKey::from_der(bytes("public_bytes", &der)?).raise(py)
        }
    }
}

/// Imported by whoever has a key of `cryptography`, so it is there.
const SERIALIZATION: &str = "cryptography.hazmat.primitives.serialization";

/// A key of `cryptography`, told by its methods.
enum ForeignKey {
    Private,
    Public,
}

impl ForeignKey {
    /// The class is asked, since an instance may answer to every name, as mocks do.
    fn of(value: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let class = value.get_type();
        if class.hasattr("fingerprint")? && class.hasattr("public_bytes")? {
            return Err(KeyError::Certificate.into()).raise(value.py());
        }
        Ok(
            if class.hasattr("private_bytes")? && class.hasattr("private_numbers")?
                || class.hasattr("private_bytes_raw")?
            {
                Some(Self::Private)
            } else if class.hasattr("public_bytes")? {
                Some(Self::Public)
            } else {
                None
            },
        )
    }
}

fn is_pem(value: &Bound<'_, PyAny>) -> bool {
    let begins = |text: &[u8]| text.windows(10).any(|window| window == b"-----BEGIN");
    if let Ok(text) = value.cast::<PyString>() {
        return begins(text.to_string_lossy().as_bytes());
    }
    value.cast::<PyBytes>().is_ok_and(|bytes| begins(bytes.as_bytes()))
}
