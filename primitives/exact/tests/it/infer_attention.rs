//! Attention: a sequence has the same bits in one piece, in several, and token by token.

use quorate_exact::infer::{
    attention::{attention, Seen},
    elementwise::binary,
    matmul::matmul,
    moves::{concat, reshape, slice, transpose},
    normalise::softmax,
    Fault, Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{bits, filled, of, row, tensor},
};

struct Sequence {
    q: Tensor,
    k: Tensor,
    v: Tensor,
}

/// T tokens, H heads that share G of keys and values.
fn sequence(numbers: &mut Numbers, [t, heads, groups, d, e]: [usize; 5]) -> Sequence {
    Sequence {
        q: tensor(numbers, &[t, heads, d]),
        k: tensor(numbers, &[t, groups, d]),
        v: tensor(numbers, &[t, groups, e]),
    }
}

const SHAPES: [[usize; 5]; 5] = [
    [1, 1, 1, 1, 1],
    [5, 2, 2, 8, 8],
    [33, 4, 2, 7, 3],
    [67, 2, 1, 16, 5],
    [40, 3, 1, 31, 33],
];
const SCALE: f32 = 0.25;

#[test]
fn a_prompt_should_have_the_same_bits_whole_in_chunks_and_token_by_token() {
    let mut numbers = Numbers::new(seed());
    for shape in SHAPES {
        let Sequence { q, k, v } = sequence(&mut numbers, shape);
        let t = shape[0];
        let whole = attention([&q, &k, &v], SCALE, None, Seen::Causal { first: 0 }).unwrap();
        for chunk in [1, 3, 16, 32, t] {
            for first in (0..t).step_by(chunk) {
                let rows = chunk.min(t - first);
                let cached = |x: &Tensor| row(x, 0, first + rows);
                let piece = attention(
                    [&row(&q, first, rows), &cached(&k), &cached(&v)],
                    SCALE,
                    None,
                    Seen::Causal { first },
                );
                assert_eq!(
                    bits(&piece.unwrap()),
                    bits(&row(&whole, first, rows)),
                    "{shape:?} {chunk} {first}"
                );
            }
        }
    }
}

#[test]
fn excluded_keys_should_be_as_good_as_absent() {
    let mut numbers = Numbers::new(seed());
    let Sequence { q, k, v } = sequence(&mut numbers, [40, 2, 1, 8, 4]);
    let whole = attention([&q, &k, &v], SCALE, None, Seen::Causal { first: 0 }).unwrap();
    // What lies behind the 20th key may be anything, also an infinity, whose product with +0 would be no number.
    let spoilt = |x: &Tensor| {
        let rest = filled(&[20, 1, x.shape()[2]], || f32::INFINITY);
        concat(&[&row(x, 0, 20), &rest], 0).unwrap()
    };
    let (first_half, seen) = (row(&q, 0, 20), Seen::Causal { first: 0 });
    let y = attention([&first_half, &spoilt(&k), &spoilt(&v)], SCALE, None, seen).unwrap();
    assert_eq!(bits(&y), bits(&row(&whole, 0, 20)));
    // The last query sees all keys.
    let all = attention([&row(&q, 39, 1), &k, &v], SCALE, None, Seen::All).unwrap();
    assert_eq!(bits(&all), bits(&row(&whole, 39, 1)));
}

#[test]
fn attention_should_be_its_expansion_into_nodes() {
    let mut numbers = Numbers::new(seed());
    for [t, heads, groups, d, e] in SHAPES {
        let Sequence { q, k, v } = sequence(&mut numbers, [t, heads, groups, d, e]);
        let mask = filled(&[t, t], || [0.0, 1.5, f32::NEG_INFINITY][numbers.below(3) as usize]);
        // Each query sees itself, so that no row is masked whole.
        let own = filled(&[t, t], {
            let mut place = 0..;
            move || {
                if place.next().is_some_and(|place: usize| place.is_multiple_of(t + 1)) {
                    0.0
                } else {
                    f32::NEG_INFINITY
                }
            }
        });
        let mask = binary(&mask, &own, f32::max).unwrap();
        let fused = attention([&q, &k, &v], SCALE, Some(&mask), Seen::All).unwrap();
        for head in 0..heads {
            let of_head = |x: &Tensor, head| {
                let one = slice(x, 1, head, 1, 1).unwrap();
                reshape(&one, &[t, x.shape()[2]]).unwrap()
            };
            let shared = head / (heads / groups);
            let keys = transpose(&of_head(&k, shared), &[1, 0]).unwrap();
            let scores = matmul(&of_head(&q, head), &keys).unwrap().map(|a| a * SCALE).unwrap();
            let p = softmax(&binary(&scores, &mask, |a, m| a + m).unwrap(), 1).unwrap();
            let y = matmul(&p, &of_head(&v, shared)).unwrap();
            assert_eq!(bits(&y), bits(&of_head(&fused, head)));
        }
    }
}

#[test]
fn a_query_whose_keys_are_all_masked_should_end_the_run() {
    let one = of(&[2, 1, 1], &[1.0f32, 2.0]);
    let masked = f32::NEG_INFINITY;
    let y = |mask: [f32; 4]| attention([&one, &one, &one], 1.0, Some(&of(&[2, 2], &mask)), Seen::All);
    assert_eq!(
        y([0.0, masked, masked, 0.0]).map(|y| y.data().to_vec()),
        Ok(vec![1.0, 2.0])
    );
    assert_eq!(y([0.0, masked, masked, masked]), Err(Fault::NaN));
    // A mask of an excluded key is not read.
    let mask = of(&[2, 2], &[0.0, f32::INFINITY, masked, 0.0]);
    let causal = attention([&one, &one, &one], 1.0, Some(&mask), Seen::Causal { first: 0 });
    assert_eq!(causal.map(|y| y.data().to_vec()), Ok(vec![1.0, 2.0]));
}

#[test]
fn shapes_that_do_not_fit_should_be_named() {
    let x = |shape: [usize; 3]| tensor(&mut Numbers::new(1), &shape);
    let y = |q, k, v, seen| attention([&x(q), &x(k), &x(v)], 1.0, None, seen).map(|y| y.shape().to_vec());
    assert_eq!(y([2, 4, 8], [3, 2, 8], [3, 2, 5], Seen::All), Ok(vec![2, 4, 5]));
    assert_eq!(
        y([2, 4, 8], [3, 3, 8], [3, 3, 5], Seen::All),
        Err(Fault::Parameter("heads"))
    );
    assert_eq!(
        y([2, 4, 8], [3, 2, 7], [3, 2, 5], Seen::All),
        Err(Fault::Dimension { expected: 8, got: 7 })
    );
    assert_eq!(
        y([2, 4, 8], [3, 2, 8], [4, 2, 5], Seen::All),
        Err(Fault::Dimension { expected: 3, got: 4 })
    );
    let causal = |first| y([2, 2, 8], [3, 2, 8], [3, 2, 5], Seen::Causal { first });
    assert_eq!(causal(1), Ok(vec![2, 2, 5]));
    assert_eq!(causal(2), Err(Fault::Dimension { expected: 4, got: 3 }));
    assert_eq!(
        causal(usize::MAX).err(),
        Some(Fault::Dimension {
            expected: usize::MAX,
            got: 3
        })
    );
}
