//! Numbers as digits: in base 2^52, unsigned, each in 64 bits.

use zeroize::Zeroize;

use super::vector::Lane;
use crate::engine::lanes::{
    arithmetic::{LANES, Limbs, LongLimbs, WideLimbs},
    limbs,
};

/// Bits of a digit.
pub(super) const BITS: usize = 52;

/// Digits of a number; their base to this power is Montgomery's R, 2^1040.
pub(super) const COUNT: usize = 20;

/// A number in each lane, least significant digit first.
#[derive(Clone, Copy, Default, Zeroize)]
#[repr(align(32))]
pub(in super::super) struct Number(pub(super) [Lane; COUNT]);

/// A product: the sums of its columns, not carried.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(super) struct Product(pub(super) [Lane; 2 * COUNT]);

impl Number {
    pub(super) fn new(values: &[LongLimbs; LANES]) -> Self {
        let mut number = Self::default();
        for (lane, value) in values.iter().enumerate() {
            fill(value, lane, &mut number.0);
        }
        number
    }

    /// The numbers below the primes, of representatives below twice the primes.
    pub(super) fn canonical(&self, primes: &[Limbs; LANES]) -> [Limbs; LANES] {
        std::array::from_fn(|lane| {
            let mut value = LongLimbs::default();
            let (mut pending, mut count, mut done) = (0_u128, 0, 0);
            for digit in &self.0 {
                pending |= u128::from(digit[lane]) << count;
                count += BITS;
                if count >= 64 {
                    value[done] = limbs::low_word(pending);
                    pending >>= 64;
                    count -= 64;
                    done += 1;
                }
            }
            value[done] = limbs::low_word(pending);
            let borrowed = limbs::subtract(&mut value, &primes[lane]);
            limbs::add_masked(&mut value, &primes[lane], borrowed);
            debug_assert_eq!(value[16], 0, "no representative is as large as twice the prime");
            *value.first_chunk().expect("17 words are more than 16")
        })
    }

    #[cfg(test)]
    pub(super) fn flip(&mut self, lane: usize, bit: u32) {
        self.0[bit as usize / BITS][lane] ^= 1 << (bit as usize % BITS);
    }
}

impl Product {
    pub(super) fn zero() -> Self {
        Self([Lane::default(); 2 * COUNT])
    }

    pub(super) fn new(values: &[WideLimbs; LANES]) -> Self {
        let mut product = Self::zero();
        for (lane, value) in values.iter().enumerate() {
            fill(value, lane, &mut product.0);
        }
        product
    }
}

fn fill(value: &[u64], lane: usize, digits: &mut [Lane]) {
    for (index, digit) in digits.iter_mut().enumerate() {
        digit[lane] = limbs::bits(value, index * BITS, 52);
    }
}
