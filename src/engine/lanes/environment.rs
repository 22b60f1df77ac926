//! The floating-point environment: rounding to nearest, no traps, no flushing of subnormals.
#![allow(unsafe_code, reason = "the control register is read and written in assembly")]

/// Sets the environment until it is dropped, in the thread that made it. Programs may have changed it (`fesetround`, or a
/// library that was built for fast mathematics), and the kernels' proofs rest on it.
pub(super) struct Standard {
    #[cfg(target_arch = "x86_64")]
    saved: u32,
}

/// All exceptions masked, round to nearest, neither flush-to-zero nor denormals-are-zero.
#[cfg(target_arch = "x86_64")]
const STANDARD: u32 = 0x1F80;

#[cfg(target_arch = "x86_64")]
impl Standard {
    pub(super) fn set() -> Self {
        let saved = control();
        set_control(STANDARD);
        Self { saved }
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for Standard {
    fn drop(&mut self) {
        set_control(self.saved);
    }
}

#[cfg(target_arch = "x86_64")]
fn control() -> u32 {
    let mut control = 0_u32;
    // SAFETY: writes the register to the four bytes; each x86-64 CPU has it.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack, preserves_flags)) };
    control
}

#[cfg(target_arch = "x86_64")]
fn set_control(control: u32) {
    // SAFETY: the value is the standard one, which is what Rust expects it to be, or was read from the register. Nothing
    // is computed with doubles in this function, and those that do are called between two of it.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const control, options(nostack, preserves_flags)) };
}

/// Elsewhere only tests use the kernels.
#[cfg(not(target_arch = "x86_64"))]
impl Standard {
    pub(super) fn set() -> Self {
        Self {}
    }
}

#[cfg(all(test, target_arch = "x86_64", not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_has_set_comes_back() {
        // Towards zero, flushing to zero, subnormals taken as zero.
        let strange = STANDARD | 0x6000 | 0x8000 | 0x0040;
        let before = control();
        set_control(strange);
        let inside = {
            let _standard = Standard::set();
            control()
        };
        let after = control();
        set_control(before);
        assert_eq!((inside, after), (STANDARD, strange));
    }
}
