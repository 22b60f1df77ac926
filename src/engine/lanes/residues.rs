//! Residues modulo the primes in the lanes: into Montgomery's form and back.

use crypto_bigint::Uint;
use zeroize::Zeroize;

use super::{
    arithmetic::{Arithmetic, LANES, Limbs, LongLimbs, WideLimbs},
    exponentiate::public_power,
    limbs,
};

/// Four moduli, and the constants that residues are made with. A residue x is kept as x·R.
pub(super) struct Residues<A: Arithmetic> {
    pub(super) modulus: A::Modulus,
    /// The residue 1.
    pub(super) one: A::Number,
    /// R², by which a number becomes a residue, and R³, by which one divided by R does.
    radix_squared: A::Number,
    radix_cubed: A::Number,
    /// The number 1.
    plain_one: A::Number,
}

impl<A: Arithmetic> Residues<A> {
    /// Takes odd moduli of 1024 bits. There is no division and no table: time depends on no modulus.
    pub(super) fn new(moduli: &[Limbs; LANES]) -> Self {
        let modulus = A::modulus(moduli, &moduli.each_ref().map(|modulus| negated_inverse(modulus, A::RADIX_BITS)));
        let number = |values: &[Limbs; LANES]| A::number(&values.each_ref().map(limbs::lengthen));
        let radix = moduli.each_ref().map(|modulus| {
            // 2^1024 is less than twice the modulus.
            let mut power = Limbs::default();
            limbs::subtract(&mut power, modulus);
            (1024..A::RADIX_BITS).for_each(|_| power = double(&power, modulus));
            power
        });
        let two = number(&std::array::from_fn(|lane| double(&radix[lane], &moduli[lane])));
        // The residue 2 to the power of 1029, say, is the residue R, that is R².
        let radix_squared = public_power::<A>(&two, u64::from(A::RADIX_BITS), &modulus);
        let radix_cubed = A::multiply(&radix_squared, &radix_squared, &modulus);
        let mut plain_one = Limbs::default();
        plain_one[0] = 1;
        Self { one: number(&radix), radix_squared, radix_cubed, plain_one: number(&[plain_one; LANES]), modulus }
    }

    /// Numbers below 2^2048.
    pub(super) fn enter_wide(&self, values: &[WideLimbs; LANES]) -> A::Number {
        A::multiply(&A::reduce(values, &self.modulus), &self.radix_cubed, &self.modulus)
    }

    /// Numbers below the moduli.
    pub(super) fn enter(&self, values: &[Limbs; LANES]) -> A::Number {
        A::multiply(&A::number(&values.each_ref().map(limbs::lengthen)), &self.radix_squared, &self.modulus)
    }

    pub(super) fn leave(&self, number: &A::Number) -> [Limbs; LANES] {
        A::canonical(&A::multiply(number, &self.plain_one, &self.modulus), &self.modulus)
    }
}

impl<A: Arithmetic> Drop for Residues<A> {
    fn drop(&mut self) {
        self.modulus.zeroize();
        for number in [&mut self.one, &mut self.radix_squared, &mut self.radix_cubed] {
            number.zeroize();
        }
    }
}

/// Twice a number below the modulus.
fn double(number: &Limbs, modulus: &Limbs) -> Limbs {
    let mut twice = limbs::double(number);
    let borrowed = limbs::subtract(&mut twice, modulus);
    limbs::add_masked(&mut twice, modulus, borrowed);
    *twice.first_chunk().expect("17 words are more than 16")
}

/// -1/number modulo 2^`bits`, of an odd number: Newton's iteration doubles the bits that are right, from three on.
fn negated_inverse(odd: &Limbs, bits: u32) -> LongLimbs {
    let number = Uint::<17>::from_words(limbs::lengthen(odd));
    let two = Uint::<17>::from_u8(2);
    let mut inverse = number;
    for _ in 0..9 {
        inverse = inverse.wrapping_mul(&two.wrapping_sub(&number.wrapping_mul(&inverse)));
    }
    let mut words = inverse.wrapping_neg().to_words();
    words[16] &= (1 << (bits - 1024)) - 1;
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_is_one() {
        // -1/(2^1024 - 1) modulo 2^1029: (2^1024 - 1)·(2^1024 + 1) = 2^2048 - 1.
        let mut expected = [0; 17];
        (expected[0], expected[16]) = (1, 1);
        assert_eq!(negated_inverse(&[u64::MAX; 16], 1029), expected);
    }
}
