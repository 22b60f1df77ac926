//! The mistakes that a diagnosis can find: how each is named, what it looks like, and what to do about it.

use super::{cause::Cause, copied::Copied, policy_flaw::PolicyFlaw};
use crate::{hash_algorithm::HashAlgorithm, key::KeyKind, text::Excerpt, verify::Denial};

/// One mistake. The message says what was found, [`Mistake::advice`] what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Mistake {
    #[error("{0}")]
    Denied(Denial),
    #[error("the time is in milliseconds")]
    Milliseconds,
    #[error("{parameter} is in standard base64: it contains '+', '/' or '='")]
    StandardBase64 { parameter: &'static str },
    #[error("{parameter} contains spaces where its base64 had '+'")]
    Blanks { parameter: &'static str },
    #[error("{parameter} was percent-encoded again after it was put into the URL")]
    EncodedParameter { parameter: &'static str },
    #[error("the value of the cookie CloudFront-{parameter} is percent-encoded (such as %7E for '~')")]
    EncodedCookie { parameter: &'static str },
    #[error("{parameter} has lost its padding: it was cut off, or its trailing '_' was removed")]
    LostPadding { parameter: &'static str },
    #[error("the URL was percent-encoded twice: it was signed as {signed}")]
    EncodedTwice { signed: Excerpt },
    #[error("percent-encoded after signing: {characters}; it was signed as {signed}")]
    EncodedAfterSigning { characters: String, signed: Excerpt },
    #[error("percent-encoded when signed, but not in the request: {characters}; it was signed as {signed}")]
    DecodedAfterSigning { characters: String, signed: Excerpt },
    #[error("the percent-escapes (%XX) differ in spelling from the URL that was signed: {signed}")]
    OtherEscapes { signed: Excerpt },
    #[error("signed for {signed}, requested over {sent}")]
    OtherScheme { signed: &'static str, sent: &'static str },
    #[error("signed for the host {signed}, but clients send it in lower case: {sent}")]
    UpperCaseHost { signed: Excerpt, sent: Excerpt },
    #[error("signed for the host {signed}, requested from {sent}: clients leave out the default port")]
    DefaultPort { signed: Excerpt, sent: Excerpt },
    #[error("the slashes in the path differ from the URL that was signed: {signed}")]
    DoubledSlash { signed: Excerpt },
    #[error("the dot segments (. or ..) in the path differ from the URL that was signed: {signed}")]
    DotSegments { signed: Excerpt },
    #[error("signed for the S3 bucket ({signed}), requested from the distribution ({sent})")]
    SignedForBucket { signed: Excerpt, sent: Excerpt },
    #[error("signed for the distribution ({signed}), requested from the S3 bucket ({sent})")]
    SentToBucket { signed: Excerpt, sent: Excerpt },
    #[error("the request goes to the S3 bucket itself ({host}), which does not know CloudFront's signatures")]
    BucketHost { host: Excerpt },
    #[error("the URL carries an S3 signature (X-Amz-Signature) as well as CloudFront's")]
    S3Signature,
    #[error("signed for {signed}, but the request is for {sent}")]
    OtherUrl { signed: Excerpt, sent: Excerpt },
    #[error("signed with a trailing '?', which the edge removes")]
    TrailingQuestionMark,
    #[error("added after signing: {parameters}")]
    AddedParameters { parameters: Excerpt },
    #[error("the query parameters were reordered after signing: it was signed as {signed}")]
    Reordered { signed: Excerpt },
    #[error("the signature is over the policy's JSON in another spelling: {spelling}")]
    JsonSpelling { spelling: String },
    #[error("the signature is over the base64 of the policy, not over its JSON")]
    SignedBase64,
    #[error("a canned policy (Expires) was signed for {resource}: wildcards need a custom policy (Policy)")]
    CannedWildcard { resource: Excerpt },
    #[error("signed with {signed}, but the request says {sent}")]
    OtherHash { signed: HashAlgorithm, sent: HashAlgorithm },
    #[error("signed with the key of {signed}, but the request says {sent}")]
    OtherKey { signed: Excerpt, sent: Excerpt },
    #[error("the signature is {signature}, but the public key of this key pair id is {key}")]
    OtherKeyKind { signature: &'static str, key: KeyKind },
    #[error("key pair id {found:?} {what}")]
    BadKeyId { found: Excerpt, what: &'static str },
    #[error("the ECDSA signature is in the form r‖s (IEEE P1363)")]
    RawEcdsa,
    #[error("{0}")]
    Copied(Copied),
    #[error("{0}")]
    PolicyFlaw(PolicyFlaw),
    #[error("{clients} change the URL before they send it ({what}), and the signature is then wrong")]
    ChangedByClients { clients: String, what: String },
    #[error("a browser does not send these cookies: {0}")]
    CookieElsewhere(String),
    #[error(
        "a browser rejects these cookies: their Domain {domain} is a public suffix, under which anyone can have a site"
    )]
    PublicSuffix { domain: Excerpt },
    #[error("a browser sends CloudFront-{name} twice: for {places}")]
    DoubledCookie { name: &'static str, places: String },
    #[error("the cookies would be accepted, but signing parameters in the URL take precedence over them")]
    HiddenCookies,
    #[error("{0}")]
    Answered(Cause),
    #[error(
        "no known mistake explains the signature: the URL, the policy or the key is not the one that was used to sign"
    )]
    Unexplained,
}

/// Like `names!`, for an enum whose last variants hold a value that has a name itself.
macro_rules! names_with_inner {
    ($($pattern:pat => $name:literal,)+ ; $($variant:ident($inner:ty),)+) => {
        /// The name of every mistake. Names are stable: programs may rely on them.
        pub fn names() -> impl Iterator<Item = &'static str> {
            const OWN: &[&str] = &[$($name),+];
            [OWN, $(<$inner>::NAMES),+].into_iter().flatten().copied()
        }

        /// The name for programs, such as `expired` or `other-hash`; one of [`Self::names`].
        #[must_use]
        pub const fn name(&self) -> &'static str {
            match self {
                $($pattern => $name,)+
                $(Self::$variant(inner) => inner.name(),)+
            }
        }
    };
}

impl Mistake {
    names_with_inner! {
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
        Self::ChangedByClients { .. } => "changed-by-clients",
        Self::CookieElsewhere(_) => "cookie-elsewhere",
        Self::PublicSuffix { .. } => "public-suffix",
        Self::DoubledCookie { .. } => "doubled-cookie",
        Self::HiddenCookies => "hidden-cookies",
        Self::Unexplained => "unexplained",
        ;
        Denied(Denial),
        Copied(Copied),
        PolicyFlaw(PolicyFlaw),
        Answered(Cause),
    }

    /// What to do about it.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "one arm a mistake: a new one cannot be without advice")]
    pub fn advice(&self) -> String {
        let fixed = match self {
            Self::OtherScheme { signed, .. } => return format!("request it over {signed}, or sign for *://"),
            Self::SignedForBucket { sent, .. } => return format!("sign the URL of the distribution: {sent}"),
            Self::SentToBucket { signed, .. } => return format!("request it from the distribution: {signed}"),
            Self::UpperCaseHost { sent, .. } | Self::DefaultPort { sent, .. } => {
                return format!("sign for the host as clients send it, {sent} (this library does)");
            }
            Self::DoubledSlash { signed } => {
                return format!(
                    "request it as it was signed, {signed}: for S3 and CloudFront '//' and '/' are different names"
                );
            }
            Self::CannedWildcard { resource } => {
                return format!(
                    "sign a custom policy for {resource}, and send Policy instead of Expires (in cookies, CloudFront-Policy instead of CloudFront-Expires)"
                );
            }
            Self::OtherKey { signed, sent } => {
                return format!("send Key-Pair-Id={signed}, or sign with the key of {sent}");
            }
            Self::DoubledCookie { name, .. } => {
                return format!(
                    "expire the older CloudFront-{name} (same Domain and Path, Max-Age=0) before the other is set, or use paths of which neither contains the other"
                );
            }
            Self::Denied(denial) => denial.advice(),
            Self::Copied(copied) => copied.advice(),
            Self::PolicyFlaw(flaw) => flaw.advice(),
            Self::Answered(cause) => cause.advice(),
            Self::Milliseconds => "use whole seconds since 1970",
            Self::StandardBase64 { .. } => "replace '+' with '-', '/' with '~' and '=' with '_'",
            Self::Blanks { .. } => {
                "something decoded '+' as a space: use CloudFront's '-', '~' and '_', which need no escaping"
            }
            Self::EncodedCookie { .. } => {
                "a framework or JavaScript library encoded the value: send the Set-Cookie header unchanged, or turn the encoding off (setrawcookie in PHP, { encode: String } in Express)"
            }
            Self::EncodedParameter { .. } | Self::EncodedTwice { .. } => {
                "use the signed URL unchanged: do not encode it again"
            }
            Self::LostPadding { .. } => "copy the whole URL, up to the last '_'",
            Self::EncodedAfterSigning { .. } => {
                "percent-encode first, then sign exactly what is sent (this library does)"
            }
            Self::DecodedAfterSigning { .. } => {
                "request the signed URL unchanged: a client, proxy or framework decoded it on the way"
            }
            Self::OtherEscapes { .. } => "keep the escapes as they were signed, %2f or %2F: CloudFront compares bytes",
            Self::DotSegments { .. } => "sign the path that clients send, without '.' and '..': clients resolve them",
            Self::BucketHost { .. } => {
                "request it from the domain name of the distribution, or sign for S3 itself (a presigned URL)"
            }
            Self::S3Signature => {
                "sign either for CloudFront or for S3: with origin access control, S3 answers 400 to both together"
            }
            Self::OtherUrl { .. } => "sign the URL that is requested, or a resource with wildcards",
            Self::TrailingQuestionMark => "sign the URL without it",
            Self::AddedParameters { .. } => {
                "add parameters before signing, or sign a custom policy whose resource ends in '*'"
            }
            Self::Reordered { .. } => "keep the parameters in the order in which they were signed",
            Self::JsonSpelling { .. } => {
                "sign exactly the bytes that are sent as Policy; for a canned policy those that CloudFront rebuilds: no white space, Resource first, no unnecessary escapes"
            }
            Self::SignedBase64 => "sign the JSON itself: the base64 is only for sending it",
            Self::OtherHash { signed: HashAlgorithm::Sha256, .. } => "add Hash-Algorithm=SHA256",
            Self::OtherHash { signed: HashAlgorithm::Sha1, .. } => "leave out Hash-Algorithm",
            Self::OtherKeyKind { .. } => {
                "sign with the private key that belongs to this key pair id, or send the id of the key that signs"
            }
            Self::BadKeyId { .. } => {
                "send the id of the public key that CloudFront shows under Public keys, such as K2JCJMDEHXQW5F"
            }
            Self::RawEcdsa => "CloudFront expects DER: configure the signer to write ASN.1, not IEEE P1363",
            Self::ChangedByClients { .. } => {
                "sign the URL as clients send it (this library does), or request it with a client that changes nothing"
            }
            Self::CookieElsewhere(_) => "set the cookies for the domain and the path that are requested",
            Self::PublicSuffix { .. } => {
                "give the distribution an alternate domain name next to the site's, and set Domain to the part that they share"
            }
            Self::HiddenCookies => "rename the application's own parameters, or remove the signing parameters",
            Self::Unexplained => "sign again: exactly the URL that is requested, with the key of this key pair id",
        };
        fixed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_name_is_for_one_mistake() {
        let names: Vec<&str> = Mistake::names().collect();
        let plain = |name: &&str| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        assert!(names.iter().all(plain), "{names:?}");
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
        for mistake in [
            Mistake::Unexplained,
            Mistake::Denied(Denial::NotSigned),
            Mistake::Copied(Copied::Html),
            Mistake::PolicyFlaw(PolicyFlaw::NoCondition),
            Mistake::Answered(Cause::Redirect),
        ] {
            assert!(names.contains(&mistake.name()), "{mistake}");
        }
    }
}
