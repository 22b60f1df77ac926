//! Wiping what computing with a key leaves on the stack and in registers, where no type wipes itself.
#![allow(unsafe_code, reason = "registers are cleared in assembly")]

/// Runs `work`, which handles the numbers of a private key, and wipes what it left: `USED` bytes of the stack, where
/// numbers were moved or computed with, and the vector registers, through which they were copied. Little else
/// overwrites those, and whatever saves all registers next (the dynamic linker, a signal) would write them to the
/// stack.
pub(crate) fn wiping<const USED: usize, T>(work: impl FnOnce() -> T) -> T {
    #[inline(never)]
    fn apart<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    let done = apart(work);
    zeroize::zeroize_stack::<USED>();
    wipe_registers();
    done
}

#[cfg(target_arch = "x86_64")]
fn wipe_registers() {
    use std::arch::asm;
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the CPU supports these instructions. The compiler treats all registers that a call may change as
        // clobbered, and does not use those above 15 in a function that is not compiled for AVX-512.
        unsafe {
            asm!(
                "vpxord zmm16, zmm16, zmm16",
                "vpxord zmm17, zmm17, zmm17",
                "vpxord zmm18, zmm18, zmm18",
                "vpxord zmm19, zmm19, zmm19",
                "vpxord zmm20, zmm20, zmm20",
                "vpxord zmm21, zmm21, zmm21",
                "vpxord zmm22, zmm22, zmm22",
                "vpxord zmm23, zmm23, zmm23",
                "vpxord zmm24, zmm24, zmm24",
                "vpxord zmm25, zmm25, zmm25",
                "vpxord zmm26, zmm26, zmm26",
                "vpxord zmm27, zmm27, zmm27",
                "vpxord zmm28, zmm28, zmm28",
                "vpxord zmm29, zmm29, zmm29",
                "vpxord zmm30, zmm30, zmm30",
                "vpxord zmm31, zmm31, zmm31",
                "vzeroall",
                clobber_abi("C"),
                options(nomem, nostack),
            );
        }
    } else if is_x86_feature_detected!("avx") {
        // SAFETY: as above.
        unsafe { asm!("vzeroall", clobber_abi("C"), options(nomem, nostack)) };
    }
}

/// Elsewhere the next copy overwrites the registers that copying uses.
#[cfg(not(target_arch = "x86_64"))]
fn wipe_registers() {}
