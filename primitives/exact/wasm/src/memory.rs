//! What a module without a system needs: an allocator that only grows, and a way to stop.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size, unreachable},
    sync::atomic::{AtomicUsize, Ordering},
};

const PAGE: usize = 1 << 16;

struct Growing {
    /// The first address that is free; 0 before the first allocation.
    next: AtomicUsize,
}

#[global_allocator]
static MEMORY: Growing = Growing {
    next: AtomicUsize::new(0),
};

// SAFETY: every allocation gets fresh, aligned addresses of pages that the host has granted. There is one thread.
unsafe impl GlobalAlloc for Growing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let granted = memory_size(0) * PAGE;
        let free = match self.next.load(Ordering::Relaxed) {
            0 => granted,
            next => next,
        };
        let Some(end) = free
            .checked_next_multiple_of(layout.align())
            .and_then(|start| start.checked_add(layout.size()))
        else {
            return core::ptr::null_mut();
        };
        let missing = end.saturating_sub(granted).div_ceil(PAGE);
        if missing > 0 && memory_grow(0, missing) == usize::MAX {
            return core::ptr::null_mut();
        }
        self.next.store(end, Ordering::Relaxed);
        (end - layout.size()) as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unreachable()
}
