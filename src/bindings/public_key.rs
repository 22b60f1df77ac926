//! `PublicKey`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use pyo3::prelude::*;

use super::{
    arguments::{Arg, OptionalArg as _, name},
    convert::{Bytes, FilePath, Secret},
    exceptions::RaiseExt as _,
    interrupts::read_interruptibly,
};
use crate::HashAlgorithm;

/// A public key: RSA of 1024 to 4096 bits, or ECDSA on the curve P-256.
///
/// Two objects of the same key are equal.
///
/// Examples:
///     >>> from cloudfront_signer import PrivateKey, PublicKey
///     >>> public = PrivateKey.generate("ecdsa-p256").public_key()
///     >>> PublicKey.from_pem(public.to_pem()) == public
///     True
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct PublicKey(pub(super) crate::PublicKey);

#[pymethods]
impl PublicKey {
    /// Read PEM: SubjectPublicKeyInfo or PKCS#1.
    ///
    /// Args:
    ///     data: The PEM text.
    ///
    /// Raises:
    ///     InvalidKeyError: There is no public key, or CloudFront does not accept its kind.
    ///     TypeError: The argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey, PublicKey
    ///     >>> pem = PrivateKey.generate("ecdsa-p256").public_key().to_pem()
    ///     >>> PublicKey.from_pem(pem)
    ///     <PublicKey ecdsa-p256>
    #[staticmethod]
    fn from_pem(py: Python<'_>, data: Arg<name::data, Secret>) -> PyResult<Self> {
        crate::PublicKey::from_pem(&data.parsed()?).map(Self).raise(py)
    }

    /// Read DER: SubjectPublicKeyInfo or PKCS#1.
    ///
    /// Args:
    ///     data: The bytes of the structure.
    ///
    /// Raises:
    ///     InvalidKeyError: There is no public key, or CloudFront does not accept its kind.
    ///     TypeError: The argument has the wrong type.
    ///
    /// Examples:
    ///     >>> import base64
    ///     >>> from cloudfront_signer import PrivateKey, PublicKey
    ///     >>> pem = PrivateKey.generate("ecdsa-p256").public_key().to_pem()
    ///     >>> PublicKey.from_der(base64.b64decode("".join(pem.splitlines()[1:-1])))
    ///     <PublicKey ecdsa-p256>
    #[staticmethod]
    fn from_der(py: Python<'_>, data: Arg<name::data, Bytes>) -> PyResult<Self> {
        crate::PublicKey::from_der(&data.parsed()?).map(Self).raise(py)
    }

    /// Read a file that holds PEM or DER.
    ///
    /// Args:
    ///     path: The path of the file.
    ///
    /// Raises:
    ///     InvalidKeyError: The file cannot be read, or does not hold a public key that CloudFront accepts.
    ///     TypeError: The argument has the wrong type.
    ///
    /// Examples:
    ///     >>> import pathlib, tempfile
    ///     >>> from cloudfront_signer import PrivateKey, PublicKey
    ///     >>> with tempfile.TemporaryDirectory() as folder:
    ///     ...     path = pathlib.Path(folder, "public_key.pem")
    ///     ...     size = path.write_text(PrivateKey.generate("ecdsa-p256").public_key().to_pem())
    ///     ...     PublicKey.from_file(path)
    ///     <PublicKey ecdsa-p256>
    #[staticmethod]
    fn from_file(py: Python<'_>, path: Arg<name::path, FilePath>) -> PyResult<Self> {
        let path = path.parsed()?.0;
        read_interruptibly(py, &path.clone(), move || crate::PublicKey::from_file(&path))?.map(Self).raise(py)
    }

    /// The algorithm and the size, such as "rsa-2048" or "ecdsa-p256".
    #[getter]
    fn kind(&self) -> String {
        self.0.kind().to_string()
    }

    /// Write SubjectPublicKeyInfo in PEM, which CloudFront's CreatePublicKey takes as EncodedKey.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> PrivateKey.generate("ecdsa-p256").public_key().to_pem().splitlines()[0]
    ///     '-----BEGIN PUBLIC KEY-----'
    fn to_pem(&self) -> String {
        self.0.to_pem()
    }

    /// Check a signature. A malformed one is not valid, and raises nothing.
    ///
    /// Args:
    ///     message: The bytes that were signed.
    ///     signature: The signature: as long as the key for RSA, DER for ECDSA.
    ///     hash_algorithm: "SHA1", which is the default for keys of both kinds as in CloudFront, or "SHA256".
    ///
    /// Returns:
    ///     Whether the signature is valid.
    ///
    /// Raises:
    ///     SigningError: The hash algorithm is unknown.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey
    ///     >>> key = PrivateKey.generate()
    ///     >>> key.public_key().verify(b"hello", key.sign(b"hello"))
    ///     True
    #[pyo3(signature = (message, signature, hash_algorithm=None))]
    fn verify(
        &self,
        py: Python<'_>,
        message: Arg<name::message, Bytes>,
        signature: Arg<name::signature, Bytes>,
        hash_algorithm: Option<Arg<name::hash_algorithm, HashAlgorithm>>,
    ) -> PyResult<bool> {
        let (message, signature) = (message.parsed()?, signature.parsed()?);
        let hash = hash_algorithm.parsed()?.unwrap_or(HashAlgorithm::Sha1);
        Ok(py.detach(|| self.0.verify(&message, &signature, hash)))
    }

    fn __repr__(&self) -> String {
        format!("<PublicKey {}>", self.0.kind())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().0.to_pem() == self.0.to_pem())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.to_pem().hash(&mut hasher);
        hasher.finish()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}
