//! What a convolution keeps does not grow with the number of ways in which its window may lie on the image: counted by the allocator.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use quorate_exact::infer::Stride;
use quorate_infer_kernels::{
    conv::{Conv, Shape},
    Isa,
};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

// One test: others beside it would be counted too.
#[test]
fn wide_paddings_and_dilations_should_need_little_memory() {
    let around = |kernel: usize, dilation: usize| Stride {
        step: 1,
        dilation,
        before: dilation * (kernel - 1),
        after: dilation * (kernel - 1),
    };
    // 24,964 rectangles of 1,600 runs at most; 4,095 groups of 2,048 taps at most.
    for (kernel, image, dilation) in [([40, 40], [80, 80], 2), ([1, 2_048], [1, 2_048], 1)] {
        for outputs in [1, 2] {
            let weights = vec![1.0; kernel[0] * kernel[1] * outputs];
            let shape = Shape {
                image,
                channels: 1,
                kernel,
                outputs,
                groups: 1,
                strides: kernel.map(|taps| around(taps, dilation)),
                transposed: None,
            };
            let before = HELD.load(Ordering::Relaxed);
            MOST.store(before, Ordering::Relaxed);
            let conv = Conv::new(Isa::detect(), shape, &weights).unwrap();
            let [height, width] = conv.places();
            let image = vec![1.0; image[0] * image[1]];
            let mut y = vec![0.0; height * width * outputs];
            assert!(!conv.run(&image, 0..height, None, &mut y, None));
            let most = MOST.load(Ordering::Relaxed) - before;
            let own = 4 * (image.len() + y.len() + 2 * weights.len());
            assert!(most < own + 1_000_000, "{most} bytes for {own}");
            // Of ones the chain counts its taps.
            assert_eq!(
                y[outputs * (height / 2 * width + width / 2)] as usize,
                inside(kernel, dilation)
            );
        }
    }
}

/// Taps on the image at the place in the middle.
fn inside(kernel: [usize; 2], dilation: usize) -> usize {
    let taps = |taps: usize| match taps {
        1 => 1,
        taps => {
            let (size, padding) = (taps * dilation, dilation * (taps - 1));
            let place = (size + padding) / 2;
            (0..taps)
                .filter(|tap| (padding..padding + size).contains(&(place + tap * dilation)))
                .count()
        }
    };
    taps(kernel[0]) * taps(kernel[1])
}
