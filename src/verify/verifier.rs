//! Decides requests as the edge does, with the edge's answers, and with a reason that the edge never sends.
//!
//! The signature is checked first, over the bytes that were signed: the decoded bytes of a custom policy, or a canned
//! policy rebuilt from the request. The policy is parsed only after that. URL parameters win over cookies
//! ([how the edge decides](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-how-signed-urls-work.html)).
//!
//! Where the AWS documentation is silent, this module and its siblings decide: a parameter that is sent twice and an
//! unknown hash algorithm are denied; `Policy` wins over `Expires`; access ends at the start of its last second; a viewer
//! whose address is unknown is outside every range.

use std::{collections::HashMap, net::IpAddr};

use super::{
    conditions::{check_address, check_resource, check_time},
    decision::Decision,
    denial::Denial,
    signed::Claim,
};
use crate::{
    credentials::cookies::LARGEST_REQUEST,
    credentials::signed_url::LONGEST_URL,
    key::PublicKey,
    policy::{EpochSeconds, Policy},
    text::Excerpt,
    wire::url::Url,
};

/// One request, as the edge receives it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The whole URL as it was sent, starting with `https://`.
    pub url: &'a str,
    /// The `Cookie` header, or an empty text.
    pub cookies: &'a str,
    /// The viewer's address, if it is known.
    pub ip_address: Option<IpAddr>,
    /// When the request arrives.
    pub now: EpochSeconds,
}

/// Decides requests as the edge does, for a set of trusted keys.
///
/// ```
/// use cloudfront_signer::{Conditions, EpochSeconds, KeyKind, PrivateKey, Request, Signer, Terms, Verifier};
///
/// let key = PrivateKey::generate(KeyKind::EcdsaP256)?;
/// let verifier = Verifier::new([("K2JCJMDEHXQW5F".to_owned(), key.public_key()?)]);
/// let until = Terms::url(Conditions::until(EpochSeconds::new(1_767_290_400)?));
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

    /// The trusted key pair ids, in no particular order.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// The key with this id.
    #[must_use]
    pub fn key(&self, key_id: &str) -> Option<&PublicKey> {
        self.keys.get(key_id)
    }

    /// Decides one request. Whatever a viewer sends leads to a decision, never to an error.
    #[must_use]
    pub fn check(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision::default();
        decision.denial = self.examine(request, &mut decision).err();
        decision
    }

    /// Fills in the decision as far as the request can be read.
    fn examine(&self, request: &Request<'_>, decision: &mut Decision) -> Result<(), Denial> {
        check_size("URL", request.url, LONGEST_URL)?;
        check_size("Cookie header", request.cookies, LARGEST_REQUEST)?;
        let url = Url::parse_request(request.url).map_err(|error| Denial::BadUrl(error.to_string().as_str().into()))?;
        let claim = Claim::of_request(&url, request.cookies);
        decision.via = claim.via();
        decision.key_id = claim.parameter("Key-Pair-Id").map(|id| Excerpt::new(id).to_string());
        let bare = url.without_signing_parameters();
        let policy = decision.policy.insert(self.verified_policy(&claim, &bare)?);
        check_time(policy, request.now)?;
        check_address(policy, request.ip_address)?;
        check_resource(policy, &bare)
    }

    /// The policy, if its signature is valid.
    fn verified_policy(&self, claim: &Claim<'_>, bare: &Url) -> Result<Policy, Denial> {
        let key_id = claim.key_id()?;
        let key = self.key(key_id).ok_or_else(|| Denial::UnknownKey(Excerpt::new(key_id)))?;
        let signed = claim.signed(bare)?;
        let signature = claim.signature()?;
        let hash = claim.hash_algorithm()?;
        if !key.verify(signed.as_bytes(), &signature, hash) {
            return Err(Denial::WrongSignature { key_id: key_id.into(), what: signed.name(), hash });
        }
        signed.into_policy()
    }
}

/// Checked before anything is read: the time to match a pattern grows with its length times the length of the URL.
fn check_size(what: &'static str, text: &str, limit: usize) -> Result<(), Denial> {
    let length = text.len();
    if length > limit { Err(Denial::TooLarge { what, length, limit }) } else { Ok(()) }
}
