//! Private and public keys: reading, writing, making, signing and verifying.
//!
//! A key is parsed and checked once, when it is loaded; afterwards it can only sign. It is wiped when dropped, and no
//! `Debug`, error or message of it shows more than its kind and size.

mod consistency;
mod formats;
mod pem;

use std::{
    fmt,
    io::{ErrorKind, Read},
    path::Path,
    str::FromStr,
    sync::Arc,
};

use pkcs8::{EncodePrivateKey as _, PrivateKeyInfoRef, SecretDocument, der::Decode as _, pkcs5::pbes2};
use zeroize::Zeroizing;

use self::formats::Canonical;
use crate::{
    engine::{self, Engine, wiping::wiping},
    error::{Error, KeyError, Result, SigningError},
    hash_algorithm::HashAlgorithm,
    text::{Excerpt, holds_secrets},
};

/// More than any key file has.
const LARGEST_FILE: usize = 1 << 20;

/// OWASP's count for PBKDF2 with HMAC-SHA-256 (2023). Not scrypt: OpenSSL's default memory limit refuses its common costs.
const PBKDF2_ROUNDS: u32 = 600_000;

/// An algorithm and a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with a modulus of `bits` bits.
    Rsa {
        /// 1024 to 4096.
        bits: usize,
    },
    /// ECDSA on the curve P-256.
    EcdsaP256,
}

impl KeyKind {
    /// What CloudFront's key groups take of RSA.
    pub const RSA_2048: Self = Self::Rsa { bits: 2048 };

    /// How many signatures are worth a thread: starting one takes about as long as two of ECDSA, a tenth of RSA's.
    const fn least_share(self) -> usize {
        match self {
            Self::Rsa { .. } => 1,
            Self::EcdsaP256 => 16,
        }
    }

    /// The hash that signers use unless told otherwise: SHA-1 for RSA, SHA-256 for ECDSA.
    #[must_use]
    pub const fn default_hash_algorithm(self) -> HashAlgorithm {
        match self {
            Self::Rsa { .. } => HashAlgorithm::Sha1,
            Self::EcdsaP256 => HashAlgorithm::Sha256,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "rsa-{bits}"),
            Self::EcdsaP256 => f.write_str("ecdsa-p256"),
        }
    }
}

impl FromStr for KeyKind {
    type Err = Error;

    /// Reads a kind that can be generated.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "rsa-2048" => Ok(Self::RSA_2048),
            "ecdsa-p256" => Ok(Self::EcdsaP256),
            other => Err(KeyError::UnknownKind { found: Excerpt::new(other) }.into()),
        }
    }
}

/// A private key, ready to sign. Cloning is cheap and shares the key.
#[derive(Clone)]
pub struct PrivateKey(Arc<Loaded>);

struct Loaded {
    canonical: Canonical,
    engine: engine::PrivateKey,
}

impl PrivateKey {
    /// Reads PEM: PKCS#8 (encrypted or not), PKCS#1 or SEC1, also in the forms of environment variables: one line with
    /// `\n` spelled out, or the base64 of the whole. Certificates and public keys around the private key are passed over.
    ///
    /// # Errors
    /// [`KeyError`] says what was found and what to do about it.
    pub fn from_pem(pem: &[u8], passphrase: Option<&[u8]>) -> Result<Self> {
        let engine = Engine::chosen()?;
        wiping::<LOADING, _>(|| Self::load(formats::private_from_pem(pem, passphrase)?, engine))
    }

    /// Reads DER of the same structures.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_der(der: &[u8], passphrase: Option<&[u8]>) -> Result<Self> {
        let engine = Engine::chosen()?;
        wiping::<LOADING, _>(|| Self::load(formats::private_from_der(der, passphrase)?, engine))
    }

    /// Reads a file that holds PEM or DER.
    ///
    /// # Errors
    /// [`KeyError`], with the path in front where the file itself cannot be read.
    pub fn from_file(path: &Path, passphrase: Option<&[u8]>) -> Result<Self> {
        let content = read_file(path)?;
        if formats::is_sequence(&content) {
            Self::from_der(&content, passphrase)
        } else {
            Self::from_pem(&content, passphrase)
        }
    }

    /// Reads the value of a setting: PEM in any of its forms, else the path of a file.
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

    /// Makes a new key: [`KeyKind::RSA_2048`] or [`KeyKind::EcdsaP256`].
    ///
    /// # Errors
    /// [`KeyError::UnknownKind`] for other sizes.
    pub fn generate(kind: KeyKind) -> Result<Self> {
        let engine = Engine::chosen()?;
        wiping::<MAKING, _>(|| Self::load(Self::make(kind)?, engine))
    }

    fn make(kind: KeyKind) -> Result<Canonical> {
        use p256::elliptic_curve::Generate as _;
        let mut rng = getrandom::SysRng;
        let canonical = match kind {
            KeyKind::RSA_2048 => {
                let key = rsa::PrivateKey::new(&mut rng, 2048).map_err(|_| KeyError::NoRandomness)?;
                let document = key.to_pkcs8_der().map_err(|_| KeyError::NoRandomness)?;
                Canonical { kind, der: Zeroizing::new(document.as_bytes().to_vec()) }
            }
            KeyKind::EcdsaP256 => {
                let key = p256::SecretKey::try_generate_from_rng(&mut rng).map_err(|_| KeyError::NoRandomness)?;
                formats::private_from_p256(&key)?
            }
            KeyKind::Rsa { .. } => return Err(KeyError::UnknownKind { found: Excerpt::new(&kind.to_string()) }.into()),
        };
        Ok(canonical)
    }

    /// The same key on another engine.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if that engine refuses the key.
    pub fn with_engine(&self, engine: Engine) -> Result<Self> {
        let Canonical { kind, der } = &self.0.canonical;
        wiping::<LOADING, _>(|| Self::load(Canonical { kind: *kind, der: der.clone() }, engine))
    }

    /// The algorithm and the size.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.canonical.kind
    }

    /// The public half.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the engine refuses it, which a key that was loaded never gives.
    pub fn public_key(&self) -> Result<PublicKey> {
        let public = wiping::<LOADING, _>(|| formats::public_half(&self.0.canonical))?;
        PublicKey::load(public, Engine::chosen()?)
    }

    /// Signs: RSA PKCS#1 v1.5, or ECDSA in DER.
    ///
    /// # Errors
    /// [`SigningError::Failed`] if the key made no signature that its public half accepts.
    pub fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>> {
        self.0.engine.sign(message, hash).map_err(|_| SigningError::Failed { kind: self.kind() }.into())
    }

    /// Signs many messages, on all cores; the signatures come in the order of the messages.
    ///
    /// # Errors
    /// As [`PrivateKey::sign`].
    pub fn sign_many(&self, messages: &[&[u8]], hash: HashAlgorithm) -> Result<Vec<Vec<u8>>> {
        self.sign_many_while(messages, hash, &|| Ok(()))
    }

    /// The same, asking `go_on` after each signature that the calling thread made; its error ends the batch.
    ///
    /// # Errors
    /// As [`PrivateKey::sign`], and what `go_on` gave.
    pub fn sign_many_while(
        &self,
        messages: &[&[u8]],
        hash: HashAlgorithm,
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Vec<u8>>> {
        // A core gets enough to do, so that no thread costs more than it saves.
        let workers = (messages.len() / self.kind().least_share()).min(engine::cores());
        engine::batch::run(messages.len(), workers, |index| self.sign(messages[index], hash), go_on)
    }

    /// Writes PKCS#8 in PEM, encrypted (PBES2 with PBKDF2 and AES-256) when a passphrase is given.
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

    fn load(canonical: Canonical, engine: Engine) -> Result<Self> {
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

/// A public key, ready to verify. Cloning is cheap and shares the key.
#[derive(Clone)]
pub struct PublicKey(Arc<(Canonical, engine::PublicKey)>);

impl PublicKey {
    /// Reads PEM: SubjectPublicKeyInfo or PKCS#1.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        Self::load(formats::public_from_pem(pem)?, Engine::chosen()?)
    }

    /// Reads DER of the same structures.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Self::load(formats::public_from_der(der)?, Engine::chosen()?)
    }

    /// Reads a file that holds PEM or DER.
    ///
    /// # Errors
    /// [`KeyError`], with the path in front where the file itself cannot be read.
    pub fn from_file(path: &Path) -> Result<Self> {
        let content = read_file(path)?;
        if formats::is_sequence(&content) { Self::from_der(&content) } else { Self::from_pem(&content) }
    }

    /// The same key on another engine.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if that engine refuses the key.
    pub fn with_engine(&self, engine: Engine) -> Result<Self> {
        let Canonical { kind, der } = &self.0.0;
        Self::load(Canonical { kind: *kind, der: der.clone() }, engine)
    }

    /// The algorithm and the size.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.0.kind
    }

    /// Whether `signature` is one over `message`; anything malformed is not.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8], hash: HashAlgorithm) -> bool {
        self.0.1.verify(message, signature, hash)
    }

    /// Writes SubjectPublicKeyInfo in PEM, as CloudFront takes it (`EncodedKey` of CreatePublicKey).
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.0.0.der).to_string()
    }

    fn load(canonical: Canonical, engine: Engine) -> Result<Self> {
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

/// What loading a key uses of the stack, and more: 48 KiB are enough for a debug build.
const LOADING: usize = 64 << 10;

/// The same for making one: 96 KiB.
const MAKING: usize = 96 << 10;

fn encrypt(der: &[u8], passphrase: &[u8]) -> Result<SecretDocument> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    getrandom::fill(&mut salt).and_then(|()| getrandom::fill(&mut iv)).map_err(|_| KeyError::NoRandomness)?;
    let malformed = KeyError::Malformed { format: "PKCS#8" };
    let parameters =
        pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(PBKDF2_ROUNDS, &salt, iv).map_err(|_| malformed.clone())?;
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| malformed.clone())?;
    Ok(info.encrypt_with_params(parameters, passphrase).map_err(|_| malformed)?)
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let unreadable = |problem: &str| KeyError::Unreadable {
        path: Excerpt::new(&path.display().to_string()),
        problem: problem.to_owned(),
    };
    let explain = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => unreadable("no such file"),
        ErrorKind::PermissionDenied => unreadable("no permission to read it"),
        ErrorKind::IsADirectory => unreadable("this is a directory, a key file expected"),
        ErrorKind::InvalidInput => unreadable("no file can have such a name"),
        other => unreadable(&other.to_string()),
    };
    if path.as_os_str().is_empty() {
        return Err(KeyError::EmptyPath.into());
    }
    let mut file = std::fs::File::open(path).map_err(|error| match path.display().to_string() {
        text if holds_secrets(&text) => KeyError::KeyWherePathIsDue { found: Excerpt::new(&text) },
        _ => explain(error),
    })?;
    let length = file.metadata().map_err(explain)?.len();
    let expected = usize::try_from(length).map_or(LARGEST_FILE, |length| length.min(LARGEST_FILE));
    let content = read_whole(&mut file, expected).map_err(explain)?;
    if content.len() > LARGEST_FILE {
        return Err(unreadable("more than 1 MiB, so no key file").into());
    }
    Ok(content)
}

/// Up to one byte more than the largest file. A buffer that grows leaves copies behind, so this takes a larger one and
/// wipes the old where a file is not of the size that is expected: a pipe, for one.
fn read_whole(file: &mut impl Read, expected: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let most = LARGEST_FILE + 1;
    // One more, to see the end without growing.
    let mut content = Zeroizing::new(vec![0; expected + 1]);
    let mut filled = 0;
    loop {
        match file.read(&mut content[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if filled == most {
            break;
        }
        if filled == content.len() {
            let mut larger = Zeroizing::new(vec![0; (2 * filled).clamp(4_096, most)]);
            larger[..filled].copy_from_slice(&content);
            content = larger;
        }
    }
    content.truncate(filled);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_another_size_than_expected_are_read_whole() {
        for length in [0, 1, 5_000, LARGEST_FILE, LARGEST_FILE + 1, LARGEST_FILE + 9] {
            let content: Vec<u8> = (0..length).map(|index| index.to_le_bytes()[0]).collect();
            for expected in [0, length.min(LARGEST_FILE), LARGEST_FILE] {
                let read = read_whole(&mut content.as_slice(), expected).unwrap();
                assert_eq!(*read, content[..length.min(LARGEST_FILE + 1)]);
            }
        }
    }
}
