//! A signed URL or cookies, taken apart without any key.

use std::borrow::Cow;

use super::{
    cookie_text::CookieText,
    copied::{self, Copied},
    diagnosis::without_fragment,
};
use crate::{
    credentials::Credentials,
    error::{Result, UrlError},
    policy::{EpochSeconds, Policy},
    text::{Excerpt, mask_secrets},
    verify::verifier::{Denial, Signed, Via, signed_bytes},
    wire::encoding::decode_base64,
    wire::url::Url,
};

/// A signed URL, or CloudFront's cookies, taken apart. Nothing was verified.
///
/// ```
/// use cloudfront_signer::{EpochSeconds, Inspection};
///
/// let url = "https://d111111abcdef8.cloudfront.net/a.mp4?Expires=1767290400&Signature=aGk_&Key-Pair-Id=K2JCJMDEHXQW5F";
/// let inspection = Inspection::new(url)?;
/// let now = EpochSeconds::new(1_767_290_160)?;
/// let rows = inspection.rows(now);
/// assert!(rows.contains(&("expires", "2026-01-01 18:00:00 UTC, in 4 minutes".to_owned())));
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Inspection {
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) enum Source {
    Url {
        /// As it was given, without the fragment.
        text: String,
        /// What it says; where it lost its form on the way, in the form that was meant.
        url: Url,
        meant: Option<(Copied, String)>,
    },
    Cookies(CookieText),
}

impl Inspection {
    /// Reads a signed URL, a `Cookie` header, or `Set-Cookie` lines.
    ///
    /// # Errors
    /// [`UrlError::NothingSigned`] if the text is none of them, and the URL's own errors.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        let cookies = CookieText::parse(text);
        if !cookies.credentials().is_empty() {
            return Ok(Self { source: Source::Cookies(cookies) });
        }
        if !text.contains("://") {
            return Err(UrlError::NothingSigned(Excerpt::new(text)).into());
        }
        // `&#38;` of HTML looks like a fragment, and is none.
        let meant = copied::meant(text).map(|(copied, meant)| (copied, without_fragment(&meant).to_owned()));
        let text = without_fragment(text);
        let url = Url::parse_request(meant.as_ref().map_or(text, |(_, meant)| meant))?;
        if Credentials::from_url(&url).is_empty() {
            return Err(UrlError::NothingSigned(Excerpt::new(text)).into());
        }
        Ok(Self { source: Source::Url { text: text.to_owned(), url, meant } })
    }

    /// The form that was meant, of a URL that lost it on the way.
    pub(super) fn meant(&self) -> Option<(Copied, &str)> {
        match &self.source {
            Source::Url { meant: Some((copied, meant)), .. } => Some((*copied, meant)),
            _ => None,
        }
    }

    /// Where the credentials are.
    #[must_use]
    pub const fn via(&self) -> Via {
        match self.source {
            Source::Url { .. } => Via::Url,
            Source::Cookies(_) => Via::Cookies,
        }
    }

    /// The URL without its signing parameters; cookies have none.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        match &self.source {
            Source::Url { url, .. } => Some(url.without_signing_parameters().as_str().to_owned()),
            Source::Cookies(_) => None,
        }
    }

    /// The policy, if it is there and can be read. A canned one of cookies belongs to whatever URL is requested.
    ///
    /// # Errors
    /// What the edge would say of it.
    pub fn policy(&self) -> Result<Option<Policy>, Denial> {
        let credentials = self.credentials();
        match &self.source {
            Source::Cookies(_) if credentials.value("Policy").is_none() => Ok(None),
            Source::Cookies(_) => Ok(Some(policy_of(&nowhere(), &credentials)?)),
            Source::Url { url, .. } => Ok(Some(policy_of(&url.without_signing_parameters(), &credentials)?)),
        }
    }

    /// The key pair id, if there is one.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        self.credentials().value("Key-Pair-Id").map(|id| Excerpt::new(id).to_string())
    }

    /// The hash as it was sent; SHA-1 where nothing was.
    #[must_use]
    pub fn hash_algorithm(&self) -> String {
        self.credentials()
            .value("Hash-Algorithm")
            .map_or_else(|| "SHA1".to_owned(), |name| Excerpt::new(name).to_string())
    }

    /// When access ends, as the policy or the parameter says; nothing if neither can be read.
    #[must_use]
    pub fn expires(&self) -> Option<EpochSeconds> {
        if let Ok(Some(policy)) = self.policy() {
            return Some(policy.conditions().expires());
        }
        let credentials = self.credentials();
        let canned = credentials.value("Policy").is_none().then(|| credentials.value("Expires")).flatten();
        canned.and_then(|end| end.parse().ok()).and_then(|end| EpochSeconds::from_calendar(end).ok())
    }

    /// What kind of key the signature's length tells.
    #[must_use]
    pub fn signature_kind(&self) -> Option<&'static str> {
        let signature = decode_base64(self.credentials().value("Signature")?).ok()?;
        signature_kind(&signature)
    }

    /// Everything that it says, for people: a label and a text each. The signature itself is not shown, nor is a key that
    /// stands in the URL.
    #[must_use]
    pub fn rows(&self, now: EpochSeconds) -> Vec<(&'static str, String)> {
        let credentials = self.credentials();
        let kind = if credentials.value("Policy").is_some() { "custom" } else { "canned" };
        let place = if self.via() == Via::Url { "URL" } else { "cookies" };
        let mut rows = vec![("signed", format!("{place}, {kind} policy"))];
        rows.extend(self.url().map(|url| ("URL", url)));
        match self.policy() {
            Ok(policy) => rows.extend(policy.iter().flat_map(|policy| policy_rows(policy, now))),
            Err(denial) => rows.push(("policy", format!("cannot be read: {denial}"))),
        }
        if let (Via::Cookies, Some(end)) = (self.via(), credentials.value("Expires")) {
            let told = end.parse().ok().and_then(|end| EpochSeconds::from_calendar(end).ok());
            rows.push(("expires", told.map_or_else(|| Excerpt::new(end).to_string(), |end| moment(end, now))));
        }
        rows.push(("hash", self.hash_algorithm()));
        rows.push(("key pair id", self.key_id().unwrap_or_else(|| "none".to_owned())));
        rows.push((
            "signature",
            match credentials.value("Signature").map(decode_base64) {
                None => "none".to_owned(),
                Some(Err(_)) => "not in CloudFront's base64".to_owned(),
                Some(Ok(signature)) => format!(
                    "{} bytes: {}",
                    signature.len(),
                    signature_kind(&signature).unwrap_or("of no key that CloudFront takes")
                ),
            },
        ));
        for (_, text) in &mut rows {
            if let Cow::Owned(masked) = mask_secrets(text) {
                *text = masked;
            }
        }
        rows
    }

    fn credentials(&self) -> Credentials<'_> {
        match &self.source {
            Source::Url { url, .. } => Credentials::from_url(url),
            Source::Cookies(cookies) => cookies.credentials(),
        }
    }
}

fn policy_of(bare: &Url, credentials: &Credentials<'_>) -> Result<Policy, Denial> {
    signed_bytes(bare, credentials).and_then(Signed::into_policy)
}

/// A custom policy is read the same wherever it was sent to.
fn nowhere() -> Url {
    Url::parse("https://invalid/").expect("a URL")
}

fn policy_rows(policy: &Policy, now: EpochSeconds) -> Vec<(&'static str, String)> {
    let conditions = policy.conditions();
    let covered = policy.resource().unwrap_or("everything that the key is trusted for");
    let mut rows = vec![("resource", covered.to_owned()), ("expires", moment(conditions.expires(), now))];
    rows.extend(conditions.not_before().map(|start| ("starts", moment(start, now))));
    rows.extend(conditions.ip_address().map(|range| ("IP address", range.as_str().to_owned())));
    rows.push(("policy", policy.to_json().to_owned()));
    rows
}

fn moment(moment: EpochSeconds, now: EpochSeconds) -> String {
    format!("{moment}, {}", moment.relative_to(now))
}

pub(super) fn signature_kind(signature: &[u8]) -> Option<&'static str> {
    match (signature, signature.len()) {
        ([0x30, ..], 8..=72) => Some("ECDSA P-256"),
        (_, 64) => Some("ECDSA P-256 as r‖s, where DER is due"),
        (_, 128) => Some("RSA-1024"),
        (_, 256) => Some("RSA-2048"),
        (_, 384) => Some("RSA-3072"),
        (_, 512) => Some("RSA-4096"),
        _ => None,
    }
}
