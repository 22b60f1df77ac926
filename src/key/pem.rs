//! PEM armour: blocks of base64 between BEGIN and END lines.
//!
//! More forgiving than RFC 7468 where people's files are: CRLF, text around the blocks, blanks at line ends, lines of
//! any length, and the one-line forms of environment variables: with `\n` spelled out, and base64 of the whole PEM text.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{error::KeyError, text::Excerpt};

/// One block; its content is wiped when dropped.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) der: Zeroizing<Vec<u8>>,
    /// OpenSSL's old encryption, announced in a header inside the block.
    pub(super) legacy_encrypted: bool,
}

/// All blocks of a text, in order.
pub(super) fn blocks(text: &[u8]) -> Result<Vec<Block>, KeyError> {
    let plain = decoded_whole(text).unwrap_or_else(|| spelled_out_newlines(text));
    let mut blocks = Vec::new();
    let mut rest: &[u8] = &plain;
    while let Some(begin) = find(rest, b"-----BEGIN ") {
        let after = &rest[begin + 11..];
        let Some(label_end) = find(after, b"-----") else { break };
        let label = String::from_utf8_lossy(&after[..label_end.min(60)]).into_owned();
        let body = &after[label_end + 5..];
        let end_line = format!("-----END {label}-----");
        let Some(end) = find(body, end_line.as_bytes()) else {
            return Err(KeyError::TruncatedPem { label: shown(&label) });
        };
        blocks.push(read_block(label, &body[..end])?);
        rest = &body[end + end_line.len()..];
    }
    Ok(blocks)
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

fn read_block(label: String, body: &[u8]) -> Result<Block, KeyError> {
    // A header ("Proc-Type: 4,ENCRYPTED") is recognised by its colon, which base64 has not.
    if body.contains(&b':') {
        let legacy_encrypted = find(body, b"ENCRYPTED").is_some();
        return Ok(Block { label, der: Zeroizing::new(Vec::new()), legacy_encrypted });
    }
    let mut digits = Zeroizing::new(Vec::with_capacity(body.len()));
    digits.extend(body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()));
    // Not `decode`, which drops what it has read of a damaged key as it is.
    let mut der = Zeroizing::new(vec![0; base64::decoded_len_estimate(digits.len())]);
    match STANDARD.decode_slice(&digits, &mut der) {
        Ok(length) => {
            der.truncate(length);
            Ok(Block { label, der, legacy_encrypted: false })
        }
        Err(_) => Err(KeyError::PemNotBase64 { label: shown(&label) }),
    }
}

/// PEM text out of base64 of all of it, which always begins alike.
fn decoded_whole(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const BEGIN_IN_BASE64: &[u8] = b"LS0tLS1CRUdJTi";
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    digits.extend(spelled_out_newlines(text).iter().copied().filter(|byte| !byte.is_ascii_whitespace()));
    if !digits.starts_with(BEGIN_IN_BASE64) {
        return None;
    }
    let mut plain = Zeroizing::new(vec![0; base64::decoded_len_estimate(digits.len())]);
    let length = STANDARD.decode_slice(&digits[..], &mut plain).ok()?;
    plain.truncate(length);
    Some(plain)
}

/// A label as a message may show it: where dashes were lost, what stands for it is the key itself.
pub(super) fn shown(label: &str) -> Excerpt {
    let plain =
        |word: &str| word.len() <= 12 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_label = label.len() <= 40 && label.split(' ').all(plain);
    Excerpt::new(if is_label { label } else { "…" })
}

fn spelled_out_newlines(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(text.to_vec());
    let mut at = 0;
    while at + 1 < plain.len() {
        if plain[at] == b'\\' && matches!(plain[at + 1], b'n' | b'r') {
            plain[at..at + 2].copy_from_slice(b"\n\n");
        }
        at += 1;
    }
    plain
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
