//! `PublicKey`.

use std::{fmt, path::Path, sync::Arc};

use super::{
    file::read_file,
    formats::{self, Canonical},
    kind::KeyKind,
    pem,
};
use crate::{
    engine::{self, Engine},
    error::{KeyError, Result},
    hash_algorithm::HashAlgorithm,
};

/// A public key, ready to verify. Cloning is cheap and shares the key.
///
/// ```
/// use cloudfront_signer::{KeyKind, PrivateKey, PublicKey};
///
/// let pem = PrivateKey::generate(KeyKind::EcdsaP256)?.public_key()?.to_pem();
/// assert_eq!(PublicKey::from_pem(pem.as_bytes())?.kind(), KeyKind::EcdsaP256);
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Clone)]
pub struct PublicKey(Arc<(Canonical, engine::PublicKey)>);

impl PublicKey {
    /// Reads PEM: SubjectPublicKeyInfo or PKCS#1.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        Ok(Self::load(formats::public_from_pem(pem)?, Engine::chosen()?)?)
    }

    /// Reads DER of the same structures.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Ok(Self::load(formats::public_from_der(der)?, Engine::chosen()?)?)
    }

    /// Reads a file that holds PEM or DER.
    ///
    /// # Errors
    /// [`KeyError`] if the file cannot be read; [`Error::InFile`](crate::Error::InFile) around one if its content is
    /// refused.
    pub fn from_file(path: &Path) -> Result<Self> {
        let content = read_file(path)?;
        let read = if formats::is_sequence(&content) { Self::from_der } else { Self::from_pem };
        read(&content).map_err(|error| error.in_file(path))
    }

    /// The same key on another engine.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if that engine refuses the key.
    pub fn with_engine(&self, engine: Engine) -> Result<Self> {
        let Canonical { kind, der } = &self.0.0;
        Ok(Self::load(Canonical { kind: *kind, der: der.clone() }, engine)?)
    }

    /// The algorithm and the size.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.0.kind
    }

    /// Whether `signature` is this key's signature of `message`; false for anything malformed.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8], hash: HashAlgorithm) -> bool {
        self.0.1.verify(message, signature, hash)
    }

    /// Writes SubjectPublicKeyInfo in PEM, the form that CloudFront accepts (`EncodedKey` of `CreatePublicKey`).
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.0.0.der).to_string()
    }

    pub(super) fn load(canonical: Canonical, engine: Engine) -> Result<Self, KeyError> {
        let format = "SubjectPublicKeyInfo";
        let engine =
            engine::PublicKey::from_spki(engine, &canonical.der).map_err(|_| KeyError::Malformed { format })?;
        Ok(Self(Arc::new((canonical, engine))))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kind())
    }
}
