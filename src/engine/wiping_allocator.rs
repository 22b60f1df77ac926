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

/// The system's allocator, wiping.
pub(crate) struct WipingAllocator;

// SAFETY: all is the system's allocator; `dealloc` writes only to the block that its caller gives up, and the provided
// `realloc` (a new block, a copy, `dealloc` of the old one) is used, which never leaves a copy behind.
unsafe impl GlobalAlloc for WipingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block has this many bytes, nothing else uses them any more, and once written they may be read.
        // The barrier prevents the compiler from removing a write that is never read.
        unsafe {
            ptr::write_bytes(block, 0, layout.size());
            zeroize::optimization_barrier(slice::from_raw_parts(block, layout.size()));
            System.dealloc(block, layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_freed_is_wiped() {
        // Small enough for the blocks that a thread keeps for itself: no other test can take it meanwhile.
        let layout = Layout::from_size_align(512, 8).unwrap();
        // SAFETY: the block is allocated, written and freed with one layout; it is then read through the next block of
        // the system's allocator, which is the same memory.
        unsafe {
            let first = WipingAllocator.alloc(layout);
            ptr::write_bytes(first, 0xA5, layout.size());
            let grown = WipingAllocator.realloc(first, layout, 1_024);
            assert_eq!(*grown.add(511), 0xA5);
            let again = System.alloc(layout);
            assert_eq!(again, first, "the system reuses what was freed last");
            // A free block begins with pointers of the system's.
            assert!(!slice::from_raw_parts(again, layout.size())[16..].contains(&0xA5));
            System.dealloc(again, layout);
            WipingAllocator.dealloc(grown, Layout::from_size_align(1_024, 8).unwrap());
        }
    }
}
