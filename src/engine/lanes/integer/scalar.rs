//! Vectors without vector instructions.

use super::vector::{Lane, Vector, Work};
use crate::engine::lanes::limbs;

/// The scalar twin: the same arithmetic on any CPU, for tests and for Miri.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Scalar(Lane);

const MASK: u64 = (1 << 52) - 1;

impl Scalar {
    #[allow(clippy::cast_possible_truncation, reason = "52 bits are meant")]
    fn add_product(self, one: Self, other: Self, shift: u32) -> Self {
        Self(std::array::from_fn(|lane| {
            let product = u128::from(one.0[lane] & MASK) * u128::from(other.0[lane] & MASK);
            self.0[lane].wrapping_add((product >> shift) as u64 & MASK)
        }))
    }
}

impl Vector for Scalar {
    fn load(from: &Lane) -> Self {
        Self(*from)
    }

    fn store(self, to: &mut Lane) {
        *to = self.0;
    }

    fn zero() -> Self {
        Self([0; 4])
    }

    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].wrapping_add(other.0[lane])))
    }

    fn add_low_product(self, one: Self, other: Self) -> Self {
        self.add_product(one, other, 0)
    }

    fn add_high_product(self, one: Self, other: Self) -> Self {
        self.add_product(one, other, 52)
    }

    fn digit(self) -> Self {
        Self(self.0.map(|sum| sum & MASK))
    }

    fn carry(self) -> Self {
        Self(self.0.map(|sum| sum >> 52))
    }

    fn or_if_equal(self, entry: Self, wanted: &[u64; 4], index: u64) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] | entry.0[lane] & limbs::all_ones_if_equal(wanted[lane], index)))
    }

    fn all_below(self, limit: u64) -> bool {
        self.0.iter().all(|&sum| sum < limit)
    }

    fn with<W: Work>(work: W) -> W::Done {
        work.work()
    }
}
