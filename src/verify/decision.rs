//! The answer to one request.

use super::denial::Denial;
use crate::policy::Policy;

/// Where a request carries its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// In the query string of the URL.
    Url,
    /// In cookies.
    Cookies,
}

impl Via {
    /// `url` or `cookies`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Cookies => "cookies",
        }
    }
}

/// Whether the edge serves a request, and if not, why.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    pub(super) denial: Option<Denial>,
    pub(super) policy: Option<Policy>,
    pub(super) key_id: Option<String>,
    pub(super) via: Option<Via>,
}

impl Decision {
    /// Whether the request is allowed.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// Why the request is denied; `None` if it is allowed.
    #[must_use]
    pub const fn denial(&self) -> Option<&Denial> {
        self.denial.as_ref()
    }

    /// The policy, if its signature is valid.
    #[must_use]
    pub const fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// The key pair id that was sent.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Where the credentials are; `None` if the request has none.
    #[must_use]
    pub const fn via(&self) -> Option<Via> {
        self.via
    }
}
