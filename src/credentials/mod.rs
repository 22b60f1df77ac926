//! The credentials of a request: the signing parameters of its URL, or its cookies, as they were sent.

pub(crate) mod cookies;
pub(crate) mod parameters;
pub(crate) mod public_suffix;
pub(crate) mod signed_url;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::wire::url::{SIGNING_PARAMETERS, Url};

/// The prefix of the cookies' names.
const COOKIE_PREFIX: &str = "CloudFront-";

/// Up to five values by the name of their parameter, not verified.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credentials<'a> {
    values: [Option<Cow<'a, str>>; SIGNING_PARAMETERS.len()],
    doubled: Option<&'static str>,
}

impl<'a> Credentials<'a> {
    /// From a URL's query string. Names are case-sensitive; values are percent-decoded, as the edge does.
    pub(crate) fn from_url(url: &'a Url) -> Self {
        let decoded = |value: &'a str| percent_decode_str(value).decode_utf8_lossy();
        Self::collect(url.signing_parameters().map(|(name, value)| (name, decoded(value))))
    }

    /// From a `Cookie` header. Names are case-sensitive; values are used unchanged.
    pub(crate) fn from_cookies(header: &'a str) -> Self {
        Self::collect(header.split(';').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let name = name.trim().strip_prefix(COOKIE_PREFIX)?;
            let known = SIGNING_PARAMETERS.into_iter().find(|known| *known == name)?;
            Some((known, Cow::Borrowed(value.trim())))
        }))
    }

    fn collect(pairs: impl Iterator<Item = (&'static str, Cow<'a, str>)>) -> Self {
        let mut found = Self::default();
        for (name, value) in pairs {
            let place = &mut found.values[index(name)];
            if place.replace(value).is_some() {
                found.doubled = Some(name);
            }
        }
        found
    }

    /// Whether the request has none.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// A parameter that was sent more than once, so that its value is ambiguous.
    pub(crate) const fn doubled(&self) -> Option<&'static str> {
        self.doubled
    }

    /// Whether a parameter was sent, even if it is empty.
    pub(crate) fn has(&self, name: &'static str) -> bool {
        self.values[index(name)].is_some()
    }

    /// The value of a parameter; none if it is empty.
    pub(crate) fn value(&self, name: &'static str) -> Option<&str> {
        self.values[index(name)].as_deref().filter(|value| !value.is_empty())
    }
}

fn index(name: &'static str) -> usize {
    SIGNING_PARAMETERS.iter().position(|known| *known == name).expect("a signing parameter's name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_cookies_are_ignored() {
        let header =
            "a=b; CloudFront-Key-Pair-Id=K1;CloudFront-Signature = s_ ; cloudfront-policy=x; CloudFront-Other=y; z";
        let found = Credentials::from_cookies(header);
        assert_eq!(found.value("Key-Pair-Id"), Some("K1"));
        assert_eq!(found.value("Signature"), Some("s_"));
        assert_eq!(found.value("Policy"), None);
        assert_eq!(found.doubled(), None);
        assert!(Credentials::from_cookies("a=b; Signature=c").is_empty());
        assert_eq!(Credentials::from_cookies("CloudFront-Policy=a; CloudFront-Policy=a").doubled(), Some("Policy"));
    }

    #[test]
    fn values_in_a_url_are_decoded() {
        let url = Url::parse_request("https://a/b?Signature=a%7Eb%5f&Key-Pair-Id=K%31").unwrap();
        let found = Credentials::from_url(&url);
        assert_eq!(found.value("Signature"), Some("a~b_"));
        assert_eq!(found.value("Key-Pair-Id"), Some("K1"));
        assert_eq!(Credentials::from_cookies("CloudFront-Signature=a%7Eb").value("Signature"), Some("a%7Eb"));
    }

    #[test]
    fn an_empty_value_is_none() {
        let url = Url::parse_request("https://a/b?Signature=&Expires").unwrap();
        let found = Credentials::from_url(&url);
        assert!(!found.is_empty());
        assert_eq!(found.value("Signature"), None);
        assert_eq!(found.value("Expires"), None);
    }
}
