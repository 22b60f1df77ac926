//! `PrivateKey`, `PublicKey` and `rsa_signer`.

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyString},
};

use super::{
    convert::{RaiseExt as _, bytes, each, hash_algorithm, passphrase, path, private_key, secret, text},
    interrupts::Interrupts,
};
use crate::{HashAlgorithm, KeyKind};

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
    fn from_pem(py: Python<'_>, data: &Bound<'_, PyAny>, passphrase: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (data, phrase) = (secret("data", data)?, self::passphrase(passphrase)?);
        let phrase = phrase.as_ref().map(|phrase| phrase.as_slice());
        py.detach(|| crate::PrivateKey::from_pem(&data, phrase)).map(Self).raise(py)
    }

    /// Read DER of the same structures. Raises InvalidKeyError.
    #[staticmethod]
    #[pyo3(signature = (data, passphrase=None))]
    fn from_der(py: Python<'_>, data: &Bound<'_, PyAny>, passphrase: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (data, phrase) = (bytes("data", data)?, self::passphrase(passphrase)?);
        let phrase = phrase.as_ref().map(|phrase| phrase.as_slice());
        py.detach(|| crate::PrivateKey::from_der(data, phrase)).map(Self).raise(py)
    }

    /// Read a file that holds PEM or DER. Raises InvalidKeyError.
    #[staticmethod]
    #[pyo3(signature = (path, passphrase=None))]
    fn from_file(py: Python<'_>, path: &Bound<'_, PyAny>, passphrase: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (path, phrase) = (self::path("path", path)?, self::passphrase(passphrase)?);
        let phrase = phrase.as_ref().map(|phrase| phrase.as_slice());
        py.detach(|| crate::PrivateKey::from_file(&path, phrase)).map(Self).raise(py)
    }

    /// Make a new key: "rsa-2048" or "ecdsa-p256".
    #[staticmethod]
    #[pyo3(signature = (kind=None), text_signature = "(kind='rsa-2048')")]
    fn generate(py: Python<'_>, kind: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let kind = match kind {
            Some(kind) => text("kind", kind)?.parse().raise(py)?,
            None => KeyKind::RSA_2048,
        };
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
        message: &Bound<'py, PyAny>,
        hash_algorithm: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (message, hash) = (bytes("message", message)?, self.hash(hash_algorithm)?);
        let signature = py.detach(|| self.0.sign(message, hash)).raise(py)?;
        Ok(PyBytes::new(py, &signature))
    }

    /// Sign many byte strings on all cores; the signatures come in their order.
    #[pyo3(signature = (messages, hash_algorithm=None))]
    fn sign_many<'py>(
        &self,
        py: Python<'py>,
        messages: &Bound<'py, PyAny>,
        hash_algorithm: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let hash = self.hash(hash_algorithm)?;
        let messages: Vec<Vec<u8>> = each("messages", "an iterable of bytes", messages)?
            .map(|message| Ok(bytes("messages", &message?)?.to_vec()))
            .collect::<PyResult<_>>()?;
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let sign = || {
            let interrupts = Interrupts::new();
            self.0.sign_many_while(&messages, hash, &|| interrupts.check())
        };
        let signatures = py.detach(sign).raise(py)?;
        Ok(signatures.iter().map(|signature| PyBytes::new(py, signature)).collect())
    }

    /// Write PKCS#8 in PEM, encrypted when a passphrase is given.
    #[pyo3(signature = (passphrase=None))]
    fn to_pem(&self, py: Python<'_>, passphrase: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyString>> {
        let phrase = self::passphrase(passphrase)?;
        let phrase = phrase.as_ref().map(|phrase| phrase.as_slice());
        let pem = py.detach(|| self.0.to_pem(phrase)).raise(py)?;
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
    fn hash(&self, given: Option<&Bound<'_, PyAny>>) -> PyResult<HashAlgorithm> {
        Ok(hash_algorithm(given)?.unwrap_or(self.0.kind().default_hash_algorithm()))
    }
}

/// A public key: RSA of 1024 to 4096 bits, or ECDSA on the curve P-256.
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct PublicKey(pub(super) crate::PublicKey);

#[pymethods]
impl PublicKey {
    /// Read PEM (SubjectPublicKeyInfo or PKCS#1). Raises InvalidKeyError.
    #[staticmethod]
    fn from_pem(data: &Bound<'_, PyAny>) -> PyResult<Self> {
        crate::PublicKey::from_pem(&secret("data", data)?).map(Self).raise(data.py())
    }

    /// Read DER of the same structures. Raises InvalidKeyError.
    #[staticmethod]
    fn from_der(data: &Bound<'_, PyAny>) -> PyResult<Self> {
        crate::PublicKey::from_der(bytes("data", data)?).map(Self).raise(data.py())
    }

    /// Read a file that holds PEM or DER. Raises InvalidKeyError.
    #[staticmethod]
    fn from_file(path: &Bound<'_, PyAny>) -> PyResult<Self> {
        crate::PublicKey::from_file(&self::path("path", path)?).map(Self).raise(path.py())
    }

    /// The algorithm and size, such as "rsa-2048".
    #[getter]
    fn kind(&self) -> String {
        self.0.kind().to_string()
    }

    /// Write SubjectPublicKeyInfo in PEM, as CloudFront takes it.
    fn to_pem(&self) -> String {
        self.0.to_pem()
    }

    /// Whether `signature` is one over `message`; anything malformed is not.
    #[pyo3(signature = (message, signature, hash_algorithm=None))]
    fn verify(
        &self,
        py: Python<'_>,
        message: &Bound<'_, PyAny>,
        signature: &Bound<'_, PyAny>,
        hash_algorithm: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let (message, signature) = (bytes("message", message)?, bytes("signature", signature)?);
        let hash = self::hash_algorithm(hash_algorithm)?.unwrap_or(HashAlgorithm::Sha1);
        Ok(py.detach(|| self.0.verify(message, signature, hash)))
    }

    fn __repr__(&self) -> String {
        format!("<PublicKey {}>", self.0.kind())
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// What `rsa_signer` returns: call it with bytes, it gives the signature over SHA-1.
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct RsaSigner(pub(super) crate::PrivateKey);

#[pymethods]
impl RsaSigner {
    fn __call__<'py>(&self, py: Python<'py>, message: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let message = bytes("message", message)?;
        let signature = py.detach(|| self.0.sign(message, HashAlgorithm::Sha1)).raise(py)?;
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

/// A callable for `botocore.signers.CloudFrontSigner`: the key is read once, not on each URL.
///
/// `key` is a PrivateKey, a private key of `cryptography`, PEM text, or the pathlib.Path of a file. botocore sends no Hash-Algorithm, so the signature is
/// over SHA-1.
///
/// >>> from cloudfront_signer import PrivateKey, rsa_signer
/// >>> rsa_signer(PrivateKey.generate())
/// <RsaSigner rsa-2048>
#[pyfunction]
#[pyo3(signature = (key, passphrase=None))]
pub(super) fn rsa_signer(key: &Bound<'_, PyAny>, passphrase: Option<&Bound<'_, PyAny>>) -> PyResult<RsaSigner> {
    private_key("key", key, passphrase).map(RsaSigner)
}
