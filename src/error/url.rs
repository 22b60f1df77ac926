//! Why a URL, a stream name or a cookie was refused.

use crate::text::Excerpt;

/// Why a URL or a stream name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum UrlError {
    #[error("the URL is empty")]
    Empty,
    #[error("URL {0:?} is relative: expected an absolute URL, https://HOST/PATH")]
    Relative(Excerpt),
    #[error("URL scheme {0:?}: CloudFront signs http:// and https:// only")]
    UnsupportedScheme(Excerpt),
    #[error("URL {0:?} has no host: expected an absolute URL, https://HOST/PATH")]
    NoHost(Excerpt),
    #[error(
        "URL host {0:?}: expected an ASCII name, a complete IPv4 address or an IPv6 address in brackets, and a port of at most 65535; write other names in punycode (xn--…)"
    )]
    BadHost(Excerpt),
    #[error("{0:?}: expected a bare host, such as d111111abcdef8.cloudfront.net")]
    BadDomain(Excerpt),
    #[error("URL {0:?} has backslashes around its host, which clients read differently: write slashes")]
    Backslash(Excerpt),
    #[error("the URL has a user name before its host: remove it, clients do not send it")]
    UserInfo,
    #[error("the URL already carries {0}: sign the bare URL")]
    AlreadySigned(&'static str),
    #[error("the URL carries {0} twice")]
    DuplicateParameter(&'static str),
    #[error("the URL carries no {0}: it is not a signed URL")]
    NotSigned(&'static str),
    #[error("the URL has a canned policy, which covers this URL alone: expected a custom policy, such as for a folder")]
    CannedPolicy,
    #[error("neither a signed URL nor CloudFront's cookies: {0:?}")]
    NothingSigned(Excerpt),
    #[error("cookies do not name the request: give its URL too")]
    RequestMissing,
    #[error("{name} is {found:?}: expected {expected}")]
    BadParameter { name: &'static str, found: Excerpt, expected: &'static str },
    #[error("the signed URL has {length} bytes: CloudFront accepts at most {limit}")]
    TooLong { length: usize, limit: usize },
    #[error("the cookies have {length} bytes: CloudFront accepts requests of at most {limit}")]
    CookiesTooLong { length: usize, limit: usize },
    #[error("stream name {0:?}: expected a name without spaces, '?' or '*'")]
    BadStreamName(Excerpt),
    #[error("stream name {0:?}: leave out the prefix, which is for the player only")]
    StreamPrefix(Excerpt),
    #[error("the URL holds bytes that are not UTF-8: percent-encode them")]
    NotUtf8,
    #[error("the text holds a lone surrogate, which UTF-8 cannot encode")]
    LoneSurrogate,
}

/// Why a cookie's attribute was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum CookieError {
    #[error("cookie {attribute} {found:?}: {problem}")]
    BadAttribute { attribute: &'static str, found: Excerpt, problem: &'static str },
}
