//! What an answer of CloudFront, or of S3 behind it, comes from.

use crate::verify::names;

/// What an answer comes from. The message says what happened, [`Cause::advice`] what to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Cause {
    #[error("CloudFront found no key pair id in the request")]
    MissingKey,
    #[error("CloudFront does not know the key, or does not trust it here (Unknown Key)")]
    UnknownKey,
    #[error("CloudFront cannot read the policy (MalformedPolicy)")]
    MalformedPolicy,
    #[error("CloudFront cannot decode the signature (MalformedSignature)")]
    MalformedSignature,
    #[error(
        "CloudFront itself denied the request: the signature, time, address or resource does not match (AccessDenied)"
    )]
    EdgeDenied,
    #[error("CloudFront allowed the request, but S3 denied it (AccessDenied with RequestId and HostId)")]
    S3Denied,
    #[error("S3 denied the request because of its KMS key")]
    KmsDenied,
    #[error("the object is encrypted with KMS, and an origin access identity cannot sign requests for it")]
    KmsUnsigned,
    #[error("the object is not in the bucket (NoSuchKey)")]
    NoSuchKey,
    #[error("the bucket of the origin does not exist (NoSuchBucket)")]
    NoSuchBucket,
    #[error("S3 received two signatures: the viewer's and CloudFront's")]
    TwoSignatures,
    #[error("S3 rejected CloudFront's signature on the request to the origin (SignatureDoesNotMatch)")]
    OriginSignature,
    #[error("S3 redirects the request to another endpoint of the bucket")]
    S3Redirect,
    #[error("the answer is a redirect, and a canned policy is valid only for the first URL")]
    Redirect,
    #[error("not found (404): the request was allowed, or this path needs no signature")]
    NotFound,
    #[error("the distribution blocks requests from the viewer's country")]
    CountryBlocked,
    #[error("a firewall (AWS WAF) blocked the request before its signature was checked")]
    FirewallBlocked,
    #[error("no distribution serves this domain name")]
    UnknownDomain,
    #[error("CloudFront got no answer from the origin")]
    OriginUnreachable,
    #[error("CloudFront answered with its own error page, which shows no error code")]
    EdgePage,
    #[error(
        "an HTML page came instead of the file or the error: a custom error response of the distribution, or another server"
    )]
    ErrorPage,
    #[error("too many requests")]
    Throttled,
    #[error("this is not a known answer of CloudFront or S3")]
    Unknown,
}

impl Cause {
    names! {
        Self::MissingKey => "edge-missing-key",
        Self::UnknownKey => "edge-unknown-key",
        Self::MalformedPolicy => "edge-malformed-policy",
        Self::MalformedSignature => "edge-malformed-signature",
        Self::EdgeDenied => "edge-denied",
        Self::S3Denied => "s3-denied",
        Self::KmsDenied => "kms-denied",
        Self::KmsUnsigned => "kms-unsigned",
        Self::NoSuchKey => "no-such-key",
        Self::NoSuchBucket => "no-such-bucket",
        Self::TwoSignatures => "two-signatures",
        Self::OriginSignature => "origin-signature",
        Self::S3Redirect => "s3-redirect",
        Self::Redirect => "redirect",
        Self::NotFound => "not-found",
        Self::CountryBlocked => "country-blocked",
        Self::FirewallBlocked => "firewall-blocked",
        Self::UnknownDomain => "unknown-domain",
        Self::OriginUnreachable => "origin-unreachable",
        Self::EdgePage => "edge-page",
        Self::ErrorPage => "error-page",
        Self::Throttled => "throttled",
        Self::Unknown => "unknown-answer",
    }

    /// Whether CloudFront's own check of the request denied it, so that a diagnosis can find the mistake.
    pub(super) const fn is_of_edge(self) -> bool {
        matches!(
            self,
            Self::MissingKey | Self::UnknownKey | Self::MalformedPolicy | Self::MalformedSignature | Self::EdgeDenied
        )
    }

    /// What to check.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::MissingKey => {
                "sign the URL, or make sure that the browser sends the cookies: look at the request as it was sent"
            }
            Self::UnknownKey => {
                "check that this key pair id is in a key group of the behaviour that matches the path, and that the distribution is deployed; it is the id of the public key (K…), not of the key group"
            }
            Self::MalformedPolicy => "send Expires in seconds, or a Policy in CloudFront's format with DateLessThan",
            Self::MalformedSignature => "send the whole Signature, in CloudFront's base64",
            Self::EdgeDenied => {
                "diagnose the URL with the public key; if that finds nothing, the key group holds another public key under this id"
            }
            Self::S3Denied => {
                "check that the object exists (S3 answers 403 for a missing object if listing is not allowed), that the bucket policy lets this distribution read it (s3:GetObject) and, if it is encrypted with KMS, that the key policy does too"
            }
            Self::KmsDenied => {
                "let the distribution decrypt in the policy of the KMS key: principal cloudfront.amazonaws.com, kms:Decrypt, AWS:SourceArn of the distribution; the key must be enabled"
            }
            Self::KmsUnsigned => {
                "use an origin access control instead of the identity: it signs requests, which KMS requires"
            }
            Self::NoSuchKey => {
                "compare the object's key with the percent-decoded path; a path pattern or an origin path of the distribution may change it"
            }
            Self::NoSuchBucket => "correct the domain name of the origin",
            Self::TwoSignatures => "do not send Authorization or X-Amz-… parameters to the distribution",
            Self::OriginSignature => {
                "use the regional domain name of the bucket as the origin (bucket.s3.region.amazonaws.com), and do not forward the Host header"
            }
            Self::S3Redirect => {
                "use the regional domain name of the bucket as the origin (bucket.s3.region.amazonaws.com)"
            }
            Self::Redirect => {
                "sign the URL that it leads to (https:// if the behaviour redirects http), with a policy for that URL or a wildcard"
            }
            Self::NotFound => "compare the path with the object's key, and with the path patterns of the behaviours",
            Self::CountryBlocked => "check the geographic restrictions of the distribution",
            Self::FirewallBlocked => "check the sampled requests of the web ACL",
            Self::UnknownDomain => {
                "add the name as an alternate domain name, with a certificate, or use the distribution's own domain name"
            }
            Self::OriginUnreachable => {
                "check the domain name, protocol and certificate of the origin: the signature was valid or is not required"
            }
            Self::EdgePage => {
                "check geographic restrictions, the web ACL, the allowed methods and the alternate domain names"
            }
            Self::ErrorPage => {
                "the real error is hidden: check the custom error responses of the distribution (often 403 to /index.html with 200), or request another path"
            }
            Self::Throttled => "try again later",
            Self::Unknown => "compare it with the log of the distribution, by the header x-amz-cf-id",
        }
    }
}
