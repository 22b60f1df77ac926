//! Why a policy was refused.

use super::base64::Base64Error;
use crate::text::Excerpt;

/// Why a policy or one of its conditions was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum PolicyError {
    #[error("the policy is not JSON in CloudFront's form: {0}")]
    Malformed(Excerpt),
    #[error("the policy has {0} statements: CloudFront accepts exactly one")]
    StatementCount(usize),
    #[error("the policy has no DateLessThan: an expiry is required")]
    NoEnd,
    #[error("the policy holds bytes that are not UTF-8")]
    NotUtf8,
    #[error("the policy is not in CloudFront's base64 (letters, digits, '-' and '~', padded with '_'): {0}")]
    NotBase64(Base64Error),
    #[error("time {0} is before 1970")]
    NegativeTime(Excerpt),
    #[error("time {0}: expected a finite number of seconds")]
    NotFiniteTime(Excerpt),
    #[error("time {0} is past the year 5000: is it in milliseconds? Expected seconds")]
    Milliseconds(Excerpt),
    #[error("time {0} is past the year 9999, the last year of the calendar")]
    TooLate(Excerpt),
    #[error("time {0} is before 2001, so it is a duration: expected a point in time, in seconds since 1970")]
    LikelyDuration(u64),
    #[error("time {0} is before 2001: expected a future expiry")]
    LongPast(Excerpt),
    #[error("a duration of {0} seconds is negative: expected a positive one")]
    NegativeDuration(Excerpt),
    #[error("time {0:?} has no offset from UTC: write 2030-01-31T12:00:00Z, or an offset such as +01:00 instead of Z")]
    NoOffset(Excerpt),
    #[error("time {0:?}: expected ISO 8601 with an offset, such as 2030-01-31T12:00:00Z")]
    BadTime(Excerpt),
    #[error("{0:?}: expected a duration, such as 3600 (seconds), 30m, 2h or 7d")]
    BadDuration(Excerpt),
    #[error("{0:?}: expected a duration (3600, 30m, 2h, 7d) or ISO 8601 with an offset (2030-01-31T12:00:00Z)")]
    BadExpiry(Excerpt),
    #[error("expected a duration of at least one second, found {0} seconds")]
    BadAlignment(Excerpt),
    #[error("the start ({not_before}) must be before the end ({expires})")]
    StartNotBeforeEnd { not_before: u64, expires: u64 },
    #[error("IP address {0:?} is IPv6: policies support IPv4 only, so do not enable IPv6 on this distribution")]
    Ipv6(Excerpt),
    #[error("IP address {0:?}: expected one IPv4 address (192.0.2.1) or range (192.0.2.0/24)")]
    BadIpAddress(Excerpt),
    #[error("resource {0:?}: expected one that starts with http://, https://, *:// or *")]
    BadResource(Excerpt),
    #[error("resource {0:?}: expected one that starts with http:// or https://, for cookies")]
    BadCookieResource(Excerpt),
    #[error("resource {0:?} has a host that is not ASCII: write it in punycode (xn--…)")]
    NonAsciiHost(Excerpt),
    #[error("the policy covers {resource}, which does not cover {url}")]
    DoesNotCover { resource: Excerpt, url: Excerpt },
    #[error("give either an expiry or a policy: both were given")]
    ExpiryAndPolicy,
    #[error("give either an expiry or a policy: neither was given")]
    NeitherExpiryNorPolicy,
    #[error("give either a policy or {0}: both were given, and a policy has its own conditions")]
    TermsAndPolicy(&'static str),
    #[error("give either a resource or a policy: neither was given")]
    NeitherResourceNorPolicy,
}
