//! What RSA needs of a kernel: arithmetic modulo four primes at once.

use zeroize::Zeroize;

/// How many numbers are computed with at once.
pub(super) const LANES: usize = 4;

/// Messages that are signed at once, each modulo both primes.
pub(super) const MESSAGES: usize = LANES / 2;

/// A padded message, or a signature.
pub(super) type Block = [u8; 256];

/// A number below 2^1024, least significant word first.
pub(super) type Limbs = [u64; 16];

/// A number below 2^2048.
pub(super) type WideLimbs = [u64; 32];

/// A number with some bits to spare: a prime's multiple, or a constant of the reduction.
pub(super) type LongLimbs = [u64; 17];

/// Arithmetic modulo one prime of 1024 bits in each lane.
///
/// Numbers are kept in the kernel's own digits, as any representative of their residue that the kernel's proof allows.
/// Products are Montgomery's: `multiply(x, y)` is x·y/R, with a power of two for R. No branch and no address depends on
/// a number, a modulus or an index.
pub(super) trait Arithmetic: 'static {
    /// The binary logarithm of R.
    const RADIX_BITS: u32;

    /// A residue in each lane.
    type Number: Copy + Default + Send + Sync + Zeroize;

    /// A prime in each lane, with what the reduction needs.
    type Modulus: Send + Sync + Zeroize;

    /// Takes the primes, and -1/prime modulo R.
    fn modulus(primes: &[Limbs; LANES], negated_inverses: &[LongLimbs; LANES]) -> Self::Modulus;

    /// Takes numbers below four times the prime.
    fn number(values: &[LongLimbs; LANES]) -> Self::Number;

    /// Takes products below the square of 2^1024, divided by R.
    fn reduce(values: &[WideLimbs; LANES], modulus: &Self::Modulus) -> Self::Number;

    fn multiply(x: &Self::Number, y: &Self::Number, modulus: &Self::Modulus) -> Self::Number;

    /// The `times`-th repeated square.
    fn square(x: &Self::Number, times: usize, modulus: &Self::Modulus) -> Self::Number;

    /// The entry that each lane's index names. All entries are read.
    fn select(table: &[Self::Number], indices: &[u64; LANES]) -> Self::Number;

    /// The residues themselves, each below its prime.
    fn canonical(x: &Self::Number, modulus: &Self::Modulus) -> [Limbs; LANES];

    /// Spoils a number, as a fault of the machine would.
    #[cfg(test)]
    fn flip(x: &mut Self::Number, lane: usize, bit: u32);
}
