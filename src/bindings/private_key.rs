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
/// It is read and checked once, can be shared between threads and after a fork, cannot be pickled, and is wiped from
/// memory when it is no longer used. CloudFront's key groups accept RSA of 2048 bits and ECDSA P-256.
///
/// Examples:
///     >>> from cloudfront_signer import PrivateKey
///     >>> key = PrivateKey.generate("ecdsa-p256")
///     >>> key
///     <PrivateKey ecdsa-p256>
///     >>> key.public_key().verify(b"hello", key.sign(b"hello"), "SHA256")
///     True
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct PrivateKey(pub(super) crate::PrivateKey);

#[pymethods]
impl PrivateKey {
    /// Read PEM: PKCS#8, PKCS#1 or SEC1.
    ///
    /// The forms of environment variables work too: one line with `\n` spelled out, or the base64 of the whole file.
    /// Certificates before or after the key are skipped.
    ///
    /// Args:
    ///     data: The PEM text.
    ///     passphrase: What an encrypted key was encrypted with.
    ///
    /// Raises:
    ///     InvalidKeyError: There is no private key, CloudFront does not accept its kind, or the passphrase does not
    ///         open it.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> pem = PrivateKey.generate("ecdsa-p256").to_pem("correct horse")
    ///     >>> PrivateKey.from_pem(pem, "correct horse")
    ///     <PrivateKey ecdsa-p256>
    #[staticmethod]
    #[pyo3(signature = (data, passphrase=None))]
    fn from_pem(py: Python<'_>, data: Arg<name::data, Secret>, passphrase: Option<Passphrase>) -> PyResult<Self> {
        let (data, passphrase) = (data.parsed()?, passphrase.parsed()?);
        py.detach(|| crate::PrivateKey::from_pem(&data, passphrase.as_deref())).map(Self).raise(py)
    }

    /// Read DER: PKCS#8, PKCS#1 or SEC1.
    ///
    /// Args:
    ///     data: The bytes of the structure.
    ///     passphrase: What an encrypted key was encrypted with.
    ///
    /// Raises:
    ///     InvalidKeyError: There is no private key, CloudFront does not accept its kind, or the passphrase does not
    ///         open it.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> import base64
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> body = "".join(PrivateKey.generate("ecdsa-p256").to_pem().splitlines()[1:-1])
    ///     >>> PrivateKey.from_der(base64.b64decode(body))
    ///     <PrivateKey ecdsa-p256>
    #[staticmethod]
    #[pyo3(signature = (data, passphrase=None))]
    fn from_der(py: Python<'_>, data: Arg<name::data, Bytes>, passphrase: Option<Passphrase>) -> PyResult<Self> {
        let (data, passphrase) = (data.parsed()?, passphrase.parsed()?);
        py.detach(|| crate::PrivateKey::from_der(&data, passphrase.as_deref())).map(Self).raise(py)
    }

    /// Read a file that holds PEM or DER.
    ///
    /// Args:
    ///     path: The path of the file.
    ///     passphrase: What an encrypted key was encrypted with.
    ///
    /// Raises:
    ///     InvalidKeyError: The file cannot be read, or does not hold a private key that CloudFront accepts.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> import pathlib, tempfile
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> with tempfile.TemporaryDirectory() as folder:
    ///     ...     path = pathlib.Path(folder, "private_key.pem")
    ///     ...     size = path.write_text(PrivateKey.generate("ecdsa-p256").to_pem())
    ///     ...     PrivateKey.from_file(path)
    ///     <PrivateKey ecdsa-p256>
    #[staticmethod]
    #[pyo3(signature = (path, passphrase=None))]
    fn from_file(py: Python<'_>, path: Arg<name::path, FilePath>, passphrase: Option<Passphrase>) -> PyResult<Self> {
        read_file(py, path.parsed()?.0, passphrase.parsed()?).map(Self)
    }

    /// Make a new key.
    ///
    /// Args:
    ///     kind: "rsa-2048", or "ecdsa-p256", which signs faster and has shorter signatures.
    ///
    /// Raises:
    ///     InvalidKeyError: The kind is unknown, or the operating system has no random numbers.
    ///     TypeError: The argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> PrivateKey.generate()
    ///     <PrivateKey rsa-2048>
    #[staticmethod]
    #[pyo3(signature = (kind=None), text_signature = "(kind='rsa-2048')")]
    fn generate(py: Python<'_>, kind: Option<Arg<name::kind, KeyKind>>) -> PyResult<Self> {
        let kind = kind.parsed()?.unwrap_or(KeyKind::RSA_2048);
        py.detach(|| crate::PrivateKey::generate(kind)).map(Self).raise(py)
    }

    /// The algorithm and the size, such as "rsa-2048" or "ecdsa-p256".
    #[getter]
    fn kind(&self) -> String {
        self.0.kind().to_string()
    }

    /// The public key that belongs to this key.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> PrivateKey.generate("ecdsa-p256").public_key()
    ///     <PublicKey ecdsa-p256>
    fn public_key(&self, py: Python<'_>) -> PyResult<PublicKey> {
        self.0.public_key().map(PublicKey).raise(py)
    }

    /// Sign bytes with RSA PKCS#1 v1.5, or with ECDSA.
    ///
    /// Args:
    ///     message: The bytes to sign, not their hash.
    ///     hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA, SHA256 for ECDSA.
    ///
    /// Returns:
    ///     The signature. It is as long as the key for RSA, and DER for ECDSA.
    ///
    /// Raises:
    ///     SigningError: The hash algorithm is unknown, or the key failed its own check.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> len(PrivateKey.generate().sign(b"hello"))
    ///     256
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

    /// Sign many byte strings on all cores.
    ///
    /// The interpreter is released meanwhile; Ctrl-C ends the batch.
    ///
    /// Args:
    ///     messages: The byte strings to sign, any iterable of `bytes`.
    ///     hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA, SHA256 for ECDSA.
    ///
    /// Returns:
    ///     The signatures, in the order of `messages`.
    ///
    /// Raises:
    ///     SigningError: The hash algorithm is unknown, or the key failed its own check.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> [len(signature) for signature in PrivateKey.generate().sign_many([b"a", b"b"])]
    ///     [256, 256]
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

    /// Write PKCS#8 in PEM.
    ///
    /// Args:
    ///     passphrase: What to encrypt the key with; None writes it unencrypted.
    ///
    /// Raises:
    ///     InvalidKeyError: The passphrase is empty.
    ///     TypeError: The argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> PrivateKey.generate("ecdsa-p256").to_pem("correct horse").splitlines()[0]
    ///     '-----BEGIN ENCRYPTED PRIVATE KEY-----'
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

/// A callable that signs bytes over SHA-1, made by `rsa_signer`.
///
/// It cannot be pickled, since it holds a private key.
///
/// Examples:
///     >>> from cloudfront_signer import PrivateKey, rsa_signer
///     >>> len(rsa_signer(PrivateKey.generate())(b"hello"))
///     256
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
    read_interruptibly(py, &path.clone(), move || crate::PrivateKey::from_file(&path, passphrase.as_deref()))?.raise(py)
}
