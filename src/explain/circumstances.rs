//! The request that a diagnosis is about.

use std::net::IpAddr;

use super::{
    cookie_text::Delivery,
    inspection::{Inspection, Source},
    url_parts::{signing_parameters, without_fragment, without_signing_parameters},
};
use crate::{
    error::{Result, UrlError},
    policy::EpochSeconds,
    verify::{Decision, Request, Verifier},
    wire::url::Url,
};

/// Who sends a request, for what and when.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The URL that is requested. Cookies need it; for a signed URL the default is that URL.
    pub request: Option<&'a str>,
    /// The `Cookie` header that is sent with a signed URL.
    pub cookies: &'a str,
    /// The viewer's address, if it is known.
    pub ip_address: Option<IpAddr>,
    /// When the request arrives.
    pub now: EpochSeconds,
}

/// The request that is sent under these circumstances with the credentials of an inspection.
pub(super) struct SentRequest {
    /// The URL as it was given, without the fragment.
    pub(super) text: String,
    pub(super) url: Url,
    /// The URL that carried the credentials, if another one is requested.
    pub(super) signed_for: Option<String>,
    pub(super) delivery: Delivery,
    ip_address: Option<IpAddr>,
    now: EpochSeconds,
}

impl SentRequest {
    pub(super) fn new(inspection: &Inspection, circumstances: &Circumstances<'_>) -> Result<Self> {
        let request = circumstances.request.map(str::trim).map(without_fragment);
        let (text, signed_for) = match (&inspection.source, request) {
            (Source::Cookies(_), None) => return Err(UrlError::RequestMissing.into()),
            (Source::Cookies(_), Some(request)) => (request.to_owned(), None),
            (Source::Url { text, .. }, None) => (text.clone(), None),
            (Source::Url { text, .. }, Some(request)) => {
                (with_credentials_of(request, text), Some(without_signing_parameters(text)))
            }
        };
        let url = Url::parse_request(&text)?;
        let delivery = match &inspection.source {
            Source::Cookies(cookies) => cookies.delivery(&url),
            Source::Url { .. } => Delivery::unchanged(circumstances.cookies),
        };
        let Circumstances { ip_address, now, .. } = *circumstances;
        Ok(Self { text, url, signed_for, delivery, ip_address, now })
    }

    /// The edge's decision.
    pub(super) fn decide(&self, verifier: &Verifier) -> Decision {
        self.decide_for(verifier, &self.text)
    }

    /// The edge's decision if the client sent another URL instead.
    pub(super) fn decide_for(&self, verifier: &Verifier, url: &str) -> Decision {
        let Self { ip_address, now, .. } = *self;
        verifier.check(&Request { url, cookies: &self.delivery.header, ip_address, now })
    }
}

/// A request without credentials means: with those of the signed URL.
fn with_credentials_of(request: &str, signed: &str) -> String {
    if !signing_parameters(request).is_empty() {
        return request.to_owned();
    }
    format!("{request}{}{}", if request.contains('?') { '&' } else { '?' }, signing_parameters(signed))
}
