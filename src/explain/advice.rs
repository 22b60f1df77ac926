//! What would be right in the place of each mistake.

use super::mistake::Mistake;
use crate::{hash_algorithm::HashAlgorithm, verify::verifier::Denial};

impl Mistake {
    /// What would be right.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::OtherScheme { signed, .. } => format!("request it over {signed}, or sign for *://"),
            Self::SignedForBucket { sent, .. } => format!("sign the URL of the distribution: {sent}"),
            Self::SentToBucket { signed, .. } => format!("request it from the distribution: {signed}"),
            Self::UpperCaseHost { sent, .. } | Self::DefaultPort { sent, .. } => {
                format!("sign for the host as clients send it, {sent} (this library does)")
            }
            Self::DoubledSlash { signed } => {
                format!("request it as it was signed, {signed}: S3 and CloudFront take '//' for another name than '/'")
            }
            Self::CannedWildcard { resource } => {
                format!(
                    "sign a custom policy for {resource}, and send Policy in place of Expires (for cookies CloudFront-Policy in place of CloudFront-Expires)"
                )
            }
            Self::OtherKey { signed, .. } => format!("send Key-Pair-Id={signed}, or sign with the other key"),
            Self::DoubledCookie { name, .. } => {
                format!(
                    "expire the older CloudFront-{name} (same Domain and Path, Max-Age=0) before the other is set, or use Paths that do not lie in one another"
                )
            }
            Self::Denied(denial) => denial_advice(denial).to_owned(),
            Self::Copied(copied) => copied.advice().to_owned(),
            Self::PolicyFlaw(flaw) => flaw.advice().to_owned(),
            Self::Answered(cause) => cause.advice().to_owned(),
            other => other.plain_advice().to_owned(),
        }
    }

    /// Advice that quotes nothing.
    const fn plain_advice(&self) -> &'static str {
        match self {
            Self::Milliseconds => "give whole seconds since 1970",
            Self::StandardBase64 { .. } => "replace '+' by '-', '/' by '~' and '=' by '_'",
            Self::Blanks { .. } => {
                "something decoded '+' as a blank: use CloudFront's '-', '~' and '_', which need no escaping"
            }
            Self::EncodedCookie { .. } => {
                "a framework or JavaScript library encoded the cookie's value: write the Set-Cookie header as it is (SignedCookies.headers), or turn the encoding off (setrawcookie in PHP, { encode: String } in Express)"
            }
            Self::EncodedParameter { .. } | Self::EncodedTwice { .. } => {
                "use the signed URL as it is, without encoding it again"
            }
            Self::LostPadding { .. } => "copy the URL whole, with its last '_'",
            Self::EncodedAfterSigning { .. } => "percent-encode first, then sign just what is sent (this library does)",
            Self::DecodedAfterSigning { .. } => {
                "request the signed URL as it is: some client, proxy or framework decoded it on the way"
            }
            Self::OtherEscapes { .. } => "keep the escapes as they were signed, %2f or %2F: CloudFront compares bytes",
            Self::DotSegments { .. } => "sign the path that clients send, without '.' and '..': they resolve them",
            Self::BucketHost { .. } => {
                "request it from the distribution's domain name, or sign for S3 itself (a presigned URL of S3)"
            }
            Self::S3Signature => {
                "sign either for CloudFront or for S3: with origin access control the two together make S3 answer 400"
            }
            Self::OtherUrl { .. } => "sign the URL that is requested, or a resource with wildcards",
            Self::TrailingQuestionMark => "sign the URL without it",
            Self::AddedParameters { .. } => "add parameters before signing, or sign a custom policy that ends in '*'",
            Self::Reordered { .. } => "keep the order in which the URL was signed",
            Self::JsonSpelling { .. } => {
                "sign the very bytes that are sent as Policy; of a canned policy those that CloudFront rebuilds: no white space, Resource first, no needless escapes (Policy.to_json of this library)"
            }
            Self::SignedBase64 => "sign the JSON itself; its base64 is only how it travels",
            Self::OtherHash { signed: HashAlgorithm::Sha256, .. } => "add Hash-Algorithm=SHA256",
            Self::OtherHash { signed: HashAlgorithm::Sha1, .. } => "leave out Hash-Algorithm",
            Self::OtherKeyKind { .. } => {
                "sign with the private key that belongs to this key pair id, or send the id of the key that signs"
            }
            Self::BadKeyId { .. } => {
                "send the id of the public key, as CloudFront shows it under Public keys: such as K2JCJMDEHXQW5F"
            }
            Self::RawEcdsa => "CloudFront takes DER: let the signer write ASN.1, not IEEE P1363",
            Self::ChangedByClients { .. } => {
                "sign the URL as clients send it (this library does), or request it with a client that changes nothing"
            }
            Self::CookieElsewhere(_) => "set them for the domain and the path that are requested",
            Self::PublicSuffix { .. } => {
                "give the distribution an alternate domain name beside the site's, and set Domain to what they share"
            }
            Self::HiddenCookies => {
                "name the application's own parameters otherwise, or leave out the signing parameters"
            }
            _ => "sign again the very URL that is requested, with the key of this key pair id",
        }
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
