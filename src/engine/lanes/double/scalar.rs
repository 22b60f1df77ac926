//! Vectors without vector instructions.
#![allow(clippy::many_single_char_names, reason = "four lanes of each operand")]

use super::vector::{Lane, Vector, Work};
use crate::engine::lanes::limbs;

/// The scalar twin: the same arithmetic on any CPU, for tests and for Miri.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Scalar(Lane);

impl Vector for Scalar {
    #[inline(always)]
    fn load(from: &Lane) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut Lane) {
        *to = self.0;
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a + e, b + f, c + g, d + h])
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a - e, b - f, c - g, d - h])
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h], [i, j, k, l]) = (self.0, factor.0, addend.0);
        Self([a.mul_add(e, i), b.mul_add(f, j), c.mul_add(g, k), d.mul_add(h, l)])
    }

    #[inline(always)]
    fn or_if_equal(self, entry: Self, wanted: &[u64; 4], index: u64) -> Self {
        Self(std::array::from_fn(|lane| {
            let mask = limbs::all_ones_if_equal(wanted[lane], index);
            f64::from_bits(self.0[lane].to_bits() | entry.0[lane].to_bits() & mask)
        }))
    }

    #[inline(always)]
    fn all_between(self, low: f64, high: f64) -> bool {
        let [a, b, c, d] = self.0;
        low <= a && a < high && low <= b && b < high && low <= c && c < high && low <= d && d < high
    }

    #[inline(always)]
    fn with<W: Work>(work: W) -> W::Done {
        work.work()
    }
}
