//! Why a request is denied, and what the edge answers.

use std::net::IpAddr;

use super::names::names;
use crate::{error::PolicyError, hash_algorithm::HashAlgorithm, policy::EpochSeconds, text::Excerpt};

/// The five error codes in the edge's XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants have the edge's own names")]
pub enum Code {
    MissingKey,
    InvalidKey,
    MalformedPolicy,
    MalformedSignature,
    AccessDenied,
}

impl Code {
    /// The `Code` element of the XML.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingKey => "MissingKey",
            Self::InvalidKey => "InvalidKey",
            Self::MalformedPolicy => "MalformedPolicy",
            Self::MalformedSignature => "MalformedSignature",
            Self::AccessDenied => "AccessDenied",
        }
    }

    /// The `Message` element of the XML.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::MissingKey => "Missing Key-Pair-Id query parameter or cookie value",
            Self::InvalidKey => "Unknown Key",
            Self::MalformedPolicy => "Malformed Policy",
            Self::MalformedSignature => "Could not unencode Signature",
            Self::AccessDenied => "Access denied",
        }
    }
}

/// Why a request is denied. The message says what was found, [`Denial::advice`] what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Denial {
    #[error("the request has no valid URL: {0}")]
    BadUrl(Excerpt),
    #[error("the {what} has {length} bytes: CloudFront accepts at most {limit}")]
    TooLarge { what: &'static str, length: usize, limit: usize },
    #[error("not signed: neither the URL nor a cookie carries a key pair id")]
    NotSigned,
    #[error("the signing parameters have no key pair id")]
    NoKeyId,
    #[error("key pair id {0:?} is not one of the trusted keys")]
    UnknownKey(Excerpt),
    #[error("{0} was sent more than once")]
    Doubled(&'static str),
    #[error("neither Expires nor Policy was sent")]
    NoPolicy,
    #[error("Expires is {0:?}: expected whole seconds since 1970")]
    BadExpires(Excerpt),
    #[error("the policy is not in CloudFront's base64 (letters, digits, '-' and '~', padded with '_')")]
    PolicyNotBase64,
    #[error("{0}")]
    BadPolicy(PolicyError),
    #[error("no Signature was sent")]
    NoSignature,
    #[error("the signature is not in CloudFront's base64 (letters, digits, '-' and '~', padded with '_')")]
    SignatureNotBase64,
    #[error("Hash-Algorithm is {0:?}: expected SHA1 or SHA256")]
    UnknownHashAlgorithm(Excerpt),
    #[error("the signature is not valid for this {what} with key {key_id} and {hash}")]
    WrongSignature { key_id: Excerpt, what: &'static str, hash: HashAlgorithm },
    #[error("expired {} ({end})", end.relative_to(*now))]
    Expired { end: EpochSeconds, now: EpochSeconds },
    #[error("not valid before {start}, {}", start.relative_to(*now))]
    TooEarly { start: EpochSeconds, now: EpochSeconds },
    #[error("the policy is limited to {range}, but the viewer's address is unknown")]
    UnknownAddress { range: String },
    #[error("the policy is limited to {range}, but the viewer is at {found}")]
    WrongAddress { range: String, found: IpAddr },
    #[error("the policy is limited to {range}, but the viewer connected over IPv6 ({found})")]
    Ipv6 { range: String, found: IpAddr },
    #[error("the policy covers {resource}, but the request is for {url}")]
    WrongResource { resource: Excerpt, url: Excerpt },
}

impl Denial {
    names! {
        Self::BadUrl(_) => "bad-url",
        Self::TooLarge { .. } => "too-large",
        Self::NotSigned => "not-signed",
        Self::NoKeyId => "no-key-id",
        Self::UnknownKey(_) => "unknown-key",
        Self::Doubled(_) => "doubled-parameter",
        Self::NoPolicy => "no-policy",
        Self::BadExpires(_) => "bad-expires",
        Self::PolicyNotBase64 => "policy-not-base64",
        Self::BadPolicy(_) => "malformed-policy",
        Self::NoSignature => "no-signature",
        Self::SignatureNotBase64 => "signature-not-base64",
        Self::UnknownHashAlgorithm(_) => "unknown-hash-algorithm",
        Self::WrongSignature { .. } => "wrong-signature",
        Self::Expired { .. } => "expired",
        Self::TooEarly { .. } => "too-early",
        Self::UnknownAddress { .. } => "unknown-address",
        Self::WrongAddress { .. } => "wrong-address",
        Self::Ipv6 { .. } => "ipv6",
        Self::WrongResource { .. } => "wrong-resource",
    }

    /// The edge's code for it.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::NotSigned | Self::NoKeyId => Code::MissingKey,
            Self::UnknownKey(_) => Code::InvalidKey,
            Self::NoPolicy | Self::BadExpires(_) | Self::PolicyNotBase64 | Self::BadPolicy(_) => Code::MalformedPolicy,
            Self::NoSignature | Self::SignatureNotBase64 => Code::MalformedSignature,
            Self::BadUrl(_)
            | Self::TooLarge { .. }
            | Self::Doubled(_)
            | Self::UnknownHashAlgorithm(_)
            | Self::WrongSignature { .. }
            | Self::Expired { .. }
            | Self::TooEarly { .. }
            | Self::UnknownAddress { .. }
            | Self::WrongAddress { .. }
            | Self::Ipv6 { .. }
            | Self::WrongResource { .. } => Code::AccessDenied,
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::BadUrl(_) => "request the whole URL, starting with https://",
            Self::TooLarge { .. } => "shorten the resource, or the application's own parameters and cookies",
            Self::NotSigned => "sign the URL, or set the cookies before the request",
            Self::NoKeyId => "send Key-Pair-Id: the id of a public key in the key group",
            Self::UnknownKey(_) => "use the id of a public key that is in the key group of the behaviour",
            Self::Doubled(_) => "send each signing parameter once",
            Self::NoPolicy => "send Expires for a canned policy, or Policy for a custom one",
            Self::BadExpires(_) => "send whole seconds since 1970",
            Self::PolicyNotBase64 | Self::SignatureNotBase64 => "copy the whole URL again",
            Self::BadPolicy(_) => {
                "build the policy with this library, or compare it with the examples in CloudFront's guide"
            }
            Self::NoSignature => "send Signature",
            Self::UnknownHashAlgorithm(_) => "write SHA256, or omit the parameter for SHA-1",
            Self::WrongSignature { .. } => "sign exactly the URL that is requested",
            Self::Expired { .. } => "sign it again with a later expiry",
            Self::TooEarly { .. } => "wait, or sign with an earlier start (and check the clock of the signing machine)",
            Self::UnknownAddress { .. } => "supply the viewer's address",
            Self::WrongAddress { .. } => {
                "sign for the viewer's address, or without an address: it changes on mobile networks"
            }
            Self::Ipv6 { .. } => "disable IPv6 on this distribution, or sign without an address",
            Self::WrongResource { .. } => "sign a resource that covers the request",
        }
    }
}
