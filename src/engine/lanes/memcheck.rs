//! Valgrind's requests, with which a test marks secrets as undefined: memcheck then reports each branch and each address
//! that depends on one. In a build that is no test, nothing is left of this.
#![allow(unsafe_code, reason = "requests to valgrind are made in assembly")]

/// Marks random numbers, which are secrets.
pub(super) fn classify<T: Copy>(secret: &mut [T]) {
    #[cfg(all(test, target_arch = "x86_64", not(miri)))]
    request::mark(secret, request::UNDEFINED);
    let _ = secret;
}

/// Marks what is public from here on.
pub(super) fn declassify<T: Copy>(public: &mut [T]) {
    #[cfg(all(test, target_arch = "x86_64", not(miri)))]
    request::mark(public, request::DEFINED);
    let _ = public;
}

#[cfg(all(test, target_arch = "x86_64", not(miri)))]
pub(super) mod request {
    const MEMCHECK: u64 = (b'M' as u64) << 24 | (b'C' as u64) << 16;
    pub(in super::super) const UNDEFINED: u64 = MEMCHECK + 1;
    pub(in super::super) const DEFINED: u64 = MEMCHECK + 2;
    const RUNNING_ON_VALGRIND: u64 = 0x1001;
    const COUNT_ERRORS: u64 = 0x1201;

    pub(in super::super) fn mark<T: Copy>(what: &mut [T], how: u64) {
        request([how, what.as_mut_ptr().addr() as u64, size_of_val(what) as u64, 0, 0, 0]);
    }

    pub(in super::super) fn runs_on_valgrind() -> bool {
        request([RUNNING_ON_VALGRIND, 0, 0, 0, 0, 0]) != 0
    }

    pub(in super::super) fn errors() -> u64 {
        request([COUNT_ERRORS, 0, 0, 0, 0, 0])
    }

    /// The sequence that valgrind.h documents: four rotations by 128 bits in all, which do nothing elsewhere.
    fn request(arguments: [u64; 6]) -> u64 {
        let mut answer = 0_u64;
        // SAFETY: on a CPU these instructions change nothing; valgrind reads the arguments and writes rdx.
        unsafe {
            std::arch::asm!(
                "rol rdi, 3",
                "rol rdi, 13",
                "rol rdi, 61",
                "rol rdi, 51",
                "xchg rbx, rbx",
                in("rax") arguments.as_ptr(),
                inout("rdx") answer,
                options(nostack),
            );
        }
        answer
    }
}
