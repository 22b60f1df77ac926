//! Numbers in 64-bit words, least significant first. Time depends on their lengths alone.

use std::hint::black_box;

use super::arithmetic::{Block, Limbs, LongLimbs, WideLimbs};

/// `count` bits from bit `start`; zeros follow the number's end.
pub(super) fn bits(limbs: &[u64], start: usize, count: u32) -> u64 {
    let (word, shift) = (start / 64, start % 64);
    let at = |index: usize| u128::from(limbs.get(index).copied().unwrap_or(0));
    let two_words = at(word) | at(word + 1) << 64;
    low_word(two_words >> shift) & ((1 << count) - 1)
}

/// Adds what `mask` (all ones or all zeros) lets through; returns the carry.
pub(super) fn add_masked(to: &mut [u64], other: &[u64], mask: u64) -> u64 {
    let mut carry = 0;
    for (index, word) in to.iter_mut().enumerate() {
        let sum = u128::from(*word) + u128::from(other.get(index).copied().unwrap_or(0) & mask) + carry;
        *word = low_word(sum);
        carry = sum >> 64;
    }
    low_word(carry)
}

/// Subtracts; returns all ones if that borrowed, else zero.
pub(super) fn subtract(from: &mut [u64], other: &[u64]) -> u64 {
    let mut borrow = 0;
    for (index, word) in from.iter_mut().enumerate() {
        let taken = u128::from(other.get(index).copied().unwrap_or(0)) + borrow;
        let difference = u128::from(*word).wrapping_sub(taken);
        *word = low_word(difference);
        borrow = difference >> 127;
    }
    black_box(0_u64.wrapping_sub(low_word(borrow)))
}

/// `x·y + z`, which is below 2^2048 for any three.
pub(super) fn multiply_add(x: &Limbs, y: &Limbs, z: &Limbs) -> WideLimbs {
    let mut wide = [0; 32];
    wide[..16].copy_from_slice(z);
    for (start, &factor) in x.iter().enumerate() {
        let mut carry = 0;
        for (word, &other) in wide[start..].iter_mut().zip(y) {
            // At most (2^64 - 1)^2 + 2·(2^64 - 1), which is 2^128 - 1.
            let sum = u128::from(factor) * u128::from(other) + u128::from(*word) + carry;
            *word = low_word(sum);
            carry = sum >> 64;
        }
        wide[start + 16] = low_word(carry);
    }
    wide
}

pub(super) fn double(x: &Limbs) -> LongLimbs {
    let mut long = lengthen(x);
    let other = long;
    add_masked(&mut long, &other, u64::MAX);
    long
}

pub(super) fn lengthen(x: &Limbs) -> LongLimbs {
    let mut long = [0; 17];
    long[..16].copy_from_slice(x);
    long
}

pub(super) fn from_bytes(bytes: &Block) -> WideLimbs {
    let mut limbs = [0; 32];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks_exact(8)) {
        *limb = chunk.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    }
    limbs
}

pub(super) fn to_bytes(limbs: &WideLimbs) -> Block {
    let mut bytes = [0; 256];
    for (limb, chunk) in limbs.iter().zip(bytes.rchunks_exact_mut(8)) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// All ones, or all zeros, without a branch: the compiler does not see that it is one of two.
pub(super) fn all_ones_if_equal(one: u64, other: u64) -> u64 {
    let different = one ^ other;
    // The top bit of d | -d is set unless d is zero.
    black_box(((different | different.wrapping_neg()) >> 63).wrapping_sub(1))
}

#[allow(clippy::cast_possible_truncation, reason = "the low word is meant")]
pub(super) fn low_word(number: u128) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_differences_carry_through_all_words() {
        let mut sum = [u64::MAX; 3];
        assert_eq!(add_masked(&mut sum, &[1], 0), 0);
        assert_eq!((add_masked(&mut sum, &[1], u64::MAX), sum), (1, [0; 3]));
        assert_eq!((subtract(&mut sum, &[1]), sum), (u64::MAX, [u64::MAX; 3]));
        assert_eq!((subtract(&mut sum, &[u64::MAX; 3]), sum), (0, [0; 3]));
    }

    #[test]
    fn the_largest_product_fits() {
        let most = [u64::MAX; 16];
        // (b - 1)^2 + (b - 1) = b·(b - 1).
        let wide = multiply_add(&most, &most, &most);
        assert_eq!((&wide[..16], &wide[16..]), (&[0; 16][..], &most[..]));
    }

    #[test]
    fn bits_are_found_across_words_and_beyond_the_end() {
        let limbs = [0xF << 60, 0b1];
        assert_eq!(
            [bits(&limbs, 60, 5), bits(&limbs, 59, 3), bits(&limbs, 64, 49), bits(&limbs, 120, 49)],
            [31, 6, 1, 0]
        );
        assert_eq!(bits(&limbs, 200, 49), 0);
    }

    #[test]
    fn bytes_go_and_come_back() {
        let mut bytes = [0; 256];
        (bytes[0], bytes[255]) = (1, 2);
        let limbs = from_bytes(&bytes);
        assert_eq!((limbs[0], limbs[31]), (2, 1 << 56));
        assert_eq!(to_bytes(&limbs), bytes);
    }
}
