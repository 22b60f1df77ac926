//! One error type for the whole crate.
//!
//! Every message says what was found and what to do about it, in one line. No variant holds key material, a
//! passphrase or a signature, so an error can be logged as it is.

use crate::{key::KeyKind, text::Excerpt};

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by the thing that was at fault.
///
/// The Python package has one exception class for each variant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A private or public key could not be used.
    #[error(transparent)]
    InvalidKey(#[from] KeyError),
    /// A policy, or one of its conditions, is not what CloudFront accepts.
    #[error(transparent)]
    InvalidPolicy(#[from] PolicyError),
    /// A URL or a stream name is not what CloudFront accepts.
    #[error(transparent)]
    InvalidUrl(#[from] UrlError),
    /// A cookie's attribute is not what a browser accepts.
    #[error(transparent)]
    InvalidCookie(#[from] CookieError),
    /// A signature's text form could not be decoded.
    #[error("not CloudFront's base64 (letters, digits, '-' and '~', padded with '_'): {0}")]
    InvalidSignature(base64::DecodeError),
    /// No signature could be made.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// One of many was refused; in Python, its own exception with an attribute `index`.
    #[error("{error}")]
    InBatch {
        /// Which one, counted from 0.
        index: usize,
        /// Why.
        error: Box<Error>,
    },
}

impl Error {
    pub(crate) fn in_batch(self, index: usize) -> Self {
        Self::InBatch { index, error: Box::new(self) }
    }
}

/// Why a key was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum KeyError {
    #[error("no key found: PEM, from its BEGIN line to its END line, or DER expected")]
    NotAKey,
    #[error("this is a path or a name, not PEM text: use PrivateKey.from_file, or give a pathlib.Path")]
    LooksLikeAPath,
    #[error("{found} stands where the path of a key file is expected: give the path, or use from_pem for PEM text")]
    KeyWherePathIsDue { found: Excerpt },
    #[error("this is text in UTF-16, as PowerShell's > writes it: save it as UTF-8 or ASCII")]
    Utf16,
    #[error("this is a PKCS#12 file; get the private key with: openssl pkcs12 -in FILE -nocerts -noenc -out KEY.pem")]
    Pkcs12,
    #[error("this is DER, not PEM text: use from_der or from_file")]
    DerWherePemIsDue,
    #[error("this is PEM's base64 without its BEGIN and END lines: copy the file again, whole")]
    PemBodyAlone,
    #[error("this is the base64 of a PEM file, and damaged: encode the file again, whole (base64 -w0 KEY.pem)")]
    DamagedBase64OfPem,
    #[error("the PEM text is cut off: its block '{label}' has no END line; copy the file again, whole")]
    TruncatedPem { label: &'static str },
    #[error("the PEM block '{label}' does not hold base64: copy the file again, whole")]
    PemNotBase64 { label: &'static str },
    #[error(
        "the BEGIN line of the PEM text is damaged: five dashes, BEGIN PRIVATE KEY, five dashes expected; copy the file again, whole"
    )]
    BadPemBegin,
    #[error("the {format} structure is damaged: copy the file again, whole")]
    Malformed { format: &'static str },
    #[error("this is a public key; signing needs the private key that belongs to it")]
    PublicKeyWherePrivateIsDue,
    #[error("this is a private key; a public key is expected here: openssl pkey -in KEY.pem -pubout")]
    PrivateKeyWherePublicIsDue,
    #[error(
        "this is a certificate, not a key; get its public key with: openssl x509 -pubkey -noout -in CERTIFICATE.pem"
    )]
    Certificate,
    #[error("this is an SSH private key; turn it into PKCS#8 with: ssh-keygen -p -m PKCS8 -f KEYFILE")]
    SshPrivateKey,
    #[error("this is an SSH public key; get PEM with: ssh-keygen -e -m PKCS8 -f KEYFILE.pub")]
    SshPublicKey,
    #[error("a PEM block '{label}' holds no key that CloudFront takes: RSA or ECDSA P-256 expected")]
    ForeignPemLabel { label: &'static str },
    #[error(
        "the PEM text holds a block of an unknown kind: PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY or PUBLIC KEY expected"
    )]
    UnknownPemLabel,
    #[error("{found}: CloudFront takes RSA and ECDSA P-256 keys")]
    UnsupportedAlgorithm { found: String },
    #[error("RSA of {bits} bits: 1024 to 4096 are supported, and CloudFront's key groups take 2048")]
    UnsupportedRsaSize { bits: usize },
    #[error(
        "an RSA key of more than two primes: CloudFront takes keys of two; make one with: cloudfront-signer keygen"
    )]
    MultiPrimeRsa,
    #[error(
        "the RSA key's numbers do not fit together ({which}): the file is damaged, a signature from it would leak the key"
    )]
    InconsistentRsa { which: &'static str },
    #[error("the private key and the public key in this file do not belong together: the file is damaged")]
    InconsistentEc,
    #[error("the key is encrypted: give its passphrase")]
    PassphraseMissing,
    #[error("the passphrase does not open this key")]
    PassphraseWrong,
    #[error("an empty passphrase protects nothing: give a longer one, or none")]
    PassphraseEmpty,
    #[error(
        "the key uses OpenSSL's old PEM encryption; turn it into PKCS#8 with: openssl pkcs8 -topk8 -in OLD.pem -out NEW.pem"
    )]
    LegacyEncryption,
    #[error(
        "the key is encrypted in a way that is not supported; rewrite it with: openssl pkcs8 -topk8 -v2 aes256 -in OLD.pem -out NEW.pem"
    )]
    UnsupportedEncryption,
    #[error(
        "the key's encryption asks for more work than any real one; rewrite it with: openssl pkcs8 -topk8 -v2 aes256 -in OLD.pem -out NEW.pem"
    )]
    EncryptionTooCostly,
    #[error("the path of the key file is empty")]
    EmptyPath,
    #[error("{path}: {problem}")]
    Unreadable { path: Excerpt, problem: String },
    #[error("key kind {found:?}: \"rsa-2048\" or \"ecdsa-p256\" can be generated")]
    UnknownKind { found: Excerpt },
    #[error("CLOUDFRONT_SIGNER_ENGINE is {found:?}: this build has {known}")]
    UnknownEngine { found: Excerpt, known: String },
    #[error("the operating system gave no random numbers, so no key could be made")]
    NoRandomness,
}

/// Why a policy or one of its conditions was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum PolicyError {
    #[error("the policy is not valid JSON of CloudFront's form: {0}")]
    Malformed(Excerpt),
    #[error("the policy has {0} statements: CloudFront takes exactly one")]
    StatementCount(usize),
    #[error("the policy has no DateLessThan: an end is required")]
    NoEnd,
    #[error("the policy holds bytes that are not UTF-8")]
    NotUtf8,
    #[error("the policy is not in CloudFront's base64 (letters, digits, '-' and '~', padded with '_'): {0}")]
    NotBase64(base64::DecodeError),
    #[error("time {0}: it is before 1970")]
    NegativeTime(Excerpt),
    #[error("time {0}: a time must be a finite number of seconds")]
    NotFiniteTime(Excerpt),
    #[error("time {0} is past the year 5000: is it in milliseconds? Give seconds")]
    Milliseconds(Excerpt),
    #[error("time {0} is past the year 9999, where calendars end")]
    TooLate(Excerpt),
    #[error("time {0} is before 2001, so it is a span from now: give timedelta(seconds={0})")]
    LikelySpan(u64),
    #[error("time {0} is before 2001: an expiry to come expected")]
    LongPast(Excerpt),
    #[error("a span of {0} seconds ends before it begins: a positive one expected")]
    NegativeSpan(Excerpt),
    #[error("time {0:?} has no offset from UTC: write 2030-01-31T12:00:00Z, or +01:00 in place of the Z")]
    NoOffset(Excerpt),
    #[error("time {0:?}: ISO 8601 with an offset expected, such as 2030-01-31T12:00:00Z")]
    BadTime(Excerpt),
    #[error("{0:?}: a span expected, such as 3600 (seconds), 30m, 2h or 7d")]
    BadSpan(Excerpt),
    #[error("{0:?}: a span (3600, 30m, 2h, 7d) or ISO 8601 with an offset (2030-01-31T12:00:00Z) expected")]
    BadExpiry(Excerpt),
    #[error("a span of at least one second expected, found {0} seconds")]
    BadAlignment(Excerpt),
    #[error("the start ({not_before}) must be before the end ({expires})")]
    StartNotBeforeEnd { not_before: u64, expires: u64 },
    #[error(
        "IP address {0:?} is IPv6: CloudFront's policies take IPv4 only, so do not enable IPv6 on this distribution"
    )]
    Ipv6(Excerpt),
    #[error("IP address {0:?}: one IPv4 address (192.0.2.1) or range (192.0.2.0/24) expected")]
    BadIpAddress(Excerpt),
    #[error("resource {0:?}: it starts with http://, https://, *:// or *")]
    BadResource(Excerpt),
    #[error("resource {0:?}: for cookies it starts with http:// or https://")]
    BadCookieResource(Excerpt),
    #[error("resource {0:?} has a host that is not ASCII: write it in punycode (xn--…)")]
    NonAsciiHost(Excerpt),
    #[error("the policy covers {resource}, which does not cover {url}")]
    DoesNotCover { resource: Excerpt, url: Excerpt },
    #[error("give either an expiry or a policy: both were given")]
    ExpiryAndPolicy,
    #[error("give either an expiry or a policy: neither was given")]
    NeitherExpiryNorPolicy,
    #[error("give either a policy or {0}: both were given, and a policy says everything")]
    TermsAndPolicy(&'static str),
    #[error("give either a resource or a policy: neither was given")]
    NeitherResourceNorPolicy,
}

/// Why a cookie's attribute was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum CookieError {
    #[error("cookie {attribute} {found:?}: {problem}")]
    BadAttribute { attribute: &'static str, found: Excerpt, problem: &'static str },
}

/// Why a URL or a stream name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum UrlError {
    #[error("the URL is empty")]
    Empty,
    #[error("URL {0:?} is relative: give it whole, from https:// on (for a stream name use sign_stream)")]
    Relative(Excerpt),
    #[error("URL scheme {0:?}: CloudFront signs http:// and https:// only")]
    UnsupportedScheme(Excerpt),
    #[error("URL {0:?} has no host: give it whole, https://HOST/PATH")]
    NoHost(Excerpt),
    #[error(
        "URL host {0:?}: a name in ASCII, a whole IPv4 address or an IPv6 address in brackets expected, and a port of at most 65535; write other names in punycode (xn--…)"
    )]
    BadHost(Excerpt),
    #[error("{0:?}: a bare host expected, such as d111111abcdef8.cloudfront.net")]
    BadDomain(Excerpt),
    #[error("URL has a user name before its host: CloudFront never sees one, remove it")]
    UserInfo,
    #[error("the URL already carries {0}: sign the bare URL")]
    AlreadySigned(&'static str),
    #[error("the URL carries {0} twice")]
    DuplicateParameter(&'static str),
    #[error("the URL carries no {0}: it is not a signed URL")]
    NotSigned(&'static str),
    #[error("neither a signed URL nor CloudFront's cookies: {0:?}")]
    NothingSigned(Excerpt),
    #[error("cookies are for a request: give its URL too")]
    RequestMissing,
    #[error("{name} is {found:?}: {expected} expected")]
    BadParameter { name: &'static str, found: Excerpt, expected: &'static str },
    #[error("the signed URL has {length} bytes, CloudFront takes {limit} at most")]
    TooLong { length: usize, limit: usize },
    #[error("the cookies have {length} bytes, CloudFront takes a whole request of {limit} at most")]
    CookiesTooLong { length: usize, limit: usize },
    #[error("a stream name without blanks, '?' or '*' expected, found {0:?}")]
    BadStreamName(Excerpt),
    #[error("stream name {0:?}: leave out the mp4: prefix, it is for the player alone")]
    StreamPrefix(Excerpt),
    #[error("the text holds a lone surrogate, which UTF-8 cannot write")]
    LoneSurrogate,
}

/// Why no signature was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum SigningError {
    #[error("the key pair id is empty: it is the id that CloudFront shows, such as K2JCJMDEHXQW5F")]
    EmptyKeyId,
    #[error("{names}: not set, or empty", names = .0.iter().map(Excerpt::to_string).collect::<Vec<_>>().join(" and "))]
    MissingSettings(Vec<Excerpt>),
    #[error("key pair id {0:?}: letters, digits, '-', '.', '_' and '~' only")]
    BadKeyId(Excerpt),
    #[error("hash algorithm {0:?}: CloudFront knows \"SHA1\" and \"SHA256\"")]
    UnknownHashAlgorithm(Excerpt),
    #[error("the {kind} key made no signature: it failed its own check, do not use it")]
    Failed { kind: KeyKind },
    #[error("the signer returned no signature")]
    Empty,
    #[error("the signer returned {0}, bytes expected")]
    NotBytes(Excerpt),
    #[error("the signer returned {found} signatures for {due} messages")]
    Count { found: usize, due: usize },
    /// The error of a signer that the caller supplied, handed through unchanged.
    #[error("{0}")]
    Caller(Box<dyn std::error::Error + Send + Sync>),
}
