//! Putting a signed URL together, and taking one apart.

use std::fmt::Write as _;

use crate::{
    credentials::Credentials,
    error::{Error, Result, UrlError},
    hash_algorithm::HashAlgorithm,
    policy::{EpochSeconds, Policy},
    text::Excerpt,
    wire::encoding::decode_base64,
    wire::url::Url,
};

/// The longest URL that CloudFront takes, in bytes
/// ([quotas](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html)).
pub const LONGEST_URL: usize = 8_192;

/// How the policy travels with the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentPolicy {
    /// Canned: only its end is sent, and the edge rebuilds the rest.
    Expires(EpochSeconds),
    /// Custom: sent whole.
    Policy(Policy),
}

/// The signing parameters as they stand in a query string, in the order of AWS's signers.
#[derive(Debug, Clone)]
pub(crate) struct Parameters(String);

impl Parameters {
    pub(crate) fn new(policy: &SentPolicy, signature: &str, key_id: &str, hash: HashAlgorithm) -> Self {
        let mut text = String::with_capacity(signature.len() + 200);
        // Writing to a String cannot fail.
        let _ = match policy {
            SentPolicy::Expires(end) => write!(text, "Expires={}", end.get()),
            SentPolicy::Policy(policy) => write!(text, "Policy={}", policy.encoded()),
        };
        let _ = write!(text, "&Signature={signature}&Key-Pair-Id={key_id}");
        if hash == HashAlgorithm::Sha256 {
            text.push_str("&Hash-Algorithm=SHA256");
        }
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Names and values.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.split('&').filter_map(|pair| pair.split_once('='))
    }

    /// The whole signed URL.
    pub(crate) fn sign(&self, url: &Url) -> Result<String> {
        let signed = url.with_parameters(&self.0);
        let length = signed.split('#').next().map_or(0, str::len);
        if length > LONGEST_URL {
            return Err(UrlError::TooLong { length, limit: LONGEST_URL }.into());
        }
        Ok(signed)
    }
}

/// What a signed URL says. It was not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL that was asked for, without the signing parameters.
    pub url: Url,
    /// The policy, or its end.
    pub policy: SentPolicy,
    /// The raw signature.
    pub signature: Vec<u8>,
    /// The id of the key that made it.
    pub key_id: String,
    /// The hash that it was made over.
    pub hash_algorithm: HashAlgorithm,
}

impl SignedUrl {
    /// Takes a signed URL apart.
    ///
    /// # Errors
    /// [`UrlError`] for a missing or doubled parameter; the policy's and the base64's own errors.
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

    /// The bytes that were signed.
    #[must_use]
    pub fn signed_policy(&self) -> Policy {
        match &self.policy {
            SentPolicy::Expires(end) => Policy::canned(&self.url, *end),
            SentPolicy::Policy(policy) => policy.clone(),
        }
    }
}

/// As it stands in the rebuilt policy, so in no other spelling: no sign, no leading zero.
pub(crate) fn parse_end(text: &str) -> Result<EpochSeconds> {
    let expected = "whole seconds since 1970";
    match text.parse::<u64>() {
        Ok(seconds) if seconds.to_string() == text => EpochSeconds::from_calendar(seconds.into()),
        _ => Err(UrlError::BadParameter { name: "Expires", found: Excerpt::new(text), expected }.into()),
    }
}
