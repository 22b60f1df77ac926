//! `Terms`: what is granted, and the policies that say it.

use std::sync::{Arc, OnceLock};

use crate::{
    credentials::parameters::OutgoingPolicy,
    error::{PolicyError, Result},
    policy::{Conditions, EpochSeconds, Policy, check_covers, resource::Resource},
    wire::url::Url,
};

/// What is granted, and whether its signature is reused.
///
/// ```
/// use cloudfront_signer::{Conditions, EpochSeconds, KeyKind, PrivateKey, Signer, Terms};
///
/// let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
/// let until = Conditions::until(EpochSeconds::new(1_767_290_400)?);
/// let terms = Terms::resource("https://d111111abcdef8.cloudfront.net/videos/*", until).reusing_signatures();
/// let url = signer.sign_url("https://d111111abcdef8.cloudfront.net/videos/1.ts", &terms)?;
/// assert_eq!(signer.sign_url("https://d111111abcdef8.cloudfront.net/videos/1.ts", &terms)?, url);
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Terms {
    access: Access,
    reuse: bool,
    /// What all URLs share is built once.
    policy: OnceLock<Policy>,
    pattern: OnceLock<Arc<Resource>>,
}

#[derive(Debug, Clone)]
enum Access {
    Url(Conditions),
    Resource(String, Conditions),
    Policy(Policy),
}

impl Terms {
    /// Access to the URL that is signed, and nothing else: with a canned policy where that can express the conditions,
    /// with a custom one otherwise.
    #[must_use]
    pub const fn url(conditions: Conditions) -> Self {
        Self::new(Access::Url(conditions))
    }

    /// Access to everything that a resource covers. The resource may have wildcards.
    #[must_use]
    pub fn resource(resource: impl Into<String>, conditions: Conditions) -> Self {
        Self::new(Access::Resource(resource.into(), conditions))
    }

    /// Access as a policy grants it. The policy is signed unchanged.
    #[must_use]
    pub const fn policy(policy: Policy) -> Self {
        Self::new(Access::Policy(policy))
    }

    const fn new(access: Access) -> Self {
        Self { access, reuse: false, policy: OnceLock::new(), pattern: OnceLock::new() }
    }

    /// The same terms with another expiry.
    ///
    /// ```
    /// use cloudfront_signer::{Conditions, EpochSeconds, Terms};
    ///
    /// let terms = Terms::url(Conditions::until(EpochSeconds::new(1_767_290_400)?));
    /// let longer = terms.expiring(EpochSeconds::new(1_767_294_000)?)?;
    /// # Ok::<(), cloudfront_signer::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`PolicyError::StartNotBeforeEnd`], and [`PolicyError::ExpiryAndPolicy`] for the terms of a policy.
    pub fn expiring(&self, expires: EpochSeconds) -> Result<Self> {
        let access = match &self.access {
            Access::Url(conditions) => Access::Url(conditions.expiring(expires)?),
            Access::Resource(resource, conditions) => Access::Resource(resource.clone(), conditions.expiring(expires)?),
            Access::Policy(_) => return Err(PolicyError::ExpiryAndPolicy.into()),
        };
        Ok(Self { reuse: self.reuse, pattern: self.pattern.clone(), ..Self::new(access) })
    }

    /// The same terms, but [`Signer::sign_url`](crate::Signer::sign_url) signs equal policies once, so that equal URLs
    /// have equal signatures. The signer keeps the signatures of its last 1,024 policies.
    #[must_use]
    pub fn reusing_signatures(self) -> Self {
        Self { reuse: true, ..self }
    }

    pub(crate) const fn reuses_signatures(&self) -> bool {
        self.reuse
    }

    /// Reads a URL to be signed. It is literal if the policy is made from it; next to a resource or policy, its `*` and
    /// `?` are only compared.
    pub(super) fn read_url(&self, text: &str) -> Result<Url> {
        match self.access {
            Access::Url(_) => Url::parse(text),
            Access::Resource(..) | Access::Policy(_) => Url::parse_with_wildcards(text),
        }
    }

    /// The resource of a policy that is signed unchanged.
    pub(super) fn fixed_resource(&self) -> Option<&str> {
        match &self.access {
            Access::Policy(policy) => policy.resource(),
            Access::Url(_) | Access::Resource(..) => None,
        }
    }

    /// The policy for a URL that is signed.
    pub(super) fn policy_for(&self, url: &Url) -> Result<OutgoingPolicy<'_>> {
        let policy = match &self.access {
            Access::Url(conditions) => return policy_of(url, conditions),
            Access::Resource(resource, conditions) => {
                let policy = self.shared_policy(resource, conditions)?;
                // Without wildcards, the policy is that of the URL itself.
                if policy.resource() == Some(url.as_str()) && !has_wildcards(url.as_str()) {
                    return policy_of(url, conditions);
                }
                policy
            }
            Access::Policy(policy) => policy,
        };
        if let Some(resource) = policy.resource() {
            check_covers(resource, || self.pattern.get_or_init(|| Arc::new(Resource::new(resource))), url)?;
        }
        Ok(OutgoingPolicy::from(policy))
    }

    fn shared_policy(&self, resource: &str, conditions: &Conditions) -> Result<&Policy> {
        if let Some(policy) = self.policy.get() {
            return Ok(policy);
        }
        let policy = Policy::custom(resource, conditions.clone())?;
        Ok(self.policy.get_or_init(|| policy))
    }

    /// The policy for a resource, which may have wildcards.
    pub(super) fn policy_for_resource(&self, resource: &str) -> Result<OutgoingPolicy<'_>> {
        match &self.access {
            Access::Url(conditions) if conditions.only_expire() && !resource.contains(['*', '?']) => {
                Ok(OutgoingPolicy::canned(&Url::parse(resource)?, conditions.expires()))
            }
            Access::Url(conditions) | Access::Resource(_, conditions) => {
                Ok(OutgoingPolicy::custom(Policy::custom(resource, conditions.clone())?))
            }
            Access::Policy(policy) => {
                policy.check_covers_pattern(resource)?;
                Ok(OutgoingPolicy::from(policy))
            }
        }
    }
}

fn policy_of(url: &Url, conditions: &Conditions) -> Result<OutgoingPolicy<'static>> {
    if conditions.only_expire() {
        return Ok(OutgoingPolicy::canned(url, conditions.expires()));
    }
    Ok(OutgoingPolicy::custom(Policy::custom(url.as_str(), conditions.clone())?))
}

/// The first `?` of a URL starts its query.
fn has_wildcards(resource: &str) -> bool {
    resource.contains('*') || resource.matches('?').nth(1).is_some()
}
