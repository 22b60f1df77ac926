//! What the kernels need of a key: the numbers of its file, and constants of the reduction, computed in constant time.

use crypto_bigint::{NonZero, Odd, U1024, U2048, Uint};
use pkcs1::RsaPrivateKeyRef;
use pkcs8::{PrivateKeyInfoRef, der::Decode as _};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arithmetic::{Limbs, LongLimbs, WideLimbs};

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

/// The constants of one prime, for R = 2^`radix_bits`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Constants {
    /// -1/prime modulo R.
    pub(super) negated_inverse: LongLimbs,
    /// R modulo the prime, its cube, and `factor`·R.
    pub(super) radix: Limbs,
    pub(super) radix_cubed: Limbs,
    pub(super) factor_radix: Limbs,
    /// prime - 1 - exponent.
    pub(super) negated_exponent: Limbs,
}

impl Constants {
    pub(super) fn new(prime: &Limbs, exponent: &Limbs, factor: &Limbs, radix_bits: u32) -> Option<Self> {
        let number = U1024::from_words(*prime);
        let divisor = NonZero::new(number).into_option()?;
        let odd = Odd::new(number).into_option()?;
        // The remainder's time depends on no value, only on the numbers' lengths.
        let reduce = |product: U2048| product.rem(&divisor);
        let times = |one: &U1024, other: &U1024| reduce(one.concatenating_mul(other));
        let radix = reduce(U2048::ONE.shl_vartime(radix_bits));
        let radix_cubed = times(&times(&radix, &radix), &radix);
        let negated = number.wrapping_sub(&U1024::ONE).wrapping_sub(&U1024::from_words(*exponent));
        Some(Self {
            negated_inverse: negated_inverse(odd.as_ref(), radix_bits),
            radix: radix.to_words(),
            radix_cubed: radix_cubed.to_words(),
            factor_radix: times(&U1024::from_words(*factor), &radix).to_words(),
            negated_exponent: negated.to_words(),
        })
    }
}

/// -1/number modulo 2^`bits`, of an odd number: Newton's iteration doubles the bits that are right, from three on.
fn negated_inverse(odd: &U1024, bits: u32) -> LongLimbs {
    let number: Uint<17> = odd.resize();
    let two = Uint::<17>::from_u8(2);
    let mut inverse = number;
    for _ in 0..9 {
        inverse = inverse.wrapping_mul(&two.wrapping_sub(&number.wrapping_mul(&inverse)));
    }
    let mut words = inverse.wrapping_neg().to_words();
    words[16] &= (1 << (bits - 1024)) - 1;
    words
}
