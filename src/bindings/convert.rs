//! The plain types of arguments: text, bytes, secrets, paths, flags.

use std::{ops::Deref, path::PathBuf};

use pyo3::{
    exceptions::{PyTypeError, PyUnicodeError},
    prelude::*,
    pybacked::{PyBackedBytes, PyBackedStr},
    types::{PyBytes, PyString},
};
use zeroize::Zeroizing;

use super::{
    arguments::Parse,
    exceptions::{RaiseExt as _, wrong_type},
};
use crate::{HashAlgorithm, KeyKind, UrlError};

/// A `str`, shared with Python. A lone surrogate is refused: it has no bytes that could be sent or signed.
pub(super) struct Text(PyBackedStr);

impl Parse for Text {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Ok(string) = value.cast::<PyString>() else {
            return Err(wrong_type(name, "str", value));
        };
        let text = PyBackedStr::try_from(string.clone()).map_err(|_| UrlError::LoneSurrogate.into());
        text.map(Self).raise_for(value.py(), name)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// `bytes`, shared with Python.
pub(super) struct Bytes(PyBackedBytes);

impl Parse for Bytes {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = value.cast::<PyBytes>().map_err(|_| wrong_type(name, "bytes", value))?;
        Ok(Self(bytes.clone().into()))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// An iterable of `str`.
pub(super) struct Texts(pub(super) Vec<Text>);

impl Parse for Texts {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        each(name, "an iterable of str", value).map(Self)
    }
}

/// An iterable of `bytes`.
pub(super) struct ByteStrings(pub(super) Vec<Bytes>);

impl Parse for ByteStrings {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        each(name, "an iterable of bytes", value).map(Self)
    }
}

/// Reads an iterable, except a single `str` or `bytes`, which would be read character by character.
fn each<T: Parse>(name: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<T>> {
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() || !value.hasattr("__iter__")? {
        return Err(wrong_type(name, expected, value));
    }
    value.try_iter()?.map(|item| T::parse(name, &item?)).collect()
}

/// Text or bytes that hold a secret; this copy is wiped.
pub(super) struct Secret(Zeroizing<Vec<u8>>);

impl Parse for Secret {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Ok(Self(Zeroizing::new(bytes.as_bytes().to_vec())));
        }
        if value.is_instance_of::<PyString>() {
            return Ok(Self(Zeroizing::new(Text::parse(name, value)?.as_bytes().to_vec())));
        }
        Err(wrong_type(name, "str or bytes", value))
    }
}

impl Deref for Secret {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// `str` or `os.PathLike`.
pub(super) struct FilePath(pub(super) PathBuf);

impl Parse for FilePath {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = value.py();
        match value.extract::<PathBuf>() {
            Ok(path) => Ok(Self(path)),
            Err(error) if error.is_instance_of::<PyTypeError>(py) => Err(wrong_type(name, "str or os.PathLike", value)),
            // Python's own error for a lone surrogate holds the whole text.
            Err(error) if error.is_instance_of::<PyUnicodeError>(py) => {
                Err(UrlError::LoneSurrogate.into()).raise_for(py, name)
            }
            Err(error) => Err(error),
        }
    }
}

impl Parse for bool {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        value.extract().map_err(|_| wrong_type(name, "bool", value))
    }
}

impl Parse for HashAlgorithm {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        match value.cast::<PyString>() {
            Ok(text) => text.to_string_lossy().parse().raise(value.py()),
            Err(_) => Err(wrong_type(name, "\"SHA1\" or \"SHA256\"", value)),
        }
    }
}

impl Parse for KeyKind {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Text::parse(name, value)?.parse().raise(value.py())
    }
}
