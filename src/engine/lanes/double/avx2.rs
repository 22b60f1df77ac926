//! The vectors of AVX2 with FMA.
//!
//! The methods of [`Avx2`] run instructions that not every CPU has. [`super::super::Kernel`] alone names this type, and it
//! does so after it has asked the CPU: that is the reason for each `unsafe` block here.
#![allow(unsafe_code, reason = "vector instructions; each block states its reason")]

use std::arch::x86_64::{
    __m256d, _CMP_GE_OQ, _CMP_LT_OQ, _mm256_add_pd, _mm256_and_pd, _mm256_castsi256_pd, _mm256_cmp_pd,
    _mm256_cmpeq_epi64, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_loadu_si256, _mm256_movemask_pd, _mm256_or_pd,
    _mm256_set1_epi64x, _mm256_set1_pd, _mm256_storeu_pd, _mm256_sub_pd,
};

use super::vector::{Lane, Vector, Work};

/// A register with four doubles.
#[derive(Clone, Copy)]
pub(in super::super) struct Avx2(__m256d);

impl Vector for Avx2 {
    #[inline(always)]
    fn load(from: &Lane) -> Self {
        // SAFETY: reads four doubles, which `from` has; the CPU has AVX2 and FMA (see above).
        Self(unsafe { _mm256_loadu_pd(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut Lane) {
        // SAFETY: writes four doubles, for which `to` has room; the CPU has AVX2 and FMA.
        unsafe { _mm256_storeu_pd(to.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: the CPU has AVX2 and FMA.
        Self(unsafe { _mm256_add_pd(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: the CPU has AVX2 and FMA.
        Self(unsafe { _mm256_sub_pd(self.0, other.0) })
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the CPU has AVX2 and FMA.
        Self(unsafe { _mm256_fmadd_pd(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    fn or_if_equal(self, entry: Self, wanted: &[u64; 4], index: u64) -> Self {
        // SAFETY: reads four words, which `wanted` has; the CPU has AVX2 and FMA.
        unsafe {
            let wanted = _mm256_loadu_si256(wanted.as_ptr().cast());
            let mask = _mm256_cmpeq_epi64(wanted, _mm256_set1_epi64x(index.cast_signed()));
            Self(_mm256_or_pd(self.0, _mm256_and_pd(_mm256_castsi256_pd(mask), entry.0)))
        }
    }

    #[inline(always)]
    fn all_between(self, low: f64, high: f64) -> bool {
        // SAFETY: the CPU has AVX2 and FMA.
        unsafe {
            let high_enough = _mm256_cmp_pd::<_CMP_GE_OQ>(self.0, _mm256_set1_pd(low));
            let low_enough = _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, _mm256_set1_pd(high));
            _mm256_movemask_pd(_mm256_and_pd(high_enough, low_enough)) == 0b1111
        }
    }

    #[inline(always)]
    fn with<W: Work>(work: W) -> W::Done {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<W: Work>(work: W) -> W::Done {
            work.work()
        }
        // SAFETY: the CPU has AVX2 and FMA.
        unsafe { compiled(work) }
    }

    #[inline(always)]
    fn splat(value: f64) -> Self {
        // SAFETY: the CPU has AVX2 and FMA.
        Self(unsafe { _mm256_set1_pd(value) })
    }
}
