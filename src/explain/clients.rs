//! What clients do to a URL before they send it.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::url_parts::{Parts, resolve_dots, split};
use crate::wire::url::normalize_host;

/// How a kind of client changes a URL. All of them encode non-ASCII characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) name: &'static str,
    path: &'static AsciiSet,
    query: &'static AsciiSet,
    resolves_dots: bool,
}

const SPACES: AsciiSet = CONTROLS.add(b' ').add(b'"');

/// The URL Standard's path percent-encode set.
const BROWSER_PATH: AsciiSet = SPACES.add(b'<').add(b'>').add(b'^').add(b'`').add(b'{').add(b'}');

/// The URL Standard's special-query percent-encode set.
const BROWSER_QUERY: AsciiSet = SPACES.add(b'<').add(b'>').add(b'\'');

/// `requests`, httpx and Go: everything that RFC 3986 does not allow, except brackets.
const LIBRARY: AsciiSet = SPACES.add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

pub(super) const CLIENTS: [Client; 3] = [
    Client { name: "browsers", path: &BROWSER_PATH, query: &BROWSER_QUERY, resolves_dots: true },
    Client { name: "HTTP libraries (requests, httpx, Go)", path: &LIBRARY, query: &LIBRARY, resolves_dots: false },
    Client { name: "curl", path: &SPACES, query: &SPACES, resolves_dots: true },
];

impl Client {
    /// What this client sends for `url`, which has no fragment.
    pub(super) fn sends(&self, url: &str) -> String {
        let Parts { scheme, host, path, query } = split(url);
        let scheme = scheme.to_ascii_lowercase();
        let host = normalize_host(&scheme, host);
        let path = if self.resolves_dots { resolve_dots(path) } else { Cow::Borrowed(path) };
        let path = utf8_percent_encode(&path, self.path);
        let query = utf8_percent_encode(query, self.query);
        format!("{scheme}://{host}{path}{query}")
    }

    /// Whether this client encodes a character in a path or in a query.
    pub(super) fn encodes(&self, character: char) -> bool {
        let text = character.to_string();
        [self.path, self.query].into_iter().any(|set| utf8_percent_encode(&text, set).to_string() != text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_send_other_urls() {
        let [browser, library, curl] = CLIENTS;
        let given = "HTTPS://A.Example:443/a/../{b}|'?{c}'|^ é";
        assert_eq!(browser.sends(given), "https://a.example/%7Bb%7D|'?{c}%27|^%20%C3%A9");
        assert_eq!(library.sends(given), "https://a.example/a/../%7Bb%7D%7C'?%7Bc%7D'%7C%5E%20%C3%A9");
        assert_eq!(curl.sends(given), "https://a.example/{b}|'?{c}'|^%20%C3%A9");
    }
}
