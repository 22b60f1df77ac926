//! One error type for the whole crate, and one for each domain inside it.
//!
//! Every message says in one line what was found and what to do about it, in words that suit any language. No variant
//! holds key material, a passphrase or a signature, so errors can be logged unchanged.

use std::path::Path;

use crate::text::Excerpt;

mod base64;
mod key;
mod manifest;
mod policy;
mod signing;
mod url;

pub use self::{
    base64::Base64Error,
    key::KeyError,
    manifest::ManifestError,
    policy::PolicyError,
    signing::SigningError,
    url::{CookieError, UrlError},
};

/// The result of every fallible public function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by the thing at fault.
///
/// ```
/// use cloudfront_signer::{Error, Url, UrlError};
///
/// let refused = Url::parse("videos/1.mp4");
/// assert!(matches!(refused, Err(Error::InvalidUrl(UrlError::Relative(_)))));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A private or public key could not be used.
    #[error(transparent)]
    InvalidKey(#[from] KeyError),
    /// A key file holds no usable key.
    #[error("{path}: {error}")]
    InFile {
        /// Which file.
        path: Excerpt,
        /// Why.
        error: Box<Error>,
    },
    /// CloudFront does not accept a policy, or one of its conditions.
    #[error(transparent)]
    InvalidPolicy(#[from] PolicyError),
    /// CloudFront does not accept a URL or a stream name.
    #[error(transparent)]
    InvalidUrl(#[from] UrlError),
    /// Browsers do not accept a cookie's attribute.
    #[error(transparent)]
    InvalidCookie(#[from] CookieError),
    /// A text is not CloudFront's base64.
    #[error("not CloudFront's base64 (letters, digits, '-' and '~', padded with '_'): {0}")]
    InvalidSignature(Base64Error),
    /// No signature could be made.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A manifest of a stream could not be read or signed.
    #[error(transparent)]
    InvalidManifest(#[from] ManifestError),
    /// A line of a manifest was refused.
    #[error("line {line}: {error}")]
    InManifest {
        /// Which one, counted from 1.
        line: usize,
        /// Why.
        error: Box<Error>,
    },
    /// One item of a batch was refused.
    #[error("{error}")]
    InBatch {
        /// Which one, counted from 0.
        index: usize,
        /// Why.
        error: Box<Error>,
    },
}

impl Error {
    pub(crate) fn in_batch(self, index: usize) -> Self {
        Self::InBatch { index, error: Box::new(self) }
    }

    pub(crate) fn in_file(self, path: &Path) -> Self {
        Self::InFile { path: Excerpt::new(&path.display().to_string()), error: Box::new(self) }
    }

    pub(crate) fn in_manifest(self, line: usize) -> Self {
        Self::InManifest { line, error: Box::new(self) }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn messages_name_no_language_and_no_command_of_ours() {
        let messages = [
            include_str!("key.rs"),
            include_str!("manifest.rs"),
            include_str!("policy.rs"),
            include_str!("signing.rs"),
            include_str!("url.rs"),
        ];
        for name in
            ["Python", "from_pem", "from_der", "from_file", "pathlib", "timedelta", "sign_stream", "clear_on", "keygen"]
        {
            // The tool of OpenSSH converts foreign keys.
            let named = |text: &&&str| text.replace("ssh-keygen", "").contains(name);
            assert_eq!(messages.iter().find(named), None, "{name}");
        }
    }
}
