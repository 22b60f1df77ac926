//! URLs to be signed, in the form in which clients send them.

use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
};

use crate::{
    error::{Result, UrlError},
    text::Excerpt,
    wire::encoding::{Spelling, encode_fragment, encode_path_and_query},
};

/// The parameters that make a request a signed URL
/// ([reserved](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html)).
pub(crate) const SIGNING_PARAMETERS: [&str; 5] = ["Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"];

/// An absolute `http` or `https` URL without signing parameters, in the spelling that no client changes.
///
/// Characters that RFC 3986 does not allow in a path or query are percent-encoded, and `'` in the query. Scheme and
/// host are in lower case; a default port and a lone `?` at the end are removed; an empty path becomes `/`. The
/// fragment is not signed, because no client sends it. Dot segments are kept, although browsers resolve them.
///
/// ```
/// use cloudfront_signer::Url;
///
/// let url = Url::parse("HTTPS://D111111abcdef8.CloudFront.net:443/a b*.mp4#t=10")?;
/// assert_eq!(url.as_str(), "https://d111111abcdef8.cloudfront.net/a%20b%2A.mp4");
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Without the fragment.
    sent: String,
    /// With its `#`, or empty.
    fragment: String,
    has_query: bool,
}

impl Url {
    /// Reads a URL from which a policy is made: `*` and every `?` after the first become `%2A` and `%3F`.
    ///
    /// # Errors
    /// [`UrlError`] for a URL that is empty, relative, of another scheme, without a valid host, or already signed.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self::read_unsigned(text, Spelling::Literal)?)
    }

    /// Reads a URL that comes with its own policy: `*` and `?` are kept.
    ///
    /// # Errors
    /// As [`Url::parse`].
    pub fn parse_with_wildcards(text: &str) -> Result<Self> {
        Ok(Self::read_unsigned(text, Spelling::Pattern)?)
    }

    /// The same, with the error of this domain.
    pub(crate) fn read_as_pattern(text: &str) -> Result<Self, UrlError> {
        Self::read_unsigned(text, Spelling::Pattern)
    }

    /// Reads a URL as it was received; it may carry signing parameters.
    pub(crate) fn parse_request(text: &str) -> Result<Self, UrlError> {
        Self::read(text, Spelling::AsSent)
    }

    fn read_unsigned(text: &str, spelling: Spelling) -> Result<Self, UrlError> {
        let url = Self::read(text, spelling)?;
        let signed = url.signing_parameters().next().map(|(name, _)| name);
        match signed {
            Some(name) => Err(UrlError::AlreadySigned(name)),
            None => Ok(url),
        }
    }

    fn read(text: &str, spelling: Spelling) -> Result<Self, UrlError> {
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        let (sent, fragment) = text.split_at(text.find('#').unwrap_or(text.len()));
        let (scheme, rest) = split_scheme(sent, text)?;
        let (host, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        check_host(host, text)?;
        let host = normalize_host(scheme, host);
        let path_and_query = encode_path_and_query(path_and_query, spelling);
        let slash = if path_and_query.starts_with('/') { "" } else { "/" };
        let path_and_query = match path_and_query.strip_suffix('?') {
            Some(path) if !path.contains('?') => path,
            _ => &path_and_query,
        };
        Ok(Self {
            sent: [scheme, "://", &host, slash, path_and_query].concat(),
            fragment: encode_fragment(fragment).into_owned(),
            has_query: path_and_query.contains('?'),
        })
    }

    /// The URL as it is sent, and therefore signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.sent
    }

    /// With its `#`, or empty.
    pub(crate) fn fragment(&self) -> &str {
        &self.fragment
    }

    /// The URL with parameters (`a=1&b=2`) between its own query and its fragment. `push` appends at most `longest`
    /// bytes.
    pub(crate) fn with_parameters(&self, longest: usize, push: impl FnOnce(&mut String)) -> String {
        let mut url = String::with_capacity(self.sent.len() + 1 + longest + self.fragment.len());
        url.push_str(&self.sent);
        url.push(if self.has_query { '&' } else { '?' });
        push(&mut url);
        url.push_str(&self.fragment);
        url
    }

    /// The same URL without its signing parameters; the other parameters keep their order.
    pub(crate) fn without_signing_parameters(&self) -> Self {
        let (path, query) = self.split_query();
        let own: Vec<&str> = query.split('&').filter(|pair| signing_parameter(pair).is_none()).collect();
        let own = own.join("&");
        let separator = if own.is_empty() { "" } else { "?" };
        Self { sent: [path, separator, &own].concat(), fragment: self.fragment.clone(), has_query: !own.is_empty() }
    }

    /// The signing parameters and their values, in their order in the URL.
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

/// The scheme in lower case, and what follows `://`; `text` is the whole URL.
fn split_scheme<'a>(sent: &'a str, text: &str) -> Result<(&'static str, &'a str), UrlError> {
    if let Some(rest) = sent.strip_prefix("https://") {
        return Ok(("https", rest));
    }
    match sent.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok(("https", rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok(("http", rest)),
        Some((scheme, _)) if is_scheme(scheme) => Err(UrlError::UnsupportedScheme(Excerpt::of_part(scheme, text))),
        Some(_) => Err(UrlError::Relative(Excerpt::new(text))),
        None => Err(without_authority(text)),
    }
}

fn without_authority(text: &str) -> UrlError {
    match text.split_once(':') {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
            UrlError::NoHost(Excerpt::new(text))
        }
        Some((scheme, rest)) if is_scheme(scheme) && !rest.starts_with(|c: char| c.is_ascii_digit()) => {
            UrlError::UnsupportedScheme(Excerpt::of_part(scheme, text))
        }
        _ => UrlError::Relative(Excerpt::new(text)),
    }
}

pub(crate) fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn check_host(host: &str, text: &str) -> Result<(), UrlError> {
    if is_plain_name(host) {
        return Ok(());
    }
    if host.is_empty() || host.starts_with(':') {
        return Err(UrlError::NoHost(Excerpt::new(text)));
    }
    if host.contains('@') {
        return Err(UrlError::UserInfo);
    }
    let (name, port) = split_port(host);
    // `parse` alone accepts a sign.
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok());
    let valid = is_port && is_host_name(name);
    if valid { Ok(()) } else { Err(UrlError::BadHost(Excerpt::of_part(host, text))) }
}

/// Most hosts are names in lower case, without a port and not ending in a number, which need no further checks.
fn is_plain_name(host: &str) -> bool {
    let bytes = host.as_bytes();
    bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
        && bytes.last().is_some_and(u8::is_ascii_lowercase)
        && !ends_in_number(host)
}

/// A name, an IPv4 address, or an IPv6 address in brackets.
fn is_host_name(name: &str) -> bool {
    if name.starts_with('[') {
        return bracketed_address(name).is_some();
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    !name.is_empty() && name.chars().all(plain) && (!ends_in_number(name) || name.parse::<Ipv4Addr>().is_ok())
}

/// A host as clients send it: in lower case, an IPv6 address in its short form, without the default port. It may be a
/// pattern.
pub(crate) fn normalize_host<'a>(scheme: &str, host: &'a str) -> Cow<'a, str> {
    if is_plain_name(host) {
        return Cow::Borrowed(host);
    }
    let (name, port) = split_port(host);
    if name.len() == host.len() && !name.contains(|c: char| c.is_ascii_uppercase() || c == '[') {
        return Cow::Borrowed(host);
    }
    let name = bracketed_address(name).map_or_else(|| name.to_ascii_lowercase(), short_form);
    let default = match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    };
    Cow::Owned(match port.parse::<u16>() {
        Ok(port) if Some(port) == default => name,
        Ok(port) => format!("{name}:{port}"),
        Err(_) if port.is_empty() => name,
        Err(_) => format!("{name}:{port}"),
    })
}

/// The name of a host, and its port or an empty text.
fn split_port(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, ""),
    }
}

fn bracketed_address(name: &str) -> Option<Ipv6Addr> {
    name.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// As the URL Standard writes it, without an IPv4 form inside.
fn short_form(address: Ipv6Addr) -> String {
    match (address.to_ipv4_mapped(), address.segments()) {
        (Some(_), [.., high, low]) => format!("[::ffff:{high:x}:{low:x}]"),
        _ => format!("[{address}]"),
    }
}

/// Clients read such a name as an IPv4 address and write it as four numbers (URL Standard, "ends in a number").
fn ends_in_number(name: &str) -> bool {
    let last = name.strip_suffix('.').unwrap_or(name).rsplit('.').next().unwrap_or_default();
    !last.is_empty()
        && (last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X"))
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
            ("https://a.example/b?c?", "https://a.example/b?c%3F"),
            ("https://a.example/b#part", "https://a.example/b"),
            ("https://a.example/ü b", "https://a.example/%C3%BC%20b"),
            ("https://a.example/../'~%2f+%2a%7E", "https://a.example/../'~%2f+%2a%7E"),
            ("https://a.example/a*b?c*?d", "https://a.example/a%2Ab?c%2A%3Fd"),
            ("https://a.example/{'}?{'}", "https://a.example/%7B'%7D?%7B%27%7D"),
            ("https://D111.CloudFront.NET:443/X", "https://d111.cloudfront.net/X"),
            ("http://a.example:80?x", "http://a.example/?x"),
            ("https://a.example:80/", "https://a.example:80/"),
            ("https://a.example:/x", "https://a.example/x"),
            ("http://127.0.0.1:08080/x", "http://127.0.0.1:8080/x"),
            ("http://[::1]:80/x", "http://[::1]/x"),
            ("http://[0:0::0001]:8080/x", "http://[::1]:8080/x"),
            ("http://[2001:DB8:0:0:1:0:0:1]/x", "http://[2001:db8::1:0:0:1]/x"),
            ("http://[::ffff:192.0.2.1]/x", "http://[::ffff:c000:201]/x"),
            ("http://[::192.0.2.1]/x", "http://[::c000:201]/x"),
            ("https://a.example/?Expires2=1&policy=2", "https://a.example/?Expires2=1&policy=2"),
        ] {
            assert_eq!(Url::parse(given).unwrap().as_str(), sent, "{given}");
        }
    }

    #[test]
    fn wildcards_and_requests_keep_their_characters() {
        let given = "https://A.example/a*b?c?d#e";
        assert_eq!(Url::parse_with_wildcards(given).unwrap().as_str(), "https://a.example/a*b?c?d");
        assert_eq!(Url::parse_request("https://a/a*'{?c?'").unwrap().as_str(), "https://a/a*'{?c?'");
        assert_eq!(
            Url::parse("https://a/#a b'{").unwrap().with_parameters(1, |url| url.push('p')),
            "https://a/?p#a%20b'{"
        );
    }

    #[test]
    fn parameters_go_between_query_and_fragment() {
        let signed = |text: &str| Url::parse(text).unwrap().with_parameters(3, |url| url.push_str("p=1"));
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
        for hostless in ["https://", "https:///x", "https://?x", "http://:80/", "https:/a/b", "HTTP:a/b"] {
            assert!(matches!(refused(hostless), UrlError::NoHost(_)), "{hostless}");
        }
        assert_eq!(refused("https://me@a/b"), UrlError::UserInfo);
        for host in [
            "https://a:b/",
            "https://a:65536/",
            "http://127.1/",
            "http://0x7f.0.0.1/",
            "http://0X7F000001/",
            "https://a:+443/",
            "https://a:-1/",
            "http://[::1%25eth0]/",
            "https://bücher.example/",
            "https://*.example/",
            "https://a b/",
            "https://a\"b/",
            "https://a\\b/",
        ] {
            assert!(matches!(refused(host), UrlError::BadHost(_)), "{host}");
        }
        for name in SIGNING_PARAMETERS {
            assert_eq!(refused(&format!("https://a/b?x=1&{name}=2")), UrlError::AlreadySigned(name));
            assert_eq!(refused(&format!("https://a/b?{name}")), UrlError::AlreadySigned(name));
        }
    }
}
