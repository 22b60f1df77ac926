//! Deciding requests as the edge does, with the edge's own answers, and with a reason that it never gives.
//!
//! The signature is checked first, over the bytes that were signed: a custom policy's decoded bytes as they are, a
//! canned policy rebuilt from the request. Only then is the policy read. URL parameters win over cookies
//! ([how the edge decides](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-how-signed-urls-work.html)).
//!
//! Where AWS's pages are silent the choice is made here, and only here: a parameter that is there twice and an unknown
//! hash are denied; `Policy` counts where `Expires` stands beside it; an end is missed in its own second; a viewer whose
//! address is not known is outside of every range.

use std::{collections::HashMap, net::IpAddr};

use crate::{
    credentials::Credentials,
    credentials::cookies::LARGEST_REQUEST,
    credentials::signed_url::{self, LONGEST_URL},
    error::{Error, PolicyError},
    hash_algorithm::HashAlgorithm,
    key::PublicKey,
    policy::resource::Resource,
    policy::{EpochSeconds, Policy},
    text::Excerpt,
    wire::encoding::decode_base64,
    wire::url::Url,
};

/// One request, as the edge sees it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The whole URL as it came over the wire, from `https://` on.
    pub url: &'a str,
    /// The `Cookie` header, or nothing.
    pub cookies: &'a str,
    /// The viewer's address, where it is known.
    pub ip_address: Option<IpAddr>,
    /// When the request arrived.
    pub now: EpochSeconds,
}

/// Where the credentials were that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// In the URL's query string.
    Url,
    /// In cookies.
    Cookies,
}

/// The edge's answer to one request.
#[derive(Debug, Clone)]
pub struct Decision {
    denial: Option<Denial>,
    policy: Option<Policy>,
    key_id: Option<String>,
    via: Option<Via>,
}

impl Decision {
    /// Whether the request goes on to the origin.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// Why not.
    #[must_use]
    pub const fn denial(&self) -> Option<&Denial> {
        self.denial.as_ref()
    }

    /// The policy, once its signature was found to be right.
    #[must_use]
    pub const fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// The key pair id that was sent.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Where the credentials were; nowhere if there were none.
    #[must_use]
    pub const fn via(&self) -> Option<Via> {
        self.via
    }
}

/// The five codes of the edge's XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are the edge's own names")]
pub enum Code {
    MissingKey,
    InvalidKey,
    MalformedPolicy,
    MalformedSignature,
    AccessDenied,
}

impl Code {
    /// As it stands in the XML.
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

    /// The message that goes with it.
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

/// Why a request was denied; the message is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Denial {
    #[error("not a request that an edge gets: {0}")]
    BadUrl(Excerpt),
    #[error("the {what} has {length} bytes, CloudFront takes {limit} at most")]
    TooLarge { what: &'static str, length: usize, limit: usize },
    #[error("not signed: neither the URL nor a cookie carries a key pair id")]
    NotSigned,
    #[error("no key pair id among the signing parameters")]
    NoKeyId,
    #[error("key pair id {0:?} is not one of the trusted keys")]
    UnknownKey(Excerpt),
    #[error("{0} was sent more than once")]
    Doubled(&'static str),
    #[error("neither Expires nor Policy was sent")]
    NoPolicy,
    #[error("Expires is {0:?}: whole seconds since 1970 expected")]
    BadExpires(Excerpt),
    #[error("the policy is not in CloudFront's base64 (letters, digits, '-' and '~', padded with '_')")]
    PolicyNotBase64,
    #[error("{0}")]
    BadPolicy(PolicyError),
    #[error("no Signature was sent")]
    NoSignature,
    #[error("the signature is not in CloudFront's base64 (letters, digits, '-' and '~', padded with '_')")]
    SignatureNotBase64,
    #[error("Hash-Algorithm is {0:?}: SHA1 or SHA256 expected")]
    UnknownHashAlgorithm(Excerpt),
    #[error("the signature is not one of key {key_id} over this {what} with {hash}")]
    WrongSignature { key_id: Excerpt, what: &'static str, hash: HashAlgorithm },
    #[error("expired {} ({end})", end.relative_to(*now))]
    Expired { end: EpochSeconds, now: EpochSeconds },
    #[error("not valid before {start}, {}", start.relative_to(*now))]
    TooEarly { start: EpochSeconds, now: EpochSeconds },
    #[error("the policy is for {range}, and the viewer's address is not known")]
    UnknownAddress { range: String },
    #[error("the policy is for {range}, the viewer is at {found}")]
    WrongAddress { range: String, found: IpAddr },
    #[error("the policy is for {range}, the viewer came over IPv6 ({found}): do not enable IPv6 on this distribution")]
    Ipv6 { range: String, found: IpAddr },
    #[error("the policy covers {resource}, the request was {url}")]
    WrongResource { resource: Excerpt, url: Excerpt },
}

impl Denial {
    /// What the edge says.
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
}

/// Decides for a set of trusted keys.
///
/// ```
/// use cloudfront_signer::{Conditions, EpochSeconds, KeyKind, PrivateKey, Request, Signer, Terms, Verifier};
///
/// let key = PrivateKey::generate(KeyKind::EcdsaP256)?;
/// let verifier = Verifier::new([("K2JCJMDEHXQW5F".to_owned(), key.public_key()?)]);
/// let until = Terms::Conditions(Conditions::until(EpochSeconds::new(1_767_290_400)?));
/// let url = Signer::new("K2JCJMDEHXQW5F", key)?.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", &until)?;
///
/// let at = |seconds| Ok::<_, cloudfront_signer::Error>(Request {
///     url: &url,
///     cookies: "",
///     ip_address: None,
///     now: EpochSeconds::new(seconds)?,
/// });
/// assert!(verifier.check(&at(1_767_290_000)?).is_allowed());
/// let late = verifier.check(&at(1_767_291_120)?);
/// assert_eq!(late.denial().unwrap().to_string(), "expired 12 minutes ago (2026-01-01 18:00:00 UTC)");
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Verifier {
    keys: HashMap<String, PublicKey>,
}

impl Verifier {
    /// A verifier that trusts these keys, each by its key pair id.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = (String, PublicKey)>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// The trusted key pair ids, in no order.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// The key of an id.
    #[must_use]
    pub fn key(&self, key_id: &str) -> Option<&PublicKey> {
        self.keys.get(key_id)
    }

    /// Decides one request. Nothing that a viewer can send is an error: it is a denial.
    #[must_use]
    pub fn check(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision { denial: None, policy: None, key_id: None, via: None };
        decision.denial = self.examine(request, &mut decision).err();
        decision
    }

    fn examine(&self, request: &Request<'_>, decision: &mut Decision) -> Result<(), Denial> {
        check_size("URL", request.url, LONGEST_URL)?;
        check_size("Cookie header", request.cookies, LARGEST_REQUEST)?;
        let url = Url::parse_request(request.url).map_err(|error| Denial::BadUrl(error.to_string().as_str().into()))?;
        let (via, credentials) = choose(&url, request.cookies);
        decision.via = via;
        decision.key_id = credentials.value("Key-Pair-Id").map(|id| Excerpt::new(id).to_string());
        let bare = url.without_signing_parameters();
        let policy = self.signed_policy(&bare, via, &credentials)?;
        let policy = decision.policy.insert(policy);
        check_conditions(policy, &bare, request)
    }

    /// The policy, if its signature is right.
    fn signed_policy(&self, bare: &Url, via: Option<Via>, credentials: &Credentials<'_>) -> Result<Policy, Denial> {
        let key_id = credentials.value("Key-Pair-Id");
        let key_id = key_id.ok_or(if via.is_some() { Denial::NoKeyId } else { Denial::NotSigned })?;
        if let Some(name) = credentials.doubled() {
            return Err(Denial::Doubled(name));
        }
        let key = self.keys.get(key_id).ok_or_else(|| Denial::UnknownKey(Excerpt::new(key_id)))?;
        let signed = signed_bytes(bare, credentials)?;
        let signature = credentials.value("Signature").ok_or(Denial::NoSignature)?;
        let signature = decode_base64(signature).map_err(|_| Denial::SignatureNotBase64)?;
        let hash = hash_algorithm(credentials)?;
        if !key.verify(signed.as_bytes(), &signature, hash) {
            return Err(Denial::WrongSignature { key_id: key_id.into(), what: signed.name(), hash });
        }
        signed.into_policy()
    }
}

/// URL parameters win: any one of them hides the cookies.
pub(crate) fn choose<'a>(url: &'a Url, cookies: &'a str) -> (Option<Via>, Credentials<'a>) {
    let of_url = Credentials::from_url(url);
    if !of_url.is_empty() {
        return (Some(Via::Url), of_url);
    }
    let of_cookies = Credentials::from_cookies(cookies);
    (if of_cookies.is_empty() { None } else { Some(Via::Cookies) }, of_cookies)
}

/// What the signature is over.
#[derive(Debug, Clone)]
pub(crate) enum Signed {
    /// Rebuilt from the request.
    Canned(Policy),
    /// Sent, decoded, and not read yet.
    Custom(Vec<u8>),
}

impl Signed {
    /// The canned policy of any text, for the diagnosis: whoever signs may have signed what is no URL.
    pub(crate) fn canned(url: &str, end: EpochSeconds) -> Self {
        Self::Canned(Policy::canned_text(url, end))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Canned(policy) => policy.to_json().as_bytes(),
            Self::Custom(bytes) => bytes,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Canned(_) => "URL and expiry",
            Self::Custom(_) => "policy",
        }
    }

    pub(crate) fn into_policy(self) -> Result<Policy, Denial> {
        match self {
            Self::Canned(policy) => Ok(policy),
            Self::Custom(bytes) => {
                let json = String::from_utf8(bytes).map_err(|_| Denial::BadPolicy(PolicyError::NotUtf8))?;
                Policy::from_json(&json).map_err(|error| match error {
                    Error::InvalidPolicy(error) => Denial::BadPolicy(error),
                    other => Denial::BadPolicy(PolicyError::Malformed(other.to_string().as_str().into())),
                })
            }
        }
    }
}

pub(crate) fn signed_bytes(bare: &Url, credentials: &Credentials<'_>) -> Result<Signed, Denial> {
    match (credentials.value("Policy"), credentials.value("Expires")) {
        (Some(policy), _) => decode_base64(policy).map(Signed::Custom).map_err(|_| Denial::PolicyNotBase64),
        (None, Some(end)) => Ok(Signed::Canned(Policy::canned(bare, parse_end(end)?))),
        (None, None) => Err(Denial::NoPolicy),
    }
}

fn parse_end(text: &str) -> Result<EpochSeconds, Denial> {
    signed_url::parse_end(text).map_err(|error| match error {
        Error::InvalidPolicy(error) => Denial::BadPolicy(error),
        _ => Denial::BadExpires(Excerpt::new(text)),
    })
}

pub(crate) fn hash_algorithm(credentials: &Credentials<'_>) -> Result<HashAlgorithm, Denial> {
    let Some(name) = credentials.value("Hash-Algorithm") else {
        return Ok(HashAlgorithm::Sha1);
    };
    name.parse().map_err(|_| Denial::UnknownHashAlgorithm(Excerpt::new(name)))
}

/// Before anything is read: matching a pattern takes the product of its length and the URL's.
fn check_size(what: &'static str, text: &str, limit: usize) -> Result<(), Denial> {
    let length = text.len();
    if length > limit { Err(Denial::TooLarge { what, length, limit }) } else { Ok(()) }
}

fn check_conditions(policy: &Policy, bare: &Url, request: &Request<'_>) -> Result<(), Denial> {
    check_time(policy, request.now)?;
    check_address(policy, request.ip_address)?;
    check_resource(policy, bare)
}

pub(crate) fn check_time(policy: &Policy, now: EpochSeconds) -> Result<(), Denial> {
    let end = policy.conditions().expires();
    if now >= end {
        return Err(Denial::Expired { end, now });
    }
    match policy.conditions().not_before() {
        Some(start) if now <= start => Err(Denial::TooEarly { start, now }),
        _ => Ok(()),
    }
}

pub(crate) fn check_address(policy: &Policy, viewer: Option<IpAddr>) -> Result<(), Denial> {
    let Some(range) = policy.conditions().ip_address() else {
        return Ok(());
    };
    let text = range.as_str().to_owned();
    match viewer.map(|address| address.to_canonical()) {
        None => Err(Denial::UnknownAddress { range: text }),
        Some(found @ IpAddr::V6(_)) => Err(Denial::Ipv6 { range: text, found }),
        Some(IpAddr::V4(address)) if range.contains(address) => Ok(()),
        Some(found @ IpAddr::V4(_)) => Err(Denial::WrongAddress { range: text, found }),
    }
}

pub(crate) fn check_resource(policy: &Policy, bare: &Url) -> Result<(), Denial> {
    match policy.resource() {
        Some(resource) if resource != bare.as_str() && !Resource::new(resource).covers(bare.as_str()) => {
            Err(Denial::WrongResource { resource: Excerpt::new(resource), url: Excerpt::new(bare.as_str()) })
        }
        _ => Ok(()),
    }
}
