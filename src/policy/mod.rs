//! Policies: what a signature grants, as the exact bytes that are signed.
//!
//! A *canned* policy names one URL and an expiry; the edge rebuilds its bytes from the request, so every byte is fixed.
//! A *custom* policy travels with the URL and may have wildcards, a start and an address range. In both, the members
//! are in the order of AWS's own signers.
//!
//! This module decides what a policy covers. It does not decide requests, and it does not sign.

mod conditions;
mod epoch_seconds;
mod parse;
pub(crate) mod resource;

use std::{borrow::Cow, fmt::Write as _};

pub use self::{
    conditions::{Conditions, IpRange},
    epoch_seconds::EpochSeconds,
};
use crate::{
    error::{PolicyError, Result, UrlError},
    policy::resource::Resource,
    text::Excerpt,
    wire::{
        encoding::{Spelling, decode, encode_base64, encode_path_and_query},
        url::{Url, normalize_host},
    },
};

/// Room for a policy's JSON without its resource.
const LONGEST_MEMBERS: usize = 224;

/// A policy, with the exact bytes that are signed.
///
/// ```
/// use cloudfront_signer::{Conditions, EpochSeconds, Policy};
///
/// let until = Conditions::until(EpochSeconds::new(1_767_290_400)?); let policy =
/// Policy::custom("https://d111111abcdef8.cloudfront.net/videos/*", until)?; assert_eq!( policy.to_json(),
/// r#"{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/videos/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}"#
/// );
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Policy {
    json: String,
    resource: Option<String>,
    conditions: Conditions,
}

impl Policy {
    /// The canned policy for one URL
    /// ([its form](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html)).
    #[must_use]
    pub fn canned(url: &Url, expires: EpochSeconds) -> Self {
        Self::canned_text(url.as_str(), expires)
    }

    /// The same for any text as the URL.
    pub(crate) fn canned_text(url: &str, expires: EpochSeconds) -> Self {
        Self::build(url.to_owned(), Conditions::until(expires))
    }

    /// The policy of an RTMP stream, whose resource is the name of the stream alone.
    ///
    /// A `*` is refused. It cannot be escaped there and would be a wildcard: `*` alone would open every URL to a viewer
    /// who sends the signed bytes as `Policy`.
    ///
    /// # Errors
    /// [`UrlError::BadStreamName`] or [`UrlError::StreamPrefix`].
    pub fn stream(name: &str, expires: EpochSeconds) -> Result<Self> {
        let unfit = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '*');
        if name.is_empty() || name.contains("://") || name.contains(unfit) {
            return Err(UrlError::BadStreamName(Excerpt::new(name)).into());
        }
        if ["mp4:", "mp3:", "flv:"].iter().any(|prefix| name.starts_with(prefix)) {
            return Err(UrlError::StreamPrefix(Excerpt::new(name)).into());
        }
        Ok(Self::build(name.to_owned(), Conditions::until(expires)))
    }

    /// A custom policy: `resource` may have the wildcards `*` and `?`.
    ///
    /// The resource is spelled like a [`Url`], because it is compared with URLs as they are sent: percent-encoded, its
    /// first `?` read as the start of the query, scheme and host in lower case, without a fragment.
    ///
    /// # Errors
    /// [`PolicyError::BadResource`] for a resource that is not a URL for CloudFront, and [`PolicyError::NonAsciiHost`].
    pub fn custom(resource: &str, conditions: Conditions) -> Result<Self> {
        let spelled = spell_resource(resource);
        check_resource(&spelled)?;
        Ok(Self::build(spelled, conditions))
    }

    /// A custom policy for a resource in any form, such as the name of a stream, which is kept unchanged. Its JSON is
    /// ASCII.
    #[must_use]
    pub fn custom_as_given(resource: &str, conditions: Conditions) -> Self {
        let policy = Self::build(resource.to_owned(), conditions);
        Self { json: ascii_json(&policy.json), ..policy }
    }

    /// Reads a policy and keeps its bytes unchanged, including white space and order.
    ///
    /// # Errors
    /// [`PolicyError`] for anything that CloudFront would call malformed.
    pub fn from_json(json: &str) -> Result<Self> {
        let (resource, conditions) = parse::parse(json)?;
        Ok(Self { json: json.to_owned(), resource, conditions })
    }

    /// Reads a policy in CloudFront's base64, as in a URL or cookie.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn from_encoded(text: &str) -> Result<Self> {
        let bytes = decode(text).map_err(PolicyError::NotBase64)?;
        let json = String::from_utf8(bytes).map_err(|_| PolicyError::NotUtf8)?;
        Self::from_json(&json)
    }

    pub(crate) fn into_json(self) -> String {
        self.json
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn to_json(&self) -> &str {
        &self.json
    }

    /// The policy in CloudFront's base64.
    #[must_use]
    pub fn encoded(&self) -> String {
        encode_base64(self.json.as_bytes())
    }

    /// The resource; without one, the policy covers everything that the key is trusted for.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// When access is granted, and to which addresses.
    #[must_use]
    pub const fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Whether the edge could rebuild these bytes from a URL and an expiry.
    #[must_use]
    pub fn is_canned(&self) -> bool {
        let plain = |resource: &String| !resource.contains('*') && !resource.contains("://?");
        self.conditions.only_expire()
            && self.resource.as_ref().is_some_and(|resource| {
                plain(resource) && self.json == Self::build(resource.clone(), self.conditions.clone()).json
            })
    }

    /// Whether the policy covers `url`.
    pub(crate) fn covers(&self, url: &Url) -> bool {
        self.resource().is_none_or(|resource| resource == url.as_str() || Resource::new(resource).covers(url.as_str()))
    }

    /// Checks that the policy certainly covers everything that `pattern` covers.
    ///
    /// # Errors
    /// [`PolicyError::DoesNotCover`] if it does not, or may not.
    pub(crate) fn check_covers_pattern(&self, pattern: &str) -> Result<(), PolicyError> {
        let Some(resource) = self.resource.as_deref().filter(|resource| *resource != pattern) else {
            return Ok(());
        };
        if Resource::new(resource).covers_all_of(&Resource::new(&spell_resource(pattern))) {
            return Ok(());
        }
        Err(PolicyError::DoesNotCover { resource: Excerpt::new(resource), url: Excerpt::new(pattern) })
    }

    fn build(resource: String, conditions: Conditions) -> Self {
        let json = json(&resource, &conditions);
        Self { json, resource: Some(resource), conditions }
    }
}

/// The JSON of [`Policy::canned`] alone.
pub(crate) fn canned_json(url: &str, expires: EpochSeconds) -> String {
    json(url, &Conditions::until(expires))
}

/// Checks that a policy's resource covers a URL. `pattern` is the resource ready to be compared.
///
/// # Errors
/// [`PolicyError::DoesNotCover`] if it does not.
pub(crate) fn check_covers<'a>(
    resource: &str,
    pattern: impl FnOnce() -> &'a Resource,
    url: &Url,
) -> Result<(), PolicyError> {
    if resource == url.as_str() || pattern().covers(url.as_str()) {
        return Ok(());
    }
    Err(PolicyError::DoesNotCover { resource: Excerpt::new(resource), url: Excerpt::new(url.as_str()) })
}

fn json(resource: &str, conditions: &Conditions) -> String {
    let members = if conditions.only_expire() { 96 } else { LONGEST_MEMBERS };
    let mut json = String::with_capacity(resource.len() + members);
    json.push_str(r#"{"Statement":[{"Resource":"#);
    push_json_string(&mut json, resource);
    let end = conditions.expires().get();
    // Writing to a String cannot fail.
    let _ = write!(json, r#","Condition":{{"DateLessThan":{{"AWS:EpochTime":{end}}}"#);
    if let Some(range) = conditions.ip_address() {
        let _ = write!(json, r#","IpAddress":{{"AWS:SourceIp":"{}"}}"#, range.as_str());
    }
    if let Some(start) = conditions.not_before() {
        let _ = write!(json, r#","DateGreaterThan":{{"AWS:EpochTime":{}}}"#, start.get());
    }
    json.push_str("}}]}");
    json
}

/// Wildcards may be anywhere, so a `?` directly after the host is one, unless no path follows it.
fn spell_resource(resource: &str) -> String {
    let sent = resource.split('#').next().unwrap_or_default();
    let (scheme, separator, rest) = match sent.split_once("://") {
        Some((scheme @ ("http" | "https" | "*"), rest)) => (Cow::Borrowed(scheme), "://", rest),
        Some((scheme, rest)) => (Cow::Owned(scheme.to_ascii_lowercase()), "://", rest),
        None => (Cow::Borrowed(""), "", sent),
    };
    let (host, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let slash = if path_and_query.starts_with('?') && !path_and_query.contains('/') { "/" } else { "" };
    let host = normalize_host(&scheme, host);
    [&scheme, separator, &host, slash, &encode_path_and_query(path_and_query, Spelling::Pattern)].concat()
}

/// Stricter than reading: `http*://` is found in old sample policies only.
fn check_resource(resource: &str) -> Result<(), PolicyError> {
    let starts = ["http://", "https://", "*"];
    if !starts.iter().any(|start| resource.starts_with(start)) {
        return Err(PolicyError::BadResource(Excerpt::new(resource)));
    }
    let host = resource.split_once("://").map_or(resource, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    if !host.is_ascii() {
        return Err(PolicyError::NonAsciiHost(Excerpt::new(resource)));
    }
    Ok(())
}

/// Escaped, never spliced: no resource can add a condition.
fn push_json_string(json: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\')) {
        json.extend(["\"", text, "\""]);
    } else {
        json.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// The same JSON with everything outside printable ASCII escaped, which JSON has in strings only.
fn ascii_json(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(ascii, "\\u{unit:04x}");
        }
    }
    ascii
}

#[cfg(test)]
mod tests;
