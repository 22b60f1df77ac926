//! The encodings of a signed URL: CloudFront's base64, the escaping of stream names, and percent-encoding.

use std::borrow::Cow;

use base64::{
    DecodeError, Engine as _,
    alphabet::{Alphabet, Symbol},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Base64Error, Error, Result};

/// Standard base64 with `+`, `/` and `=` replaced by `-`, `~` and `_`, which need no escaping in a query string.
const CLOUDFRONT_BASE64: GeneralPurpose = {
    const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~";
    let Some(padding) = Symbol::new(b'_') else { panic!("printable") };
    let Ok(alphabet) = Alphabet::new_with_padding(SYMBOLS, padding) else { panic!("64 unique symbols") };
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    GeneralPurpose::new(&alphabet, config)
};

/// Encodes bytes in CloudFront's base64.
///
/// ```
/// assert_eq!(cloudfront_signer::encode_base64(b"\xfb\xff\xfe?"), "-~~-Pw__");
/// ```
#[must_use]
pub fn encode_base64(data: &[u8]) -> String {
    CLOUDFRONT_BASE64.encode(data)
}

/// Decodes CloudFront's base64.
///
/// # Errors
/// [`Error::InvalidSignature`] for any other symbol (including `+`, `/` and `=`) and for missing padding.
pub fn decode_base64(text: &str) -> Result<Vec<u8>> {
    decode(text).map_err(Error::InvalidSignature)
}

/// Appends bytes in CloudFront's base64.
pub(crate) fn push_base64(text: &mut String, data: &[u8]) {
    CLOUDFRONT_BASE64.encode_string(data, text);
}

/// The length of so many bytes in base64.
pub(crate) const fn encoded_length(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// The same, for what is not a signature.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    CLOUDFRONT_BASE64.decode(text).map_err(|error| match error {
        DecodeError::InvalidByte(offset, byte) => Base64Error::Symbol { offset, byte },
        DecodeError::InvalidLength(length) => Base64Error::Length(length),
        DecodeError::InvalidLastSymbol { offset, .. } => Base64Error::LastSymbol { offset },
        DecodeError::InvalidPadding => Base64Error::Padding,
    })
}

/// Escapes `?`, `=` and `&`, at which the Flash player splits the name of a stream.
///
/// ```
/// assert_eq!(cloudfront_signer::escape_query("video.mp4?Expires=1"), "video.mp4%3FExpires%3D1");
/// ```
#[must_use]
pub fn escape_query(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '?' => escaped.push_str("%3F"),
            '=' => escaped.push_str("%3D"),
            '&' => escaped.push_str("%26"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Reverses [`escape_query`]: decodes its three escapes, in either case, and nothing else.
///
/// ```
/// assert_eq!(cloudfront_signer::unescape_query("video.mp4%3FExpires%3d1%20"), "video.mp4?Expires=1%20");
/// ```
#[must_use]
pub fn unescape_query(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let tail = &rest[at..];
        let replacement = match tail.get(1..3).map(str::to_ascii_uppercase).as_deref() {
            Some("3F") => Some('?'),
            Some("3D") => Some('='),
            Some("26") => Some('&'),
            _ => None,
        };
        plain.push(replacement.unwrap_or('%'));
        rest = &tail[if replacement.is_some() { 3 } else { 1 }..];
    }
    plain + rest
}

/// What RFC 3986 does not allow in a path. Characters outside ASCII are always encoded.
const PATH: AsciiSet =
    AS_SENT.add(b'<').add(b'>').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}').add(b'[').add(b']');

/// The same for a query, and `'`, which browsers encode there (the special-query set of the URL Standard).
const QUERY: AsciiSet = PATH.add(b'\'');

/// What an HTTP request line cannot contain.
const AS_SENT: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'\\');

/// What the URL Standard encodes in a fragment, which no client sends.
const FRAGMENT: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// How much of a URL is percent-encoded. Existing escapes are always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As clients send it, so that no client changes it, with `*` and every `?` after the first written as `%2A` and
    /// `%3F`. As wildcards they would match other names if the signed bytes are sent as a custom policy.
    Literal,
    /// As clients send it; `*` and `?` are kept.
    Pattern,
    /// As it was received: only what cannot be sent is encoded.
    AsSent,
}

/// Percent-encodes a path, and the query after its first `?`.
pub(crate) fn encode_path_and_query(text: &str, spelling: Spelling) -> Cow<'_, str> {
    const STAR: AsciiSet = PATH.add(b'*');
    const STAR_AND_MARK: AsciiSet = QUERY.add(b'*').add(b'?');
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let (path_set, query_set) = match spelling {
        Spelling::Literal => (&STAR, &STAR_AND_MARK),
        Spelling::Pattern => (&PATH, &QUERY),
        Spelling::AsSent => return utf8_percent_encode(text, &AS_SENT).into(),
    };
    let (path, query) = text.split_at(text.find('?').unwrap_or(text.len()));
    let path_encoded = encode(path, path_set);
    let Some(query) = query.strip_prefix('?') else {
        return path_encoded;
    };
    let query_encoded = encode(query, query_set);
    if path_encoded.len() == path.len() && query_encoded.len() == query.len() {
        return Cow::Borrowed(text);
    }
    Cow::Owned([&path_encoded, "?", &query_encoded].concat())
}

/// Most paths consist of these characters, which are never encoded.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~' | b'=' | b'&')
}

/// Percent-encodes a fragment as browsers do.
pub(crate) fn encode_fragment(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, &FRAGMENT).into()
}

/// Quotes a file name, or the key of an object, so that it can be the path of a URL.
///
/// Everything except letters, digits, `-`, `.`, `_`, `~` and `/` is percent-encoded: a `?` or `#` in a name would end
/// the path. A `.` or `..` between slashes cannot be quoted; clients resolve it.
///
/// ```
/// assert_eq!(cloudfront_signer::quote_path("a+b c/what?#1*.txt"), "a%2Bb%20c/what%3F%231%2A.txt");
/// ```
#[must_use]
pub fn quote_path(name: &str) -> String {
    const NAME: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    utf8_percent_encode(name, &NAME).to_string()
}

/// Encodes the characters of a set, and every `%` that does not begin an escape: clients treat those differently.
fn encode<'a>(text: &'a str, set: &'static AsciiSet) -> Cow<'a, str> {
    let encoded: Cow<'a, str> = utf8_percent_encode(text, set).into();
    let mut whole = String::new();
    let mut copied = 0;
    for (at, _) in encoded.match_indices('%') {
        let escape = encoded.as_bytes().get(at + 1..at + 3);
        if !escape.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            whole.push_str(&encoded[copied..at]);
            whole.push_str("%25");
            copied = at + 1;
        }
    }
    if copied == 0 {
        return encoded;
    }
    whole.push_str(&encoded[copied..]);
    Cow::Owned(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From CloudFront's developer guide (custom policies).
    const DOCUMENTED_POLICY: &str = "eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cDovL2QxMTExMTFhYmNkZWY4LmNsb3VkZnJvbnQubmV0L2dhbWVfZG93bmxvYWQuemlwIiwiQ29uZGl0aW9uIjp7IklwQWRkcmVzcyI6eyJBV1M6U291cmNlSXAiOiIxOTIuMC4yLjAvMjQifSwiRGF0ZUxlc3NUaGFuIjp7IkFXUzpFcG9jaFRpbWUiOjE0MjY1MDAwMDB9fX1dfQ__";

    #[test]
    fn decodes_the_documented_policy() {
        let json = String::from_utf8(decode_base64(DOCUMENTED_POLICY).unwrap()).unwrap();
        assert_eq!(
            json,
            r#"{"Statement":[{"Resource":"http://d111111abcdef8.cloudfront.net/game_download.zip","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateLessThan":{"AWS:EpochTime":1426500000}}}]}"#
        );
        assert_eq!(encode_base64(json.as_bytes()), DOCUMENTED_POLICY);
    }

    #[test]
    fn refuses_other_alphabets_and_padding() {
        for text in ["YQ==", "YQ", "YQ_", "a+b_", "a/b_", "YR__", "Y Q_", "é"] {
            assert!(decode_base64(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_clients_would_encode_is_encoded() {
        let encode = |text: &str| encode_path_and_query(text, Spelling::Pattern).into_owned();
        let untouched = "/b%20c%2a+d'e*f~g/../h;:@!$&()=,?i=j&k=%7E/?*;:@!$(),~";
        assert!(
            matches!(encode_path_and_query(untouched, Spelling::Pattern), Cow::Borrowed(text) if text == untouched)
        );
        assert_eq!(encode("/a b\"c\\d\u{e9}\n\u{7f}"), "/a%20b%22c%5Cd%C3%A9%0A%7F");
        assert_eq!(encode("/<>^`{|}[]'?<>^`{|}[]'"), "/%3C%3E%5E%60%7B%7C%7D%5B%5D'?%3C%3E%5E%60%7B%7C%7D%5B%5D%27");
        assert_eq!(encode("/100%?50%&%2&%zz&%2f"), "/100%25?50%25&%252&%25zz&%2f");
    }

    #[test]
    fn literal_stars_and_marks_are_no_wildcards() {
        let encode = |text: &str| encode_path_and_query(text, Spelling::Literal).into_owned();
        assert_eq!(encode("/a*b"), "/a%2Ab");
        assert_eq!(encode("/a?b*c?d"), "/a?b%2Ac%3Fd");
        assert_eq!(encode("/???"), "/?%3F%3F");
    }

    #[test]
    fn what_was_sent_is_left_alone() {
        let sent = "/a*b'{}|%zz?c?'[]<>^`";
        assert!(matches!(encode_path_and_query(sent, Spelling::AsSent), Cow::Borrowed(text) if text == sent));
        assert_eq!(encode_path_and_query("/a \"\\é", Spelling::AsSent), "/a%20%22%5C%C3%A9");
    }

    #[test]
    fn query_escapes_round_trip() {
        assert_eq!(unescape_query("a%3Fb%3d1%26c%25%3"), "a?b=1&c%25%3");
        assert_eq!(unescape_query(&escape_query("v?a=1&b=é%")), "v?a=1&b=é%");
    }
}
