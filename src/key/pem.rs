//! PEM armour: blocks of base64 between BEGIN and END lines.
//!
//! More lenient than RFC 7468, because real files are: CRLF, text around the blocks, spaces at line ends, lines of any
//! length, and the forms of environment variables: one line with `\n` spelled out, also escaped twice, and base64 of
//! the whole file.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use zeroize::Zeroizing;

use crate::error::KeyError;

const BEGIN: &[u8] = b"-----BEGIN ";

/// The start of the base64 of a text that starts with a BEGIN line.
const BEGIN_IN_BASE64: &[u8] = b"LS0tLS1CRUdJTi";

/// The longest label that is recognised; a longer one means that the BEGIN line has lost its dashes.
const LONGEST_LABEL: usize = 64;

/// The labels that a message may show. Other text in the place of a label may be part of a key.
const LABELS: [&str; 28] = [
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "EC PARAMETERS",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "CERTIFICATE REQUEST",
    "NEW CERTIFICATE REQUEST",
    "ATTRIBUTE CERTIFICATE",
    "X509 CRL",
    "PKCS7",
    "PKCS #7 SIGNED DATA",
    "CMS",
    "DH PARAMETERS",
    "X9.42 DH PARAMETERS",
    "DSA PARAMETERS",
    "DSA PRIVATE KEY",
    "DSA PUBLIC KEY",
    "OPENSSH PRIVATE KEY",
    "SSH2 PUBLIC KEY",
    "ANY PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
    "PGP PUBLIC KEY BLOCK",
    "PGP MESSAGE",
];

/// One block, not yet decoded.
pub(super) struct Block<'a> {
    /// One of [`LABELS`], if it is known.
    pub(super) label: Option<&'static str>,
    body: &'a [u8],
}

impl Block<'_> {
    /// The content of the block, wiped when dropped.
    pub(super) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        // A header ("Proc-Type: 4,ENCRYPTED") is recognised by its colon, which base64 does not have.
        if self.body.contains(&b':') && find(self.body, b"ENCRYPTED").is_some() {
            return Err(KeyError::LegacyEncryption);
        }
        let label = self.label.unwrap_or("of an unknown kind");
        decode(&STANDARD, &without_blanks(self.body)).ok_or(KeyError::PemNotBase64 { label })
    }
}

/// A text with escaped line breaks and base64 of the whole decoded, wiped when dropped.
pub(super) struct Text(Zeroizing<Vec<u8>>);

impl Text {
    pub(super) fn new(given: &[u8]) -> Result<Self, KeyError> {
        let mut plain = Zeroizing::new(given.to_vec());
        write_newlines(&mut plain);
        if find(&plain, BEGIN).is_none() {
            if let Some(decoded) = decode_base64(&plain).filter(|decoded| find(decoded, BEGIN).is_some()) {
                plain = decoded;
                write_newlines(&mut plain);
            } else if plain.trim_ascii().starts_with(BEGIN_IN_BASE64) {
                return Err(KeyError::DamagedBase64OfPem);
            }
        }
        Ok(Self(plain))
    }

    /// All blocks, in order.
    pub(super) fn blocks(&self) -> Result<Vec<Block<'_>>, KeyError> {
        let mut blocks = Vec::new();
        let mut rest: &[u8] = &self.0;
        while let Some(begin) = find(rest, BEGIN) {
            let after = &rest[begin + BEGIN.len()..];
            let line = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let written = find(line, b"-----").map(|end| &line[..end]).filter(|written| written.len() <= LONGEST_LABEL);
            let Some(written) = written else { return Err(KeyError::BadPemBegin) };
            let label = LABELS.into_iter().find(|label| label.as_bytes() == written);
            let body = &after[written.len() + 5..];
            let end_line = [b"-----END ", written, b"-----"].concat();
            let Some(end) = find(body, &end_line) else {
                return Err(label.map_or(KeyError::UnknownPemLabel, |label| KeyError::TruncatedPem { label }));
            };
            blocks.push(Block { label, body: &body[..end] });
            rest = &body[end + end_line.len()..];
        }
        Ok(blocks)
    }
}

/// Whether a text holds PEM in any of its forms.
pub(super) fn is_pem(text: &[u8]) -> bool {
    find(text, BEGIN).is_some()
        || text.trim_ascii().starts_with(BEGIN_IN_BASE64)
        || decode_base64(text).is_some_and(|decoded| find(&decoded, BEGIN).is_some())
}

/// Decodes base64 of either alphabet, with or without padding and line breaks.
pub(super) fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let digits = without_blanks(text);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| decode(&GeneralPurpose::new(alphabet, ANY_PADDING), &digits))
}

/// Puts DER into PEM armour of 64 columns.
pub(super) fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(body.len() * 65 / 64 + 2 * label.len() + 40));
    pem.extend(["-----BEGIN ", label, "-----\n"]);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem.extend(["-----END ", label, "-----\n"]);
    pem
}

/// Unlike the engine's own `decode`, this wipes the decoded part of a damaged key.
fn decode(engine: &GeneralPurpose, digits: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(vec![0; base64::decoded_len_estimate(digits.len())]);
    let length = engine.decode_slice(digits, &mut decoded).ok()?;
    decoded.truncate(length);
    Some(decoded)
}

fn without_blanks(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    digits.extend(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()));
    digits
}

/// Replaces spelled-out line breaks (`\n`, or `\\n` in a text that was escaped twice) by line breaks of the same
/// length.
fn write_newlines(text: &mut [u8]) {
    let mut backslashes = 0;
    for at in 0..text.len() {
        match text[at] {
            b'\\' => backslashes += 1,
            b'n' | b'r' if backslashes > 0 => {
                text[at - backslashes..=at].fill(b'\n');
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
    }
}

pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
