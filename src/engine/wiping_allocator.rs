//! Wiping memory before it is freed.
//!
//! The types of keys wipe themselves, but the crates that compute with them copy numbers and free the copies without
//! wiping them. In the Python module, everything that Rust frees is zeroed. For a small block this takes a few
//! nanoseconds.
#![allow(unsafe_code, reason = "an allocator deals in raw memory")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr, slice,
};

/// An allocator, wiping: the system's.
pub(crate) struct WipingAllocator<A = System>(pub(crate) A);

// SAFETY: all is the inner allocator; `dealloc` writes only to the block that its caller gives up, and the provided
// `realloc` (a new block, a copy, `dealloc` of the old one) is used, which never leaves a copy behind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for WipingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block has this many bytes, nothing else uses them any more, and once written they may be read.
        // The barrier prevents the compiler from removing a write that is never read.
        unsafe {
            ptr::write_bytes(block, 0, layout.size());
            zeroize::optimization_barrier(slice::from_raw_parts(block, layout.size()));
            self.0.dealloc(block, layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Keeps the content of what is freed.
    struct Recorder(RefCell<Vec<Vec<u8>>>);

    // SAFETY: all is the system's allocator; a block is read before it is freed.
    unsafe impl GlobalAlloc for Recorder {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller upholds the contract.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: as above; the block has this many bytes, which its user has written.
            unsafe {
                self.0.borrow_mut().push(slice::from_raw_parts(block, layout.size()).to_vec());
                System.dealloc(block, layout);
            }
        }
    }

    #[test]
    fn what_is_freed_is_wiped() {
        let allocator = WipingAllocator(Recorder(RefCell::default()));
        let [layout, larger] = [4_096, 8_192].map(|size| Layout::from_size_align(size, 8).unwrap());
        // SAFETY: each block is allocated and freed with its layout, and read where it was written.
        unsafe {
            let first = allocator.alloc(layout);
            ptr::write_bytes(first, 0xA5, layout.size());
            let grown = allocator.realloc(first, layout, larger.size());
            assert_eq!(slice::from_raw_parts(grown, layout.size()), [0xA5; 4_096]);
            ptr::write_bytes(grown, 0xA5, larger.size());
            allocator.dealloc(grown, larger);
        }
        assert_eq!(allocator.0.0.take(), [vec![0; 4_096], vec![0; 8_192]]);
    }
}
