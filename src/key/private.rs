//! `PrivateKey`.

use std::{fmt, path::Path, sync::Arc};

use pkcs8::{EncodePrivateKey as _, PrivateKeyInfoRef, SecretDocument, der::Decode as _, pkcs5::pbes2};
use zeroize::Zeroizing;

use super::{
    file::read_file,
    formats::{self, Canonical},
    kind::KeyKind,
    pem,
    public::PublicKey,
};
use crate::{
    engine::{self, Engine, wiping::wiping},
    error::{KeyError, Result, SigningError},
    hash_algorithm::HashAlgorithm,
    text::Excerpt,
};

/// OWASP's count for PBKDF2 with HMAC-SHA-256 (2023). Not scrypt: OpenSSL's default memory limit refuses its common
/// costs.
const PBKDF2_ROUNDS: u32 = 600_000;

/// More stack than loading a key uses: 48 KiB in a debug build.
const LOADING: usize = 64 << 10;

/// The same for generating one: 96 KiB.
const GENERATING: usize = 96 << 10;

/// A private key, ready to sign. Cloning is cheap and shares the key.
///
/// ```
/// use cloudfront_signer::{HashAlgorithm, KeyKind, PrivateKey};
///
/// let key = PrivateKey::generate(KeyKind::EcdsaP256)?;
/// let same = PrivateKey::from_pem(key.to_pem(Some(b"passphrase"))?.as_bytes(), Some(b"passphrase"))?;
/// let signature = same.sign(b"message", HashAlgorithm::Sha256)?;
/// assert!(key.public_key()?.verify(b"message", &signature, HashAlgorithm::Sha256));
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Clone)]
pub struct PrivateKey(Arc<Loaded>);

struct Loaded {
    canonical: Canonical,
    engine: engine::PrivateKey,
}

impl PrivateKey {
    /// Reads PEM: PKCS#8 (encrypted or not), PKCS#1 or SEC1, also in the forms of environment variables: one line with
    /// `\n` spelled out, or base64 of the whole text. Certificates and public keys around the private key are skipped.
    ///
    /// # Errors
    /// [`KeyError`] says what was found and what to do about it.
    pub fn from_pem(pem: &[u8], passphrase: Option<&[u8]>) -> Result<Self> {
        Ok(Self::load(|| formats::private_from_pem(pem, passphrase))?)
    }

    /// Reads DER of the same structures.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_der(der: &[u8], passphrase: Option<&[u8]>) -> Result<Self> {
        Ok(Self::load(|| formats::private_from_der(der, passphrase))?)
    }

    /// Reads a file that holds PEM or DER.
    ///
    /// # Errors
    /// [`KeyError`] if the file cannot be read; [`Error::InFile`](crate::Error::InFile) around one if its content is
    /// refused.
    pub fn from_file(path: &Path, passphrase: Option<&[u8]>) -> Result<Self> {
        let content = read_file(path)?;
        let read = if formats::is_sequence(&content) { Self::from_der } else { Self::from_pem };
        read(&content, passphrase).map_err(|error| error.in_file(path))
    }

    /// Reads the value of a setting: PEM in any of its forms, otherwise the path of a file.
    ///
    /// # Errors
    /// As [`PrivateKey::from_pem`] and [`PrivateKey::from_file`].
    pub fn from_setting(value: &str, passphrase: Option<&[u8]>) -> Result<Self> {
        if pem::is_pem(value.as_bytes()) {
            Self::from_pem(value.as_bytes(), passphrase)
        } else {
            Self::from_file(Path::new(value.trim()), passphrase)
        }
    }

    /// Generates a key: [`KeyKind::RSA_2048`] or [`KeyKind::EcdsaP256`].
    ///
    /// # Errors
    /// [`KeyError::UnknownKind`] for other sizes, [`KeyError::NoRandomness`].
    pub fn generate(kind: KeyKind) -> Result<Self> {
        let engine = Engine::chosen()?;
        Ok(wiping::<GENERATING, _>(|| Self::with_canonical(generate(kind)?, engine))?)
    }

    /// The same key on another engine.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if that engine refuses the key.
    pub fn with_engine(&self, engine: Engine) -> Result<Self> {
        let Canonical { kind, der } = &self.0.canonical;
        Ok(wiping::<LOADING, _>(|| Self::with_canonical(Canonical { kind: *kind, der: der.clone() }, engine))?)
    }

    /// The algorithm and the size.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.canonical.kind
    }

    /// The public half.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the engine refuses it, which does not happen with a key that was loaded.
    pub fn public_key(&self) -> Result<PublicKey> {
        let public = wiping::<LOADING, _>(|| formats::public_half(&self.0.canonical))?;
        Ok(PublicKey::load(public, Engine::chosen()?)?)
    }

    /// Signs: RSA PKCS#1 v1.5, or ECDSA in DER.
    ///
    /// # Errors
    /// [`SigningError::Failed`] if the key made no signature that its public half accepts.
    pub fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>> {
        self.0.engine.sign(message, hash).map_err(|_| SigningError::Failed { kind: self.kind().to_string() }.into())
    }

    /// Signs many messages, on all cores; the signatures come in the order of the messages.
    ///
    /// # Errors
    /// As [`PrivateKey::sign`].
    pub fn sign_many(&self, messages: &[&[u8]], hash: HashAlgorithm) -> Result<Vec<Vec<u8>>> {
        self.sign_many_while(messages, hash, &|| Ok(()))
    }

    /// The same, calling `keep_going` after each signature made by the calling thread; its error ends the batch.
    ///
    /// # Errors
    /// As [`PrivateKey::sign`], and the errors of `keep_going`.
    pub fn sign_many_while(
        &self,
        messages: &[&[u8]],
        hash: HashAlgorithm,
        keep_going: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Vec<u8>>> {
        // Each core gets enough work that no thread costs more than it saves.
        let workers = (messages.len() / self.kind().least_share()).min(engine::cores());
        let failed = |_| SigningError::Failed { kind: self.kind().to_string() }.into();
        self.0.engine.sign_many(&self.0.canonical.der, (messages, hash), workers, failed, keep_going)
    }

    /// Writes PKCS#8 in PEM, encrypted (PBES2 with PBKDF2 and AES-256) if there is a passphrase.
    ///
    /// # Errors
    /// [`KeyError::PassphraseEmpty`], [`KeyError::NoRandomness`].
    pub fn to_pem(&self, passphrase: Option<&[u8]>) -> Result<Zeroizing<String>> {
        let der = &self.0.canonical.der;
        match passphrase {
            None => Ok(pem::encode("PRIVATE KEY", der)),
            Some([]) => Err(KeyError::PassphraseEmpty.into()),
            Some(passphrase) => {
                let document = wiping::<LOADING, _>(|| encrypt(der, passphrase))?;
                Ok(pem::encode("ENCRYPTED PRIVATE KEY", document.as_bytes()))
            }
        }
    }

    fn load(read: impl FnOnce() -> Result<Canonical, KeyError>) -> Result<Self, KeyError> {
        let engine = Engine::chosen()?;
        wiping::<LOADING, _>(|| Self::with_canonical(read()?, engine))
    }

    fn with_canonical(canonical: Canonical, engine: Engine) -> Result<Self, KeyError> {
        let format = "PKCS#8";
        let engine =
            engine::PrivateKey::from_pkcs8(engine, &canonical.der).map_err(|_| KeyError::Malformed { format })?;
        Ok(Self(Arc::new(Loaded { canonical, engine })))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.kind())
    }
}

fn generate(kind: KeyKind) -> Result<Canonical, KeyError> {
    use p256::elliptic_curve::Generate as _;
    let mut rng = getrandom::SysRng;
    match kind {
        KeyKind::RSA_2048 => {
            let key = rsa::PrivateKey::new(&mut rng, 2048).map_err(|_| KeyError::NoRandomness)?;
            let document = key.to_pkcs8_der().map_err(|_| KeyError::NoRandomness)?;
            Ok(Canonical { kind, der: Zeroizing::new(document.as_bytes().to_vec()) })
        }
        KeyKind::EcdsaP256 => {
            let key = p256::SecretKey::try_generate_from_rng(&mut rng).map_err(|_| KeyError::NoRandomness)?;
            formats::private_from_p256(&key)
        }
        KeyKind::Rsa { .. } => Err(KeyError::UnknownKind { found: Excerpt::new(&kind.to_string()) }),
    }
}

fn encrypt(der: &[u8], passphrase: &[u8]) -> Result<SecretDocument, KeyError> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    getrandom::fill(&mut salt).and_then(|()| getrandom::fill(&mut iv)).map_err(|_| KeyError::NoRandomness)?;
    let malformed = || KeyError::Malformed { format: "PKCS#8" };
    let parameters =
        pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(PBKDF2_ROUNDS, &salt, iv).map_err(|_| malformed())?;
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| malformed())?;
    info.encrypt_with_params(parameters, passphrase).map_err(|_| malformed())
}
