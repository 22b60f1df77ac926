//! The border: what Python gives becomes the core's types here, and the core's errors become Python's exceptions.

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use pyo3::{
    exceptions::{PyTypeError, PyUnicodeError},
    prelude::*,
    pybacked::PyBackedStr,
    sync::PyOnceLock,
    types::{PyBool, PyBytes, PyDateTime, PyDelta, PyFloat, PyInt, PyString},
};
use zeroize::Zeroizing;

use super::key::{PrivateKey, RsaSigner};
use crate::{
    Conditions, EpochSeconds, Error, HashAlgorithm, IpRange, Policy, PolicyError, Result, SigningError, Terms, UrlError,
};

pub(super) mod errors {
    pyo3::import_exception!(cloudfront_signer.errors, InvalidKeyError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidPolicyError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidSignatureError);
    pyo3::import_exception!(cloudfront_signer.errors, InvalidUrlError);
    pyo3::import_exception!(cloudfront_signer.errors, SigningError);
}

/// Turns the core's results into Python's.
pub(super) trait RaiseExt<T> {
    fn raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> RaiseExt<T> for Result<T> {
    fn raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, error))
    }
}

fn exception(py: Python<'_>, error: Error) -> PyErr {
    let message = error.to_string();
    match error {
        // A callable's own exception comes through unchanged.
        Error::Signing(SigningError::Caller(source)) => match source.downcast::<PyErr>() {
            Ok(raised) => raised.clone_ref(py),
            Err(_) => errors::SigningError::new_err(message),
        },
        Error::InvalidKey(_) => errors::InvalidKeyError::new_err(message),
        Error::InvalidPolicy(_) => errors::InvalidPolicyError::new_err(message),
        Error::InvalidUrl(_) => errors::InvalidUrlError::new_err(message),
        Error::InvalidSignature(_) => errors::InvalidSignatureError::new_err(message),
        Error::Signing(_) => errors::SigningError::new_err(message),
    }
}

pub(super) fn wrong_type(name: &str, due: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let found = found.get_type().name().map_or_else(|_| "something else".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("{name}: {due} is due, found {found}"))
}

/// A string; one with a lone surrogate can stand in no URL.
pub(super) fn text(value: &Bound<'_, PyAny>) -> PyResult<PyBackedStr> {
    let Ok(string) = value.cast::<PyString>() else {
        return Err(wrong_type("text", "str", value));
    };
    PyBackedStr::try_from(string.clone()).map_err(|_| exception(value.py(), UrlError::LoneSurrogate.into()))
}

/// A string as an argument. PyO3's own types raise an error for a lone surrogate that holds the whole text.
pub(super) struct Text(pub(super) String);

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        text(&value).map(|text| Self(text.to_string()))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A path. Python's own error for a lone surrogate holds the whole text.
pub(super) fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    value.extract::<PathBuf>().map_err(|error| match error {
        error if error.is_instance_of::<PyTypeError>(value.py()) => wrong_type(name, "str or os.PathLike", value),
        error if error.is_instance_of::<PyUnicodeError>(value.py()) => {
            exception(value.py(), UrlError::LoneSurrogate.into())
        }
        error => error,
    })
}

/// datetime, timedelta from now, or seconds.
pub(super) fn time(name: &str, value: &Bound<'_, PyAny>) -> PyResult<EpochSeconds> {
    let py = value.py();
    if value.is_instance_of::<PyDateTime>() {
        return calendar_time(value);
    }
    if value.is_instance_of::<PyDelta>() {
        return EpochSeconds::from_f64(seconds_since_1970() + total_seconds(value)?).raise(py);
    }
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "datetime, timedelta or a number of seconds", value));
    }
    if value.is_instance_of::<PyInt>() {
        let Ok(seconds) = value.extract::<i128>() else {
            let negative = value.lt(0)?;
            let text = "of more than 128 bits".into();
            let error = if negative { PolicyError::NegativeTime(text) } else { PolicyError::Milliseconds(text) };
            return Err(exception(py, error.into()));
        };
        return EpochSeconds::new(seconds).raise(py);
    }
    if let Ok(number) = value.extract::<f64>() {
        return EpochSeconds::from_f64(number).raise(py);
    }
    Err(wrong_type(name, "datetime, timedelta or a number of seconds", value))
}

/// The present.
pub(super) fn now() -> Result<EpochSeconds> {
    EpochSeconds::from_f64(seconds_since_1970())
}

/// Here alone the clock is read: the core's times are its caller's.
fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A naive datetime is UTC, as in botocore; fractions of a second are cut off.
fn calendar_time(value: &Bound<'_, PyAny>) -> PyResult<EpochSeconds> {
    static NAIVE_EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let py = value.py();
    let seconds = if value.call_method0(pyo3::intern!(py, "utcoffset"))?.is_none() {
        let epoch =
            NAIVE_EPOCH.get_or_try_init(py, || PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, None).map(Bound::unbind))?;
        total_seconds(&value.sub(epoch.bind(py))?)?
    } else {
        value.call_method0(pyo3::intern!(py, "timestamp"))?.extract()?
    };
    #[allow(clippy::cast_possible_truncation, reason = "a calendar's seconds fit, and the fraction is meant to go")]
    EpochSeconds::from_calendar(seconds.floor() as i128).raise(py)
}

fn total_seconds(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    value.call_method0(pyo3::intern!(value.py(), "total_seconds"))?.extract()
}

/// timedelta or seconds, as a whole number of seconds that is at least one.
fn grid(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let seconds = if value.is_instance_of::<PyDelta>() {
        total_seconds(value)?
    } else if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        value.extract::<f64>()?
    } else {
        return Err(wrong_type("align", "timedelta or a number of seconds", value));
    };
    if !(1.0..1e12).contains(&seconds) {
        return Err(exception(value.py(), PolicyError::BadAlignment.into()));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    Ok(seconds as u64)
}

/// `str`, or anything of the module `ipaddress`, whose text form is the same.
pub(super) fn ip_range(value: &Bound<'_, PyAny>) -> PyResult<IpRange> {
    let module = value.get_type().module()?;
    let written = if value.is_instance_of::<PyString>() || module.to_string_lossy() == "ipaddress" {
        value.str()?.into_any()
    } else {
        return Err(wrong_type("ip_address", "str or an address of the module ipaddress", value));
    };
    IpRange::parse(&text(&written)?).raise(value.py())
}

pub(super) fn hash_algorithm(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<HashAlgorithm>> {
    value
        .map(|value| match value.cast::<PyString>() {
            Ok(name) => name.to_string_lossy().parse().raise(value.py()),
            Err(_) => Err(wrong_type("hash_algorithm", "\"SHA1\" or \"SHA256\"", value)),
        })
        .transpose()
}

/// A Policy, or its JSON.
pub(super) fn policy(value: &Bound<'_, PyAny>) -> PyResult<Policy> {
    let py = value.py();
    if let Ok(policy) = value.cast::<super::policy::Policy>() {
        return Ok(policy.get().0.clone());
    }
    if let Ok(json) = value.cast::<PyBytes>() {
        let json = std::str::from_utf8(json.as_bytes()).map_err(|_| PolicyError::NotUtf8.into()).raise(py)?;
        return Policy::from_json(json).raise(py);
    }
    if value.is_instance_of::<PyString>() {
        return Policy::from_json(&text(value)?).raise(py);
    }
    Err(wrong_type("policy", "Policy, str or bytes", value))
}

/// What may be granted, as the keyword arguments say it.
#[derive(Default)]
pub(super) struct Arguments<'a, 'py> {
    pub(super) expires: Option<&'a Bound<'py, PyAny>>,
    pub(super) not_before: Option<&'a Bound<'py, PyAny>>,
    pub(super) ip_address: Option<&'a Bound<'py, PyAny>>,
    pub(super) resource: Option<&'a Bound<'py, PyAny>>,
    pub(super) policy: Option<&'a Bound<'py, PyAny>>,
    pub(super) align: Option<&'a Bound<'py, PyAny>>,
}

impl Arguments<'_, '_> {
    pub(super) fn terms(&self, py: Python<'_>) -> PyResult<Terms> {
        let Some(given) = self.policy else {
            let conditions = self.conditions(py)?;
            return Ok(match self.resource {
                Some(resource) => Terms::Resource(text(resource)?.to_string(), conditions),
                None => Terms::Conditions(conditions),
            });
        };
        if self.expires.is_some() {
            return Err(exception(py, PolicyError::ExpiryAndPolicy.into()));
        }
        if self.not_before.is_some() || self.ip_address.is_some() || self.resource.is_some() || self.align.is_some() {
            return Err(PyTypeError::new_err("policy: it says everything, so give it alone"));
        }
        policy(given).map(Terms::Policy)
    }

    pub(super) fn conditions(&self, py: Python<'_>) -> PyResult<Conditions> {
        let Some(expires) = self.expires else {
            return Err(exception(py, PolicyError::NeitherExpiryNorPolicy.into()));
        };
        let mut expires = time("expires", expires)?;
        if let Some(align) = self.align {
            expires = expires.align_up(grid(align)?).raise(py)?;
        }
        let mut conditions = Conditions::until(expires);
        if let Some(start) = self.not_before {
            conditions = conditions.after(time("not_before", start)?).raise(py)?;
        }
        if let Some(range) = self.ip_address {
            conditions = conditions.from_ip(ip_range(range)?);
        }
        Ok(conditions)
    }
}

/// Text or bytes that hold a secret; the copy is wiped.
pub(super) fn secret(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Zeroizing<Vec<u8>>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Zeroizing::new(bytes.as_bytes().to_vec()));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Zeroizing::new(text(value)?.as_bytes().to_vec()));
    }
    Err(wrong_type(name, "str or bytes", value))
}

pub(super) fn passphrase(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Zeroizing<Vec<u8>>>> {
    value.map(|value| secret("passphrase", value)).transpose()
}

/// A PrivateKey, PEM text, or the path of a file.
pub(super) fn private_key(
    value: &Bound<'_, PyAny>,
    passphrase: Option<&Bound<'_, PyAny>>,
) -> PyResult<crate::PrivateKey> {
    let py = value.py();
    if let Ok(key) = value.cast::<PrivateKey>() {
        return Ok(key.get().0.clone());
    }
    if let Ok(signer) = value.cast::<RsaSigner>() {
        return Ok(signer.get().0.clone());
    }
    let phrase = self::passphrase(passphrase)?;
    let phrase = phrase.as_ref().map(|phrase| phrase.as_slice());
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        let pem = secret("key", value)?;
        return py.detach(|| crate::PrivateKey::from_pem(&pem, phrase)).raise(py);
    }
    match value.extract::<PathBuf>() {
        Ok(path) => py.detach(|| crate::PrivateKey::from_file(&path, phrase)).raise(py),
        Err(_) => Err(wrong_type("key", "PrivateKey, PEM text or a pathlib.Path", value)),
    }
}
