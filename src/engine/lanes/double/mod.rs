//! Four primes at once with doubles: fused multiply-add as multiplier.
//!
//! # The numbers
//! A number x is `Σ x[i]·B^i` with B = 2^49 and 21 digits, integers that may be negative, each held by a double (53 bits).
//! R is `B^21` = 2^1029. Let D = 2^48 + 32. All digits but the last have |x[i]| ≤ D; the constants `prime` and
//! `negated_inverse` have |x[i]| ≤ 2^48. N is a prime between 2^1023 and 2^1024.
//!
//! # One product, exactly
//! Let S = 1.5·2^101. A double from 2^101 up to 2^102 has a unit of 2^49. With a high sum h in that range and digits a, b:
//!
//! - `h' = fma(a, b, h)`: h + a·b rounded to a multiple of 2^49, provided that h' is in the range too (below).
//! - `d = h - h'`: both are multiples of 2^49 in one binade, so their difference is one below 2^53 units: exact.
//! - `l = fma(a, b, d)`: a·b - (h' - h), an integer of at most half a unit, 2^48: exact.
//! - `L' = L + l`: integers: exact while |L'| ≤ 2^53.
//!
//! So `h' + L' = h + L + a·b`, without an error, if (1) h stays in its range and (2) |L| stays below 2^53. Debug builds
//! assert both after each product.
//!
//! # (1) High sums stay in their range
//! They start from S, with 2^100 to spare on both sides. A product adds at most D² < 2^96 + 2^55 and a rounding of 2^48, so
//! 15 products add less than 15·2^96 + 2^60 < 2^100. (In squares, one digit is doubled: such a product counts twice.) 21 would
//! not do, so [`Tile::take_out_high`](multiply::Tile) takes the sum out in mid-column and starts again from S. The most
//! that any column adds between two of those:
//!
//! | columns | product, and q | square |
//! |---|---|---|
//! | 0 to 11 | at most 12, in one piece | the same |
//! | 12 to 15 | 8, then 4 rows and up to 4 at the edge | 8, then 4 and up to 4 |
//! | 16 to 19 | 8, then 8 and up to 4 | 8, then 8 and up to 4 |
//! | 20 to 23 | up to 5 at the edge and 8, then 8 | up to 8 and 4, then 8 and up to 4 |
//! | 24 to 27 | up to 5 and 8, then 4 | up to 8 and 4, then 4 and up to 4 |
//! | 28 and above | at most 13, in one piece | at most 13 |
//!
//! Column 20 of q is summed in three sums of 7, the high parts of column 19 of q·N in four of 5. What is taken out is a
//! multiple of 2^49 below 2^101; a column's total is at most 21·(2^96 + 2^55), below 2^53 units: exact.
//!
//! # (2) Low sums stay below 2^53
//! In units of 2^47, of which 2^53 has 64: each product's low part is at most 2. The high part of one in the column before
//! is at most D²/2^49 < 2^47 + 33, so 1 and a trifle (all trifles together are below 2^20, that is 2^-27).
//!
//! - x·y: column k has `min(k + 1, 41 - k)` products. The worst is column 20: 21·2, and 20 from column 19: 62. Column 21:
//!   20·2, and 21 from column 20: 61. In squares there are fewer low parts and the same high ones.
//! - q = T·V modulo R: columns up to 20 of the same: 62.
//! - T + q·N: column 20 starts with T\[20\] and the high parts of column 19, 2 + 20 = 22, from which its multiple of 2^49 is
//!   taken at once: what is left is at most half a unit, 2. With its own 21·2 that makes 44. Column 21: T\[21\] and what
//!   column 20 carried, 2; 20·2; 21 from column 20: 63. Each later column has less.
//!
//! All partial sums are at most the sum of the absolute values, so the order does not matter.
//!
//! # Digits are at most D
//! A column's sum t, |t| < 2^53, is rounded to a multiple e of 2^49 by adding and subtracting S: t + S is in S's binade, and
//! both differences are exact. t - e is at most 2^48. The digit is that plus e/2^49 of the column below, which is at most
//! 16: at most 2^48 + 16 < D. The same holds for the digits of q. All columns are carried at once, which is why digits may
//! be a little larger than half of the base. Only a number's last digit is not rounded; it is small since the number is:
//! below 2^47 by the next section.
//!
//! # Reduction
//! V is -1/N modulo R, and q = T·V modulo R, so that T + q·N is divisible by R. As digits, |q| ≤ D·(B^21 - 1)/(B - 1), which
//! is below 0.501·R. If |x| ≤ a·N and |y| ≤ b·N, then |T + q·N|/R ≤ (a·b·N/R + 0.501)·N ≤ (a·b/32 + 0.501)·N.
//!
//! - With a = b = 0.6: 0.513. So products of products stay below 0.6·N.
//! - What comes in from outside is below 2^2048 as T: at most N·(2^2048 / R / N) + 0.501·N ≤ (2^-4 + 0.501)·N < 0.6·N; or, as
//!   a factor, below 4·N, times one below N: 0.626. Both are below N, so [`Number::canonical`](digits::Number) has at most
//!   one prime to add; and times another factor below 0.63·N they are below 0.6·N again.
//! - The last digit of any of these numbers is at most 4·2^1024/2^980 + 1, below 2^47.
//!
//! The sum's columns below 20 are not computed. They and column 20 come to a multiple of B^21: column 20, plus what the
//! columns below carry into it (C, an integer), is a multiple of B. In place of C, the code adds C', the high parts of the
//! products in column 19, divided by B. C - C' is made of the low parts of column 19 (20·2^48), of T\[19\] (D), and of the
//! columns below it, of which column k < 19 has at most (k + 1)·D² + D: altogether less than
//! (21·D + 19·2^47·(1 + 2^-20) + 2^20)/B < 16. So the sum with C' is less than 16 off a multiple of B, rounding finds that
//! multiple, and what it carries into column 21 is right. (It is rounded in two steps, T\[20\] + C' first; the two multiples
//! add up to the nearest of the whole, since the rest of the second step is what is left over: less than 16.)
//!
//! # Constant time
//! No branch and no address depends on a number: tables are read whole, under masks, and signs are masks. What remains is
//! whether an instruction takes longer for some operands. All values here are zeros or integers below 2^102, except for the
//! constant 2^-49, whose products are integers too since it multiplies multiples of 2^49. So there is no subnormal operand, no
//! subnormal or infinite result, and no NaN. Those are the operands for which the running time of addition and
//! multiplication was found to vary on x86: Andrysco, Kohlbrenner, Mowery, Jhala, Lerner and Shacham, «On Subnormal
//! Floating Point and Abnormal Timing», IEEE Security and Privacy 2015. (Division and square roots vary more widely; neither
//! is used.) Vendors publish one latency and throughput for `VFMADD*PD`, `VADDPD` and `VSUBPD`, but promise no independence
//! of operands. That is why `make timing` measures it.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
mod digits;
mod modulus;
mod multiply;
mod reduce;
#[cfg(test)]
pub(super) mod scalar;
#[cfg(test)]
mod tests;
pub(super) mod vector;

use std::marker::PhantomData;

use self::{
    digits::{Number, Product},
    modulus::Modulus,
    vector::{Lane, Vector, Work},
};
use super::arithmetic::{Arithmetic, LANES, Limbs, LongLimbs, WideLimbs};

/// The kernel on one kind of vector.
pub(super) struct Double<V>(PhantomData<V>);

impl<V: Vector> Arithmetic for Double<V> {
    const RADIX_BITS: u32 = 1029;

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
        reduce::reduce::<V>(self.0, self.1, &mut number);
        number
    }
}

struct Multiply<'a, V>(&'a Number, &'a Number, &'a Modulus, PhantomData<V>);

impl<V: Vector> Work for Multiply<'_, V> {
    type Done = Number;

    #[inline(always)]
    fn work(self) -> Number {
        let (mut product, mut number) = (Product::zero(), Number::default());
        multiply::multiply::<V>(self.0.digits(), self.1, &mut product);
        reduce::reduce::<V>(&product, self.2, &mut number);
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
            multiply::square::<V>(number.digits(), &mut product);
            reduce::reduce::<V>(&product, self.2, &mut number);
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
        // Seven digits at a time, which fit into registers while the table goes by.
        for first in (0..digits::COUNT).step_by(7) {
            let mut chosen = [V::zero(); 7];
            for (index, entry) in (0_u64..).zip(self.0) {
                let entry: &[Lane; 7] = entry.digits()[first..].first_chunk().expect("21 is three times 7");
                for (chosen, digit) in chosen.iter_mut().zip(entry) {
                    *chosen = chosen.or_if_equal(V::load(digit), self.1, index);
                }
            }
            for (chosen, digit) in chosen.iter().zip(&mut number.digits_mut()[first..]) {
                chosen.store(digit);
            }
        }
        number
    }
}
