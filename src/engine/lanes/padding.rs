//! EMSA-PKCS1-v1_5 (RFC 8017, section 9.2).

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::arithmetic::Block;
use crate::hash_algorithm::HashAlgorithm;

const SHA1_INFO: [u8; 15] = *b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14";
const SHA256_INFO: [u8; 19] = *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

/// The message's digest, padded to 2048 bits.
pub(super) fn pad(message: &[u8], hash: HashAlgorithm) -> Block {
    match hash {
        HashAlgorithm::Sha1 => padded(&SHA1_INFO, &Sha1::digest(message)),
        HashAlgorithm::Sha256 => padded(&SHA256_INFO, &Sha256::digest(message)),
    }
}

fn padded(info: &[u8], digest: &[u8]) -> Block {
    let mut block = [0xFF; 256];
    let (rest, last) = block.split_at_mut(256 - digest.len());
    last.copy_from_slice(digest);
    let (rest, before) = rest.split_at_mut(rest.len() - info.len());
    before.copy_from_slice(info);
    (rest[0], rest[1], rest[rest.len() - 1]) = (0, 1, 0);
    block
}
