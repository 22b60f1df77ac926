//! Cookies as people paste them: a `Cookie` header, or `Set-Cookie` lines with their attributes.

use std::{cmp::Reverse, collections::HashSet};

use super::{
    mistake::Mistake,
    url_parts::{Parts, split},
};
use crate::{
    credentials::public_suffix::is_public_suffix,
    text::Excerpt,
    verify::Claim,
    wire::url::{SIGNING_PARAMETERS, Url},
};

const PREFIX: &str = "CloudFront-";

/// More reasons why cookies are not sent are not listed.
const MOST_REASONS: usize = 3;

/// CloudFront's cookies in their order; other cookies are dropped.
#[derive(Debug, Clone, Default)]
pub(super) struct CookieText {
    cookies: Vec<Cookie>,
    /// The first cookie of each name, as a `Cookie` header.
    header: String,
}

/// One cookie, with the attributes of its line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    domain: Option<String>,
    path: Option<String>,
    secure: bool,
    deleted: bool,
}

/// What a browser sends with one request.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    /// The `Cookie` header.
    pub(super) header: String,
    /// The header with one cookie of each name that is not sent, as if that were mended.
    pub(super) mended: String,
    /// Why cookies are not sent, or sent twice.
    pub(super) problems: Vec<Mistake>,
}

impl Delivery {
    /// A `Cookie` header that is sent unchanged.
    pub(super) fn unchanged(header: &str) -> Self {
        Self { header: header.to_owned(), mended: header.to_owned(), problems: Vec::new() }
    }
}

impl CookieText {
    /// Reads any text.
    pub(super) fn parse(text: &str) -> Self {
        let mut cookies = Vec::new();
        for line in text.lines() {
            read_line(line, &mut cookies);
        }
        let header = header_of(&cookies);
        Self { cookies, header }
    }

    /// What the cookies claim.
    pub(super) fn claim(&self) -> Claim<'_> {
        Claim::of_cookies(&self.header)
    }

    /// What a browser sends to `url`, by RFC 6265, sections 5.1.3, 5.1.4, 5.3 and 5.4. If the paths of two cookies with
    /// the same name match, it sends both, the one with the longer path first.
    pub(super) fn delivery(&self, url: &Url) -> Delivery {
        let (mut kept, mut kept_back): (Vec<&Cookie>, Vec<&Cookie>) = (Vec::new(), Vec::new());
        let mut problems: Vec<Mistake> = Vec::new();
        for cookie in self.stored() {
            let Some(reason) = cookie.kept_back_from(url) else {
                kept.push(cookie);
                continue;
            };
            kept_back.push(cookie);
            if !problems.contains(&reason) && problems.len() < MOST_REASONS {
                problems.push(reason);
            }
        }
        kept.sort_by_key(|cookie| Reverse(cookie.path.as_ref().map_or(0, String::len)));
        problems.extend(doubled(&kept));
        let mut header = String::new();
        for cookie in &kept {
            cookie.write(&mut header);
        }
        Delivery { header, mended: header_of(kept.into_iter().chain(kept_back)), problems }
    }

    /// The cookies that a browser stores: a later one replaces an earlier one of the same name and place.
    fn stored(&self) -> Vec<&Cookie> {
        let mut later = HashSet::new();
        let mut stored: Vec<&Cookie> = self
            .cookies
            .iter()
            .rev()
            .filter(|cookie| !has_place(cookie) || later.insert((&cookie.name, &cookie.domain, &cookie.path)))
            .filter(|cookie| !cookie.deleted)
            .collect();
        stored.reverse();
        stored
    }
}

/// The first cookie of each name. A cookie that a `Cookie` header has twice stays twice: that is what is sent.
fn header_of<'a>(cookies: impl IntoIterator<Item = &'a Cookie>) -> String {
    let mut header = String::new();
    let mut names = HashSet::new();
    for cookie in cookies {
        if names.insert(&cookie.name) || !has_place(cookie) {
            cookie.write(&mut header);
        }
    }
    header
}

impl Cookie {
    fn write(&self, header: &mut String) {
        header.extend([&self.name, "=", &self.value, "; "]);
    }

    /// Why a browser does not send the cookie to `url`; `None` if it does.
    fn kept_back_from(&self, url: &Url) -> Option<Mistake> {
        let Parts { scheme, host, path, .. } = split(url.as_str());
        let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
        if let Some(domain) = &self.domain {
            // A host may name itself: the cookie is then for this host only.
            if is_public_suffix(domain) && *domain != host {
                return Some(Mistake::PublicSuffix { domain: Excerpt::new(domain) });
            }
            if !domain_matches(&host, domain) {
                let (domain, host) = (Excerpt::new(domain), Excerpt::new(&host));
                return Some(Mistake::CookieElsewhere(format!(
                    "their Domain is {domain}, but the request goes to {host}"
                )));
            }
        }
        if let Some(prefix) = self.path.as_deref().filter(|prefix| !path_matches(path, prefix)) {
            let (prefix, path) = (Excerpt::new(prefix), Excerpt::new(path));
            return Some(Mistake::CookieElsewhere(format!("their Path is {prefix}, but the request is for {path}")));
        }
        (self.secure && scheme == "http")
            .then(|| Mistake::CookieElsewhere("they are Secure, but the request uses http".to_owned()))
    }
}

/// Whether the cookie has attributes that allow another one of its name next to it.
fn has_place(cookie: &Cookie) -> bool {
    cookie.domain.is_some() || cookie.path.is_some()
}

fn doubled(kept: &[&Cookie]) -> Option<Mistake> {
    SIGNING_PARAMETERS.into_iter().find_map(|name| {
        let same: Vec<&&Cookie> = kept.iter().filter(|cookie| cookie.name.strip_prefix(PREFIX) == Some(name)).collect();
        let place = |cookie: &Cookie| {
            let path = Excerpt::new(cookie.path.as_deref().unwrap_or("of the page that sets it"));
            match &cookie.domain {
                Some(domain) => format!("Path {path}, Domain {}", Excerpt::new(domain)),
                None => format!("Path {path}"),
            }
        };
        (same.len() > 1 && same.iter().any(|cookie| has_place(cookie))).then(|| Mistake::DoubledCookie {
            name,
            places: same.iter().take(3).map(|cookie| place(cookie)).collect::<Vec<_>>().join(" and for "),
        })
    })
}

fn read_line(line: &str, cookies: &mut Vec<Cookie>) {
    let line = line.trim();
    let (header, rest) = match line.split_once(':') {
        Some((name, rest)) if ["cookie", "set-cookie"].contains(&name.trim().to_ascii_lowercase().as_str()) => {
            (name.trim().to_ascii_lowercase(), rest)
        }
        _ => (String::new(), line),
    };
    let parts: Vec<(&str, &str)> = rest.split(';').map(pair).collect();
    let sets = header == "set-cookie" || header.is_empty() && parts[1..].iter().all(|(name, _)| is_attribute(name));
    let (pairs, attributes) = parts.split_at(if sets { 1 } else { parts.len() });
    let mut cookie = Cookie::default();
    for (name, value) in attributes {
        match name.to_ascii_lowercase().as_str() {
            "domain" if !value.is_empty() => {
                cookie.domain = Some(value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase());
            }
            "path" if value.starts_with('/') => cookie.path = Some((*value).to_owned()),
            "secure" => cookie.secure = true,
            "max-age" => cookie.deleted = value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            _ => {}
        }
    }
    for (name, value) in pairs.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        cookies.push(Cookie { name: (*name).to_owned(), value: (*value).to_owned(), ..cookie.clone() });
    }
}

fn pair(part: &str) -> (&str, &str) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (name.trim(), value.trim())
}

fn is_attribute(name: &str) -> bool {
    const ATTRIBUTES: [&str; 9] =
        ["domain", "path", "secure", "httponly", "samesite", "expires", "max-age", "partitioned", "priority"];
    name.is_empty() || ATTRIBUTES.contains(&name.to_ascii_lowercase().as_str())
}

fn domain_matches(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn path_matches(path: &str, prefix: &str) -> bool {
    let rest = path.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(text: &str, url: &str) -> Delivery {
        CookieText::parse(text).delivery(&Url::parse(url).unwrap())
    }

    #[test]
    fn browsers_keep_cookies_to_their_place() {
        let lines = "Set-Cookie: CloudFront-Policy=a; Domain=.example.com; Path=/v; Secure; HttpOnly\nset-cookie: other=1; Domain=evil; Path=/w";
        for fine in ["https://example.com/v", "https://a.EXAMPLE.com:8443/v/1?x", "https://example.com/v/"] {
            let Delivery { header, mended, problems } = delivery(lines, fine);
            assert_eq!(
                (header.as_str(), mended, problems),
                ("CloudFront-Policy=a; ", header.clone(), vec![]),
                "{fine}"
            );
        }
        for (url, word) in [
            ("https://badexample.com/v", "Domain"),
            ("https://example.com/video", "Path"),
            ("https://example.com/", "Path"),
            ("http://example.com/v", "http"),
        ] {
            let Delivery { header, mended, problems } = delivery(lines, url);
            assert_eq!((header.as_str(), mended.as_str()), ("", "CloudFront-Policy=a; "));
            assert!(problems[0].to_string().contains(word), "{url}");
        }
        assert!(delivery("CloudFront-Policy=a", "http://x/").problems.is_empty());
    }

    #[test]
    fn each_line_has_its_own_attributes() {
        let two = "CloudFront-Policy=a; Path=/a/\nsession=1; Path=/; Secure\nCloudFront-Policy=b; Path=/b/; HttpOnly";
        assert_eq!(delivery(two, "http://x/a/1").header, "CloudFront-Policy=a; ");
        assert_eq!(delivery(two, "http://x/b/1").header, "CloudFront-Policy=b; ");
        let nested = "CloudFront-Policy=r; Path=/\nCloudFront-Policy=a; Path=/a/";
        let Delivery { header, problems, .. } = delivery(nested, "http://x/a/1");
        assert_eq!(header, "CloudFront-Policy=a; CloudFront-Policy=r; ", "the longer path first");
        assert_eq!(problems[0].name(), "doubled-cookie");
        assert!(problems[0].to_string().contains("Path /a/ and for Path /"), "{}", problems[0]);
        let again = "CloudFront-Policy=a; Path=/\nCloudFront-Policy=b; Path=/";
        assert_eq!(delivery(again, "http://x/").header, "CloudFront-Policy=b; ", "the later one replaces it");
        let deleted = "CloudFront-Policy=a; Path=/; Max-Age=0\nCloudFront-Policy=b; Path=/v";
        assert_eq!(delivery(deleted, "http://x/v/1").header, "CloudFront-Policy=b; ");
        let pairs = "path=/x; CloudFront-Policy=a; Domain=1";
        assert_eq!(delivery(pairs, "http://y/").header, "CloudFront-Policy=a; ", "a Cookie header has no attributes");
    }

    #[test]
    fn public_suffixes_are_refused() {
        let names = |domain: &str, url: &str| {
            let problems = delivery(&format!("CloudFront-Policy=a; Domain={domain}"), url).problems;
            problems.iter().map(Mistake::name).collect::<Vec<_>>()
        };
        for suffix in ["cloudfront.net", ".cloudfront.net", "com", "co.uk", "s3.amazonaws.com"] {
            let url = format!("https://d1.{}/", suffix.trim_start_matches('.'));
            assert_eq!(names(suffix, &url), ["public-suffix"], "{suffix}");
        }
        assert!(names("d1.cloudfront.net", "https://d1.cloudfront.net/").is_empty());
        assert!(names("cloudfront.net", "https://cloudfront.net/").is_empty(), "a host may name itself");
    }
}
