//! The batch engine: RSA-2048, two messages at a time, in the lanes of vector registers.
//!
//! Signing one message uses little of a CPU's arithmetic, since long multiplication is a chain of carries. Two private
//! operations, modulo two primes each, are four independent computations that run side by side in the lanes of a vector.
//!
//! - [`rsa`]: the private operation on two padded messages: blinding, two powers, their recombination, verification.
//! - [`exponentiate`]: powers with secret exponents, in windows of five bits.
//! - [`arithmetic`]: the interface of a kernel. [`double`] and [`integer`]: the kernels, with the proofs of their arithmetic.
//! - [`residues`]: the constants of the reduction; conversion to and from residues.
//! - [`setup`], [`limbs`], [`padding`], [`blinding`], [`environment`]: the numbers of a key, words, PKCS #1 padding, blinding
//!   factors, and the floating-point control register.
//!
//! A signature is returned only if the public exponent leads back to its message. If not, the caller signs that message with
//! the other engine. A fault of the machine, or of this code, therefore costs time and reveals nothing.
//!
//! What an operation leaves on the stack and in vector registers is wiped; what a key holds is wiped when it is dropped.
#![allow(
    clippy::inline_always,
    reason = "vectors must stay in registers, and be compiled for the caller's instructions"
)]
#![cfg_attr(not(target_arch = "x86_64"), allow(unused, reason = "without a kernel only tests use this"))]

mod arithmetic;
mod blinding;
#[cfg(all(test, target_arch = "x86_64", not(miri)))]
mod constant_time;
mod double;
mod environment;
mod exponentiate;
#[cfg(test)]
pub(super) mod fault;
mod integer;
mod limbs;
mod memcheck;
mod padding;
mod residues;
mod rsa;
mod setup;
#[cfg(test)]
mod tests;

use self::{
    arithmetic::{Arithmetic, Block, MESSAGES},
    setup::Numbers,
};
use super::wiping::wiping;
use crate::hash_algorithm::HashAlgorithm;

/// Messages that are signed at once.
pub(crate) const CHUNK: usize = MESSAGES;

/// What an operation uses of the stack, and more: the table has 22 KiB; a debug build takes 40 KiB.
const USED: usize = 64 << 10;

/// The instructions that the lanes are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// Four integers, with the fused multiply-add of 52 bits.
    #[cfg(target_arch = "x86_64")]
    Ifma,
    /// Four doubles, with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// The same arithmetic without vectors.
    #[cfg(test)]
    ScalarDouble,
    #[cfg(test)]
    ScalarInteger,
}

impl Kernel {
    /// The kernels that this CPU can run, the fastest first.
    pub(crate) fn available() -> Vec<Self> {
        let mut kernels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512ifma")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx2")
        {
            kernels.push(Self::Ifma);
        }
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            kernels.push(Self::Avx2);
        }
        kernels
    }

    /// The name in the environment and in `engine_info`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Ifma => "lanes-ifma",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "lanes-avx2",
            #[cfg(test)]
            Self::ScalarDouble => "scalar-double",
            #[cfg(test)]
            Self::ScalarInteger => "scalar-integer",
        }
    }
}

/// An RSA-2048 key, ready for batches.
pub(crate) struct PrivateKey(Box<dyn Operation>);

/// The private operation, on whatever kernel the key was made for.
trait Operation: Send + Sync {
    fn sign(&self, messages: &[Block; MESSAGES]) -> [Option<Block>; MESSAGES];
}

impl<A: Arithmetic> Operation for rsa::Key<A> {
    fn sign(&self, messages: &[Block; MESSAGES]) -> [Option<Block>; MESSAGES] {
        self.sign(messages)
    }
}

impl PrivateKey {
    /// Takes a key as PKCS#8, for a kernel that [`Kernel::available`] names. `None` for keys that no kernel is made for:
    /// other sizes, and primes that do not have 1024 bits each.
    pub(crate) fn from_pkcs8(kernel: Kernel, der: &[u8]) -> Option<Self> {
        wiping::<USED, _>(|| {
            let numbers = Numbers::from_pkcs8(der)?;
            Some(Self(match kernel {
                #[cfg(target_arch = "x86_64")]
                Kernel::Ifma => Box::new(rsa::Key::<integer::Integer<integer::ifma::Ifma>>::new(&numbers)),
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx2 => Box::new(rsa::Key::<double::Double<double::avx2::Avx2>>::new(&numbers)),
                #[cfg(test)]
                Kernel::ScalarDouble => Box::new(rsa::Key::<double::Double<double::scalar::Scalar>>::new(&numbers)),
                #[cfg(test)]
                Kernel::ScalarInteger => Box::new(rsa::Key::<integer::Integer<integer::scalar::Scalar>>::new(&numbers)),
            }))
        })
    }

    /// Signs; `None` where a signature did not verify.
    pub(crate) fn sign(&self, messages: [&[u8]; CHUNK], hash: HashAlgorithm) -> [Option<Vec<u8>>; CHUNK] {
        let padded = messages.map(|message| padding::pad(message, hash));
        let signatures = wiping::<USED, _>(|| {
            let _standard = environment::Standard::set();
            self.0.sign(&padded)
        });
        signatures.map(|signature| signature.map(|bytes| bytes.to_vec()))
    }
}
