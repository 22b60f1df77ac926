//! The three encodings of a signed URL: CloudFront's base64, the escaping of stream names, and the form that a URL has
//! on the wire.

use std::borrow::Cow;

use base64::{
    Engine as _,
    alphabet::{Alphabet, Symbol},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::error::{Error, Result};

/// Standard base64 with `+`, `/` and `=` replaced by `-`, `~` and `_`, which a query string carries unescaped.
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
/// [`Error::InvalidSignature`] for any other symbol, `+`, `/` and `=` included, and for missing padding.
pub fn decode_base64(text: &str) -> Result<Vec<u8>> {
    CLOUDFRONT_BASE64.decode(text).map_err(Error::InvalidSignature)
}

/// Escapes `?`, `=` and `&`, on which the Flash player split a stream's name.
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

/// Undoes [`escape_query`]: the three escapes, in either case, and nothing else.
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

/// Percent-encodes what cannot stand in an HTTP request line, and leaves every other byte alone.
///
/// Encoded are blanks, control characters, `"`, `\` and everything outside ASCII (as UTF-8). Escapes that are there
/// already, `+`, `'`, `*`, `~` and dot segments stay, because the signature is over the very bytes that are sent.
#[must_use]
pub fn wire_encode(text: &str) -> Cow<'_, str> {
    let Some(first) = text.bytes().position(needs_encoding) else {
        return Cow::Borrowed(text);
    };
    let mut encoded = String::with_capacity(text.len() + 16);
    encoded.push_str(&text[..first]);
    for byte in text.as_bytes()[first..].iter().copied() {
        if needs_encoding(byte) {
            encoded.push('%');
            for nibble in [byte >> 4, byte & 0xf] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
            }
        } else {
            encoded.push(char::from(byte));
        }
    }
    Cow::Owned(encoded)
}

const fn needs_encoding(byte: u8) -> bool {
    matches!(byte, 0..=b' ' | b'"' | b'\\' | 0x7f..)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A literal from CloudFront's developer guide (custom policies).
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
    fn wire_encoding_touches_only_what_cannot_be_sent() {
        let untouched = "https://a/b%20c+d'e*f~g/../h?i=j&k=%zz|{}<>^`";
        assert!(matches!(wire_encode(untouched), Cow::Borrowed(text) if text == untouched));
        assert_eq!(wire_encode("a b\"c\\d\u{e9}\n\u{7f}"), "a%20b%22c%5Cd%C3%A9%0A%7F");
    }

    #[test]
    fn query_escapes_round_trip() {
        assert_eq!(unescape_query("a%3Fb%3d1%26c%25%3"), "a?b=1&c%25%3");
        assert_eq!(unescape_query(&escape_query("v?a=1&b=é%")), "v?a=1&b=é%");
    }
}
