//! Why no signature was made.

use crate::text::Excerpt;

/// Why no signature was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum SigningError {
    #[error("the key pair id is empty: expected the id that CloudFront shows, such as K2JCJMDEHXQW5F")]
    EmptyKeyId,
    #[error("{names}: not set, or empty", names = .0.iter().map(Excerpt::to_string).collect::<Vec<_>>().join(" and "))]
    MissingSettings(Vec<Excerpt>),
    #[error("key pair id {0:?}: expected letters, digits, '-', '.', '_' and '~'")]
    BadKeyId(Excerpt),
    #[error("hash algorithm {0:?}: expected \"SHA1\" or \"SHA256\"")]
    UnknownHashAlgorithm(Excerpt),
    #[error("hash algorithm {given}: the signer signs with {signer}: leave the hash algorithm out")]
    OtherHashAlgorithm { given: String, signer: String },
    #[error("the {kind} key made no signature that verifies: do not use it")]
    Failed { kind: String },
    #[error("the signer returned no signature")]
    Empty,
    #[error("the signer returned {0}: expected bytes")]
    NotBytes(Excerpt),
    #[error("the signer returned {found} signatures for {expected} messages")]
    Count { found: usize, expected: usize },
    /// The error of a caller's own signer, unchanged.
    #[error("{0}")]
    Caller(Box<dyn std::error::Error + Send + Sync>),
}
