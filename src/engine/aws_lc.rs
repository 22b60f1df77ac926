//! The default engine: a small, safe wrapper around AWS-LC.
//!
//! `aws-lc-rs` does not sign with SHA-1, which is CloudFront's default hash, so this calls `aws-lc-sys` itself. AWS-LC
//! computes in constant time, blinds each RSA operation, verifies the result before it returns it, and wipes what it
//! frees. Its keys can be used from many threads at once: the blinding has its own lock. Its random numbers are safe
//! across a fork; its locks are not, so nothing here may run during one (see `fork`).
#![allow(unsafe_code, reason = "AWS-LC is written in C; each block states its reason")]

use std::{
    ffi::c_int,
    ptr::{self, NonNull},
};

use aws_lc_sys::{
    BN_bin2bn, BN_clear_free, EC_KEY, EC_KEY_check_key, EC_KEY_free, EC_KEY_new, EC_KEY_set_group,
    EC_KEY_set_private_key, EC_KEY_set_public_key, EC_POINT_free, EC_POINT_new, EC_POINT_oct2point, EC_group_p256,
    ECDSA_sign, ECDSA_size, ECDSA_verify, ERR_clear_error, NID_sha1, NID_sha256, RSA, RSA_free,
    RSA_private_key_from_bytes, RSA_public_key_from_bytes, RSA_sign, RSA_size, RSA_verify, SHA1, SHA256,
};
use pkcs8::PrivateKeyInfoRef;
use sec1::EcPrivateKey;
use spki::SubjectPublicKeyInfoRef;

use super::{fork, refused::Refused};
use crate::hash_algorithm::HashAlgorithm;

pub(crate) struct PrivateKey(Key);

impl PrivateKey {
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, Refused> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(|_| Refused)?;
        let content = info.private_key.as_bytes();
        if info.algorithm == pkcs1::ALGORITHM_ID {
            // SAFETY: `content` is passed with its length; the result is null or a key that we own.
            return Key::rsa(|| unsafe { RSA_private_key_from_bytes(content.as_ptr(), content.len()) }).map(Self);
        }
        let key = EcPrivateKey::try_from(content).map_err(|_| Refused)?;
        Key::p256(key.public_key.ok_or(Refused)?, Some(key.private_key)).map(Self)
    }

    pub(crate) fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>, Refused> {
        watch_thread_end();
        let digest = Digest::new(message, hash);
        // SAFETY: the key lives as long as `self`, and these only read its size.
        let room = match self.0 {
            Key::Rsa(rsa) => unsafe { RSA_size(rsa.as_ptr()) as usize },
            Key::Ec(ec) => unsafe { ECDSA_size(ec.as_ptr()) },
        };
        let mut signature = vec![0; room];
        let mut length = 0;
        // SAFETY: `signature` is as large as the key requires, `digest` has the length that is passed with it, and
        // AWS-LC allows concurrent use of a key.
        let done = match self.0 {
            Key::Rsa(rsa) => unsafe {
                let out = signature.as_mut_ptr();
                RSA_sign(digest.nid, digest.bytes.as_ptr(), digest.length, out, &raw mut length, rsa.as_ptr())
            },
            Key::Ec(ec) => unsafe {
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
        let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| Refused)?;
        let content = info.subject_public_key.as_bytes().ok_or(Refused)?;
        if info.algorithm == pkcs1::ALGORITHM_ID {
            // SAFETY: `content` is passed with its length; the result is null or a key that we own.
            return Key::rsa(|| unsafe { RSA_public_key_from_bytes(content.as_ptr(), content.len()) }).map(Self);
        }
        Key::p256(content, None).map(Self)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8], hash: HashAlgorithm) -> bool {
        watch_thread_end();
        let digest = Digest::new(message, hash);
        let (given, length) = (signature.as_ptr(), signature.len());
        // SAFETY: both byte strings are passed with their own lengths, and the key lives as long as `self`.
        let done = match self.0 {
            Key::Rsa(rsa) => unsafe {
                RSA_verify(digest.nid, digest.bytes.as_ptr(), digest.length, given, length, rsa.as_ptr())
            },
            Key::Ec(ec) => unsafe { ECDSA_verify(0, digest.bytes.as_ptr(), digest.length, given, length, ec.as_ptr()) },
        };
        succeeded(done).is_ok()
    }
}

/// An owned key.
///
/// It is not read by `EVP_parse_private_key` and its siblings: they link every algorithm and curve of AWS-LC, half a
/// megabyte.
enum Key {
    Rsa(NonNull<RSA>),
    Ec(NonNull<EC_KEY>),
}

// SAFETY: AWS-LC documents that concurrent use of one key is safe unless it is changed, and nothing here changes it.
unsafe impl Send for Key {}
// SAFETY: as above.
unsafe impl Sync for Key {}

impl Key {
    /// The parsers of AWS-LC check the numbers of a key.
    fn rsa(parser: impl Fn() -> *mut RSA) -> Result<Self, Refused> {
        watch_thread_end();
        NonNull::new(parser()).map(Self::Rsa).ok_or_else(refused)
    }

    /// A key of P-256, from the encoded point and the secret number; they are checked to belong together.
    fn p256(point: &[u8], secret: Option<&[u8]>) -> Result<Self, Refused> {
        watch_thread_end();
        // SAFETY: returns null or a key that we own; from here on `Key` frees it.
        let ec = NonNull::new(unsafe { EC_KEY_new() }).ok_or_else(refused)?;
        let key = Self::Ec(ec);
        // SAFETY: the curve is static, the key valid, and each is used by this thread alone.
        unsafe {
            succeeded(EC_KEY_set_group(ec.as_ptr(), EC_group_p256()))?;
            succeeded(set_point(ec, point))?;
            if let Some(secret) = secret {
                succeeded(set_secret(ec, secret))?;
            }
            succeeded(EC_KEY_check_key(ec.as_ptr()))?;
        }
        Ok(key)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        let _held_off = fork::hold_off();
        // SAFETY: we own the key; AWS-LC wipes what it frees.
        match *self {
            Self::Rsa(rsa) => unsafe { RSA_free(rsa.as_ptr()) },
            Self::Ec(ec) => unsafe { EC_KEY_free(ec.as_ptr()) },
        }
    }
}

/// Sets the public point of a key, which must be on its curve; returns 1 if that is done.
///
/// # Safety
///
/// The key is valid, of P-256, and used by this thread alone.
unsafe fn set_point(ec: NonNull<EC_KEY>, encoded: &[u8]) -> c_int {
    // SAFETY: `encoded` is passed with its length, the key copies the point, and freeing null does nothing.
    unsafe {
        let group = EC_group_p256();
        let point = EC_POINT_new(group);
        let read = !point.is_null()
            && EC_POINT_oct2point(group, point, encoded.as_ptr(), encoded.len(), ptr::null_mut()) == 1
            && EC_KEY_set_public_key(ec.as_ptr(), point) == 1;
        EC_POINT_free(point);
        c_int::from(read)
    }
}

/// Sets the secret number of a key, which must be below the order of its curve; returns 1 if that is done.
///
/// # Safety
///
/// As [`set_point`].
unsafe fn set_secret(ec: NonNull<EC_KEY>, secret: &[u8]) -> c_int {
    // SAFETY: `secret` is passed with its length, the key copies the number, and this one is wiped.
    unsafe {
        let number = BN_bin2bn(secret.as_ptr(), secret.len(), ptr::null_mut());
        let set = !number.is_null() && EC_KEY_set_private_key(ec.as_ptr(), number) == 1;
        BN_clear_free(number);
        c_int::from(set)
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
