//! The parts of a URL, as plain text: a diagnosis also compares texts that are not valid URLs.

use std::borrow::Cow;

use crate::wire::url::SIGNING_PARAMETERS;

/// The parts of a URL; the query includes its `?`.
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

/// Removes `.` and `..` from a path as the URL Standard does, including `%2e`.
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

/// The character that an escape (`%7B`, or several for one character in UTF-8) at the start of a text stands for, and the
/// length of the escape.
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

/// Decodes the escapes of those characters for which `undo` is true.
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

/// The characters that are escaped in a text, each once, in order of appearance.
pub(super) fn escaped_characters(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('%') {
        if let Some((character, _)) = escaped_character(&text[at..]).filter(|(one, _)| !found.contains(one)) {
            found.push(character);
        }
    }
    found
}

/// A list for a message, such as `'{' '}' spaces`: at most eight characters.
pub(super) fn listed(characters: &[char]) -> String {
    let quoted = |character: &char| match character {
        ' ' => "spaces".to_owned(),
        '\'' => "\"'\"".to_owned(),
        other => format!("'{}'", other.escape_debug()),
    };
    let shown: Vec<String> = characters.iter().take(8).map(quoted).collect();
    if characters.len() > shown.len() { format!("{}, …", shown.join(" ")) } else { shown.join(" ") }
}

/// The URL without its fragment, which no client sends.
pub(super) fn without_fragment(url: &str) -> &str {
    &url[..url.find('#').unwrap_or(url.len())]
}

/// The text of a URL without its signing parameters, otherwise unchanged.
pub(super) fn without_signing_parameters(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let own: Vec<&str> = query.split('&').filter(|pair| !is_signing(pair)).collect();
    if own.is_empty() { path.to_owned() } else { format!("{path}?{}", own.join("&")) }
}

/// The signing parameters in the text of a URL, as `a=1&b=2`.
pub(super) fn signing_parameters(url: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter(|pair| is_signing(pair)).collect::<Vec<_>>().join("&")
}

fn is_signing(pair: &str) -> bool {
    SIGNING_PARAMETERS.contains(&pair.split('=').next().unwrap_or(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(listed(&['{', ' ', '\'']), "'{' spaces \"'\"");
    }
}
