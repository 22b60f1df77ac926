//! What hides the numbers that a private exponent works on.

use zeroize::{Zeroize, Zeroizing};

use super::{
    arithmetic::{Arithmetic, Block, MESSAGES},
    exponentiate::{Exponents, power},
    memcheck::classify,
};

/// After so many uses a new one is made, which takes as long as one more operation.
const USES: u32 = 1024;

/// A random unit in each lane, `forth`, and what undoes its private power, `back`. Squares of the two do the same for each
/// other, and are the next use's.
pub(super) struct Blinding<A: Arithmetic> {
    pub(super) forth: A::Number,
    pub(super) back: A::Number,
    uses: u32,
    /// A child of a fork does not go on with its parent's.
    process: u32,
}

impl<A: Arithmetic> Blinding<A> {
    /// `None` without random numbers. `enter` makes residues of them; `negated` are the exponents p - 1 - d, and a unit's
    /// power with that is the inverse of its power with d, after Fermat.
    pub(super) fn new(
        enter: impl Fn(&[Block; MESSAGES]) -> A::Number,
        negated: &Exponents,
        one: &A::Number,
        modulus: &A::Modulus,
    ) -> Option<Self> {
        // The two lanes of a prime must not have one and the same, nor need the primes: four numbers of 2048 bits.
        let draw = || {
            let mut random = Zeroizing::new([[0; 256]; MESSAGES]);
            random.iter_mut().try_for_each(|block| getrandom::fill(block)).ok()?;
            random.iter_mut().for_each(|block| classify(block));
            Some(enter(&random))
        };
        let forth = A::multiply(&draw()?, &draw()?, modulus);
        let back = power::<A>(&forth, negated, one, modulus);
        Some(Self { forth, back, uses: 0, process: std::process::id() })
    }

    pub(super) fn step(&mut self, modulus: &A::Modulus) {
        self.forth = A::square(&self.forth, 1, modulus);
        self.back = A::square(&self.back, 1, modulus);
        self.uses += 1;
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.uses < USES && self.process == std::process::id()
    }
}

impl<A: Arithmetic> Drop for Blinding<A> {
    fn drop(&mut self) {
        self.forth.zeroize();
        self.back.zeroize();
    }
}
