//! How a caller's text appears in messages: on one line, shortened, without signatures and keys.
//!
//! A private key reaches a message when it is passed where something else is expected: a path, a URL, a key pair id.
//! Errors therefore hold an [`Excerpt`] of a caller's text, never the text itself, and [`mask_secrets`] is for the
//! messages of other programs. A false positive hides part of a message; a false negative would publish a key.

mod secrets;
mod units;

use std::{borrow::Cow, fmt};

use self::secrets::{Kind, Secret};

/// How many characters of a caller's text a message shows.
const LONGEST_EXCERPT: usize = 120;

/// How many characters of a signature a message shows.
const SIGNATURE_SHOWN: usize = 8;

/// Longer than any message: what follows is neither searched nor shown.
const LONGEST_TEXT: usize = 1 << 20;

/// A caller's text in the form in which a message may show it.
///
/// `Display` shows the text on one line, `Debug` in quotes. Of text with key material, only the kind and the length are
/// shown.
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
        let searched = beginning(text);
        let secrets = secrets::find(searched);
        // Any part of these is as sensitive as the whole, and the text around them does not help.
        if let Some(secret) =
            secrets.iter().find(|secret| matches!(secret.kind, Kind::Pem { .. } | Kind::Jwk | Kind::Binary))
        {
            return Self { text: describe(secret.kind, text), withheld: true };
        }
        let masked = mask(searched, &secrets);
        let limit = masked.find("Signature=").map_or(LONGEST_EXCERPT, |at| {
            LONGEST_EXCERPT.min(masked[..at].chars().count() + "Signature=".len() + SIGNATURE_SHOWN)
        });
        let text = match masked.char_indices().nth(limit) {
            Some((end, _)) => format!("{}…", &masked[..end]),
            None => masked.into_owned(),
        };
        Self { text, withheld: false }
    }

    /// The excerpt of a part of a text. If the whole holds a key, a part of it may be too short to be recognised.
    #[must_use]
    pub fn of_part(part: &str, whole: &str) -> Self {
        if whole.len() > LONGEST_TEXT {
            Self { text: format!("<text, {} characters>", whole.chars().count()), withheld: true }
        } else if holds_secrets(whole) {
            Self::new(whole)
        } else {
            Self::new(part)
        }
    }
}

/// Whether a text contains a key: in PEM, in base64 of PEM, in DER or as a JSON Web Key.
///
/// ```
/// assert!(cloudfront_signer::holds_key("KEY=LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JR0hBZ0VBTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5"));
/// assert!(!cloudfront_signer::holds_key("private_key.pem"));
/// ```
#[must_use]
pub fn holds_key(text: &str) -> bool {
    let searched = beginning(text);
    secrets::find(searched).iter().any(|secret| match secret.kind {
        Kind::Pem { .. } | Kind::Jwk => true,
        // DER starts with a SEQUENCE.
        Kind::Binary => searched[secret.range.clone()].starts_with('0'),
        Kind::Base64 { .. } => searched[secret.range.clone()].contains("LS0tLS1CRUdJTi"),
        Kind::Hexadecimal { .. } => false,
    })
}

/// Whether a text contains anything that a message must not show.
pub(crate) fn holds_secrets(text: &str) -> bool {
    text.len() > LONGEST_TEXT || !secrets::find(text).is_empty()
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

/// The message of another program without key material, otherwise whole.
///
/// ```
/// let message = format!("no such file: 'LS0tLS1CRUdJTi{}'", "BQUklWQVRFIEtFWS0tLS0t".repeat(4));
/// assert_eq!(cloudfront_signer::mask_secrets(&message), "no such file: '<102 characters of base64>'");
/// ```
#[must_use]
pub fn mask_secrets(message: &str) -> Cow<'_, str> {
    let searched = beginning(message);
    let masked = mask(searched, &secrets::find(searched));
    if searched.len() < message.len() { Cow::Owned(format!("{masked}…")) } else { masked }
}

/// The part that is searched.
fn beginning(text: &str) -> &str {
    let end = (0..=LONGEST_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

fn mask<'a>(text: &'a str, secrets: &[Secret]) -> Cow<'a, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::new();
    let mut copied = 0;
    for Secret { range, kind } in secrets {
        masked.push_str(&text[copied..range.start]);
        masked.push_str(&describe(*kind, &text[range.clone()]));
        copied = range.end;
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

fn describe(kind: Kind, text: &str) -> String {
    let characters = text.chars().count();
    match kind {
        Kind::Pem { label } => format!("<{label}, {characters} characters>"),
        Kind::Jwk => format!("<a JSON Web Key, {characters} characters>"),
        Kind::Binary => format!("<binary data, {characters} characters>"),
        Kind::Base64 { digits } => format!("<{digits} characters of base64>"),
        Kind::Hexadecimal { digits } => format!("<{digits} hexadecimal digits>"),
    }
}

#[cfg(test)]
mod tests {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };

    use super::*;
    use crate::{KeyKind, PrivateKey};

    const ROUNDS: usize = 1;

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
    fn other_text_is_shown() {
        for text in [
            "https://d111111abcdef8.cloudfront.net/videos/2026/11/25/season-1/episode-2/index.m3u8?quality=hd",
            "https://cdn.example/assets/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "https://cdn.example/Library/PrivateVideos/SeasonTwo/EpisodeThree/MasterPlaylists/HighDefinition",
            "3f2a9c1e-0b7d-4c55-9a3e-1f2b3c4d5e6f/3f2a9c1e-0b7d-4c55-9a3e-1f2b3c4d5e6f",
            "The quick brown fox jumps over the lazy dog and then it does the same once more",
            "public key K2JCJMDEHXQW5F, private key in /home/User/Documents/Keys/cloudfront-signing.pem; E2QWRUHAPOMQZL",
            "arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS5 is deployed at 2026-01-01T18:00:00Z",
            "https://cdn.example/3F2A9C1E-0B7D-4C55-9A3E-1F2B3C4D5E6F/3F2A9C1E-0B7D-4C55-9A3E-1F2B3C4D5E6F.ts",
            "https://cdn.example/%E3%83%93%E3%83%87%E3%82%AA%E3%83%93%E3%83%87%E3%82%AA%E3%83%93%E3%83%87%E3%82%AA.mp4",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(Excerpt::new(text).to_string(), text);
            assert_eq!(mask_secrets(text), text);
        }
    }

    /// The structures of key files, in DER.
    fn structures() -> Vec<Vec<u8>> {
        use pkcs8::{PrivateKeyInfoRef, der::Decode as _};
        let mut all = Vec::new();
        for (kind, passphrase) in
            [(KeyKind::RSA_2048, None), (KeyKind::EcdsaP256, None), (KeyKind::EcdsaP256, Some(&b"phrase"[..]))]
        {
            let pem = PrivateKey::generate(kind).unwrap().to_pem(passphrase).unwrap();
            let body: String = pem.lines().filter(|line| !line.contains("-----")).collect();
            all.push(STANDARD.decode(body).unwrap());
        }
        for pkcs8 in [all[0].clone(), all[1].clone()] {
            // PKCS#1 and SEC1.
            let inner = PrivateKeyInfoRef::from_der(&pkcs8).unwrap().private_key.as_bytes().to_vec();
            all.push(inner);
        }
        all
    }

    /// What callers may turn DER into.
    fn forms(der: &[u8]) -> Vec<String> {
        let body = STANDARD.encode(der);
        let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        let latin: String = der.iter().copied().map(char::from).collect();
        let percent = |text: &str| crate::quote_path(text).replace('/', "%2F").replace('+', "%2B");
        let hexadecimal: Vec<String> = der.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut forms = vec![
            pem.replace('\n', "\r\n"),
            pem.replace('\n', "\\n"),
            pem.replace('\n', "\\\\n"),
            pem.replace('\n', " "),
            pem.replace("-----", ""),
            pem.replace("-----", "---"),
            percent(&pem),
            percent(&pem).replace('%', "%25").replace('-', "%2D"),
            serde_json::to_string(&pem).unwrap().replace('/', "\\/"),
            format!("{pem:?}"),
            STANDARD.encode(&pem),
            STANDARD.encode(STANDARD.encode(&pem)),
            URL_SAFE_NO_PAD.encode(der),
            crate::encode_base64(der),
            lines.join("\n"),
            serde_json::to_string(&lines).unwrap(),
            lines.join(", "),
            format!("{:?}", body.chars().collect::<Vec<_>>()),
            body.as_bytes().chunks(10).map(|part| std::str::from_utf8(part).unwrap()).collect::<Vec<_>>().join(" "),
            latin.clone(),
            format!("{latin:?}"),
            latin.escape_default().to_string(),
            percent(&latin),
            String::from_utf8_lossy(der).into_owned(),
            der.iter().map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat(),
            // Python's repr of surrogates, which os.fsdecode uses for bytes that are not UTF-8.
            der.iter()
                .map(|byte| if *byte < 128 { char::from(*byte).to_string() } else { format!("\\udc{byte:02x}") })
                .collect(),
            hexadecimal.concat(),
            hexadecimal.join(":"),
            pem,
            body.clone(),
        ];
        forms.extend(forms.clone().iter().flat_map(|form| {
            [
                format!("https://a/{form}?x=1#t"),
                format!(
                    "argument '--port': '{form}' is not a valid integer, so give a number of the range that is taken"
                ),
                format!(
                    "{}{form}{}",
                    "and so on, and so forth ".repeat(40),
                    " once upon a time there was a word".repeat(40)
                ),
                format!("the key {form} and then many plain words without a mark between them until the line ends"),
            ]
        }));
        forms
    }

    /// Whether ten consecutive bytes of a key are shown, in any form of [`forms`].
    fn shows(shown: &str, der: &[u8]) -> bool {
        let plain: String = units::units(shown).iter().map(|unit| unit.character).collect();
        let latin: Vec<char> = der.iter().copied().map(char::from).collect();
        let tight: String = plain.chars().filter(|one| !one.is_whitespace() && !"\",:\\".contains(*one)).collect();
        let pieces = |text: &str, length: usize| -> Vec<String> {
            text.as_bytes().chunks_exact(length).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect()
        };
        let body = STANDARD.encode(der);
        let hexadecimal = der.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        [
            pieces(&body, 20),
            pieces(&STANDARD.encode(&body), 20),
            pieces(&URL_SAFE_NO_PAD.encode(der), 20),
            pieces(&hexadecimal, 20),
        ]
        .concat()
        .iter()
        .any(|piece| tight.contains(piece))
            || latin.windows(16).any(|window| plain.contains(&window.iter().collect::<String>()))
    }

    /// With several keys, because they are random.
    #[test]
    fn no_part_of_a_key_is_ever_shown() {
        for der in (0..ROUNDS).flat_map(|_| structures()) {
            for form in forms(&der) {
                let start: String = form.chars().take(30).collect();
                for shown in [
                    Excerpt::new(&form).to_string(),
                    format!("{:?}", Excerpt::new(&form)),
                    mask_secrets(&form).into_owned(),
                    Excerpt::of_part(&start, &form).to_string(),
                ] {
                    assert!(!shows(&shown, &der), "{form}\nis shown as\n{shown}");
                }
                let masked = mask_secrets(&form);
                assert!(!form.starts_with("argument") || masked.starts_with("argument '--port': '"), "{masked}");
                assert_eq!(mask_secrets(&masked), masked);
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
