//! Four 64-bit integers, and the operations on them that the kernel is made of.

/// Four integers.
pub(in super::super) type Lane = [u64; 4];

/// Four unsigned integers side by side.
pub(in super::super) trait Vector: Copy + 'static {
    fn load(from: &Lane) -> Self;

    fn store(self, to: &mut Lane);

    fn zero() -> Self;

    fn add(self, other: Self) -> Self;

    /// `self` plus the lower 52 bits of the product of the factors' lower 52 bits.
    fn add_low_product(self, one: Self, other: Self) -> Self;

    /// `self` plus the upper 52 bits of that product.
    fn add_high_product(self, one: Self, other: Self) -> Self;

    /// The lower 52 bits.
    fn digit(self) -> Self;

    /// What is above them.
    fn carry(self) -> Self;

    /// In the lanes where `wanted` is equal to `index`, the bits of `entry`, or'ed to those of `self`.
    fn or_if_equal(self, entry: Self, wanted: &[u64; 4], index: u64) -> Self;

    /// Whether none has reached `limit`, for assertions.
    fn all_below(self, limit: u64) -> bool;

    /// Does work with the instructions that these vectors are made of.
    fn with<W: Work>(work: W) -> W::Done;
}

/// A function that is compiled anew for each kind of vector. Implementations are inlined into [`Vector::with`].
pub(in super::super) trait Work {
    type Done;

    fn work(self) -> Self::Done;
}
