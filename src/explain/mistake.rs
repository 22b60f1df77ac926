//! The mistakes that people make, and what each looks like; what would be right is in [`super::advice`].

use super::{answer::Cause, copied::Copied, policy_flaw::PolicyFlaw};
use crate::{hash_algorithm::HashAlgorithm, key::KeyKind, text::Excerpt, verify::verifier::Denial};

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
    #[error("cookie CloudFront-{parameter} has percent-encoded a value that needs none (such as %7E for '~')")]
    EncodedCookie { parameter: &'static str },
    #[error("{parameter} has lost its padding at the end: it was cut off, or stripped of '_'")]
    LostPadding { parameter: &'static str },
    #[error("the URL was percent-encoded twice: it was signed as {signed}")]
    EncodedTwice { signed: Excerpt },
    #[error("percent-encoded after signing: {characters}; it was signed as {signed}")]
    EncodedAfterSigning { characters: String, signed: Excerpt },
    #[error("signed percent-encoded, requested raw: {characters}; it was signed as {signed}")]
    DecodedAfterSigning { characters: String, signed: Excerpt },
    #[error("the escapes (%XX) are spelled otherwise than when it was signed as {signed}")]
    OtherEscapes { signed: Excerpt },
    #[error("signed for {signed}, requested over {sent}")]
    OtherScheme { signed: &'static str, sent: &'static str },
    #[error("signed for the host {signed}, but clients send it in lower case: {sent}")]
    UpperCaseHost { signed: Excerpt, sent: Excerpt },
    #[error("signed for the host {signed}, requested from {sent}: clients leave out a scheme's own port")]
    DefaultPort { signed: Excerpt, sent: Excerpt },
    #[error("the slashes in the path are others than when it was signed as {signed}")]
    DoubledSlash { signed: Excerpt },
    #[error("signed with dot segments (. or ..) in another form: it was signed as {signed}")]
    DotSegments { signed: Excerpt },
    #[error("signed for the S3 bucket ({signed}), requested from the distribution ({sent})")]
    SignedForBucket { signed: Excerpt, sent: Excerpt },
    #[error("signed for the distribution ({signed}), requested from the S3 bucket ({sent})")]
    SentToBucket { signed: Excerpt, sent: Excerpt },
    #[error("the request goes to the S3 bucket itself ({host}), which does not know CloudFront's signatures")]
    BucketHost { host: Excerpt },
    #[error("the URL carries S3's own signature (X-Amz-Signature) beside CloudFront's")]
    S3Signature,
    #[error("signed for {signed}, requested was {sent}")]
    OtherUrl { signed: Excerpt, sent: Excerpt },
    #[error("signed with a trailing '?', which the edge leaves out")]
    TrailingQuestionMark,
    #[error("added after signing: {parameters}")]
    AddedParameters { parameters: Excerpt },
    #[error("the query's parameters were reordered after signing: it was signed as {signed}")]
    Reordered { signed: Excerpt },
    #[error("the signature is over another spelling of the policy's JSON: {spelling}")]
    JsonSpelling { spelling: String },
    #[error("the signature is over the base64 of the policy, not over its JSON")]
    SignedBase64,
    #[error("a canned policy (Expires) was signed for {resource}: wildcards need a custom one (Policy)")]
    CannedWildcard { resource: Excerpt },
    #[error("signed over {signed}, but the request says {sent}")]
    OtherHash { signed: HashAlgorithm, sent: HashAlgorithm },
    #[error("signed with the key of {signed}, but the request says {sent}")]
    OtherKey { signed: Excerpt, sent: Excerpt },
    #[error("the signature is one of {signature}, but the public key of this key pair id is {key}")]
    OtherKeyKind { signature: &'static str, key: KeyKind },
    #[error("key pair id {found:?} {what}")]
    BadKeyId { found: Excerpt, what: &'static str },
    #[error("the ECDSA signature is r‖s")]
    RawEcdsa,
    #[error("{0}")]
    Copied(Copied),
    #[error("{0}")]
    PolicyFlaw(PolicyFlaw),
    #[error("{clients} send it changed ({what}), and then the signature is wrong")]
    ChangedByClients { clients: String, what: String },
    #[error("a browser does not send these cookies: {0}")]
    CookieElsewhere(String),
    #[error("a browser refuses these cookies: their Domain {domain} is a public suffix, under which anybody has sites")]
    PublicSuffix { domain: Excerpt },
    #[error("a browser sends CloudFront-{name} twice, the one of {places}")]
    DoubledCookie { name: &'static str, places: String },
    #[error("the cookies would be let in, but signing parameters in the URL hide them")]
    HiddenCookies,
    #[error("{0}")]
    Answered(Cause),
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
            Self::EncodedCookie { .. } => "encoded-cookie",
            Self::LostPadding { .. } => "lost-padding",
            Self::EncodedTwice { .. } => "encoded-twice",
            Self::EncodedAfterSigning { .. } => "encoded-after-signing",
            Self::DecodedAfterSigning { .. } => "decoded-after-signing",
            Self::OtherEscapes { .. } => "other-escapes",
            Self::OtherScheme { .. } => "other-scheme",
            Self::UpperCaseHost { .. } => "upper-case-host",
            Self::DefaultPort { .. } => "default-port",
            Self::DoubledSlash { .. } => "doubled-slash",
            Self::DotSegments { .. } => "dot-segments",
            Self::SignedForBucket { .. } => "signed-for-bucket",
            Self::SentToBucket { .. } => "sent-to-bucket",
            Self::BucketHost { .. } => "bucket-host",
            Self::S3Signature => "s3-signature",
            Self::OtherUrl { .. } => "other-url",
            Self::TrailingQuestionMark => "trailing-question-mark",
            Self::AddedParameters { .. } => "added-parameters",
            Self::Reordered { .. } => "reordered",
            Self::JsonSpelling { .. } => "json-spelling",
            Self::SignedBase64 => "signed-base64",
            Self::CannedWildcard { .. } => "canned-wildcard",
            Self::OtherHash { .. } => "other-hash",
            Self::OtherKey { .. } => "other-key",
            Self::OtherKeyKind { .. } => "other-key-kind",
            Self::BadKeyId { .. } => "bad-key-id",
            Self::RawEcdsa => "raw-ecdsa",
            Self::Copied(copied) => copied.name(),
            Self::PolicyFlaw(flaw) => flaw.name(),
            Self::ChangedByClients { .. } => "changed-by-clients",
            Self::CookieElsewhere(_) => "cookie-elsewhere",
            Self::PublicSuffix { .. } => "public-suffix",
            Self::DoubledCookie { .. } => "doubled-cookie",
            Self::HiddenCookies => "hidden-cookies",
            Self::Answered(cause) => cause.name(),
            Self::Unexplained => "unexplained",
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
