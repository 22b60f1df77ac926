//! The default engine: a small, safe wrapper around AWS-LC.
//!
//! `aws-lc-rs` does not sign with SHA-1, which is CloudFront's default hash, so this calls `aws-lc-sys` itself. AWS-LC
//! computes in constant time, blinds each RSA operation, verifies the result before it returns it, and wipes what it
//! frees. Its keys can be used from many threads at once: the blinding has its own lock. Its random numbers are safe
//! across a fork; its locks are not, so nothing here may run during one (see `fork`).
#![allow(unsafe_code, reason = "AWS-LC is written in C; each block states its reason")]

use std::{ffi::c_int, ptr::NonNull};

use aws_lc_sys::{
    CBS, CBS_init, CBS_len, EC_KEY, ECDSA_sign, ECDSA_size, ECDSA_verify, ERR_clear_error, EVP_PKEY, EVP_PKEY_EC,
    EVP_PKEY_RSA, EVP_PKEY_free, EVP_PKEY_get0_EC_KEY, EVP_PKEY_get0_RSA, EVP_PKEY_id, EVP_parse_private_key,
    EVP_parse_public_key, NID_sha1, NID_sha256, RSA, RSA_sign, RSA_size, RSA_verify, SHA1, SHA256,
};

use super::{fork, refused::Refused};
use crate::hash_algorithm::HashAlgorithm;

pub(crate) struct PrivateKey(Key);

impl PrivateKey {
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, Refused> {
        // SAFETY: EVP_parse_private_key reads the CBS it is given and returns null or a key that we own.
        Key::parse(der, |cbs| unsafe { EVP_parse_private_key(cbs) }).map(Self)
    }

    pub(crate) fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>, Refused> {
        watch_thread_end();
        let digest = Digest::new(message, hash);
        // SAFETY: the key lives as long as `self`, and these only read its size.
        let room = match self.0.algorithm {
            Algorithm::Rsa(rsa) => unsafe { RSA_size(rsa.as_ptr()) as usize },
            Algorithm::Ec(ec) => unsafe { ECDSA_size(ec.as_ptr()) },
        };
        let mut signature = vec![0; room];
        let mut length = 0;
        // SAFETY: `signature` is as large as the key requires, `digest` has the length that is passed with it, and
        // AWS-LC allows concurrent use of a key.
        let done = match self.0.algorithm {
            Algorithm::Rsa(rsa) => unsafe {
                let out = signature.as_mut_ptr();
                RSA_sign(digest.nid, digest.bytes.as_ptr(), digest.length, out, &raw mut length, rsa.as_ptr())
            },
            Algorithm::Ec(ec) => unsafe {
                let out = signature.as_mut_ptr();
                ECDSA_sign(0, digest.bytes.as_ptr(), digest.length, out, &raw mut length, ec.as_ptr())
            },
        };
        succeeded(done)?;
        signature.truncate(length as usize);
        Ok(signature)
    }
}

pub(crate) struct PublicKey(Key);

impl PublicKey {
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, Refused> {
        // SAFETY: EVP_parse_public_key reads the CBS it is given and returns null or a key that we own.
        Key::parse(der, |cbs| unsafe { EVP_parse_public_key(cbs) }).map(Self)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8], hash: HashAlgorithm) -> bool {
        watch_thread_end();
        let digest = Digest::new(message, hash);
        let (given, length) = (signature.as_ptr(), signature.len());
        // SAFETY: both byte strings are passed with their own lengths, and the key lives as long as `self`.
        let done = match self.0.algorithm {
            Algorithm::Rsa(rsa) => unsafe {
                RSA_verify(digest.nid, digest.bytes.as_ptr(), digest.length, given, length, rsa.as_ptr())
            },
            Algorithm::Ec(ec) => unsafe {
                ECDSA_verify(0, digest.bytes.as_ptr(), digest.length, given, length, ec.as_ptr())
            },
        };
        succeeded(done).is_ok()
    }
}

/// An owned `EVP_PKEY`, and a pointer to the key inside it.
struct Key {
    pkey: NonNull<EVP_PKEY>,
    algorithm: Algorithm,
}

#[derive(Clone, Copy)]
enum Algorithm {
    Rsa(NonNull<RSA>),
    Ec(NonNull<EC_KEY>),
}

// SAFETY: AWS-LC documents that concurrent use of one key is safe unless it is changed, and nothing here changes it.
unsafe impl Send for Key {}
// SAFETY: as above.
unsafe impl Sync for Key {}

impl Key {
    fn parse(der: &[u8], parser: impl Fn(*mut CBS) -> *mut EVP_PKEY) -> Result<Self, Refused> {
        watch_thread_end();
        let mut cbs = CBS { data: std::ptr::null(), len: 0 };
        // SAFETY: the CBS borrows `der`, which outlives it.
        unsafe { CBS_init(&raw mut cbs, der.as_ptr(), der.len()) };
        let pkey = NonNull::new(parser(&raw mut cbs)).ok_or_else(refused)?;
        // SAFETY: `pkey` is a valid key; get0 returns a pointer that lives as long as the key.
        let algorithm = unsafe {
            match EVP_PKEY_id(pkey.as_ptr()) {
                EVP_PKEY_RSA => NonNull::new(EVP_PKEY_get0_RSA(pkey.as_ptr())).map(Algorithm::Rsa),
                EVP_PKEY_EC => NonNull::new(EVP_PKEY_get0_EC_KEY(pkey.as_ptr())).map(Algorithm::Ec),
                _ => None,
            }
        };
        // SAFETY: reads the remaining length.
        let all_read = unsafe { CBS_len(&raw const cbs) } == 0;
        match algorithm {
            Some(algorithm) if all_read => Ok(Self { pkey, algorithm }),
            _ => {
                // SAFETY: we own `pkey`, and nothing else refers to it.
                unsafe { EVP_PKEY_free(pkey.as_ptr()) };
                Err(refused())
            }
        }
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        let _held_off = fork::hold_off();
        // SAFETY: we own `pkey`; AWS-LC wipes what it frees.
        unsafe { EVP_PKEY_free(self.pkey.as_ptr()) };
    }
}

struct Digest {
    nid: c_int,
    bytes: [u8; 32],
    length: usize,
}

impl Digest {
    fn new(message: &[u8], hash: HashAlgorithm) -> Self {
        let mut bytes = [0; 32];
        let (data, length, out) = (message.as_ptr(), message.len(), bytes.as_mut_ptr());
        // SAFETY: `message` is passed with its length, and `bytes` has room for either digest.
        let (nid, length) = unsafe {
            match hash {
                HashAlgorithm::Sha1 => {
                    SHA1(data, length, out);
                    (NID_sha1, 20)
                }
                HashAlgorithm::Sha256 => {
                    SHA256(data, length, out);
                    (NID_sha256, 32)
                }
            }
        };
        Self { nid, bytes, length }
    }
}

fn succeeded(code: c_int) -> Result<(), Refused> {
    if code == 1 { Ok(()) } else { Err(refused()) }
}

/// Clears this thread's error queue of AWS-LC, which would otherwise grow.
fn refused() -> Refused {
    // SAFETY: only accesses the calling thread's queue.
    unsafe { ERR_clear_error() };
    Refused
}

fn watch_thread_end() {
    #[cfg(unix)]
    super::thread_end::watch(make_its_key);
}

/// AWS-LC creates the key of its thread-local data when it first accesses the error queue.
#[cfg(unix)]
pub(super) fn make_its_key() {
    // SAFETY: only accesses the calling thread's queue.
    unsafe { ERR_clear_error() };
}
