//! Four doubles, and the four operations on them that the kernel is made of.

/// Four numbers of the format binary64.
pub(in super::super) type Lane = [f64; 4];

/// Four doubles side by side. All operations round to nearest, ties to even.
pub(in super::super) trait Vector: Copy + 'static {
    fn load(from: &Lane) -> Self;

    fn store(self, to: &mut Lane);

    fn add(self, other: Self) -> Self;

    fn sub(self, other: Self) -> Self;

    /// `self·factor + addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// In the lanes where `wanted` is equal to `index`, the bits of `entry`, or'ed to those of `self`.
    fn or_if_equal(self, entry: Self, wanted: &[u64; 4], index: u64) -> Self;

    /// Does work with the instructions that these vectors are made of.
    fn with<W: Work>(work: W) -> W::Done;

    fn splat(value: f64) -> Self {
        Self::load(&[value; 4])
    }

    fn zero() -> Self {
        Self::splat(0.0)
    }

    /// Whether each of them is at least `low` and below `high`, for assertions.
    fn all_between(self, low: f64, high: f64) -> bool;
}

/// A function that is compiled anew for each kind of vector. Implementations are inlined into [`Vector::with`].
pub(in super::super) trait Work {
    type Done;

    fn work(self) -> Self::Done;
}
