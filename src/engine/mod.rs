//! Private and public key operations on bytes.
//!
//! [`Engine::AwsLc`] is the default: constant time, blinded and fast. [`Engine::Portable`] is pure Rust: the reference
//! for the tests of the other engine, and the engine where C cannot be built. Both read the same canonical encodings
//! (PKCS#8 and SubjectPublicKeyInfo, DER) and check each RSA signature with the public exponent before they return it,
//! so that a fault never reveals a factor. Each operation holds off forks.

#[cfg(feature = "aws-lc")]
mod aws_lc;
pub(crate) mod batch;
pub(crate) mod fork;
mod portable;
mod refused;
#[cfg(all(unix, feature = "aws-lc"))]
mod thread_end;
pub(crate) mod wiping;
#[cfg(any(test, feature = "python"))]
pub(crate) mod wiping_allocator;

use std::{sync::OnceLock, thread};

use self::refused::Refused;
use crate::{error::KeyError, hash_algorithm::HashAlgorithm, text::Excerpt};

/// The environment variable that names the engine, for tests and comparisons.
pub const ENGINE_VARIABLE: &str = "CLOUDFRONT_SIGNER_ENGINE";

/// The implementation that computes signatures.
///
/// ```
/// use cloudfront_signer::{Engine, KeyKind, PrivateKey};
///
/// for engine in Engine::available() {
///     assert!(PrivateKey::generate(KeyKind::EcdsaP256)?.with_engine(*engine).is_ok(), "{}", engine.name());
/// }
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// AWS-LC, through the feature `aws-lc`.
    #[cfg(feature = "aws-lc")]
    AwsLc,
    /// The crates `rsa` and `p256`.
    Portable,
}

impl Engine {
    /// The engines of this build, the preferred one first.
    #[must_use]
    pub const fn available() -> &'static [Self] {
        &[
            #[cfg(feature = "aws-lc")]
            Self::AwsLc,
            Self::Portable,
        ]
    }

    /// The name of the engine in [`ENGINE_VARIABLE`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => "aws-lc",
            Self::Portable => "portable",
        }
    }

    /// The engine that keys are loaded into: the one named by the environment, or else the preferred one. Chosen once.
    ///
    /// # Errors
    /// [`KeyError::UnknownEngine`] if the environment names one that this build does not have.
    pub fn chosen() -> Result<Self, KeyError> {
        static CHOSEN: OnceLock<Result<Engine, KeyError>> = OnceLock::new();
        let choose = || {
            // The source of random numbers is also initialised once, and a child process must not see that half done.
            let _ = getrandom::fill(&mut [0]);
            std::env::var(ENGINE_VARIABLE).map_or(Ok(Self::default()), |name| Self::named(&name))
        };
        fork::once(&CHOSEN, choose).clone()
    }

    fn named(name: &str) -> Result<Self, KeyError> {
        let known = Self::available();
        known.iter().copied().find(|engine| engine.name() == name).ok_or_else(|| {
            let known: Vec<_> = known.iter().map(|engine| engine.name()).collect();
            KeyError::UnknownEngine { found: Excerpt::new(name), known: known.join(", ") }
        })
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::available()[0]
    }
}

/// A private key as one engine holds it; wiped by the engine when dropped.
pub(crate) enum PrivateKey {
    #[cfg(feature = "aws-lc")]
    AwsLc(aws_lc::PrivateKey),
    Portable(portable::PrivateKey),
}

impl PrivateKey {
    /// Reads an RSA or P-256 key from PKCS#8.
    pub(crate) fn from_pkcs8(engine: Engine, der: &[u8]) -> Result<Self, Refused> {
        let _held_off = fork::hold_off();
        match engine {
            #[cfg(feature = "aws-lc")]
            Engine::AwsLc => aws_lc::PrivateKey::from_pkcs8(der).map(Self::AwsLc),
            Engine::Portable => portable::PrivateKey::from_pkcs8(der).map(Self::Portable),
        }
    }

    /// RSA PKCS#1 v1.5, or ECDSA in DER.
    pub(crate) fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>, Refused> {
        let _held_off = fork::hold_off();
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc(key) => key.sign(message, hash),
            Self::Portable(key) => key.sign(message, hash),
        }
    }
}

/// The number of cores. Determined once, since that takes longer than an ECDSA signature: it reads control groups.
pub(crate) fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *fork::once(&CORES, || thread::available_parallelism().map_or(1, usize::from))
}

/// A public key as one engine holds it.
pub(crate) enum PublicKey {
    #[cfg(feature = "aws-lc")]
    AwsLc(aws_lc::PublicKey),
    Portable(portable::PublicKey),
}

impl PublicKey {
    /// Reads an RSA or P-256 key from SubjectPublicKeyInfo.
    pub(crate) fn from_spki(engine: Engine, der: &[u8]) -> Result<Self, Refused> {
        let _held_off = fork::hold_off();
        match engine {
            #[cfg(feature = "aws-lc")]
            Engine::AwsLc => aws_lc::PublicKey::from_spki(der).map(Self::AwsLc),
            Engine::Portable => portable::PublicKey::from_spki(der).map(Self::Portable),
        }
    }

    /// Whether `signature` is a valid signature of `message`; false for anything malformed.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8], hash: HashAlgorithm) -> bool {
        let _held_off = fork::hold_off();
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc(key) => key.verify(message, signature, hash),
            Self::Portable(key) => key.verify(message, signature, hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_names() {
        for engine in Engine::available() {
            assert_eq!(Engine::named(engine.name()).unwrap(), *engine);
        }
        let error = Engine::named("abacus").unwrap_err();
        assert!(error.to_string().contains("abacus") && error.to_string().contains("portable"), "{error}");
    }
}
