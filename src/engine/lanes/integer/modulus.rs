//! The primes, as the kernel needs them.

use zeroize::Zeroize;

use super::digits::Number;
use super::vector::Lane;
use crate::engine::lanes::{
    arithmetic::{LANES, Limbs, LongLimbs},
    limbs,
};

/// Four primes.
#[derive(Zeroize)]
pub(in super::super) struct Modulus {
    pub(super) prime: Number,
    /// -1/prime modulo 2^52.
    pub(super) negated_inverse: Lane,
    pub(super) limbs: [Limbs; LANES],
}

impl Modulus {
    pub(super) fn new(primes: &[Limbs; LANES], negated_inverses: &[LongLimbs; LANES]) -> Self {
        Self {
            prime: Number::new(&primes.each_ref().map(limbs::lengthen)),
            negated_inverse: negated_inverses.each_ref().map(|inverse| inverse[0] & ((1 << 52) - 1)),
            limbs: *primes,
        }
    }
}
