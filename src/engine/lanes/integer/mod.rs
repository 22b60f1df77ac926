//! Four primes at once with integers: the fused multiply-add of 52 bits (AVX-512 IFMA) as multiplier.
//!
//! A number is `Σ x[i]·B^i` with B = 2^52 and 20 digits from 0 to B - 1. R is B^20 = 2^1040, N a prime between 2^1023 and
//! 2^1024, so N/R < 2^-16.
//!
//! # No sum overflows
//! An instruction adds the lower or the upper half of a product of two digits, at most B - 1, to 64 bits. A column of a
//! product is the sum of at most 20 lower and 20 upper halves, below 40·B; in squares some count twice, others are left
//! out, which makes the same sum. The reduction adds as many again, and a carry: 2^60/B is 256, and 80 and a trifle are less.
//! Debug builds assert it.
//!
//! # Numbers stay below 1.001·N
//! The reduction makes (T + q·N)/R of T, with q below R: less than T/R + N. It is exact, for each digit of q is the lowest
//! column times -1/N modulo B (the multiplication takes the lower 52 bits of the column), so that the column plus that digit
//! times N\[0\] is a multiple of B, which is carried into the next. With factors below a·N and b·N, the result is below
//! (a·b·N/R + 1)·N:
//!
//! - Of two numbers below 1.001·N: (1.01·2^-16 + 1)·N < 1.001·N. What comes in from outside is below 2^2048 = 2^1008·R, and
//!   2^1008 < 2^-15·N; or below 4·N, as a factor: (4.1·2^-16 + 1)·N. All are below 1.001·N.
//! - So they are below 2^1040, and the last digit's carry is zero (asserted in debug builds); and
//!   [`Number::canonical`](digits::Number) has at most one prime to subtract.
//!
//! # Constant time
//! No branch and no address depends on a number. The instructions are integer additions, shifts, logic, and `VPMADD52LUQ` and
//! `VPMADD52HUQ`, which OpenSSL and AWS-LC use for the same purpose. `make timing` measures it.

mod digits;
#[cfg(target_arch = "x86_64")]
pub(super) mod ifma;
mod modulus;
mod multiply;
#[cfg(test)]
pub(super) mod scalar;
pub(super) mod vector;

use std::marker::PhantomData;

use self::{
    digits::{Number, Product},
    modulus::Modulus,
    vector::{Lane, Vector, Work},
};
use super::arithmetic::{Arithmetic, LANES, Limbs, LongLimbs, WideLimbs};

/// The kernel on one kind of vector.
pub(super) struct Integer<V>(PhantomData<V>);

impl<V: Vector> Arithmetic for Integer<V> {
    const RADIX_BITS: u32 = 1040;

    type Number = Number;
    type Modulus = Modulus;

    fn modulus(primes: &[Limbs; LANES], negated_inverses: &[LongLimbs; LANES]) -> Modulus {
        Modulus::new(primes, negated_inverses)
    }

    fn number(values: &[LongLimbs; LANES]) -> Number {
        Number::new(values)
    }

    fn reduce(values: &[WideLimbs; LANES], modulus: &Modulus) -> Number {
        V::with(Reduce::<V>(&Product::new(values), modulus, PhantomData))
    }

    fn multiply(x: &Number, y: &Number, modulus: &Modulus) -> Number {
        V::with(Multiply::<V>(x, y, modulus, PhantomData))
    }

    fn square(x: &Number, times: usize, modulus: &Modulus) -> Number {
        V::with(Square::<V>(x, times, modulus, PhantomData))
    }

    fn select(table: &[Number], indices: &[u64; LANES]) -> Number {
        V::with(Select::<V>(table, indices, PhantomData))
    }

    fn canonical(x: &Number, modulus: &Modulus) -> [Limbs; LANES] {
        x.canonical(&modulus.limbs)
    }

    #[cfg(test)]
    fn flip(x: &mut Number, lane: usize, bit: u32) {
        x.flip(lane, bit);
    }
}

struct Reduce<'a, V>(&'a Product, &'a Modulus, PhantomData<V>);

impl<V: Vector> Work for Reduce<'_, V> {
    type Done = Number;

    #[inline(always)]
    fn work(self) -> Number {
        let mut number = Number::default();
        multiply::reduce::<V>(self.0, self.1, &mut number);
        number
    }
}

struct Multiply<'a, V>(&'a Number, &'a Number, &'a Modulus, PhantomData<V>);

impl<V: Vector> Work for Multiply<'_, V> {
    type Done = Number;

    #[inline(always)]
    fn work(self) -> Number {
        let (mut product, mut number) = (Product::zero(), Number::default());
        multiply::multiply::<V, { digits::COUNT }>(&self.0.0, &self.1.0, &mut product.0);
        multiply::reduce::<V>(&product, self.2, &mut number);
        number
    }
}

struct Square<'a, V>(&'a Number, usize, &'a Modulus, PhantomData<V>);

impl<V: Vector> Work for Square<'_, V> {
    type Done = Number;

    #[inline(always)]
    fn work(self) -> Number {
        let (mut product, mut number) = (Product::zero(), *self.0);
        for _ in 0..self.1 {
            multiply::square::<V>(&number, &mut product);
            multiply::reduce::<V>(&product, self.2, &mut number);
        }
        number
    }
}

struct Select<'a, V>(&'a [Number], &'a [u64; LANES], PhantomData<V>);

impl<V: Vector> Work for Select<'_, V> {
    type Done = Number;

    #[inline(always)]
    fn work(self) -> Number {
        let mut number = Number::default();
        // Ten digits at a time, which fit into registers while the table goes by.
        for first in [0, 10] {
            let mut chosen = [V::zero(); 10];
            for (index, entry) in (0_u64..).zip(self.0) {
                let entry: &[Lane; 10] = entry.0[first..].first_chunk().expect("20 is twice 10");
                for (chosen, digit) in chosen.iter_mut().zip(entry) {
                    *chosen = chosen.or_if_equal(V::load(digit), self.1, index);
                }
            }
            for (chosen, digit) in chosen.iter().zip(&mut number.0[first..]) {
                chosen.store(digit);
            }
        }
        number
    }
}
