//! Numbers as digits: in base 2^49, balanced around zero, each a double.

use std::hint::black_box;

use zeroize::Zeroize;

use super::vector::Lane;
use crate::engine::lanes::{
    arithmetic::{LANES, Limbs, LongLimbs, WideLimbs},
    limbs,
};

/// Bits of a digit.
pub(super) const BITS: u32 = 49;

/// Digits of a number; their base to this power is Montgomery's R, 2^1029.
pub(super) const COUNT: usize = 21;

/// One more than the digits have: the reduction also writes the column below them, which is always zero modulo the base.
const STORED: usize = COUNT + 1;

pub(super) type Stored = [Lane; STORED];

/// A number in each lane, least significant digit first, below it a column that is not part of it.
#[derive(Clone, Copy, Default, Zeroize)]
#[repr(align(32))]
pub(in super::super) struct Number(Stored);

/// A product: columns 0 to 41.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(super) struct Product(pub(super) [Lane; 2 * COUNT]);

impl Number {
    pub(super) fn digits(&self) -> &[Lane; COUNT] {
        self.0.last_chunk().expect("22 are more than 21")
    }

    pub(super) fn digits_mut(&mut self) -> &mut [Lane; COUNT] {
        self.0.last_chunk_mut().expect("22 are more than 21")
    }

    /// With the column below the digits.
    pub(super) fn stored(&self) -> &Stored {
        &self.0
    }

    pub(super) fn stored_mut(&mut self) -> &mut Stored {
        &mut self.0
    }

    /// Any value whose 21st digit holds what is left: below 2^1028, say.
    pub(super) fn new(values: &[LongLimbs; LANES]) -> Self {
        let mut number = Self::default();
        for (lane, value) in values.iter().enumerate() {
            balanced(value, lane, number.digits_mut());
        }
        number
    }

    /// Residues modulo R: nothing is left for the 21st digit to hold.
    pub(super) fn modulo_radix(values: &[LongLimbs; LANES]) -> Self {
        let mut number = Self::new(values);
        for top in &mut number.digits_mut()[COUNT - 1] {
            let carry = (to_integer(*top) + (1 << (BITS - 1))) >> BITS;
            *top = to_double(to_integer(*top) - (carry << BITS));
        }
        number
    }

    /// What the digits come to in one lane, in two's complement.
    fn signed(&self, lane: usize) -> LongLimbs {
        let mut value = LongLimbs::default();
        let (mut pending, mut count, mut done) = (0_i128, 0, 0);
        for digit in self.digits() {
            pending += i128::from(to_integer(digit[lane])) << count;
            count += BITS;
            if count >= u64::BITS {
                value[done] = limbs::low_word(pending.cast_unsigned());
                pending >>= u64::BITS;
                count -= u64::BITS;
                done += 1;
            }
        }
        value[done] = limbs::low_word(pending.cast_unsigned());
        value
    }

    /// The numbers between zero and the primes, of representatives between plus and minus the primes.
    pub(super) fn canonical(&self, primes: &[Limbs; LANES]) -> [Limbs; LANES] {
        std::array::from_fn(|lane| {
            let mut value = self.signed(lane);
            let negative = black_box(0_u64.wrapping_sub(value[16] >> 63));
            limbs::add_masked(&mut value, &primes[lane], negative);
            debug_assert_eq!(value[16], 0, "no representative is as large as the prime");
            *value.first_chunk().expect("17 words are more than 16")
        })
    }

    #[cfg(test)]
    pub(super) fn flip(&mut self, lane: usize, bit: u32) {
        let digit = &mut self.digits_mut()[bit as usize / BITS as usize][lane];
        *digit = to_double(to_integer(*digit) ^ 1 << (bit % BITS));
    }
}

impl Product {
    pub(super) fn zero() -> Self {
        Self([Lane::default(); 2 * COUNT])
    }

    pub(super) fn new(values: &[WideLimbs; LANES]) -> Self {
        let mut product = Self::zero();
        for (lane, value) in values.iter().enumerate() {
            balanced(value, lane, &mut product.0);
        }
        product
    }
}

/// Digits from -2^48 to 2^48 - 1, but for the last, which holds what is left.
fn balanced(value: &[u64], lane: usize, digits: &mut [Lane]) {
    let last = digits.len() - 1;
    let mut carry = 0;
    for (index, digit) in digits.iter_mut().enumerate() {
        let sum = limbs::bits(value, index * BITS as usize, BITS).cast_signed() + carry;
        carry = if index < last { (sum + (1 << (BITS - 1))) >> BITS } else { 0 };
        digit[lane] = to_double(sum - (carry << BITS));
    }
}

/// 1.5·2^52: a double of this size has a unit of one, and an integer that is added to it appears in its lowest bits.
const SHIFTER: f64 = 6_755_399_441_055_744.0;

/// Exact below 2^51; unlike a cast, the same few instructions for any value.
fn to_double(integer: i64) -> f64 {
    debug_assert!(integer.unsigned_abs() < 1 << 51);
    f64::from_bits(SHIFTER.to_bits().wrapping_add_signed(integer)) - SHIFTER
}

/// The reverse, of an integer below 2^51.
pub(super) fn to_integer(double: f64) -> i64 {
    debug_assert!(double.abs() < f64::from_bits(0x4320_0000_0000_0000));
    (double + SHIFTER).to_bits().wrapping_sub(SHIFTER.to_bits()).cast_signed()
}
