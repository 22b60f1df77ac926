//! The vectors of AVX-512 IFMA, in registers of 256 bits.
//!
//! The methods of [`Ifma`] run instructions that not every CPU has. [`super::super::Kernel`] alone names this type, and it
//! does so after it has asked the CPU: that is the reason for each `unsafe` block here.
#![allow(unsafe_code, reason = "vector instructions; each block states its reason")]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_cmpeq_epi64, _mm256_cmplt_epu64_mask, _mm256_loadu_si256,
    _mm256_madd52hi_epu64, _mm256_madd52lo_epu64, _mm256_or_si256, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_srli_epi64, _mm256_storeu_si256,
};

use super::vector::{Lane, Vector, Work};

/// A register with four integers.
#[derive(Clone, Copy)]
pub(in super::super) struct Ifma(__m256i);

impl Vector for Ifma {
    #[inline(always)]
    fn load(from: &Lane) -> Self {
        // SAFETY: reads four words, which `from` has; the CPU has AVX-512 IFMA and VL, and AVX2 (see above).
        Self(unsafe { _mm256_loadu_si256(from.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, to: &mut Lane) {
        // SAFETY: writes four words, for which `to` has room; the CPU has AVX-512 IFMA and VL.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: the CPU has AVX-512 IFMA and VL.
        Self(unsafe { _mm256_setzero_si256() })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: the CPU has AVX-512 IFMA and VL.
        Self(unsafe { _mm256_add_epi64(self.0, other.0) })
    }

    #[inline(always)]
    fn add_low_product(self, one: Self, other: Self) -> Self {
        // SAFETY: the CPU has AVX-512 IFMA and VL.
        Self(unsafe { _mm256_madd52lo_epu64(self.0, one.0, other.0) })
    }

    #[inline(always)]
    fn add_high_product(self, one: Self, other: Self) -> Self {
        // SAFETY: the CPU has AVX-512 IFMA and VL.
        Self(unsafe { _mm256_madd52hi_epu64(self.0, one.0, other.0) })
    }

    #[inline(always)]
    fn digit(self) -> Self {
        // SAFETY: the CPU has AVX-512 IFMA and VL.
        Self(unsafe { _mm256_and_si256(self.0, _mm256_set1_epi64x((1 << 52) - 1)) })
    }

    #[inline(always)]
    fn carry(self) -> Self {
        // SAFETY: the CPU has AVX-512 IFMA and VL.
        Self(unsafe { _mm256_srli_epi64::<52>(self.0) })
    }

    #[inline(always)]
    fn or_if_equal(self, entry: Self, wanted: &[u64; 4], index: u64) -> Self {
        // SAFETY: reads four words, which `wanted` has; the CPU has AVX-512 IFMA and VL.
        unsafe {
            let wanted = _mm256_loadu_si256(wanted.as_ptr().cast());
            let mask = _mm256_cmpeq_epi64(wanted, _mm256_set1_epi64x(index.cast_signed()));
            Self(_mm256_or_si256(self.0, _mm256_and_si256(mask, entry.0)))
        }
    }

    #[inline(always)]
    fn all_below(self, limit: u64) -> bool {
        // SAFETY: the CPU has AVX-512 IFMA and VL.
        unsafe { _mm256_cmplt_epu64_mask(self.0, _mm256_set1_epi64x(limit.cast_signed())) == 0b1111 }
    }

    #[inline(always)]
    fn with<W: Work>(work: W) -> W::Done {
        #[target_feature(enable = "avx2,avx512f,avx512vl,avx512ifma")]
        fn compiled<W: Work>(work: W) -> W::Done {
            work.work()
        }
        // SAFETY: the CPU has AVX-512 IFMA and VL.
        unsafe { compiled(work) }
    }
}
