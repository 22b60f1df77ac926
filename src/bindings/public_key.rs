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
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct PublicKey(pub(super) crate::PublicKey);

#[pymethods]
impl PublicKey {
    /// Read PEM (SubjectPublicKeyInfo or PKCS#1). Raises InvalidKeyError.
    #[staticmethod]
    fn from_pem(py: Python<'_>, data: Arg<name::data, Secret>) -> PyResult<Self> {
        crate::PublicKey::from_pem(&data.parsed()?).map(Self).raise(py)
    }

    /// Read DER of the same structures. Raises InvalidKeyError.
    #[staticmethod]
    fn from_der(py: Python<'_>, data: Arg<name::data, Bytes>) -> PyResult<Self> {
        crate::PublicKey::from_der(&data.parsed()?).map(Self).raise(py)
    }

    /// Read a file that holds PEM or DER. Raises InvalidKeyError.
    #[staticmethod]
    fn from_file(py: Python<'_>, path: Arg<name::path, FilePath>) -> PyResult<Self> {
        let path = path.parsed()?.0;
        read_interruptibly(py, &path.clone(), move || crate::PublicKey::from_file(&path)).map(Self)
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
