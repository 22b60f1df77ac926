//! What a request claims to have been signed: read here once, for the verifier, the inspection and the diagnosis.

use super::{decision::Via, denial::Denial};
use crate::{
    credentials::{Credentials, signed_url},
    error::{Error, PolicyError},
    hash_algorithm::HashAlgorithm,
    policy::{EpochSeconds, Policy},
    text::Excerpt,
    wire::encoding::decode_base64,
    wire::url::Url,
};

/// The credentials of a request, read as the edge reads them. Nothing is verified.
///
/// Each part is read when it is asked for: a part that cannot be read does not hide the others.
#[derive(Debug, Clone)]
pub(crate) struct Claim<'a> {
    via: Option<Via>,
    credentials: Credentials<'a>,
}

impl<'a> Claim<'a> {
    /// The claim of a request. URL parameters win: any one of them hides the cookies.
    pub(crate) fn of_request(url: &'a Url, cookies: &'a str) -> Self {
        let of_url = Self::of_url(url);
        if of_url.via.is_some() { of_url } else { Self::of_cookies(cookies) }
    }

    /// The claim of a URL alone.
    pub(crate) fn of_url(url: &'a Url) -> Self {
        Self::new(Via::Url, Credentials::from_url(url))
    }

    /// The claim of a `Cookie` header alone.
    pub(crate) fn of_cookies(header: &'a str) -> Self {
        Self::new(Via::Cookies, Credentials::from_cookies(header))
    }

    fn new(via: Via, credentials: Credentials<'a>) -> Self {
        Self { via: (!credentials.is_empty()).then_some(via), credentials }
    }

    /// Where the credentials are; `None` if there are none.
    pub(crate) const fn via(&self) -> Option<Via> {
        self.via
    }

    /// One parameter as it was sent; an empty one counts as missing.
    pub(crate) fn parameter(&self, name: &'static str) -> Option<&str> {
        self.credentials.value(name)
    }

    /// Whether a parameter was sent, even if it is empty.
    pub(crate) fn has(&self, name: &'static str) -> bool {
        self.credentials.has(name)
    }

    /// Whether the policy itself was sent.
    pub(crate) fn is_custom(&self) -> bool {
        self.parameter("Policy").is_some()
    }

    /// The key pair id. Without one, or with a parameter that was sent twice, the edge reads no further.
    pub(crate) fn key_id(&self) -> Result<&str, Denial> {
        let missing = if self.via.is_some() { Denial::NoKeyId } else { Denial::NotSigned };
        let key_id = self.parameter("Key-Pair-Id").ok_or(missing)?;
        match self.credentials.doubled() {
            Some(name) => Err(Denial::Doubled(name)),
            None => Ok(key_id),
        }
    }

    /// What the signature is over, in a request for `bare`, the URL without signing parameters.
    pub(crate) fn signed(&self, bare: &Url) -> Result<Signed, Denial> {
        match self.custom() {
            Some(custom) => custom,
            None => Ok(Signed::Canned(Policy::canned(bare, self.end()?))),
        }
    }

    /// The policy that was sent, decoded; `None` if only the end of a canned policy was.
    pub(crate) fn custom(&self) -> Option<Result<Signed, Denial>> {
        let policy = self.parameter("Policy")?;
        Some(decode_base64(policy).map(Signed::Custom).map_err(|_| Denial::PolicyNotBase64))
    }

    /// The end of a canned policy.
    pub(crate) fn end(&self) -> Result<EpochSeconds, Denial> {
        let text = self.parameter("Expires").ok_or(Denial::NoPolicy)?;
        signed_url::parse_end(text).map_err(|error| match error {
            Error::InvalidPolicy(error) => Denial::BadPolicy(error),
            _ => Denial::BadExpires(Excerpt::new(text)),
        })
    }

    /// The bytes of the signature.
    pub(crate) fn signature(&self) -> Result<Vec<u8>, Denial> {
        let signature = self.parameter("Signature").ok_or(Denial::NoSignature)?;
        decode_base64(signature).map_err(|_| Denial::SignatureNotBase64)
    }

    /// The hash algorithm; SHA-1 if none was sent.
    pub(crate) fn hash_algorithm(&self) -> Result<HashAlgorithm, Denial> {
        let Some(name) = self.parameter("Hash-Algorithm") else {
            return Ok(HashAlgorithm::Sha1);
        };
        name.parse().map_err(|_| Denial::UnknownHashAlgorithm(Excerpt::new(name)))
    }
}

/// What a signature is over.
#[derive(Debug, Clone)]
pub(crate) enum Signed {
    /// Rebuilt from the request.
    Canned(Policy),
    /// Sent and decoded, but not parsed yet.
    Custom(Vec<u8>),
}

impl Signed {
    /// The canned policy of any text. The diagnosis needs it: a faulty signer may sign what is not a URL.
    pub(crate) fn canned(url: &str, end: EpochSeconds) -> Self {
        Self::Canned(Policy::canned_text(url, end))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Canned(policy) => policy.to_json().as_bytes(),
            Self::Custom(bytes) => bytes,
        }
    }

    /// The words for it in a message.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Canned(_) => "URL and expiry",
            Self::Custom(_) => "policy",
        }
    }

    /// The policy in it.
    pub(crate) fn into_policy(self) -> Result<Policy, Denial> {
        match self {
            Self::Canned(policy) => Ok(policy),
            Self::Custom(bytes) => {
                let json = String::from_utf8(bytes).map_err(|_| Denial::BadPolicy(PolicyError::NotUtf8))?;
                Policy::from_json(&json).map_err(|error| match error {
                    Error::InvalidPolicy(error) => Denial::BadPolicy(error),
                    other => Denial::BadPolicy(PolicyError::Malformed(other.to_string().as_str().into())),
                })
            }
        }
    }
}
