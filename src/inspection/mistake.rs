//! The mistakes that people make, what each looks like, and what would be right.

use crate::{hash_algorithm::HashAlgorithm, verifier::Denial};

/// One thing that is wrong. The message says what was found, [`Mistake::advice`] what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Mistake {
    #[error("{0}")]
    Denied(Denial),
    #[error("the time is in milliseconds")]
    Milliseconds,
    #[error("{parameter} is in standard base64: it still has '+', '/' or '='")]
    StandardBase64 { parameter: &'static str },
    #[error("{parameter} has blanks where its base64 had '+'")]
    Blanks { parameter: &'static str },
    #[error("{parameter} was percent-encoded once more after it was put into the URL")]
    EncodedParameter { parameter: &'static str },
    #[error("{parameter} has lost its padding at the end: it was cut off, or stripped of '_'")]
    LostPadding { parameter: &'static str },
    #[error("the URL was percent-encoded twice: it was signed as {signed}")]
    EncodedTwice { signed: String },
    #[error("the URL was percent-encoded after it was signed: it was signed as {signed}")]
    EncodedAfterSigning { signed: String },
    #[error("signed for {signed}, requested over {sent}")]
    OtherScheme { signed: String, sent: String },
    #[error("signed for the S3 bucket ({signed}), requested from the distribution ({sent})")]
    SignedForBucket { signed: String, sent: String },
    #[error("signed for the distribution ({signed}), requested from the S3 bucket ({sent})")]
    SentToBucket { signed: String, sent: String },
    #[error("signed for {signed}, requested was {sent}")]
    OtherUrl { signed: String, sent: String },
    #[error("signed with a trailing '?', which the edge leaves out")]
    TrailingQuestionMark,
    #[error("added after signing: {parameters}")]
    AddedParameters { parameters: String },
    #[error("the query's parameters were reordered after signing: it was signed as {signed}")]
    Reordered { signed: String },
    #[error("signed over {signed}, but the request says {sent}")]
    OtherHash { signed: HashAlgorithm, sent: HashAlgorithm },
    #[error("signed with the key of {signed}, but the request says {sent}")]
    OtherKey { signed: String, sent: String },
    #[error("the ECDSA signature is r‖s")]
    RawEcdsa,
    #[error("a browser does not send these cookies: {0}")]
    CookieElsewhere(String),
    #[error("the cookies would be let in, but signing parameters in the URL hide them")]
    HiddenCookies,
    #[error("no mistake that is known explains the signature: URL, policy or key are others than when it was made")]
    Unexplained,
}

impl Mistake {
    /// A name for programs: `expired`, `other-hash`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Denied(denial) => denial_name(denial),
            Self::Milliseconds => "milliseconds",
            Self::StandardBase64 { .. } => "standard-base64",
            Self::Blanks { .. } => "blanks",
            Self::EncodedParameter { .. } => "encoded-parameter",
            Self::LostPadding { .. } => "lost-padding",
            Self::EncodedTwice { .. } => "encoded-twice",
            Self::EncodedAfterSigning { .. } => "encoded-after-signing",
            Self::OtherScheme { .. } => "other-scheme",
            Self::SignedForBucket { .. } => "signed-for-bucket",
            Self::SentToBucket { .. } => "sent-to-bucket",
            Self::OtherUrl { .. } => "other-url",
            Self::TrailingQuestionMark => "trailing-question-mark",
            Self::AddedParameters { .. } => "added-parameters",
            Self::Reordered { .. } => "reordered",
            Self::OtherHash { .. } => "other-hash",
            Self::OtherKey { .. } => "other-key",
            Self::RawEcdsa => "raw-ecdsa",
            Self::CookieElsewhere(_) => "cookie-elsewhere",
            Self::HiddenCookies => "hidden-cookies",
            Self::Unexplained => "unexplained",
        }
    }

    /// What would be right.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Denied(denial) => denial_advice(denial).to_owned(),
            Self::Milliseconds => "give whole seconds since 1970".to_owned(),
            Self::StandardBase64 { .. } => "replace '+' by '-', '/' by '~' and '=' by '_'".to_owned(),
            Self::Blanks { .. } => {
                "something decoded '+' as a blank: use CloudFront's '-', '~' and '_', which need no escaping".to_owned()
            }
            Self::EncodedParameter { .. } | Self::EncodedTwice { .. } => {
                "use the signed URL as it is, without encoding it again".to_owned()
            }
            Self::LostPadding { .. } => "copy the URL whole, with its last '_'".to_owned(),
            Self::EncodedAfterSigning { .. } => {
                "percent-encode first, then sign just what is sent (this library does)".to_owned()
            }
            Self::OtherScheme { signed, .. } => format!("request it over {signed}, or sign for *://"),
            Self::SignedForBucket { sent, .. } => format!("sign the URL of the distribution: {sent}"),
            Self::SentToBucket { signed, .. } => format!("request it from the distribution: {signed}"),
            Self::OtherUrl { .. } => "sign the URL that is requested, or a resource with wildcards".to_owned(),
            Self::TrailingQuestionMark => "sign the URL without it".to_owned(),
            Self::AddedParameters { .. } => {
                "add parameters before signing, or sign a custom policy that ends in '*'".to_owned()
            }
            Self::Reordered { .. } => "keep the order in which the URL was signed".to_owned(),
            Self::OtherHash { signed: HashAlgorithm::Sha256, .. } => "add Hash-Algorithm=SHA256".to_owned(),
            Self::OtherHash { signed: HashAlgorithm::Sha1, .. } => "leave out Hash-Algorithm".to_owned(),
            Self::OtherKey { signed, .. } => format!("send Key-Pair-Id={signed}, or sign with the other key"),
            Self::RawEcdsa => "CloudFront takes DER: let the signer write ASN.1, not IEEE P1363".to_owned(),
            Self::CookieElsewhere(_) => "set them for the domain and the path that are requested".to_owned(),
            Self::HiddenCookies => {
                "name the application's own parameters otherwise, or leave out the signing parameters".to_owned()
            }
            Self::Unexplained => {
                "sign again the very URL that is requested, with the key of this key pair id".to_owned()
            }
        }
    }
}

const fn denial_name(denial: &Denial) -> &'static str {
    match denial {
        Denial::BadUrl(_) => "bad-url",
        Denial::TooLarge { .. } => "too-large",
        Denial::NotSigned => "not-signed",
        Denial::NoKeyId => "no-key-id",
        Denial::UnknownKey(_) => "unknown-key",
        Denial::Doubled(_) => "doubled-parameter",
        Denial::NoPolicy => "no-policy",
        Denial::BadExpires(_) => "bad-expires",
        Denial::PolicyNotBase64 => "policy-not-base64",
        Denial::BadPolicy(_) => "malformed-policy",
        Denial::NoSignature => "no-signature",
        Denial::SignatureNotBase64 => "signature-not-base64",
        Denial::UnknownHashAlgorithm(_) => "unknown-hash-algorithm",
        Denial::WrongSignature { .. } => "wrong-signature",
        Denial::Expired { .. } => "expired",
        Denial::TooEarly { .. } => "too-early",
        Denial::UnknownAddress { .. } => "unknown-address",
        Denial::WrongAddress { .. } => "wrong-address",
        Denial::Ipv6 { .. } => "ipv6",
        Denial::WrongResource { .. } => "wrong-resource",
    }
}

const fn denial_advice(denial: &Denial) -> &'static str {
    match denial {
        Denial::BadUrl(_) => "give the whole URL, from https:// on",
        Denial::TooLarge { .. } => "shorten the resource or the application's own parameters and cookies",
        Denial::NotSigned => "sign the URL, or set the cookies before the request",
        Denial::NoKeyId => "send Key-Pair-Id, the id of the public key in the key group",
        Denial::UnknownKey(_) => "use the id of a public key that is in the behaviour's key group",
        Denial::Doubled(_) => "send each signing parameter once",
        Denial::NoPolicy => "send Expires for a canned policy, or Policy for a custom one",
        Denial::BadExpires(_) => "give whole seconds since 1970",
        Denial::PolicyNotBase64 | Denial::SignatureNotBase64 => "copy the URL again, whole",
        Denial::BadPolicy(_) => "build the policy with this library, or compare it with CloudFront's examples",
        Denial::NoSignature => "send Signature",
        Denial::UnknownHashAlgorithm(_) => "spell it SHA256, or leave it out for SHA-1",
        Denial::WrongSignature { .. } => "sign again the very URL that is requested",
        Denial::Expired { .. } => "sign it again with a later end",
        Denial::TooEarly { .. } => "wait, or sign with an earlier start (and check the signer's clock)",
        Denial::UnknownAddress { .. } => "give the viewer's address",
        Denial::WrongAddress { .. } => {
            "sign for the viewer's address, or without one: addresses change on mobile networks"
        }
        Denial::Ipv6 { .. } => "do not enable IPv6 on this distribution, or sign without an address",
        Denial::WrongResource { .. } => "sign a resource that covers the request",
    }
}
