//! RSA-2048 on a kernel: two messages fill the lanes, each modulo both primes.

use std::sync::{Mutex, PoisonError};

use zeroize::Zeroize;

use super::{
    arithmetic::{Arithmetic, Block, LANES, Limbs, LongLimbs, MESSAGES, WideLimbs},
    blinding::Blinding,
    exponentiate::{Exponents, power, public_power},
    limbs,
    memcheck::declassify,
    residues::Residues,
    setup::Numbers,
};

/// A private key on one kernel. Lanes 0 and 1 belong to prime 1, lanes 2 and 3 to prime 2.
pub(super) struct Key<A: Arithmetic> {
    residues: Residues<A>,
    exponents: Exponents,
    /// Powers with these are the inverses of powers with `exponents`: prime - 1 - exponent.
    negated_exponents: Exponents,
    /// 1/prime2 modulo prime 1.
    coefficient: A::Number,
    double_prime1: LongLimbs,
    prime2: Limbs,
    product: WideLimbs,
    public_exponent: u64,
    blindings: Mutex<Vec<Blinding<A>>>,
}

impl<A: Arithmetic> Key<A> {
    pub(super) fn new(numbers: &Numbers) -> Self {
        let Numbers { prime1, prime2, exponent1, exponent2, coefficient, .. } = numbers;
        let residues = Residues::new(&halves(prime1, prime2));
        let negated = |prime: &Limbs, exponent: &Limbs| {
            let mut difference = *prime;
            limbs::subtract(&mut difference, &[1]);
            limbs::subtract(&mut difference, exponent);
            difference
        };
        Self {
            exponents: Exponents::new(&halves(exponent1, exponent2)),
            negated_exponents: Exponents::new(&halves(&negated(prime1, exponent1), &negated(prime2, exponent2))),
            coefficient: residues.enter(&halves(coefficient, &Limbs::default())),
            double_prime1: limbs::double(prime1),
            prime2: *prime2,
            product: numbers.modulus,
            public_exponent: numbers.public_exponent,
            blindings: Mutex::default(),
            residues,
        }
    }

    /// The private operation on two padded messages, below the modulus. A result that the public exponent does not lead
    /// back to its message does not leave: `None`.
    pub(super) fn sign(&self, messages: &[Block; MESSAGES]) -> [Option<Block>; MESSAGES] {
        let modulus = &self.residues.modulus;
        let residues = self.enter(messages);
        let Some(mut blinding) = self.take_blinding() else { return [None; MESSAGES] };
        let blinded = A::multiply(&residues, &blinding.forth, modulus);
        let powers = power::<A>(&blinded, &self.exponents, &self.residues.one, modulus);
        let powers = A::multiply(&powers, &blinding.back, modulus);
        blinding.step(modulus);
        self.give_back(blinding);
        let signatures = self.recombine(&powers);
        let good = self.verify(&signatures, &residues);
        std::array::from_fn(|index| (good[index] != 0).then_some(signatures[index]))
    }

    /// The private power alone.
    #[cfg(all(test, target_arch = "x86_64", not(miri)))]
    pub(super) fn unblinded(&self, messages: &[Block; MESSAGES]) -> A::Number {
        power::<A>(&self.enter(messages), &self.exponents, &self.residues.one, &self.residues.modulus)
    }

    /// Numbers below the modulus, as residues modulo both primes.
    fn enter(&self, blocks: &[Block; MESSAGES]) -> A::Number {
        let [first, second] = blocks.each_ref().map(limbs::from_bytes);
        self.residues.enter_wide(&[first, second, first, second])
    }

    /// Garner's formula: `s2 + prime2·((s1 - s2)/prime2 modulo prime1)`.
    fn recombine(&self, powers: &A::Number) -> [Block; MESSAGES] {
        let [first1, second1, first2, second2] = self.residues.leave(powers);
        let pairs = [(first1, first2), (second1, second2)];
        // Twice prime 1 is more than prime 2, so this is positive, and less than three times prime 1.
        let [first, second] = pairs.map(|(of_prime1, of_prime2)| {
            let mut difference = self.double_prime1;
            limbs::add_masked(&mut difference, &of_prime1, u64::MAX);
            limbs::subtract(&mut difference, &of_prime2);
            difference
        });
        let differences = A::number(&[first, second, LongLimbs::default(), LongLimbs::default()]);
        let quotients =
            A::canonical(&A::multiply(&differences, &self.coefficient, &self.residues.modulus), &self.residues.modulus);
        std::array::from_fn(|index| {
            limbs::to_bytes(&limbs::multiply_add(&quotients[index], &self.prime2, &pairs[index].1))
        })
    }

    /// One for each signature that is below the modulus and whose power is its message; zero for others. The answers
    /// are no secret.
    fn verify(&self, signatures: &[Block; MESSAGES], messages: &A::Number) -> [u64; MESSAGES] {
        let powers = public_power::<A>(&self.enter(signatures), self.public_exponent, &self.residues.modulus);
        let found = A::canonical(&powers, &self.residues.modulus);
        let expected = A::canonical(messages, &self.residues.modulus);
        let mut good = std::array::from_fn(|index| {
            let below = limbs::subtract(&mut limbs::from_bytes(&signatures[index]), &self.product);
            let differs = [index, index + MESSAGES].into_iter().fold(0, |differs, lane| {
                found[lane].iter().zip(&expected[lane]).fold(differs, |differs, (one, other)| differs | one ^ other)
            });
            below & limbs::all_ones_if_equal(differs, 0) & 1
        });
        declassify(&mut good);
        good
    }

    fn take_blinding(&self) -> Option<Blinding<A>> {
        let kept = self.blindings.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match kept.filter(Blinding::is_fresh) {
            Some(blinding) => Some(blinding),
            None => Blinding::new(
                |random| self.enter(random),
                &self.negated_exponents,
                &self.residues.one,
                &self.residues.modulus,
            ),
        }
    }

    fn give_back(&self, blinding: Blinding<A>) {
        self.blindings.lock().unwrap_or_else(PoisonError::into_inner).push(blinding);
    }
}

impl<A: Arithmetic> Drop for Key<A> {
    fn drop(&mut self) {
        self.exponents.zeroize();
        self.negated_exponents.zeroize();
        self.coefficient.zeroize();
        self.double_prime1.zeroize();
        self.prime2.zeroize();
    }
}

fn halves<T: Copy>(of_prime1: &T, of_prime2: &T) -> [T; LANES] {
    [*of_prime1, *of_prime1, *of_prime2, *of_prime2]
}
