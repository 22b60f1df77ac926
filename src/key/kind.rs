//! The kinds of keys: an algorithm and a size.

use std::{fmt, str::FromStr};

use crate::{
    error::{Error, KeyError},
    hash_algorithm::HashAlgorithm,
    text::Excerpt,
};

/// An algorithm and a size.
///
/// ```
/// use cloudfront_signer::KeyKind;
///
/// assert_eq!("rsa-2048".parse::<KeyKind>()?, KeyKind::RSA_2048);
/// assert_eq!(KeyKind::EcdsaP256.to_string(), "ecdsa-p256");
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
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
    /// The RSA keys that CloudFront's key groups accept.
    pub const RSA_2048: Self = Self::Rsa { bits: 2048 };

    /// The fewest signatures that are worth a thread: starting one takes as long as two ECDSA signatures, or a tenth of
    /// an RSA signature.
    pub(super) const fn least_share(self) -> usize {
        match self {
            Self::Rsa { .. } => 1,
            Self::EcdsaP256 => 16,
        }
    }

    /// The hash that signers use by default: SHA-1 for RSA, SHA-256 for ECDSA.
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
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "rsa-2048" => Ok(Self::RSA_2048),
            "ecdsa-p256" => Ok(Self::EcdsaP256),
            other => Err(KeyError::UnknownKind { found: Excerpt::new(other) }.into()),
        }
    }
}
