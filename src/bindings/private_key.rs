//! `PrivateKey` and `RsaSigner`, which hold a private key.

use std::path::PathBuf;

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyString},
};

use super::{
    arguments::{Arg, OptionalArg as _, name},
    convert::{ByteStrings, Bytes, FilePath, Secret},
    exceptions::RaiseExt as _,
    interrupts::{Interrupts, read_interruptibly},
    public_key::PublicKey,
};
use crate::{HashAlgorithm, KeyKind};

type Passphrase = Arg<name::passphrase, Secret>;
type Hash = Arg<name::hash_algorithm, HashAlgorithm>;

/// A private key: RSA of 1024 to 4096 bits, or ECDSA on the curve P-256.
///
/// It is read and checked once, can be shared between threads and after a fork, cannot be pickled, and is wiped when it
/// is no longer used.
///
/// >>> from cloudfront_signer import PrivateKey
/// >>> key = PrivateKey.generate("ecdsa-p256")
/// >>> key
/// <PrivateKey ecdsa-p256>
/// >>> key.public_key().verify(b"hello", key.sign(b"hello"), "SHA256")
/// True
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct PrivateKey(pub(super) crate::PrivateKey);

#[pymethods]
impl PrivateKey {
    /// Read PEM (PKCS#8, PKCS#1, SEC1), also in the forms of environment variables: one line with `\n` spelled out, or
    /// the base64 of the whole. Certificates around the key are passed over. Raises InvalidKeyError.
    #[staticmethod]
    #[pyo3(signature = (data, passphrase=None))]
    fn from_pem(py: Python<'_>, data: Arg<name::data, Secret>, passphrase: Option<Passphrase>) -> PyResult<Self> {
        let (data, passphrase) = (data.parsed()?, passphrase.parsed()?);
        py.detach(|| crate::PrivateKey::from_pem(&data, passphrase.as_deref())).map(Self).raise(py)
    }

    /// Read DER of the same structures. Raises InvalidKeyError.
    #[staticmethod]
    #[pyo3(signature = (data, passphrase=None))]
    fn from_der(py: Python<'_>, data: Arg<name::data, Bytes>, passphrase: Option<Passphrase>) -> PyResult<Self> {
        let (data, passphrase) = (data.parsed()?, passphrase.parsed()?);
        py.detach(|| crate::PrivateKey::from_der(&data, passphrase.as_deref())).map(Self).raise(py)
    }

    /// Read a file that holds PEM or DER. Raises InvalidKeyError.
    #[staticmethod]
    #[pyo3(signature = (path, passphrase=None))]
    fn from_file(py: Python<'_>, path: Arg<name::path, FilePath>, passphrase: Option<Passphrase>) -> PyResult<Self> {
        read_file(py, path.parsed()?.0, passphrase.parsed()?).map(Self)
    }

    /// Make a new key: "rsa-2048" or "ecdsa-p256".
    #[staticmethod]
    #[pyo3(signature = (kind=None), text_signature = "(kind='rsa-2048')")]
    fn generate(py: Python<'_>, kind: Option<Arg<name::kind, KeyKind>>) -> PyResult<Self> {
        let kind = kind.parsed()?.unwrap_or(KeyKind::RSA_2048);
        py.detach(|| crate::PrivateKey::generate(kind)).map(Self).raise(py)
    }

    /// The algorithm and size, such as "rsa-2048".
    #[getter]
    fn kind(&self) -> String {
        self.0.kind().to_string()
    }

    /// The public half.
    fn public_key(&self, py: Python<'_>) -> PyResult<PublicKey> {
        self.0.public_key().map(PublicKey).raise(py)
    }

    /// Sign bytes: RSA PKCS#1 v1.5, or ECDSA in DER. `hash_algorithm` is "SHA1" (default for RSA) or "SHA256".
    #[pyo3(signature = (message, hash_algorithm=None))]
    fn sign<'py>(
        &self,
        py: Python<'py>,
        message: Arg<name::message, Bytes>,
        hash_algorithm: Option<Hash>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (message, hash) = (message.parsed()?, self.hash(hash_algorithm)?);
        let signature = py.detach(|| self.0.sign(&message, hash)).raise(py)?;
        Ok(PyBytes::new(py, &signature))
    }

    /// Sign many byte strings on all cores; the signatures come in their order.
    #[pyo3(signature = (messages, hash_algorithm=None))]
    fn sign_many<'py>(
        &self,
        py: Python<'py>,
        messages: Arg<name::messages, ByteStrings>,
        hash_algorithm: Option<Hash>,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let (messages, hash) = (messages.parsed()?, self.hash(hash_algorithm)?);
        let messages: Vec<&[u8]> = messages.0.iter().map(|message| &**message).collect();
        let sign = || {
            let interrupts = Interrupts::new();
            self.0.sign_many_while(&messages, hash, &|| interrupts.check())
        };
        let signatures = py.detach(sign).raise(py)?;
        Ok(signatures.iter().map(|signature| PyBytes::new(py, signature)).collect())
    }

    /// Write PKCS#8 in PEM, encrypted when a passphrase is given.
    #[pyo3(signature = (passphrase=None))]
    fn to_pem(&self, py: Python<'_>, passphrase: Option<Passphrase>) -> PyResult<Py<PyString>> {
        let passphrase = passphrase.parsed()?;
        let pem = py.detach(|| self.0.to_pem(passphrase.as_deref())).raise(py)?;
        Ok(PyString::new(py, &pem).unbind())
    }

    fn __repr__(&self) -> String {
        format!("<PrivateKey {}>", self.0.kind())
    }

    #[allow(clippy::unused_self, reason = "a method in Python")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a PrivateKey cannot be pickled: send its file's path, or write it with to_pem()"))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

impl PrivateKey {
    fn hash(&self, given: Option<Hash>) -> PyResult<HashAlgorithm> {
        Ok(given.parsed()?.unwrap_or(self.0.kind().default_hash_algorithm()))
    }
}

/// What `rsa_signer` returns: call it with bytes, it gives the signature over SHA-1.
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct RsaSigner(pub(super) crate::PrivateKey);

#[pymethods]
impl RsaSigner {
    fn __call__<'py>(&self, py: Python<'py>, message: Arg<name::message, Bytes>) -> PyResult<Bound<'py, PyBytes>> {
        let message = message.parsed()?;
        let signature = py.detach(|| self.0.sign(&message, HashAlgorithm::Sha1)).raise(py)?;
        Ok(PyBytes::new(py, &signature))
    }

    fn __repr__(&self) -> String {
        format!("<RsaSigner {}>", self.0.kind())
    }

    #[allow(clippy::unused_self, reason = "a method in Python")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("an RsaSigner holds a private key and cannot be pickled"))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// Reads a key file; Ctrl-C ends the wait for a named pipe.
pub(super) fn read_file(py: Python<'_>, path: PathBuf, passphrase: Option<Secret>) -> PyResult<crate::PrivateKey> {
    read_interruptibly(py, &path.clone(), move || crate::PrivateKey::from_file(&path, passphrase.as_deref()))
}
