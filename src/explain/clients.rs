//! What clients do to a URL before they send it, and how that is undone.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::wire::url::normalize_host;

/// How a kind of client changes a URL. All of them encode what lies outside ASCII.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) name: &'static str,
    path: &'static AsciiSet,
    query: &'static AsciiSet,
    resolves_dots: bool,
}

const BLANKS: AsciiSet = CONTROLS.add(b' ').add(b'"');

/// The URL Standard's path percent-encode set.
const BROWSER_PATH: AsciiSet = BLANKS.add(b'<').add(b'>').add(b'^').add(b'`').add(b'{').add(b'}');

/// The URL Standard's special-query percent-encode set.
const BROWSER_QUERY: AsciiSet = BLANKS.add(b'<').add(b'>').add(b'\'');

/// `requests`, httpx and Go: all that RFC 3986 does not allow, but for brackets.
const LIBRARY: AsciiSet = BLANKS.add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

pub(super) const CLIENTS: [Client; 3] = [
    Client { name: "browsers", path: &BROWSER_PATH, query: &BROWSER_QUERY, resolves_dots: true },
    Client { name: "HTTP libraries (requests, httpx, Go)", path: &LIBRARY, query: &LIBRARY, resolves_dots: false },
    Client { name: "curl", path: &BLANKS, query: &BLANKS, resolves_dots: true },
];

impl Client {
    /// What this client sends where `url` (without a fragment) is given.
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

/// The parts of a URL that is no more than split; the query has its `?`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
}

pub(super) fn split(url: &str) -> Parts<'_> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    Parts { scheme, host, path, query }
}

/// Removes `.` and `..` from a path as the URL Standard does it, `%2e` included.
pub(super) fn resolve_dots(path: &str) -> Cow<'_, str> {
    let dots = |segment: &str| segment.to_ascii_lowercase().replace("%2e", ".");
    if !path.split('/').any(|segment| matches!(dots(segment).as_str(), "." | "..")) {
        return Cow::Borrowed(path);
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match dots(segment).as_str() {
            ".." => {
                kept.pop();
            }
            "." => {}
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    Cow::Owned(format!("/{}", kept.join("/")))
}

/// The character at an escape's place (`%7B`, or several escapes of one character in UTF-8), and the escape's length.
fn escaped_character(text: &str) -> Option<(char, usize)> {
    let byte = |at: usize| {
        let escape = text.as_bytes().get(at..at + 3)?;
        let digits = std::str::from_utf8(&escape[1..]).ok().filter(|_| escape[0] == b'%')?;
        u8::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    };
    let first = byte(0)?;
    let count = match first {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let bytes = (0..count).map(|index| byte(index * 3)).collect::<Option<Vec<u8>>>()?;
    let character = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    Some((character, count * 3))
}

/// Writes those escapes as characters for which `undo` says so.
pub(super) fn decode(text: &str, undo: impl Fn(char) -> bool) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = escaped_character(rest).filter(|(one, _)| undo(*one)).unwrap_or(('%', 1));
        decoded.push(character);
        rest = &rest[length..];
    }
    decoded + rest
}

/// The characters that are escaped in a text, each once, in their order.
pub(super) fn escaped_characters(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('%') {
        if let Some((character, _)) = escaped_character(&text[at..]).filter(|(one, _)| !found.contains(one)) {
            found.push(character);
        }
    }
    found
}

/// For people: `'{', '}' and ' '`, at most eight of them.
pub(super) fn listed(characters: &[char]) -> String {
    let quoted = |character: &char| match character {
        ' ' => "blanks".to_owned(),
        '\'' => "\"'\"".to_owned(),
        other => format!("'{}'", other.escape_debug()),
    };
    let shown: Vec<String> = characters.iter().take(8).map(quoted).collect();
    if characters.len() > shown.len() { format!("{}, …", shown.join(" ")) } else { shown.join(" ") }
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

    #[test]
    fn dots_are_resolved_as_the_url_standard_says() {
        for (path, resolved) in [
            ("/a/b", "/a/b"),
            ("/a/../b", "/b"),
            ("/a/./b", "/a/b"),
            ("/a/b/..", "/a/"),
            ("/a/.", "/a/"),
            ("/%2E%2e/a", "/a"),
            ("/a/.%2e//b", "//b"),
            ("/a/...", "/a/..."),
            ("/..", "/"),
        ] {
            assert_eq!(resolve_dots(path), resolved, "{path}");
        }
    }

    #[test]
    fn single_escapes_are_undone() {
        assert_eq!(decode("%7Ba%7d%20%C3%A9%zz%", |one| one != ' '), "{a}%20é%zz%");
        assert_eq!(escaped_characters("%7B%7b%C3%A9%ff%2"), ['{', 'é']);
        assert_eq!(listed(&['{', ' ', '\'']), "'{' blanks \"'\"");
    }
}
