//! Private and public key operations on bytes.
//!
//! [`Engine::AwsLc`] is the default: constant time, blinded and fast. [`Engine::Portable`] is pure Rust: the reference
//! for the tests of the other engine, and the engine where C cannot be built. Both read the same canonical encodings
//! (PKCS#8 and SubjectPublicKeyInfo, DER) and check each RSA signature with the public exponent before they return it,
//! so that a fault never reveals a factor. Each operation holds off forks.
//!
//! Batches of RSA-2048 are signed by [`lanes`] where that is faster, and by the engine otherwise.

#[cfg(feature = "aws-lc")]
mod aws_lc;
pub(crate) mod batch;
mod choice;
pub(crate) mod fork;
pub(crate) mod lanes;
mod portable;
mod refused;
#[cfg(all(unix, feature = "aws-lc"))]
mod thread_end;
pub(crate) mod wiping;
#[cfg(any(test, feature = "python"))]
pub(crate) mod wiping_allocator;

use std::{sync::OnceLock, thread};

pub(crate) use self::choice::Choice;
pub use self::choice::{ENGINE_VARIABLE, Engine};
use self::refused::Refused;
use crate::hash_algorithm::HashAlgorithm;

/// A private key as one engine holds it, and the batch engine if it was used; wiped when dropped.
pub(crate) struct PrivateKey {
    single: Single,
    engine: Engine,
    lanes: OnceLock<Option<lanes::PrivateKey>>,
}

enum Single {
    #[cfg(feature = "aws-lc")]
    AwsLc(aws_lc::PrivateKey),
    Portable(portable::PrivateKey),
}

impl PrivateKey {
    /// Reads an RSA or P-256 key from PKCS#8.
    pub(crate) fn from_pkcs8(engine: Engine, der: &[u8]) -> Result<Self, Refused> {
        let _held_off = fork::hold_off();
        let single = match engine {
            #[cfg(feature = "aws-lc")]
            Engine::AwsLc => Single::AwsLc(aws_lc::PrivateKey::from_pkcs8(der)?),
            Engine::Portable => Single::Portable(portable::PrivateKey::from_pkcs8(der)?),
        };
        Ok(Self { single, engine, lanes: OnceLock::new() })
    }

    /// RSA PKCS#1 v1.5, or ECDSA in DER.
    pub(crate) fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>, Refused> {
        let _held_off = fork::hold_off();
        match &self.single {
            #[cfg(feature = "aws-lc")]
            Single::AwsLc(key) => key.sign(message, hash),
            Single::Portable(key) => key.sign(message, hash),
        }
    }

    /// Signs many messages with up to `workers` threads; see [`batch::run`]. `der` is what the key was loaded from.
    pub(crate) fn sign_many<E: Send>(
        &self,
        der: &[u8],
        (messages, hash): (&[&[u8]], HashAlgorithm),
        workers: usize,
        failed: impl Fn(Refused) -> E + Sync,
        go_on: &dyn Fn() -> Result<(), E>,
    ) -> Result<Vec<Vec<u8>>, E> {
        let lanes = if messages.len() < lanes::CHUNK { None } else { self.lanes(der) };
        let Some(lanes) = lanes else {
            return batch::run(
                messages.len(),
                workers,
                |index| self.sign(messages[index], hash).map_err(&failed),
                go_on,
            );
        };
        let chunks: Vec<_> = messages.chunks(lanes::CHUNK).collect();
        let sign = |index: usize| self.sign_chunk(lanes, chunks[index], hash).map_err(&failed);
        let signed = batch::run(chunks.len(), workers.min(chunks.len()), sign, go_on)?;
        Ok(signed.into_iter().flatten().collect())
    }

    /// With the batch engine, and with this one what is left: the last of an odd number of messages, and what did not
    /// verify.
    fn sign_chunk(
        &self,
        lanes: &lanes::PrivateKey,
        messages: &[&[u8]],
        hash: HashAlgorithm,
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let _held_off = fork::hold_off();
        let signatures = match messages.try_into() {
            Ok(chunk) => Vec::from(lanes.sign(chunk, hash)),
            Err(_) => vec![None; messages.len()],
        };
        #[cfg(test)]
        lanes::fault::FALLBACKS.with(|count| {
            let left = signatures.iter().filter(|signature| signature.is_none()).count();
            count.set(count.get() + if signatures.len() == lanes::CHUNK { left } else { 0 });
        });
        signatures
            .into_iter()
            .zip(messages)
            .map(|(signature, message)| signature.map_or_else(|| self.sign(message, hash), Ok))
            .collect()
    }

    /// Signs batches with a kernel, whatever was chosen.
    #[cfg(test)]
    fn use_kernel(&self, kernel: lanes::Kernel, der: &[u8]) {
        assert!(self.lanes.set(lanes::PrivateKey::from_pkcs8(kernel, der)).is_ok());
    }

    /// Made when the first batch is signed: most keys never sign one.
    fn lanes(&self, der: &[u8]) -> Option<&lanes::PrivateKey> {
        if let Some(made) = self.lanes.get() {
            return made.as_ref();
        }
        let kernel = Choice::made().ok().filter(|choice| choice.engine == self.engine)?.kernel?;
        fork::once(&self.lanes, || lanes::PrivateKey::from_pkcs8(kernel, der)).as_ref()
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
