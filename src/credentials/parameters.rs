//! The signing parameters of a URL, and the policy that they carry.

use std::{borrow::Cow, fmt::Write as _};

use crate::{
    credentials::signed_url::LONGEST_URL,
    error::UrlError,
    hash_algorithm::HashAlgorithm,
    policy::{EpochSeconds, Policy, canned_json},
    wire::{
        encoding::{encode_base64, encoded_length, push_base64},
        url::Url,
    },
};

/// A policy as it is signed and sent.
#[derive(Debug, Clone)]
pub(crate) struct OutgoingPolicy<'a> {
    json: Cow<'a, str>,
    /// Of a canned policy, only this is sent: the edge rebuilds the rest from the request.
    expires: Option<EpochSeconds>,
}

impl OutgoingPolicy<'_> {
    pub(crate) fn canned(url: &Url, expires: EpochSeconds) -> Self {
        Self { json: Cow::Owned(canned_json(url.as_str(), expires)), expires: Some(expires) }
    }

    pub(crate) fn custom(policy: Policy) -> Self {
        Self { json: Cow::Owned(policy.into_json()), expires: None }
    }

    /// The policy of an RTMP stream, which is canned although its resource is not a URL.
    pub(crate) fn of_stream(policy: Policy) -> Self {
        let expires = Some(policy.conditions().expires());
        Self { json: Cow::Owned(policy.into_json()), expires }
    }

    /// The bytes that are signed.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }
}

/// Sent whole.
impl<'a> From<&'a Policy> for OutgoingPolicy<'a> {
    fn from(policy: &'a Policy) -> Self {
        Self { json: Cow::Borrowed(policy.to_json()), expires: None }
    }
}

/// The signing parameters, in the order of AWS's signers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters<'a> {
    pub(crate) policy: &'a OutgoingPolicy<'a>,
    /// In CloudFront's base64.
    pub(crate) signature: &'a str,
    pub(crate) key_id: &'a str,
    pub(crate) hash: HashAlgorithm,
}

impl Parameters<'_> {
    /// Names and values.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let first = match self.policy.expires {
            Some(end) => ("Expires", Cow::Owned(end.get().to_string())),
            None => ("Policy", Cow::Owned(encode_base64(self.policy.json.as_bytes()))),
        };
        let hash = (self.hash == HashAlgorithm::Sha256).then(|| ("Hash-Algorithm", Cow::Borrowed(self.hash.name())));
        [first, ("Signature", self.signature.into()), ("Key-Pair-Id", self.key_id.into())].into_iter().chain(hash)
    }

    /// The parameters in the form of a query string.
    pub(crate) fn to_query(self) -> String {
        let mut query = String::with_capacity(self.longest());
        self.push_to(&mut query);
        query
    }

    /// The whole signed URL.
    pub(crate) fn sign(self, url: &Url) -> Result<String, UrlError> {
        limited(url, url.with_parameters(self.longest(), |signed| self.push_to(signed)))
    }

    fn push_to(self, query: &mut String) {
        // Writing to a String cannot fail.
        if let Some(end) = self.policy.expires {
            let _ = write!(query, "Expires={}", end.get());
        } else {
            query.push_str("Policy=");
            push_base64(query, self.policy.json.as_bytes());
        }
        query.extend(["&Signature=", self.signature, "&Key-Pair-Id=", self.key_id]);
        if self.hash == HashAlgorithm::Sha256 {
            query.push_str("&Hash-Algorithm=SHA256");
        }
    }

    /// Enough room, so that nothing grows.
    fn longest(&self) -> usize {
        let policy = self.policy.expires.map_or_else(|| encoded_length(self.policy.json.len()), |_| 20);
        policy
            + self.signature.len()
            + self.key_id.len()
            + "Expires=&Signature=&Key-Pair-Id=&Hash-Algorithm=SHA256".len()
    }
}

/// A whole signed URL with the parameters of [`Parameters::to_query`].
pub(crate) fn with_query(url: &Url, query: &str) -> Result<String, UrlError> {
    limited(url, url.with_parameters(query.len(), |signed| signed.push_str(query)))
}

fn limited(url: &Url, signed: String) -> Result<String, UrlError> {
    let length = signed.len() - url.fragment().len();
    if length > LONGEST_URL { Err(UrlError::TooLong { length, limit: LONGEST_URL }) } else { Ok(signed) }
}
