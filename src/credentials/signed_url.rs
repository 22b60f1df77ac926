//! Reading signed URLs.

use crate::{
    credentials::Credentials,
    error::{Error, Result, UrlError},
    hash_algorithm::HashAlgorithm,
    policy::{EpochSeconds, Policy},
    text::Excerpt,
    wire::{encoding::decode_base64, url::Url},
};

/// The longest URL that CloudFront accepts, in bytes
/// ([quotas](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html)).
pub const LONGEST_URL: usize = 8_192;

/// How a policy travels with its request.
///
/// ```
/// use cloudfront_signer::{SentPolicy, SignedUrl};
///
/// let url =
/// "https://d111111abcdef8.cloudfront.net/a.mp4?Expires=1767290400&Signature=aGk_&Key-Pair-Id=K2JCJMDEHXQW5F";
/// assert!(matches!(SignedUrl::parse(url)?.policy, SentPolicy::Expires(end) if end.get() == 1_767_290_400));
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentPolicy {
    /// Canned: only its expiry is sent, and the edge rebuilds the rest.
    Expires(EpochSeconds),
    /// Custom: sent whole.
    Policy(Policy),
}

/// The parts of a signed URL. They are not verified.
///
/// ```
/// use cloudfront_signer::SignedUrl;
///
/// let url =
/// "https://d111111abcdef8.cloudfront.net/a.mp4?Expires=1767290400&Signature=aGk_&Key-Pair-Id=K2JCJMDEHXQW5F"; let
/// signed = SignedUrl::parse(url)?; assert_eq!(signed.url.as_str(), "https://d111111abcdef8.cloudfront.net/a.mp4");
/// assert_eq!((signed.key_id.as_str(), signed.signature.as_slice()), ("K2JCJMDEHXQW5F", &b"hi"[..]));
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The requested URL without its signing parameters.
    pub url: Url,
    /// The policy, or the expiry of a canned one.
    pub policy: SentPolicy,
    /// The raw signature.
    pub signature: Vec<u8>,
    /// The key pair id.
    pub key_id: String,
    /// The hash that the signature is made over.
    pub hash_algorithm: HashAlgorithm,
}

impl SignedUrl {
    /// Reads a signed URL.
    ///
    /// # Errors
    /// [`UrlError`] for a missing or repeated parameter, and the errors of the policy and of base64.
    pub fn parse(text: &str) -> Result<Self> {
        let request = Url::parse_request(text)?;
        let credentials = Credentials::from_url(&request);
        if let Some(name) = credentials.doubled() {
            return Err(UrlError::DuplicateParameter(name).into());
        }
        let required = |name| credentials.value(name).ok_or_else(|| Error::from(UrlError::NotSigned(name)));
        let policy = match (credentials.value("Policy"), credentials.value("Expires")) {
            (Some(policy), _) => SentPolicy::Policy(Policy::from_encoded(policy)?),
            (None, Some(end)) => SentPolicy::Expires(parse_end(end)?),
            (None, None) => return Err(UrlError::NotSigned("Expires").into()),
        };
        Ok(Self {
            policy,
            signature: decode_base64(required("Signature")?)?,
            key_id: required("Key-Pair-Id")?.to_owned(),
            hash_algorithm: credentials.value("Hash-Algorithm").map_or(Ok(HashAlgorithm::Sha1), str::parse)?,
            url: request.without_signing_parameters(),
        })
    }

    /// The policy that was signed.
    #[must_use]
    pub fn signed_policy(&self) -> Policy {
        match &self.policy {
            SentPolicy::Expires(end) => Policy::canned(&self.url, *end),
            SentPolicy::Policy(policy) => policy.clone(),
        }
    }
}

/// The expiry in the spelling of the rebuilt policy: without a sign or leading zeros.
pub(crate) fn parse_end(text: &str) -> Result<EpochSeconds> {
    let expected = "whole seconds since 1970";
    match text.parse::<u64>() {
        Ok(seconds) if seconds.to_string() == text => EpochSeconds::from_calendar(seconds.into()),
        _ => Err(UrlError::BadParameter { name: "Expires", found: Excerpt::new(text), expected }.into()),
    }
}
