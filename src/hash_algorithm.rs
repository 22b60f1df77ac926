//! The two hash algorithms of CloudFront.

use std::{fmt, str::FromStr};

use crate::error::{Error, SigningError};

/// The hash that a signature is made over.
///
/// ```
/// use cloudfront_signer::HashAlgorithm;
///
/// assert_eq!("SHA256".parse::<HashAlgorithm>()?, HashAlgorithm::Sha256);
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
///
/// CloudFront uses SHA-1 unless the request has `Hash-Algorithm=SHA256`
/// ([private content, signed URLs](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-1, CloudFront's default. Collisions do not help an attacker, because the signer writes the policy itself.
    Sha1,
    /// SHA-256, named in the URL or cookie.
    Sha256,
}

impl HashAlgorithm {
    /// CloudFront's name: `SHA1` or `SHA256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }
}

impl FromStr for HashAlgorithm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "SHA1" => Ok(Self::Sha1),
            "SHA256" => Ok(Self::Sha256),
            other => Err(SigningError::UnknownHashAlgorithm(other.into()).into()),
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
