//! The URL to be signed, in the form that it has on the wire.

use std::borrow::Cow;

use crate::{
    encoding::wire_encode,
    error::{Result, UrlError},
    text::Excerpt,
};

/// The parameters that make a request a signed URL
/// ([reserved](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html)).
pub(crate) const SIGNING_PARAMETERS: [&str; 5] = ["Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"];

/// A whole `http` or `https` URL, percent-encoded as [`wire_encode`] does it, without signing parameters.
///
/// An empty path becomes `/`, as every client sends it; a lone `?` at the end goes; the fragment is set aside, because
/// no client sends it. Every other byte stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Without the fragment.
    sent: String,
    /// With its `#`, or empty.
    fragment: String,
    has_query: bool,
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`UrlError`] for a URL that is empty, relative, of another scheme, without a sensible host, or signed already.
    pub fn parse(text: &str) -> Result<Self> {
        let url = Self::parse_request(text)?;
        let signed = url.signing_parameters().next().map(|(name, _)| name);
        match signed {
            Some(name) => Err(UrlError::AlreadySigned(name).into()),
            None => Ok(url),
        }
    }

    /// The same for a URL that may carry signing parameters.
    pub(crate) fn parse_request(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(UrlError::Empty.into());
        }
        let encoded = wire_encode(text);
        let (sent, fragment) = encoded.split_at(encoded.find('#').unwrap_or(encoded.len()));
        let Some((scheme, rest)) = sent.split_once("://") else {
            return Err(without_authority(text));
        };
        let scheme = match scheme {
            "http" | "https" => Cow::Borrowed(scheme),
            _ if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
                Cow::Owned(scheme.to_ascii_lowercase())
            }
            _ if is_scheme(scheme) => return Err(UrlError::UnsupportedScheme(Excerpt::of_part(scheme, text)).into()),
            _ => return Err(UrlError::Relative(Excerpt::new(text)).into()),
        };
        let (host, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        check_host(host, text)?;
        let slash = if path_and_query.starts_with('/') { "" } else { "/" };
        let path_and_query = match path_and_query.strip_suffix('?') {
            Some(path) if !path.contains('?') => path,
            _ => path_and_query,
        };
        Ok(Self {
            sent: [&scheme, "://", host, slash, path_and_query].concat(),
            fragment: fragment.to_owned(),
            has_query: path_and_query.contains('?'),
        })
    }

    /// What is sent, and therefore signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.sent
    }

    /// The URL with `parameters` (`a=1&b=2`) behind its own query and before its fragment.
    pub(crate) fn with_parameters(&self, parameters: &str) -> String {
        let separator = if self.has_query { "&" } else { "?" };
        [&self.sent, separator, parameters, &self.fragment].concat()
    }

    /// The same URL without its signing parameters, the others in their order.
    pub(crate) fn without_signing_parameters(&self) -> Self {
        let (path, query) = self.split_query();
        let own: Vec<&str> = query.split('&').filter(|pair| signing_parameter(pair).is_none()).collect();
        let own = own.join("&");
        let separator = if own.is_empty() { "" } else { "?" };
        Self { sent: [path, separator, &own].concat(), fragment: self.fragment.clone(), has_query: !own.is_empty() }
    }

    /// The signing parameters and their values, in the order of the URL.
    pub(crate) fn signing_parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.split_query().1.split('&').filter_map(signing_parameter)
    }

    fn split_query(&self) -> (&str, &str) {
        self.sent.split_once('?').unwrap_or((&self.sent, ""))
    }
}

fn signing_parameter(pair: &str) -> Option<(&'static str, &str)> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    SIGNING_PARAMETERS.into_iter().find(|reserved| *reserved == name).map(|reserved| (reserved, value))
}

fn without_authority(text: &str) -> crate::Error {
    match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) && !rest.starts_with(|c: char| c.is_ascii_digit()) => {
            UrlError::UnsupportedScheme(Excerpt::of_part(scheme, text)).into()
        }
        _ => UrlError::Relative(Excerpt::new(text)).into(),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn check_host(host: &str, text: &str) -> Result<()> {
    if host.is_empty() || host.starts_with(':') {
        return Err(UrlError::NoHost(Excerpt::new(text)).into());
    }
    if host.contains('@') {
        return Err(UrlError::UserInfo.into());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '[' | ']' | '~' | '*');
    if host.chars().all(plain) { Ok(()) } else { Err(UrlError::BadHost(Excerpt::of_part(host, text)).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn refused(text: &str) -> UrlError {
        match Url::parse(text) {
            Err(Error::InvalidUrl(error)) => error,
            other => panic!("{text:?} gave {other:?}"),
        }
    }

    #[test]
    fn becomes_what_is_sent() {
        for (given, sent) in [
            ("https://a.example/b?c=d", "https://a.example/b?c=d"),
            ("https://a.example", "https://a.example/"),
            ("https://a.example?x=1", "https://a.example/?x=1"),
            ("HTTPS://a.example/x", "https://a.example/x"),
            ("https://a.example/b?", "https://a.example/b"),
            ("https://a.example/b?c?", "https://a.example/b?c?"),
            ("https://a.example/b#part", "https://a.example/b"),
            ("https://a.example/ü b", "https://a.example/%C3%BC%20b"),
            ("https://a.example/../'*~%2f+", "https://a.example/../'*~%2f+"),
            ("https://a.example/?Expires2=1&policy=2", "https://a.example/?Expires2=1&policy=2"),
        ] {
            assert_eq!(Url::parse(given).unwrap().as_str(), sent, "{given}");
        }
    }

    #[test]
    fn parameters_go_between_query_and_fragment() {
        let signed = |text: &str| Url::parse(text).unwrap().with_parameters("p=1");
        assert_eq!(signed("https://a/b#t=10"), "https://a/b?p=1#t=10");
        assert_eq!(signed("https://a/b?c#t"), "https://a/b?c&p=1#t");
        assert_eq!(signed("https://a/b?#t"), "https://a/b?p=1#t");
    }

    #[test]
    fn refusals_name_what_was_found() {
        assert_eq!(refused(""), UrlError::Empty);
        assert_eq!(refused("ftp://a/b"), UrlError::UnsupportedScheme("ftp".into()));
        assert_eq!(refused("mailto:x"), UrlError::UnsupportedScheme("mailto".into()));
        for relative in ["/a/b", "video.mp4", "a.example:8080/x", "//a/b", "://a/b"] {
            assert!(matches!(refused(relative), UrlError::Relative(_)), "{relative}");
        }
        for hostless in ["https://", "https:///x", "https://?x", "http://:80/"] {
            assert!(matches!(refused(hostless), UrlError::NoHost(_)), "{hostless}");
        }
        assert_eq!(refused("https://me@a/b"), UrlError::UserInfo);
        for host in ["https://bücher.example/", "https://a b/", "https://a\"b/", "https://a\\b/"] {
            assert!(matches!(refused(host), UrlError::BadHost(_)), "{host}");
        }
        for name in SIGNING_PARAMETERS {
            assert_eq!(refused(&format!("https://a/b?x=1&{name}=2")), UrlError::AlreadySigned(name));
            assert_eq!(refused(&format!("https://a/b?{name}")), UrlError::AlreadySigned(name));
        }
    }
}
