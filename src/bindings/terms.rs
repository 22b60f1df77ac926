//! What is to be signed, from keyword arguments.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, OptionalArg as _, name},
    clock::warn_if_expired,
    conditions::{Defaults, GivenConditions},
    convert::Text,
    exceptions::RaiseExt as _,
};
use crate::{Policy, PolicyError, Terms};

/// A URL with wildcards that access is granted to.
pub(super) type Resource = Arg<name::resource, Text>;
/// A finished policy.
pub(super) type PolicyArgument = Arg<name::policy, Policy>;

/// The terms in the arguments of one call: conditions, or a policy.
#[derive(Default)]
pub(super) struct GivenTerms {
    pub(super) conditions: GivenConditions,
    pub(super) resource: Option<Resource>,
    pub(super) policy: Option<PolicyArgument>,
}

impl GivenTerms {
    /// What is to be signed now.
    pub(super) fn parsed(self, py: Python<'_>) -> PyResult<Terms> {
        if self.policy.is_some() {
            return self.policy_alone(py).map(Terms::policy);
        }
        let is_aligned = self.conditions.is_aligned();
        let conditions = self.conditions.parsed_to_sign(py)?;
        let terms = match self.resource.parsed()? {
            Some(resource) => Terms::resource(&*resource, conditions),
            None => Terms::url(conditions),
        };
        Ok(if is_aligned { terms.reusing_signatures() } else { terms })
    }

    /// Whether the call has any terms.
    pub(super) fn are_given(&self) -> bool {
        self.policy.is_some() || self.beside_policy().into_iter().any(|(is_given, _)| is_given)
    }

    /// The same, with what a signer uses where a call has nothing.
    pub(super) fn with_defaults(mut self, defaults: Defaults) -> Self {
        self.conditions.defaults = defaults;
        self
    }

    /// The arguments that a policy replaces, and whether they are given.
    fn beside_policy(&self) -> [(bool, &'static str); 5] {
        let conditions = &self.conditions;
        [
            (self.resource.is_some(), "resource"),
            (conditions.expires.is_some(), "expires"),
            (conditions.not_before.is_some(), "not_before"),
            (conditions.ip_address.is_some(), "ip_address"),
            (conditions.align.is_some(), "align"),
        ]
    }

    /// The policy. An argument that contradicts it is reported before a fault of the policy itself.
    pub(super) fn policy_alone(self, py: Python<'_>) -> PyResult<Policy> {
        match self.beside_policy().into_iter().find(|(is_given, _)| *is_given) {
            Some((_, "expires")) => return Err(PolicyError::ExpiryAndPolicy.into()).raise(py),
            Some((_, name)) => return Err(PolicyError::TermsAndPolicy(name).into()).raise(py),
            None => {}
        }
        let Some(given) = self.policy else {
            return Err(PolicyError::NeitherExpiryNorPolicy.into()).raise(py);
        };
        let policy = given.parsed()?;
        warn_if_expired(py, policy.conditions().expires())?;
        Ok(policy)
    }
}

/// What cookies and parameters are signed for.
pub(super) enum Covered {
    Resource(Text, Terms),
    Policy(Policy),
}

impl Covered {
    pub(super) fn new(py: Python<'_>, resource: Option<Resource>, given: GivenTerms) -> PyResult<Self> {
        match (resource, given.policy.is_some()) {
            (None, false) => Err(PolicyError::NeitherResourceNorPolicy.into()).raise(py),
            (None, true) => given.policy_alone(py).map(Self::Policy),
            (Some(resource), _) => {
                let terms = given.parsed(py)?;
                Ok(Self::Resource(resource.parsed()?, terms))
            }
        }
    }
}
