//! What a signed URL or cookies say: everything that can be read without a key.

use std::borrow::Cow;

use super::{
    cookie_text::CookieText,
    copied::{self, Copied},
    url_parts::without_fragment,
};
use crate::{
    error::{Result, UrlError},
    policy::{EpochSeconds, Policy},
    text::{Excerpt, mask_secrets},
    verify::{Claim, Denial, Signed, Via},
    wire::url::Url,
};

/// A signed URL or CloudFront's cookies, parsed. Nothing is verified.
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
        /// The URL as it was given, without the fragment.
        text: String,
        /// The URL that was meant, parsed.
        url: Url,
        /// The text that was meant, if it was changed on the way.
        meant: Option<(Copied, String)>,
    },
    Cookies(CookieText),
}

impl Inspection {
    /// Reads a signed URL, a `Cookie` header, or `Set-Cookie` lines.
    ///
    /// # Errors
    /// [`UrlError::NothingSigned`] if the text is none of these, and the other [`UrlError`]s of a URL.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        let cookies = CookieText::parse(text);
        if cookies.claim().via().is_some() {
            return Ok(Self { source: Source::Cookies(cookies) });
        }
        if !text.contains("://") {
            return Err(UrlError::NothingSigned(Excerpt::new(text)).into());
        }
        // In HTML, `&#38;` is an escaped `&`, not a fragment.
        let meant = copied::meant(text).map(|(copied, meant)| (copied, without_fragment(&meant).to_owned()));
        let text = without_fragment(text);
        let url = Url::parse_request(meant.as_ref().map_or(text, |(_, meant)| meant))?;
        if Claim::of_url(&url).via().is_none() {
            return Err(UrlError::NothingSigned(Excerpt::new(text)).into());
        }
        Ok(Self { source: Source::Url { text: text.to_owned(), url, meant } })
    }

    /// The URL that was meant, if its text was changed on the way.
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

    /// The URL without its signing parameters; `None` for cookies.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.bare().map(|url| url.as_str().to_owned())
    }

    /// The policy. `None` for cookies with a canned policy, which applies to whatever URL is requested.
    ///
    /// # Errors
    /// What the edge would deny it for.
    pub fn policy(&self) -> Result<Option<Policy>, Denial> {
        let claim = self.claim();
        let signed = match self.bare() {
            Some(bare) => Some(claim.signed(&bare)),
            None => claim.custom(),
        };
        signed.map(|signed| signed.and_then(Signed::into_policy)).transpose()
    }

    /// The key pair id, if there is one.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        self.claim().parameter("Key-Pair-Id").map(|id| Excerpt::new(id).to_string())
    }

    /// The hash algorithm as it was sent; SHA-1 if none was.
    #[must_use]
    pub fn hash_algorithm(&self) -> String {
        self.claim()
            .parameter("Hash-Algorithm")
            .map_or_else(|| "SHA1".to_owned(), |name| Excerpt::new(name).to_string())
    }

    /// When access ends, by the policy or the parameter; `None` if neither can be read.
    #[must_use]
    pub fn expires(&self) -> Option<EpochSeconds> {
        if let Ok(Some(policy)) = self.policy() {
            return Some(policy.conditions().expires());
        }
        let claim = self.claim();
        if claim.is_custom() { None } else { claim.end().ok() }
    }

    /// The kind of key that makes signatures of this length.
    #[must_use]
    pub fn signature_kind(&self) -> Option<&'static str> {
        signature_kind(&self.claim().signature().ok()?)
    }

    /// Everything that it says, for people: pairs of a label and a text. The signature is not shown, nor is a key that
    /// the URL contains.
    #[must_use]
    pub fn rows(&self, now: EpochSeconds) -> Vec<(&'static str, String)> {
        let claim = self.claim();
        let kind = if claim.is_custom() { "custom" } else { "canned" };
        let place = if self.via() == Via::Url { "URL" } else { "cookies" };
        let mut rows = vec![("signed", format!("{place}, {kind} policy"))];
        rows.extend(self.url().map(|url| ("URL", url)));
        match self.policy() {
            Ok(policy) => rows.extend(policy.iter().flat_map(|policy| policy_rows(policy, Some(now)))),
            Err(denial) => rows.push(("policy", format!("cannot be read: {denial}"))),
        }
        if let (Via::Cookies, Some(sent)) = (self.via(), claim.parameter("Expires")) {
            rows.push((
                "expires",
                claim.end().map_or_else(|_| Excerpt::new(sent).to_string(), |end| relative(end, now)),
            ));
        }
        rows.push(("hash", self.hash_algorithm()));
        rows.push(("key pair id", self.key_id().unwrap_or_else(|| "none".to_owned())));
        rows.push(("signature", signature_row(&claim)));
        for (_, text) in &mut rows {
            if let Cow::Owned(masked) = mask_secrets(text) {
                *text = masked;
            }
        }
        rows
    }

    fn claim(&self) -> Claim<'_> {
        match &self.source {
            Source::Url { url, .. } => Claim::of_url(url),
            Source::Cookies(cookies) => cookies.claim(),
        }
    }

    fn bare(&self) -> Option<Url> {
        match &self.source {
            Source::Url { url, .. } => Some(url.without_signing_parameters()),
            Source::Cookies(_) => None,
        }
    }
}

fn signature_row(claim: &Claim<'_>) -> String {
    match claim.signature() {
        Err(Denial::NoSignature) => "none".to_owned(),
        Err(_) => "not in CloudFront's base64".to_owned(),
        Ok(signature) => {
            let kind = signature_kind(&signature).unwrap_or("not the length of any key that CloudFront accepts");
            format!("{} bytes: {kind}", signature.len())
        }
    }
}

/// What a policy says, for people: pairs of a label and a text. With `now`, times are compared with it.
pub(crate) fn policy_rows(policy: &Policy, now: Option<EpochSeconds>) -> Vec<(&'static str, String)> {
    let shown = |time: EpochSeconds| now.map_or_else(|| time.to_string(), |now| relative(time, now));
    let conditions = policy.conditions();
    let covered = policy.resource().unwrap_or("everything for which the key is trusted");
    let mut rows = vec![("resource", covered.to_owned()), ("expires", shown(conditions.expires()))];
    rows.extend(conditions.not_before().map(|start| ("starts", shown(start))));
    rows.extend(conditions.ip_address().map(|range| ("IP address", range.as_str().to_owned())));
    rows.push(("policy", policy.to_json().to_owned()));
    rows
}

fn relative(time: EpochSeconds, now: EpochSeconds) -> String {
    format!("{time}, {}", time.relative_to(now))
}

/// The kind of key that makes signatures of this length.
pub(super) fn signature_kind(signature: &[u8]) -> Option<&'static str> {
    match (signature, signature.len()) {
        ([0x30, ..], 8..=72) => Some("ECDSA P-256"),
        (_, 64) => Some("ECDSA P-256 as r‖s, where DER is expected"),
        (_, 128) => Some("RSA-1024"),
        (_, 256) => Some("RSA-2048"),
        (_, 384) => Some("RSA-3072"),
        (_, 512) => Some("RSA-4096"),
        _ => None,
    }
}
