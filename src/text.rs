//! How a caller's text may appear in a message: one line, shortened, signatures cut, keys never.
//!
//! A private key reaches a message when it is given where something else is expected: a path, a URL, a key pair id.
//! Errors therefore hold an [`Excerpt`] of what they were given, never the text itself, and [`mask_secrets`] is for
//! messages that others wrote. Both recognise PEM by its BEGIN line, and key material without one by what random bytes
//! look like in base64 or in DER. A false alarm hides a part of a message; a miss would publish a key.

use std::{borrow::Cow, fmt};

/// The most characters of a caller's text that a message shows.
const LONGEST_EXCERPT: usize = 120;

/// The most characters of a signature that a message shows.
const SIGNATURE_SHOWN: usize = 8;

/// The shortest private key, P-256 in SEC1 without its public half, has 68 characters of base64.
const SHORTEST_KEY: usize = 60;

/// A caller's text as a message may show it.
///
/// `Display` shows the text in one line, `Debug` puts it in quotes. Text that holds key material is shown as what it is
/// and how long.
///
/// ```
/// use cloudfront_signer::Excerpt;
///
/// assert_eq!(format!("{:?}", Excerpt::new("video.mp4")), "\"video.mp4\"");
/// let pem = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEH";
/// assert_eq!(format!("{:?}", Excerpt::new(pem)), "<a private key in PEM, 64 characters>");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Excerpt {
    text: String,
    withheld: bool,
}

impl Excerpt {
    /// The excerpt of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        if let Some(description) = withheld(text) {
            return Self { text: description, withheld: true };
        }
        let masked = mask_runs(text);
        let limit = masked.find("Signature=").map_or(LONGEST_EXCERPT, |at| {
            LONGEST_EXCERPT.min(masked[..at].chars().count() + "Signature=".len() + SIGNATURE_SHOWN)
        });
        let text = match masked.char_indices().nth(limit) {
            Some((end, _)) => format!("{}…", &masked[..end]),
            None => masked.into_owned(),
        };
        Self { text, withheld: false }
    }

    /// The excerpt of a part of a text: where the whole holds a key, a part of it may be too short to look like one.
    #[must_use]
    pub fn of_part(part: &str, whole: &str) -> Self {
        if withheld(whole).is_some() || matches!(mask_runs(whole), Cow::Owned(_)) {
            Self::new(whole)
        } else {
            Self::new(part)
        }
    }
}

impl From<&str> for Excerpt {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.chars().try_for_each(|character| match character {
            '"' | '\'' | '\\' => write!(f, "{character}"),
            other => write!(f, "{}", other.escape_debug()),
        })
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.withheld { fmt::Display::fmt(self, f) } else { fmt::Debug::fmt(&self.text, f) }
    }
}

/// A message of somebody else's with key material and signatures taken out, otherwise whole.
///
/// ```
/// let message = format!("no such file: 'LS0tLS1CRUdJTi{}'", "BQUklWQVRFIEtFWS0tLS0t".repeat(4));
/// assert_eq!(cloudfront_signer::mask_secrets(&message), "no such file: '<102 characters of base64>'");
/// ```
#[must_use]
pub fn mask_secrets(message: &str) -> Cow<'_, str> {
    match message.find(PEM_BEGIN) {
        Some(begin) => Cow::Owned(mask_pem(message, begin)),
        None => mask_runs(message),
    }
}

const PEM_BEGIN: &str = "-----BEGIN";

/// From the BEGIN line to the end of the last END line, or of the message where there is none.
fn mask_pem(message: &str, begin: usize) -> String {
    let end = message.rfind("-----END").filter(|end| *end > begin).and_then(|end| {
        let label = end + "-----END".len();
        Some(label + message[label..].find("-----")? + "-----".len())
    });
    let (pem, after) = message[begin..].split_at(end.unwrap_or(message.len()) - begin);
    [&mask_runs(&message[..begin]), describe_pem(pem).as_str(), &mask_runs(after)].concat()
}

/// What a text is that is not shown at all.
fn withheld(text: &str) -> Option<String> {
    if text.contains(PEM_BEGIN) {
        return Some(describe_pem(text));
    }
    let unreadable =
        |character: &char| character.is_control() && !character.is_whitespace() || *character == '\u{fffd}';
    let is_binary = text.chars().filter(unreadable).nth(SHORTEST_KEY / 8).is_some();
    is_binary.then(|| format!("<binary data, {} characters>", text.chars().count()))
}

fn describe_pem(text: &str) -> String {
    let what = if text.contains("PRIVATE KEY") {
        "a private key in PEM"
    } else if text.contains("PUBLIC KEY") {
        "a public key in PEM"
    } else {
        "PEM"
    };
    format!("<{what}, {} characters>", text.chars().count())
}

/// Replaces each run of base64 that looks like random bytes and has a key's length.
fn mask_runs(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < text.len() {
        let run = Run::at(&text.as_bytes()[at..]);
        if run.looks_random() {
            masked.push_str(&text[copied..at]);
            masked.extend(["<", &run.digits.to_string(), " characters of base64>"]);
            copied = at + run.length;
        }
        // A run ends before a byte that is no digit, and may be empty.
        at += run.length.max(1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// A stretch of base64 of any alphabet, line breaks in any spelling included.
#[derive(Default)]
struct Run {
    length: usize,
    digits: usize,
    uppercase: usize,
    lowercase: usize,
    /// Neighbours of different classes: upper case, lower case, digit.
    changes: usize,
}

impl Run {
    fn at(bytes: &[u8]) -> Self {
        let mut run = Self::default();
        let mut previous = None;
        let mut at = 0;
        while at < bytes.len() {
            let separator = separator(&bytes[at..]);
            if separator > 0 {
                if run.digits == 0 {
                    break;
                }
                at += separator;
                continue;
            }
            let byte = bytes[at];
            let class = match byte {
                b'A'..=b'Z' => 0,
                b'a'..=b'z' => 1,
                b'0'..=b'9' => 2,
                b'+' | b'/' | b'-' | b'_' | b'~' | b'=' => 3,
                _ => break,
            };
            run.digits += 1;
            run.uppercase += usize::from(class == 0);
            run.lowercase += usize::from(class == 1);
            run.changes += usize::from(previous.is_some_and(|previous| previous != class));
            previous = Some(class);
            at += 1;
            run.length = at;
        }
        run
    }

    /// Of random base64 two fifths are upper case, two fifths are lower case, and three neighbours of five differ. Words
    /// and paths, in CamelCase too, have fewer of the first and the last, and hashes in hexadecimal one case alone.
    const fn looks_random(&self) -> bool {
        self.digits >= SHORTEST_KEY
            && self.uppercase * 5 >= self.digits
            && self.lowercase * 5 >= self.digits
            && self.changes * 5 >= self.digits * 2
    }
}

/// The length of a line break: white space, `\n` spelled out once or twice, or percent-encoded.
fn separator(bytes: &[u8]) -> usize {
    match bytes {
        [b' ' | b'\t' | b'\r' | b'\n', ..] => 1,
        [b'\\', b'\\', b'n' | b'r', ..] | [b'%', b'0', b'A' | b'D' | b'a' | b'd', ..] | [b'%', b'2', b'0', ..] => 3,
        [b'\\', b'n' | b'r', ..] => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;
    use crate::{KeyKind, PrivateKey};

    #[test]
    fn text_is_shortened_and_signatures_are_cut() {
        for (text, shown) in [
            ("https://a/b c", "https://a/b c"),
            ("é?Signature=0123456789", "é?Signature=01234567…"),
            ("a\nb\u{202e}\"", "a\\nb\\u{202e}\""),
        ] {
            assert_eq!(Excerpt::new(text).to_string(), shown);
        }
        assert_eq!(Excerpt::new(&"a".repeat(121)).to_string(), format!("{}…", "a".repeat(120)));
        assert_eq!(format!("{:?}", Excerpt::new("a\"b\n")), r#""a\"b\n""#);
    }

    #[test]
    fn what_is_no_key_is_shown() {
        for text in [
            "https://d111111abcdef8.cloudfront.net/videos/2026/11/25/season-1/episode-2/index.m3u8?quality=hd",
            "https://cdn.example/assets/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "https://cdn.example/Library/PrivateVideos/SeasonTwo/EpisodeThree/MasterPlaylists/HighDefinition",
            "3f2a9c1e-0b7d-4c55-9a3e-1f2b3c4d5e6f/3f2a9c1e-0b7d-4c55-9a3e-1f2b3c4d5e6f",
            "The quick brown fox jumps over the lazy dog and then it does the same once more",
        ] {
            assert_eq!(Excerpt::new(text).to_string(), text);
            assert_eq!(mask_secrets(text), text);
        }
    }

    /// Keys are random, so this is tried with many.
    #[test]
    fn no_line_of_a_key_is_ever_shown() {
        for _ in 0..200 {
            let pem = PrivateKey::generate(KeyKind::EcdsaP256).unwrap().to_pem(None).unwrap();
            let body: Vec<&str> = pem.lines().filter(|line| !line.contains("-----")).collect();
            let forms = [
                pem.to_string(),
                pem.replace('\n', "\\n"),
                pem.replace('\n', " "),
                pem.replace("-----", ""),
                STANDARD.encode(pem.as_bytes()),
                body.join("\n"),
                body.concat(),
                format!("https://a/{}", pem.replace('\n', "%0A")),
                format!("could not open '{}': no such file", pem.trim()),
            ];
            let encoded = STANDARD.encode(pem.as_bytes());
            for form in &forms {
                for shown in [
                    Excerpt::new(form).to_string(),
                    format!("{:?}", Excerpt::new(form)),
                    mask_secrets(form).into_owned(),
                    Excerpt::of_part(&form[..20], form).to_string(),
                ] {
                    let found = |secret: &str| shown.contains(secret);
                    assert!(!body.iter().any(|line| found(line)) && !found(&encoded[..40]), "{shown}");
                }
            }
        }
    }

    #[test]
    fn keys_are_named_for_what_they_are() {
        let der = "0\u{82}\u{4}\u{be}\u{2}\u{1}\0".repeat(20);
        assert_eq!(Excerpt::new(&der).to_string(), "<binary data, 140 characters>");
        let public = "-----BEGIN PUBLIC KEY-----\nMFkw";
        assert_eq!(Excerpt::new(public).to_string(), "<a public key in PEM, 31 characters>");
        let message = mask_secrets("'-----BEGIN X-----\nMFkw\n-----END X-----' is no number");
        assert_eq!(message, "'<PEM, 38 characters>' is no number");
    }
}
