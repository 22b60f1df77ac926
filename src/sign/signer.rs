//! Signing for one key pair id: URLs, cookies and stream names, and grants of one signature for many URLs.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use lru::LruCache;

use crate::{
    credentials::cookies::SignedCookies,
    credentials::signed_url::{Parameters, SentPolicy},
    engine::fork::hold_off,
    error::{PolicyError, Result, SigningError},
    hash_algorithm::HashAlgorithm,
    key::PrivateKey,
    policy::resource::Resource,
    policy::{Conditions, EpochSeconds, Policy, check_covers},
    text::{Excerpt, holds_secrets},
    wire::encoding::{encode_base64, escape_query},
    wire::url::Url,
};

/// How many aligned policies a signer remembers the signatures of.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");

/// Something that signs: a [`PrivateKey`], or a caller's own, such as a key in an HSM.
pub trait MessageSigner: Send + Sync {
    /// Signs one message.
    ///
    /// # Errors
    /// [`SigningError`]; a caller's own error goes into [`SigningError::Caller`].
    fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>>;

    /// Signs many; the signatures come in the order of the messages.
    ///
    /// # Errors
    /// As [`MessageSigner::sign`].
    fn sign_many(&self, messages: &[&[u8]], hash: HashAlgorithm) -> Result<Vec<Vec<u8>>> {
        messages.iter().map(|message| self.sign(message, hash)).collect()
    }

    /// The same, asking `go_on` from the calling thread, whose error ends the batch: here once, before it starts, in a
    /// [`PrivateKey`] after each signature that this thread makes.
    ///
    /// # Errors
    /// As [`MessageSigner::sign`], and what `go_on` gave.
    fn sign_many_while(
        &self,
        messages: &[&[u8]],
        hash: HashAlgorithm,
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Vec<u8>>> {
        go_on()?;
        self.sign_many(messages, hash)
    }
}

impl MessageSigner for PrivateKey {
    fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>> {
        Self::sign(self, message, hash)
    }

    fn sign_many(&self, messages: &[&[u8]], hash: HashAlgorithm) -> Result<Vec<Vec<u8>>> {
        Self::sign_many(self, messages, hash)
    }

    fn sign_many_while(
        &self,
        messages: &[&[u8]],
        hash: HashAlgorithm,
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Vec<u8>>> {
        Self::sign_many_while(self, messages, hash, go_on)
    }
}

/// What is granted.
#[derive(Debug, Clone)]
pub enum Terms {
    /// Access to the URL itself: a canned policy where that can say it, a custom one otherwise.
    Conditions(Conditions),
    /// Access to everything that a resource covers.
    Resource(String, Conditions),
    /// Just this policy, as it is.
    Policy(Policy),
}

/// Signs for one key pair id. Cloning is cheap.
///
/// ```
/// use cloudfront_signer::{Conditions, EpochSeconds, KeyKind, PrivateKey, Signer, Terms};
///
/// let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
/// let until = Terms::Conditions(Conditions::until(EpochSeconds::new(1_767_290_400)?));
/// let url = signer.sign_url("https://d111111abcdef8.cloudfront.net/video.mp4", &until)?;
/// assert!(url.starts_with("https://d111111abcdef8.cloudfront.net/video.mp4?Expires=1767290400&Signature="));
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    key_id: Arc<str>,
    key: Arc<dyn MessageSigner>,
    hash: HashAlgorithm,
    remembered: Arc<Mutex<LruCache<Policy, Arc<str>>>>,
}

impl Signer {
    /// A signer with the key's own default hash: SHA-1 for RSA, SHA-256 for ECDSA.
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

    /// Signs one URL. Only a resource or policy of [`Terms`] has wildcards: a `*` in the URL itself is a literal one.
    ///
    /// # Errors
    /// [`UrlError`](crate::UrlError), [`PolicyError`], [`SigningError`].
    pub fn sign_url(&self, url: &str, terms: &Terms) -> Result<String> {
        let url = terms.read_url(url)?;
        let (policy, sent) = terms.policy_for_url(&url)?;
        let signature = self.sign_policy(&policy)?;
        self.parameters(&sent, &signature).sign(&url)
    }

    /// The same, remembering the signature: equal policies are signed once, so equal URLs come out equal.
    ///
    /// # Errors
    /// As [`Signer::sign_url`].
    pub fn sign_url_remembering(&self, url: &str, terms: &Terms) -> Result<String> {
        let url = terms.read_url(url)?;
        let (policy, sent) = terms.policy_for_url(&url)?;
        let signature = match self.recall(&policy) {
            Some(signature) => signature,
            None => self.remember(policy.clone(), self.sign_policy(&policy)?.into()),
        };
        self.parameters(&sent, &signature).sign(&url)
    }

    /// What [`Signer::sign_url_remembering`] can give without signing, if anything.
    ///
    /// # Errors
    /// As [`Signer::sign_url`].
    pub fn recall_url(&self, url: &str, terms: &Terms) -> Result<Option<String>> {
        let url = terms.read_url(url)?;
        let (policy, sent) = terms.policy_for_url(&url)?;
        self.recall(&policy).map(|signature| self.parameters(&sent, &signature).sign(&url)).transpose()
    }

    /// Signs many URLs, on all cores; the results come in the order of the URLs. Equal policies are signed once.
    ///
    /// # Errors
    /// [`Error::InBatch`] with the index of the first URL that could not be signed, and what [`Signer::sign_url`] gives
    /// for it. All but a URL that is too long once it is signed are found before anything is signed.
    pub fn sign_urls<U: AsRef<str>>(&self, urls: &[U], terms: &Terms) -> Result<Vec<String>> {
        self.sign_urls_while(urls, terms, &|| Ok(()))
    }

    /// The same, asking `go_on` time and again from the calling thread; its error ends the batch.
    ///
    /// # Errors
    /// As [`Signer::sign_urls`], and what `go_on` gave.
    pub fn sign_urls_while<U: AsRef<str>>(
        &self,
        urls: &[U],
        terms: &Terms,
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<String>> {
        let mut distinct: HashMap<Policy, usize> = HashMap::new();
        let mut work = Vec::with_capacity(urls.len());
        for (place, url) in urls.iter().enumerate() {
            go_on()?;
            let read = terms.read_url(url.as_ref()).and_then(|url| Ok((terms.policy_for_url(&url)?, url)));
            let ((policy, sent), url) = read.map_err(|error| error.in_batch(place))?;
            let next = distinct.len();
            let index = *distinct.entry(policy).or_insert(next);
            work.push((url, sent, index));
        }
        let mut messages = vec![&b""[..]; distinct.len()];
        for (policy, index) in &distinct {
            messages[*index] = policy.to_json().as_bytes();
        }
        let signatures = self.key.sign_many_while(&messages, self.hash, go_on)?;
        if signatures.len() != messages.len() {
            return Err(SigningError::Count { found: signatures.len(), expected: messages.len() }.into());
        }
        let signatures = signatures.iter().map(|signature| encode(signature)).collect::<Result<Vec<_>>>()?;
        work.iter()
            .enumerate()
            .map(|(place, (url, sent, index))| {
                go_on()?;
                self.parameters(sent, &signatures[*index]).sign(url).map_err(|error| error.in_batch(place))
            })
            .collect()
    }

    /// Signs cookies for a resource, which starts with `http://` or `https://`. A policy of [`Terms`] must cover it.
    ///
    /// # Errors
    /// [`PolicyError`], [`SigningError`].
    pub fn sign_cookies(&self, resource: &str, terms: &Terms) -> Result<SignedCookies> {
        check_cookie_resource(resource)?;
        let (policy, sent) = terms.policy_for_resource(resource)?;
        policy.resource().map_or(Ok(()), check_cookie_resource)?;
        self.cookies(&policy, &sent)
    }

    /// Signs cookies for whatever a policy covers.
    ///
    /// # Errors
    /// [`PolicyError::BadCookieResource`], [`SigningError`].
    pub fn sign_cookies_for_policy(&self, policy: Policy) -> Result<SignedCookies> {
        policy.resource().map_or(Ok(()), check_cookie_resource)?;
        let (policy, sent) = sent_whole(policy);
        self.cookies(&policy, &sent)
    }

    /// The signing parameters alone, names and values, as a URL would carry them: with the policy that
    /// [`Signer::sign_cookies`] would sign.
    ///
    /// # Errors
    /// As [`Signer::sign_url`].
    pub fn sign_parameters(&self, resource: &str, terms: &Terms) -> Result<Vec<(String, String)>> {
        let (policy, sent) = terms.policy_for_resource(resource)?;
        self.pairs(&policy, &sent)
    }

    /// The signing parameters of a policy, names and values.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn sign_parameters_for_policy(&self, policy: Policy) -> Result<Vec<(String, String)>> {
        let (policy, sent) = sent_whole(policy);
        self.pairs(&policy, &sent)
    }

    /// Signs the name of an RTMP stream; `escape` writes `?`, `=` and `&` as the Flash player needed them.
    ///
    /// # Errors
    /// [`UrlError`](crate::UrlError), [`SigningError`].
    pub fn sign_stream(&self, name: &str, expires: EpochSeconds, escape: bool) -> Result<String> {
        let policy = Policy::stream(name, expires)?;
        let signature = self.sign_policy(&policy)?;
        let parameters = self.parameters(&SentPolicy::Expires(expires), &signature);
        let signed = [policy.resource().unwrap_or(name), "?", parameters.as_str()].concat();
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
        let signature = self.sign_policy(&policy)?;
        let sent = SentPolicy::Policy(policy.clone());
        Ok(Grant {
            parameters: self.parameters(&sent, &signature),
            cookies: SignedCookies::new(&sent, &signature, &self.key_id, self.hash)?,
            resource: Resource::new(policy.resource().unwrap_or("*")),
            policy,
        })
    }

    /// Signs with a canned policy, whatever stands in the URL, as botocore does it.
    ///
    /// # Errors
    /// As [`Signer::sign_url`].
    pub fn sign_url_canned(&self, url: &str, expires: EpochSeconds) -> Result<String> {
        let url = Url::parse(url)?;
        let signature = self.sign_policy(&Policy::canned(&url, expires))?;
        self.parameters(&SentPolicy::Expires(expires), &signature).sign(&url)
    }

    fn cookies(&self, policy: &Policy, sent: &SentPolicy) -> Result<SignedCookies> {
        SignedCookies::new(sent, &self.sign_policy(policy)?, &self.key_id, self.hash)
    }

    fn pairs(&self, policy: &Policy, sent: &SentPolicy) -> Result<Vec<(String, String)>> {
        let parameters = self.parameters(sent, &self.sign_policy(policy)?);
        Ok(parameters.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn sign_policy(&self, policy: &Policy) -> Result<String> {
        encode(&self.key.sign(policy.to_json().as_bytes(), self.hash)?)
    }

    fn parameters(&self, sent: &SentPolicy, signature: &str) -> Parameters {
        Parameters::new(sent, signature, &self.key_id, self.hash)
    }

    /// With forks held off while it is locked, or a child would find it locked for ever.
    fn recall(&self, policy: &Policy) -> Option<Arc<str>> {
        let _held_off = hold_off();
        self.remembered.lock().ok()?.get(policy).cloned()
    }

    fn remember(&self, policy: Policy, signature: Arc<str>) -> Arc<str> {
        let _held_off = hold_off();
        match self.remembered.lock() {
            // Another thread may have been first: all must give the same URL.
            Ok(mut remembered) => remembered.get_or_insert(policy, || signature).clone(),
            Err(_) => signature,
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, {})", self.key_id, self.hash)
    }
}

impl Terms {
    /// A URL that the policy is made from stands for itself alone; one beside a resource or policy is only matched.
    fn read_url(&self, text: &str) -> Result<Url> {
        match self {
            Self::Conditions(_) => Url::parse(text),
            Self::Resource(..) | Self::Policy(_) => Url::parse_with_wildcards(text),
        }
    }

    fn policy_for_url(&self, url: &Url) -> Result<(Policy, SentPolicy)> {
        match self {
            Self::Conditions(conditions) if conditions.only_expire() => {
                let expires = conditions.expires();
                Ok((Policy::canned(url, expires), SentPolicy::Expires(expires)))
            }
            Self::Conditions(conditions) => Ok(sent_whole(Policy::custom(url.as_str(), conditions.clone())?)),
            Self::Resource(resource, conditions) => {
                let policy = Policy::custom(resource, conditions.clone())?;
                if policy.resource() == Some(url.as_str()) && !has_wildcards(url.as_str()) {
                    return Self::Conditions(conditions.clone()).policy_for_url(url);
                }
                policy.check_covers(url)?;
                Ok(sent_whole(policy))
            }
            Self::Policy(policy) => {
                policy.check_covers(url)?;
                Ok(sent_whole(policy.clone()))
            }
        }
    }

    /// The policy for a resource, which may hold wildcards.
    fn policy_for_resource(&self, resource: &str) -> Result<(Policy, SentPolicy)> {
        match self {
            Self::Conditions(conditions) if conditions.only_expire() && !resource.contains(['*', '?']) => {
                self.policy_for_url(&Url::parse(resource)?)
            }
            Self::Conditions(conditions) | Self::Resource(_, conditions) => {
                Ok(sent_whole(Policy::custom(resource, conditions.clone())?))
            }
            Self::Policy(policy) => {
                policy.check_covers_pattern(resource)?;
                Ok(sent_whole(policy.clone()))
            }
        }
    }
}

/// One signature for many URLs, made when the grant was.
#[derive(Debug, Clone)]
pub struct Grant {
    policy: Policy,
    resource: Resource,
    parameters: Parameters,
    cookies: SignedCookies,
}

impl Grant {
    /// The signed form of a URL that the grant covers.
    ///
    /// # Errors
    /// [`PolicyError::DoesNotCover`], [`UrlError`](crate::UrlError).
    pub fn url(&self, url: &str) -> Result<String> {
        let url = Url::parse_with_wildcards(url)?;
        check_covers(self.policy.resource().unwrap_or("*"), &self.resource, &url)?;
        self.parameters.sign(&url)
    }

    /// The signing parameters as they stand in a query string, for players that add them to each URL.
    #[must_use]
    pub fn query(&self) -> &str {
        self.parameters.as_str()
    }

    /// The cookies that grant the same.
    #[must_use]
    pub const fn cookies(&self) -> &SignedCookies {
        &self.cookies
    }

    /// What is granted.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }
}

/// The first `?` of a URL starts its query.
fn has_wildcards(resource: &str) -> bool {
    resource.contains('*') || resource.matches('?').nth(1).is_some()
}

fn sent_whole(policy: Policy) -> (Policy, SentPolicy) {
    (policy.clone(), SentPolicy::Policy(policy))
}

pub(crate) fn check_key_id(key_id: &str) -> Result<()> {
    if key_id.is_empty() {
        return Err(SigningError::EmptyKeyId.into());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    // An id is sent with every URL; a key without its padding is of the same alphabet.
    if !key_id.chars().all(plain) || holds_secrets(key_id) {
        return Err(SigningError::BadKeyId(Excerpt::new(key_id)).into());
    }
    Ok(())
}

/// Never an empty signature: that would be a URL that looks signed.
fn encode(signature: &[u8]) -> Result<String> {
    if signature.is_empty() { Err(SigningError::Empty.into()) } else { Ok(encode_base64(signature)) }
}

fn check_cookie_resource(resource: &str) -> Result<()> {
    let scheme = resource.split_once("://").map_or("", |(scheme, _)| scheme);
    if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        Ok(())
    } else {
        Err(PolicyError::BadCookieResource(Excerpt::new(resource)).into())
    }
}
