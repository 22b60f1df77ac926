//! `Signer`: signs for one key pair id.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use lru::LruCache;

use super::{grant::Grant, message_signer::MessageSigner, terms::Terms};
use crate::{
    credentials::{
        cookies::SignedCookies,
        parameters::{OutgoingPolicy, Parameters},
    },
    engine::fork::hold_off,
    error::{PolicyError, Result, SigningError},
    hash_algorithm::HashAlgorithm,
    key::PrivateKey,
    policy::{Conditions, EpochSeconds, Policy},
    text::{Excerpt, holds_secrets},
    wire::encoding::{encode_base64, escape_query},
};

/// How many signatures a signer keeps for reuse.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");

/// Signs for one key pair id. Cloning is cheap.
///
/// ```
/// use cloudfront_signer::{Conditions, EpochSeconds, KeyKind, PrivateKey, Signer, Terms};
///
/// let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
/// let until = Terms::url(Conditions::until(EpochSeconds::new(1_767_290_400)?));
/// let url = signer.sign_url("https://d111111abcdef8.cloudfront.net/video.mp4", &until)?;
/// assert!(url.starts_with("https://d111111abcdef8.cloudfront.net/video.mp4?Expires=1767290400&Signature="));
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    key_id: Arc<str>,
    pub(super) key: Arc<dyn MessageSigner>,
    pub(super) hash: HashAlgorithm,
    /// Signatures in base64 by the JSON of their policy.
    remembered: Arc<Mutex<LruCache<Box<str>, Arc<str>>>>,
}

impl Signer {
    /// A signer with the key's default hash: SHA-1 for RSA, SHA-256 for ECDSA.
    ///
    /// # Errors
    /// [`SigningError::EmptyKeyId`] and [`SigningError::BadKeyId`].
    pub fn new(key_id: &str, key: PrivateKey) -> Result<Self> {
        let hash = key.kind().default_hash_algorithm();
        Self::with(key_id, Arc::new(key), hash)
    }

    /// A signer with any key and hash.
    ///
    /// # Errors
    /// [`SigningError::EmptyKeyId`] and [`SigningError::BadKeyId`].
    pub fn with(key_id: &str, key: Arc<dyn MessageSigner>, hash: HashAlgorithm) -> Result<Self> {
        check_key_id(key_id)?;
        let remembered = Arc::new(Mutex::new(LruCache::new(REMEMBERED)));
        Ok(Self { key_id: key_id.into(), key, hash, remembered })
    }

    /// The key pair id.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The hash that signatures are made over.
    #[must_use]
    pub const fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash
    }

    /// Signs one URL. Only the resource or policy of [`Terms`] has wildcards: a `*` in the URL itself is literal.
    ///
    /// # Errors
    /// [`UrlError`](crate::UrlError), [`PolicyError`], [`SigningError`].
    pub fn sign_url(&self, url: &str, terms: &Terms) -> Result<String> {
        self.sign_url_around(url, terms, |sign| sign())
    }

    /// The same, with the signature, if one is needed, made by the function that `around` is called with.
    pub(crate) fn sign_url_around(
        &self,
        url: &str,
        terms: &Terms,
        around: impl FnOnce(&(dyn Fn() -> Result<String> + Sync)) -> Result<String>,
    ) -> Result<String> {
        let url = terms.read_url(url)?;
        let policy = terms.policy_for(&url)?;
        let sign = || self.signature(policy.json());
        if !terms.reuses_signatures() {
            return Ok(self.parameters(&policy, &around(&sign)?).sign(&url)?);
        }
        let signature = match self.recall(policy.json()) {
            Some(signature) => signature,
            None => self.remember(policy.json(), around(&sign)?),
        };
        Ok(self.parameters(&policy, &signature).sign(&url)?)
    }

    /// Signs cookies for a resource, which starts with `http://` or `https://`. The policy of [`Terms`] must cover it.
    ///
    /// # Errors
    /// [`PolicyError`], [`SigningError`].
    pub fn sign_cookies(&self, resource: &str, terms: &Terms) -> Result<SignedCookies> {
        check_cookie_resource(resource)?;
        let policy = terms.policy_for_resource(resource)?;
        terms.fixed_resource().map_or(Ok(()), check_cookie_resource)?;
        self.cookies(&policy)
    }

    /// Signs cookies for everything that a policy covers.
    ///
    /// # Errors
    /// [`PolicyError::BadCookieResource`], [`SigningError`].
    pub fn sign_cookies_for_policy(&self, policy: &Policy) -> Result<SignedCookies> {
        policy.resource().map_or(Ok(()), check_cookie_resource)?;
        self.cookies(&policy.into())
    }

    /// The signing parameters alone, names and values, for the policy that [`Signer::sign_cookies`] would sign.
    ///
    /// # Errors
    /// As [`Signer::sign_url`].
    pub fn sign_parameters(&self, resource: &str, terms: &Terms) -> Result<Vec<(String, String)>> {
        self.pairs(&terms.policy_for_resource(resource)?)
    }

    /// The signing parameters of a policy, names and values.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn sign_parameters_for_policy(&self, policy: &Policy) -> Result<Vec<(String, String)>> {
        self.pairs(&policy.into())
    }

    /// Signs the name of an RTMP stream. `escape` percent-encodes `?`, `=` and `&`, as the Flash player needed it.
    ///
    /// # Errors
    /// [`UrlError`](crate::UrlError), [`SigningError`].
    pub fn sign_stream(&self, name: &str, expires: EpochSeconds, escape: bool) -> Result<String> {
        let policy = OutgoingPolicy::of_stream(Policy::stream(name, expires)?);
        let query = self.parameters(&policy, &self.signature(policy.json())?).to_query();
        let signed = [name, "?", &query].concat();
        Ok(if escape { escape_query(&signed) } else { signed })
    }

    /// Signs once for all the URLs that a resource covers.
    ///
    /// # Errors
    /// [`PolicyError`], [`SigningError`].
    pub fn grant(&self, resource: &str, conditions: Conditions) -> Result<Grant> {
        self.grant_policy(Policy::custom(resource, conditions)?)
    }

    /// Signs once for all the URLs that a policy covers.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn grant_policy(&self, policy: Policy) -> Result<Grant> {
        let signature = self.signature(policy.to_json())?;
        Grant::new(policy, &signature, &self.key_id, self.hash)
    }

    /// The same, but equal policies are signed once, as with
    /// [`Terms::reusing_signatures`](crate::Terms::reusing_signatures).
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn grant_policy_reusing_signatures(&self, policy: Policy) -> Result<Grant> {
        let signature = match self.recall(policy.to_json()) {
            Some(signature) => signature,
            None => self.remember(policy.to_json(), self.signature(policy.to_json())?),
        };
        Grant::new(policy, &signature, &self.key_id, self.hash)
    }

    fn cookies(&self, policy: &OutgoingPolicy<'_>) -> Result<SignedCookies> {
        Ok(SignedCookies::new(&self.parameters(policy, &self.signature(policy.json())?))?)
    }

    fn pairs(&self, policy: &OutgoingPolicy<'_>) -> Result<Vec<(String, String)>> {
        let signature = self.signature(policy.json())?;
        let parameters = self.parameters(policy, &signature);
        Ok(parameters.pairs().map(|(name, value)| (name.to_owned(), value.into_owned())).collect())
    }

    pub(super) fn parameters<'a>(&'a self, policy: &'a OutgoingPolicy<'a>, signature: &'a str) -> Parameters<'a> {
        Parameters { policy, signature, key_id: &self.key_id, hash: self.hash }
    }

    fn signature(&self, json: &str) -> Result<String> {
        Ok(encode(&self.key.sign(json.as_bytes(), self.hash)?)?)
    }

    /// Holds off forks while the lock is held: it would stay locked in the child.
    pub(super) fn recall(&self, json: &str) -> Option<Arc<str>> {
        let _held_off = hold_off();
        self.remembered.lock().ok()?.get(json).cloned()
    }

    pub(super) fn remember(&self, json: &str, signature: String) -> Arc<str> {
        let _held_off = hold_off();
        match self.remembered.lock() {
            // Another thread may have been first, and all URLs must be equal.
            Ok(mut remembered) => remembered.get_or_insert(json.into(), || signature.into()).clone(),
            Err(_) => signature.into(),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, {})", self.key_id, self.hash)
    }
}

pub(crate) fn check_key_id(key_id: &str) -> Result<()> {
    if key_id.is_empty() {
        return Err(SigningError::EmptyKeyId.into());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    // A key id is sent with every URL, and a private key in base64 without padding has the same alphabet.
    if !key_id.chars().all(plain) || holds_secrets(key_id) {
        return Err(SigningError::BadKeyId(Excerpt::new(key_id)).into());
    }
    Ok(())
}

/// Refuses an empty signature, which would give a URL that looks signed.
pub(super) fn encode(signature: &[u8]) -> Result<String, SigningError> {
    if signature.is_empty() { Err(SigningError::Empty) } else { Ok(encode_base64(signature)) }
}

fn check_cookie_resource(resource: &str) -> Result<(), PolicyError> {
    let scheme = resource.split_once("://").map_or("", |(scheme, _)| scheme);
    if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        Ok(())
    } else {
        Err(PolicyError::BadCookieResource(Excerpt::new(resource)))
    }
}
