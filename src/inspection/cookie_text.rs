//! Cookies as people paste them: a `Cookie` header, or `Set-Cookie` lines with their attributes.

use crate::{credentials::Credentials, url::Url};

/// The pairs in the form of a `Cookie` header, and where a browser would send them.
#[derive(Debug, Clone, Default)]
pub(super) struct CookieText {
    header: String,
    domain: Option<String>,
    path: Option<String>,
    secure: bool,
}

impl CookieText {
    /// Reads any text; what is no cookie of CloudFront's is not kept.
    pub(super) fn parse(text: &str) -> Self {
        let mut cookies = Self::default();
        for line in text.lines() {
            cookies.add(without_header_name(line));
        }
        cookies
    }

    pub(super) fn header(&self) -> &str {
        &self.header
    }

    pub(super) fn credentials(&self) -> Credentials<'_> {
        Credentials::from_cookies(&self.header)
    }

    /// Why a browser would not send them to `url`, by RFC 6265, sections 5.1.3, 5.1.4 and 5.4.
    pub(super) fn kept_back_from(&self, url: &Url) -> Option<String> {
        let rest = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
        let path = path.split('?').next().unwrap_or(path);
        if let Some(domain) =
            self.domain.as_deref().filter(|domain| !domain_matches(&host, &domain.to_ascii_lowercase()))
        {
            return Some(format!("their Domain is {domain}, the request goes to {host}"));
        }
        if let Some(prefix) = self.path.as_deref().filter(|prefix| !path_matches(path, prefix)) {
            return Some(format!("their Path is {prefix}, the request is for {path}"));
        }
        (self.secure && url.as_str().starts_with("http://"))
            .then(|| "they are Secure, and the request goes over http".to_owned())
    }

    fn add(&mut self, line: &str) {
        for part in line.split(';').map(str::trim) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim());
            if name.starts_with("CloudFront-") {
                self.header.extend([name, "=", value, "; "]);
            } else if name.eq_ignore_ascii_case("Domain") {
                self.domain = Some(value.trim_start_matches('.').to_owned());
            } else if name.eq_ignore_ascii_case("Path") {
                self.path = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("Secure") {
                self.secure = true;
            }
        }
    }
}

fn without_header_name(line: &str) -> &str {
    let line = line.trim();
    match line.split_once(':') {
        Some((name, rest)) if ["cookie", "set-cookie"].contains(&name.trim().to_ascii_lowercase().as_str()) => rest,
        _ => line,
    }
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

    #[test]
    fn browsers_keep_cookies_to_their_place() {
        let cookies = CookieText::parse(
            "Set-Cookie: CloudFront-Policy=a; Domain=.example.com; Path=/v; Secure; HttpOnly\nset-cookie: other=1",
        );
        assert_eq!(cookies.header(), "CloudFront-Policy=a; ");
        let kept_back = |url: &str| cookies.kept_back_from(&Url::parse(url).unwrap());
        for fine in ["https://example.com/v", "https://a.EXAMPLE.com:8443/v/1?x", "https://example.com/v/"] {
            assert_eq!(kept_back(fine), None, "{fine}");
        }
        for (url, word) in [
            ("https://badexample.com/v", "Domain"),
            ("https://example.com/video", "Path"),
            ("https://example.com/", "Path"),
            ("http://example.com/v", "http"),
        ] {
            assert!(kept_back(url).unwrap().contains(word), "{url}");
        }
        assert_eq!(CookieText::parse("CloudFront-Policy=a").kept_back_from(&Url::parse("http://x/").unwrap()), None);
    }
}
