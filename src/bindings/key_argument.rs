//! Keys as arguments: objects of this package and of `cryptography`, PEM text, and paths.

use std::path::PathBuf;

use pyo3::{
    prelude::*,
    types::{PyBytes, PyString},
};

use super::{
    arguments::Parse,
    convert::{Bytes, Secret},
    exceptions::{RaiseExt as _, wrong_type},
    private_key::{PrivateKey, RsaSigner, read_file},
    public_key::PublicKey,
};
use crate::KeyError;

/// A private key in any form that a caller may have.
pub(super) enum PathOrPem {
    Key(crate::PrivateKey),
    Pem(Secret),
    Path(PathBuf),
}

impl Parse for PathOrPem {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Some(key) = private_key_object(value)? {
            return Ok(Self::Key(key));
        }
        if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
            return Secret::parse(name, value).map(Self::Pem);
        }
        let path = value.extract().map_err(|_| wrong_type(name, "PrivateKey, PEM text or a pathlib.Path", value))?;
        Ok(Self::Path(path))
    }
}

impl PathOrPem {
    pub(super) fn read(self, py: Python<'_>, passphrase: Option<Secret>) -> PyResult<crate::PrivateKey> {
        match self {
            Self::Key(key) => Ok(key),
            Self::Pem(pem) => py.detach(|| crate::PrivateKey::from_pem(&pem, passphrase.as_deref())).raise(py),
            Self::Path(path) => read_file(py, path, passphrase),
        }
    }
}

/// The private key in an object of this package or of `cryptography`; None for other objects.
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
            let der = Secret::parse("private_bytes", &der)?;
            py.detach(|| crate::PrivateKey::from_der(&der, None)).map(Some).raise(py)
        }
    }
}

impl Parse for crate::PublicKey {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = value.py();
        if let Ok(key) = value.cast::<PublicKey>() {
            return Ok(key.get().0.clone());
        }
        if value.is_instance_of::<PrivateKey>() {
            return Err(KeyError::PrivateKeyWherePublicExpected.into()).raise(py);
        }
        if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
            return Self::from_pem(&Secret::parse(name, value)?).raise(py);
        }
        match ForeignKey::of(value)? {
            None => Err(wrong_type(name, "PublicKey or PEM text", value)),
            Some(ForeignKey::Private) => Err(KeyError::PrivateKeyWherePublicExpected.into()).raise(py),
            Some(ForeignKey::Public) => {
                let form = py.import(SERIALIZATION)?;
                let spki = form.getattr("PublicFormat")?.getattr("SubjectPublicKeyInfo")?;
                let der = value.call_method1("public_bytes", (form.getattr("Encoding")?.getattr("DER")?, spki))?;
                Self::from_der(&Bytes::parse("public_bytes", &der)?).raise(py)
            }
        }
    }
}

/// Importable wherever there is a key of `cryptography`.
const SERIALIZATION: &str = "cryptography.hazmat.primitives.serialization";

/// A key of `cryptography`, recognized by its methods.
enum ForeignKey {
    Private,
    Public,
}

impl ForeignKey {
    /// Looks at the class: an instance may have every attribute, as mocks do.
    fn of(value: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let class = value.get_type();
        if class.hasattr("fingerprint")? && class.hasattr("public_bytes")? {
            return Err(KeyError::Certificate.into()).raise(value.py());
        }
        let is_private = class.hasattr("private_bytes")? && class.hasattr("private_numbers")?
            || class.hasattr("private_bytes_raw")?;
        if is_private {
            return Ok(Some(Self::Private));
        }
        Ok(class.hasattr("public_bytes")?.then_some(Self::Public))
    }
}
