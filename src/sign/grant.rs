//! `Grant`: one signature for many URLs.

use crate::{
    credentials::{
        cookies::SignedCookies,
        parameters::{OutgoingPolicy, Parameters, with_query},
    },
    error::Result,
    hash_algorithm::HashAlgorithm,
    policy::{Policy, check_covers, resource::Resource},
    wire::url::Url,
};

/// One signature for all the URLs that a resource covers, made by [`Signer::grant`](crate::Signer::grant).
///
/// ```
/// use cloudfront_signer::{Conditions, EpochSeconds, KeyKind, PrivateKey, Signer};
///
/// let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
/// let until = Conditions::until(EpochSeconds::new(1_767_290_400)?);
/// let grant = signer.grant("https://d111111abcdef8.cloudfront.net/videos/*", until)?;
/// let url = grant.url("https://d111111abcdef8.cloudfront.net/videos/1.ts")?;
/// assert_eq!(url.split_once('?').unwrap().1, grant.query());
/// assert!(grant.url("https://d111111abcdef8.cloudfront.net/music/1.mp3").is_err());
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Grant {
    policy: Policy,
    pattern: Resource,
    query: String,
    cookies: SignedCookies,
    hash: HashAlgorithm,
}

impl Grant {
    /// The parameters carry the signature of `policy`.
    pub(super) fn new(policy: Policy, signature: &str, key_id: &str, hash: HashAlgorithm) -> Result<Self> {
        let outgoing = OutgoingPolicy::from(&policy);
        let parameters = Parameters { policy: &outgoing, signature, key_id, hash };
        let (query, cookies) = (parameters.to_query(), SignedCookies::new(&parameters)?);
        Ok(Self { pattern: Resource::new(policy.resource().unwrap_or("*")), query, cookies, policy, hash })
    }

    /// The signed form of a URL that the grant covers.
    ///
    /// # Errors
    /// [`PolicyError::DoesNotCover`](crate::PolicyError::DoesNotCover), [`UrlError`](crate::UrlError).
    pub fn url(&self, url: &str) -> Result<String> {
        let url = Url::parse_with_wildcards(url)?;
        check_covers(self.policy.resource().unwrap_or("*"), || &self.pattern, &url)?;
        Ok(with_query(&url, &self.query)?)
    }

    /// The signed forms of many URLs, in their order.
    ///
    /// # Errors
    /// [`Error::InBatch`](crate::Error::InBatch) with the index of the first URL that is refused, and the error of
    /// [`Grant::url`].
    pub fn urls<U: AsRef<str>>(&self, urls: &[U]) -> Result<Vec<String>> {
        let signed = |(index, url): (usize, &U)| self.url(url.as_ref()).map_err(|error| error.in_batch(index));
        urls.iter().enumerate().map(signed).collect()
    }

    /// The signing parameters in the form of a query string, for players that append them to each URL.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Cookies that grant the same access.
    #[must_use]
    pub const fn cookies(&self) -> &SignedCookies {
        &self.cookies
    }

    /// The hash that the signature is made over.
    #[must_use]
    pub const fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash
    }

    /// The signed policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }
}
