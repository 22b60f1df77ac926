//! URI references, as manifests contain them, and the base URL that they are resolved against.

use std::borrow::Cow;

use crate::{
    error::{Result, UrlError},
    text::Excerpt,
    wire::url::{Url, is_scheme, normalize_host},
};

/// An absolute URL that references are resolved against, as clients do (RFC 3986 section 5, and the URL Standard for
/// backslashes and encoded dots).
#[derive(Debug, Clone)]
pub(crate) struct BaseUrl {
    scheme: &'static str,
    host: String,
    /// Scheme and host.
    origin: String,
    /// With scheme and host, without the query.
    path: String,
    /// The path up to its last slash.
    directory: String,
    query: String,
}

impl BaseUrl {
    /// Reads a base URL. It may be a signed URL: only its query has signing parameters, and a query is not inherited.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse_request(text)?;
        let (path, query) = url.as_str().split_once('?').unwrap_or((url.as_str(), ""));
        let Some((scheme, rest)) = path.split_once("://") else {
            return Err(UrlError::Relative(Excerpt::new(text)));
        };
        let scheme = if scheme == "https" { "https" } else { "http" };
        let (host, local) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let origin = [scheme, "://", host].concat();
        let path = [&origin, &*without_dot_segments(local)].concat();
        let directory = path[..=path.rfind('/').unwrap_or(path.len() - 1)].to_owned();
        Ok(Self { scheme, host: host.to_owned(), origin, path, directory, query: query.to_owned() })
    }

    /// The host, with its port unless that is the default.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The URL up to the last slash of its path.
    pub(crate) fn directory(&self) -> &str {
        &self.directory
    }

    /// The query of the URL, without its `?`.
    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    /// The URL that a client requests for a reference, with its fragment. None for another scheme (`skd:`, `data:`), an
    /// empty reference, and a host that `is_named` does not accept: what stands there is not checked further.
    pub(crate) fn resolve(&self, reference: &str, is_named: impl Fn(&str) -> bool) -> Result<Option<Url>, UrlError> {
        let reference = reference.trim_matches(|c: char| c <= ' ');
        let (located, fragment) = reference.split_at(reference.find('#').unwrap_or(reference.len()));
        if located.is_empty() {
            return Ok(None);
        }
        let (path, query) = located.split_at(located.find('?').unwrap_or(located.len()));
        // Browsers read a backslash as a slash.
        let path = if path.contains('\\') { Cow::Owned(path.replace('\\', "/")) } else { Cow::Borrowed(path) };
        let (scheme, path) = match scheme_of(&path) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", Cow::Borrowed(rest)),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", Cow::Borrowed(rest)),
            Some(_) => return Ok(None),
            None => (self.scheme, self.with_host(&path)),
        };
        let Some(rest) = path.strip_prefix("//") else {
            return Err(UrlError::NoHost(Excerpt::new(reference)));
        };
        let (authority, local) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.is_empty() {
            // Browsers skip further slashes, and so find a host.
            return Err(UrlError::NoHost(Excerpt::new(reference)));
        }
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if !is_named(&normalize_host(scheme, host)) {
            return Ok(None);
        }
        // Other clients than browsers end a host at a slash only, and would send the signature to what comes after an `@`.
        if names_host_by_backslash(located, authority) {
            return Err(UrlError::Backslash(Excerpt::new(reference)));
        }
        let url = [scheme, "://", authority, &without_dot_segments(local), query, fragment].concat();
        Url::read_as_pattern(&url).map(Some)
    }

    /// The reference with the host, and the folder, that it leaves out.
    fn with_host<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if path.starts_with("//") {
            return Cow::Borrowed(path);
        }
        let before = match path.as_bytes().first() {
            Some(b'/') => &self.origin,
            Some(_) => &self.directory,
            // A query alone.
            None => &self.path,
        };
        Cow::Owned([&before[self.scheme.len() + 1..], path].concat())
    }
}

/// Whether a reference names its host, or a scheme without hosts, and so is relative to nothing.
pub(crate) fn is_located(reference: &str) -> bool {
    let reference = reference.trim_start_matches(|c: char| c <= ' ');
    let mut start = reference.bytes().take_while(|byte| matches!(byte, b'/' | b'\\')).take(2);
    if start.next().is_some() {
        return start.next().is_some();
    }
    let end = reference.find([':', '/', '?', '#', '\\']).unwrap_or(reference.len());
    reference[end..].starts_with(':') && is_scheme(&reference[..end])
}

/// Whether a text in a path leads to another folder, alone or with what is around it: it has an empty segment, or one
/// of dots.
pub(crate) fn leaves_folder(text: &str) -> bool {
    text.split('/').any(|segment| segment.is_empty() || is_dot(segment) || is_double_dot(segment))
}

fn scheme_of(path: &str) -> Option<(&str, &str)> {
    path.split_once(':').filter(|(scheme, _)| is_scheme(scheme))
}

/// A path as clients send it: `.` and `..` are resolved, with their dots encoded or not.
fn without_dot_segments(path: &str) -> Cow<'_, str> {
    let is_dotted = |segment: &str| is_dot(segment) || is_double_dot(segment);
    if !path.split('/').any(is_dotted) {
        return Cow::Borrowed(path);
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if is_double_dot(segment) {
            kept.pop();
        } else if !is_dot(segment) {
            kept.push(segment);
        }
        // A dot segment at the end leaves the folder.
        if segments.peek().is_none() && is_dotted(segment) {
            kept.push("");
        }
    }
    Cow::Owned(["/", &kept.join("/")].concat())
}

/// Whether a slash around the host of a reference is written as a backslash.
fn names_host_by_backslash(located: &str, authority: &str) -> bool {
    if !is_located(located) {
        return false;
    }
    let slashes = located.find(['/', '\\']).unwrap_or_default();
    let end = (slashes + "//".len() + authority.len() + "/".len()).min(located.len());
    located.as_bytes()[slashes..end].contains(&b'\\')
}

fn is_dot(segment: &str) -> bool {
    segment == "." || segment.eq_ignore_ascii_case("%2e")
}

fn is_double_dot(segment: &str) -> bool {
    ["..", ".%2e", "%2e.", "%2e%2e"].iter().any(|dots| segment.eq_ignore_ascii_case(dots))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "https://d111.cloudfront.net/shows/one/index.m3u8?Policy=p&x=1";

    fn resolved(reference: &str) -> Option<String> {
        BaseUrl::parse(BASE).unwrap().resolve(reference, |_| true).unwrap().map(|url| url.as_str().to_owned())
    }

    #[test]
    fn references_are_resolved_as_clients_do() {
        for (reference, url) in [
            ("1.ts", "https://d111.cloudfront.net/shows/one/1.ts"),
            ("a/1.ts?b=/../c#t", "https://d111.cloudfront.net/shows/one/a/1.ts?b=/../c"),
            ("../two/./1.ts", "https://d111.cloudfront.net/shows/two/1.ts"),
            ("../../../../1.ts", "https://d111.cloudfront.net/1.ts"),
            ("%2E%2e/1.ts", "https://d111.cloudfront.net/shows/1.ts"),
            ("a/..", "https://d111.cloudfront.net/shows/one/"),
            ("..\\1.ts", "https://d111.cloudfront.net/shows/1.ts"),
            ("/1.ts", "https://d111.cloudfront.net/1.ts"),
            ("//D222.example:443/1.ts", "https://d222.example/1.ts"),
            ("HTTP://d222.example:80/a b.ts", "http://d222.example/a%20b.ts"),
            ("?y=2", "https://d111.cloudfront.net/shows/one/index.m3u8?y=2"),
            (" 1.ts\t", "https://d111.cloudfront.net/shows/one/1.ts"),
            ("a//b.ts", "https://d111.cloudfront.net/shows/one/a//b.ts"),
        ] {
            assert_eq!(resolved(reference).as_deref(), Some(url), "{reference}");
        }
        for alone in ["", "#t", "skd://key", "data:text/plain,x", "urn:uuid:1", "a:b"] {
            assert_eq!(resolved(alone), None, "{alone}");
        }
        assert!(BaseUrl::parse("index.m3u8").is_err());
        for hostless in ["https:1.ts", "https:/1.ts", "https:///a/1.ts", "///a/1.ts", "\\\\/a"] {
            let found = BaseUrl::parse(BASE).unwrap().resolve(hostless, |_| true);
            assert!(matches!(found, Err(UrlError::NoHost(_))), "{hostless}");
        }
    }

    #[test]
    fn other_hosts_are_not_read() {
        let base = BaseUrl::parse(BASE).unwrap();
        let own = |host: &str| host == "d111.cloudfront.net";
        for foreign in [
            "//ads.example/1.ts",
            "https://bücher.example/",
            "\\\\ads.example/1.ts",
            "https://d111.cloudfront.net@ads.example/",
        ] {
            assert_eq!(base.resolve(foreign, own).unwrap(), None, "{foreign}");
        }
        assert!(base.resolve("https://me@d111.cloudfront.net/", own).is_err());
    }

    #[test]
    fn backslashes_around_an_own_host_are_refused() {
        let base = BaseUrl::parse(BASE).unwrap();
        let resolve = |reference| base.resolve(reference, |host| host == "d111.cloudfront.net");
        for host in [
            "https://d111.cloudfront.net\\@ads.example/1.ts",
            "//d111.cloudfront.net\\@ads.example/1.ts",
            "https:\\\\d111.cloudfront.net/1.ts",
            "/\\d111.cloudfront.net/1.ts",
        ] {
            assert!(matches!(resolve(host), Err(UrlError::Backslash(_))), "{host}");
        }
        for path in ["https://d111.cloudfront.net/a\\b", "a\\b", "..\\a\\b"] {
            assert!(resolve(path).unwrap().is_some(), "{path}");
        }
    }

    #[test]
    fn located_references_name_a_host_or_a_scheme() {
        for located in ["https://a/b", "//a/b", "\\\\a", "/\\a", "urn:a", "data:,", " //a"] {
            assert!(is_located(located), "{located}");
        }
        for relative in ["", "a", "/a", "a/b:c", "?a:b", "1:2", "../a"] {
            assert!(!is_located(relative), "{relative}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

        // No segment `b:`: the crate `url` keeps drive letters, which the standard does for `file:` alone.
        #[test]
        fn the_url_standard_agrees(reference in "(\\.|/|\\\\|a|%2e|bb:|https:|//h|\\?|#|é| |'|\\*){0,9}") {
            let Ok(base) = url::Url::parse(BASE) else { unreachable!() };
            let Ok(Some(ours)) = BaseUrl::parse(BASE).unwrap().resolve(&reference, |_| true) else { return Ok(()) };
            let theirs = base.join(&reference).unwrap();
            let ours = url::Url::parse(ours.as_str()).unwrap();
            // The standard keeps a backslash in a query; in a `Url` it is encoded, as most clients do.
            let sent = |url: &url::Url| {
                let sent = url.as_str().split('#').next().unwrap().replace('\\', "%5C");
                sent.strip_suffix('?').map_or(sent.clone(), str::to_owned)
            };
            prop_assert_eq!(sent(&theirs), sent(&ours));
        }
    }
}
