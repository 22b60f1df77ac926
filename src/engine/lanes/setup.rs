//! The numbers of a key's file.

use pkcs1::RsaPrivateKeyRef;
use pkcs8::{PrivateKeyInfoRef, der::Decode as _};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arithmetic::{Limbs, WideLimbs};

/// The numbers of a key whose primes have 1024 bits each.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Numbers {
    pub(super) modulus: WideLimbs,
    pub(super) public_exponent: u64,
    pub(super) prime1: Limbs,
    pub(super) prime2: Limbs,
    pub(super) exponent1: Limbs,
    pub(super) exponent2: Limbs,
    pub(super) coefficient: Limbs,
}

impl Numbers {
    /// Of a key that was checked when it was loaded; `None` if its sizes are not those that the kernels are made for.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let info = PrivateKeyInfoRef::from_der(der).ok()?;
        let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).ok()?;
        let full = |bytes: &[u8], length| bytes.len() == length && bytes[0] >= 0x80;
        let (prime1, prime2) = (key.prime1.as_bytes(), key.prime2.as_bytes());
        if !(full(key.modulus.as_bytes(), 256) && full(prime1, 128) && full(prime2, 128)) {
            return None;
        }
        let numbers = Self {
            modulus: limbs(key.modulus.as_bytes())?,
            public_exponent: limbs::<1>(key.public_exponent.as_bytes())?[0],
            prime1: limbs(prime1)?,
            prime2: limbs(prime2)?,
            exponent1: limbs(key.exponent1.as_bytes())?,
            exponent2: limbs(key.exponent2.as_bytes())?,
            coefficient: limbs(key.coefficient.as_bytes())?,
        };
        Some(numbers)
    }
}

/// A number of big-endian bytes, if it fits.
fn limbs<const COUNT: usize>(bytes: &[u8]) -> Option<[u64; COUNT]> {
    if bytes.len() > 8 * COUNT {
        return None;
    }
    let mut limbs = [0; COUNT];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks(8)) {
        *limb = chunk.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    }
    Some(limbs)
}
