//! Memory as it was said before, and no more of it after 1,000 requests: counted by the allocator.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

#[path = "it/build.rs"]
#[allow(dead_code)]
mod build;
#[path = "it/models.rs"]
#[allow(dead_code)]
mod models;

use quorate_infer::{Options, Plan, Runner, Session};
use quorate_program::Value;

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

/// Bytes held more than before, and the most held at once.
fn counted<R>(work: impl FnOnce() -> R) -> (R, usize, usize) {
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let result = work();
    let held = HELD.load(Ordering::Relaxed).saturating_sub(before);
    (result, held, MOST.load(Ordering::Relaxed) - before)
}

// One test: others beside it would be counted too.
#[test]
fn a_thousand_requests_should_need_the_memory_of_one() {
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    let b = models::bert();
    let requests: Vec<Vec<Value>> = (0..1_000)
        .map(|i| models::bert_request(i, 1 + i as usize % 40, 1 + i as usize % 7))
        .collect();
    let tensors: usize = b.tensors.iter().map(|tensor| tensor.bytes().len()).sum();
    let held = b.held();
    let program = b.program();
    let (model, kept, _) = counted(|| quorate_infer::Model::new(program, &held, options).unwrap());
    // Small weights have margins; the graph's own lists come on top.
    assert!(
        kept < tensors * 105 / 100 + 24_000,
        "{kept} bytes for tensors of {tensors}"
    );
    let model = std::sync::Arc::new(model);
    let mut runner = Runner::new(model.clone());
    let longest = [("tokens".to_owned(), 40)].into();
    let needed = Plan::new(&model, &[longest], 0).unwrap().memory() as usize;
    let (_, kept, most) = counted(|| {
        for tokens in (1..=40).rev() {
            runner.run(&requests[tokens - 1]).unwrap();
        }
    });
    assert!(kept >= needed, "{kept} bytes, {needed} planned");
    // Kept plans, copies of inputs and outputs, what the reference makes of masks.
    assert!(most < needed + 400_000, "{most} bytes, {needed} planned");
    let before = HELD.load(Ordering::Relaxed);
    let mut expected = vec![];
    for request in &requests {
        runner.run(request).unwrap();
        expected.push(HELD.load(Ordering::Relaxed));
    }
    let steady = &expected[80..];
    let (least, largest) = (steady.iter().min().unwrap(), steady.iter().max().unwrap());
    assert!(
        largest - least < 100_000 && *largest < before + 100_000,
        "{before} {least} {largest}"
    );

    let model = models::llama(2, 64).model(options);
    let (session, kept, _) = counted(|| Session::new(model.clone(), 64).unwrap());
    let known = Session::memory(&model, 64) as usize;
    assert!(kept >= known && kept < known + 4_000, "{kept} bytes, {known} known");
    drop(session);
}
