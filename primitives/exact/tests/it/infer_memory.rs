//! Operations take memory in proportion to their inputs and outputs, whatever their parameters.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use quorate_exact::infer::{
    attention::{attention, Seen},
    conv::{conv, conv_transpose, Filters},
    elementwise::binary,
    matmul::{linear, matmul},
    moves::{gather, transpose},
    normalise::{layer_norm, softmax},
    pool::{pool, Pool},
    quantised::{dynamic_quantize, matmul_integer, quantize},
    recurrent::{gru, Gates},
    reduce::{reduce, top_k, Reduce},
    sample::{sample, Sampler},
    Fault, Stride, Tensor,
};

use crate::{
    infer_numbers::Numbers,
    infer_tensors::{filled, of, tensor},
};

/// The system's allocator, with the bytes that this thread holds and the most that it held.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    HELD.set(HELD.get() + bytes);
    MOST.set(MOST.get().max(HELD.get()));
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most bytes of a call for each element of its inputs and outputs.
const EACH: usize = 32;

/// `answer` gives the number of elements of the results.
#[track_caller]
fn takes_little(inputs: usize, answer: impl FnOnce() -> Result<usize, Fault>) {
    let before = HELD.get();
    MOST.set(before);
    let outputs = answer().unwrap();
    let took = (MOST.get() - before) as usize;
    assert!(
        took <= EACH * (inputs + outputs) + 4096,
        "{took} bytes of {inputs} and {outputs} elements"
    );
}

fn elements(y: Result<Tensor, Fault>) -> Result<usize, Fault> {
    y.map(|y| y.data().len())
}

#[test]
fn memory_should_be_bounded_by_inputs_and_outputs() {
    let n = &mut Numbers::new(1);
    let (x, w) = (tensor(n, &[64, 128]), tensor(n, &[96, 128]));
    takes_little(64 * 128 + 96 * 128, || elements(linear(&x, &w, None)));
    let turned = transpose(&w, &[1, 0]).unwrap();
    takes_little(64 * 128 + 96 * 128, || elements(matmul(&x, &turned)));
    takes_little(64 * 128, || elements(transpose(&x, &[1, 0])));
    takes_little(64 * 128, || elements(softmax(&x, 0)));
    takes_little(64 * 128, || elements(reduce(&x, Reduce::Mean, &[0, 1], false)));
    takes_little(64 * 128, || {
        top_k(&x, 3, 1, true).map(|(values, _)| 2 * values.data().len())
    });
    let (column, gain) = (tensor(n, &[512, 1]), tensor(n, &[128]));
    takes_little(512 + 128, || elements(binary(&column, &gain, |a, b| a * b)));
    takes_little(64 * 128 + 128, || elements(layer_norm(&x, &gain, None, 1e-5)));
    let ids = filled(&[1000], || i64::from(n.below(64)));
    takes_little(64 * 128 + 1000, || elements(gather(&x, &ids, 0)));
    takes_little(64 * 128, || dynamic_quantize(&x).map(|(y, ..)| y.data().len()));
    let (scale, zero) = (of(&[], &[0.5f32]), of(&[], &[3u8]));
    takes_little(64 * 128, || quantize(&x, &scale, &zero).map(|y| y.data().len()));
    let (a, b) = (filled(&[64, 128], || 1u8), filled(&[96, 128], || 2u8));
    takes_little(64 * 128 + 96 * 128, || {
        matmul_integer(&a, &zero, &b, &zero).map(|y| y.data().len())
    });
    let [q, k, v] = [[16, 4, 32], [256, 2, 32], [256, 2, 32]].map(|shape| tensor(n, &shape));
    takes_little(2048 + 2 * 16384, || {
        elements(attention([&q, &k, &v], 0.125, None, Seen::Causal { first: 240 }))
    });
    let logits = tensor(n, &[32_768]);
    let sampler = Sampler::Draw {
        temperature: 1.0,
        top_k: 32_768,
    };
    takes_little(32_768, || sample(&logits, sampler, &[0; 32], 0).map(|_| 1));
    let (x, weights) = (tensor(n, &[1, 24, 24, 8]), tensor(n, &[16, 3, 3, 8]));
    let filters = Filters {
        weights: &weights,
        bias: None,
        groups: 1,
    };
    let inputs = 24 * 24 * 8 + 16 * 72;
    takes_little(inputs, || elements(conv(&x, filters, [Stride::default(); 2])));
    takes_little(inputs, || {
        elements(conv_transpose(&x, filters, [Stride::default(); 2], [0, 0]))
    });
    // A window of a million taps, of which nine lie on the image.
    let small = tensor(n, &[1, 3, 3, 1]);
    let wide = Stride {
        before: 500,
        after: 500,
        ..Stride::default()
    };
    takes_little(9, || elements(pool(&small, Pool::Max, [1000, 1000], [wide; 2], false)));
    let [x, input, hidden, state] = [&[20, 4, 16][..], &[96, 16], &[96, 32], &[4, 32]].map(|shape| tensor(n, shape));
    let gates = Gates {
        input: &input,
        hidden: &hidden,
        bias: None,
    };
    takes_little(1280 + 1536 + 3072 + 128, || {
        gru(&x, gates, &state, true).map(|[y, h]| y.data().len() + h.data().len())
    });
}
