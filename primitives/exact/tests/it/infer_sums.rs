//! Chains, S32 and matrix products.

use quorate_exact::infer::{
    matmul::{linear, matmul},
    moves::transpose,
    sums::{chain, s32, s32_at, s32_squares},
    Fault, Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{any, bits, of, row, tensor, usual},
};

/// Lengths around a warp, primes, one.
const LENGTHS: [usize; 10] = [1, 2, 17, 31, 32, 33, 63, 64, 97, 389];

/// S32 by its definition, backwards: what each lane has, then the tree as a recursion.
fn by_tree(lanes: &[f32]) -> f32 {
    match lanes {
        [one] => *one,
        _ => {
            let (low, high) = lanes.split_at(lanes.len() / 2);
            by_tree(&low.iter().zip(high).map(|(a, b)| a + b).collect::<Vec<_>>())
        }
    }
}

#[test]
fn a_chain_should_be_the_processor_s_fused_steps_from_plus_zero() {
    let mut numbers = Numbers::new(seed());
    for _ in 0..2_000 {
        for n in LENGTHS {
            let pairs: Vec<(f32, f32)> = (0..n)
                .map(|_| (any(&mut numbers, false), usual(&mut numbers)))
                .collect();
            let mut acc = 0f32;
            for &(a, b) in &pairs {
                acc = a.mul_add(b, acc);
            }
            let ours = chain(pairs);
            assert!(ours.to_bits() == acc.to_bits() || (ours.is_nan() && acc.is_nan()));
        }
    }
}

#[test]
fn s32_should_be_its_lanes_and_their_tree() {
    let mut numbers = Numbers::new(seed());
    for _ in 0..500 {
        for n in LENGTHS {
            let x: Vec<f32> = (0..n).map(|_| usual(&mut numbers)).collect();
            let lane = |lane: usize| x.iter().skip(lane).step_by(32);
            let sums: Vec<f32> = (0..32).map(|i| lane(i).fold(0.0, |sum, x| sum + x)).collect();
            let squares: Vec<f32> = (0..32)
                .map(|i| lane(i).fold(0f32, |sum, x| x.mul_add(*x, sum)))
                .collect();
            assert_eq!(s32(x.iter().copied()).to_bits(), by_tree(&sums).to_bits());
            assert_eq!(s32_squares(x.iter().copied()).to_bits(), by_tree(&squares).to_bits());
        }
    }
}

#[test]
fn s32_should_leave_out_missing_indices() {
    let (big, small) = (2f32.powi(24), 1f32);
    // Lanes 0, 1 and 17: the small ones meet before they meet the big one.
    assert_eq!(s32_at([(0, big), (1, small), (17, small)]), big + 2.0);
    // All in lane 3: each is lost.
    assert_eq!(s32_at([(3, big), (35, small), (67, small)]), big);
    assert_eq!(s32_at([]).to_bits(), 0);
}

#[test]
fn sums_of_negative_zeros_should_be_plus_zero() {
    assert_eq!(s32([-0.0; 5]).to_bits(), 0);
    assert_eq!(chain([(-0.0, 1.0); 3]).to_bits(), 0);
    // Why nothing is ever padded: a negative result that vanishes keeps its sign only without a further step.
    let vanishing = [(f32::from_bits(1), -0.25)];
    assert_eq!(chain(vanishing).to_bits(), 1 << 31);
    assert_eq!(chain(vanishing.into_iter().chain([(0.0, 0.0)])).to_bits(), 0);
}

#[test]
fn s32_should_err_less_than_a_chain() {
    let mut numbers = Numbers::new(seed());
    let (mut lanes, mut chained) = (0.0, 0.0);
    for _ in 0..200 {
        let x: Vec<f32> = (0..4096).map(|_| usual(&mut numbers)).collect();
        let exact: f64 = x.iter().map(|&x| f64::from(x)).sum();
        lanes += (f64::from(s32(x.iter().copied())) - exact).abs();
        chained += (f64::from(chain(x.iter().map(|&x| (x, 1.0)))) - exact).abs();
    }
    assert!(lanes < chained / 2.0, "{lanes} {chained}");
}

#[test]
fn a_row_of_a_product_should_not_depend_on_its_neighbours() {
    let mut numbers = Numbers::new(seed());
    for k in LENGTHS {
        let (x, w, b) = (
            tensor(&mut numbers, &[5, k]),
            tensor(&mut numbers, &[7, k]),
            tensor(&mut numbers, &[7]),
        );
        let all = linear(&x, &w, Some(&b)).unwrap();
        for i in 0..5 {
            let alone = linear(&row(&x, i, 1), &w, Some(&b)).unwrap();
            assert_eq!(bits(&alone), bits(&row(&all, i, 1)));
        }
    }
}

#[test]
fn a_bias_should_come_after_the_chain() {
    // 2^24 ⊕ 1 ⊕ 1 loses both ones; 2^24 ⊕ 2 does not.
    let x = of(&[1, 2], &[1.0f32, 1.0]);
    let y = linear(&x, &of(&[1, 2], &[1.0, 1.0]), Some(&of(&[1], &[2f32.powi(24)]))).unwrap();
    assert_eq!(y.data(), [2f32.powi(24) + 2.0]);
}

#[test]
fn both_products_should_agree_and_batches_be_broadcast() {
    let mut numbers = Numbers::new(seed());
    for (m, k, n) in [(1, 1, 1), (3, 31, 2), (4, 33, 5), (2, 97, 3)] {
        let (a, w) = (tensor(&mut numbers, &[2, 3, m, k]), tensor(&mut numbers, &[n, k]));
        let b = transpose(&w, &[1, 0]).unwrap();
        let (ours, theirs) = (matmul(&a, &b).unwrap(), linear(&a, &w, None).unwrap());
        assert_eq!((ours.shape(), bits(&ours)), (theirs.shape(), bits(&theirs)));
        // [2, 1, m, k] by [3, k, n]: every pair.
        let (a, b) = (tensor(&mut numbers, &[2, 1, m, k]), tensor(&mut numbers, &[3, k, n]));
        let all = matmul(&a, &b).unwrap();
        assert_eq!(all.shape(), [2, 3, m, n]);
        for (i, j) in [(0, 0), (0, 2), (1, 1)] {
            let one = matmul(&of(&[m, k], &a.data()[i * m * k..][..m * k]), &row(&b, j, 1)).unwrap();
            assert_eq!(
                bits(&one),
                bits(&of(&[m, n], &all.data()[(i * 3 + j) * m * n..][..m * n]))
            );
        }
    }
}

#[test]
fn infinities_should_pass_and_what_is_not_a_number_should_end_the_run() {
    let w = of(&[1, 2], &[1.0f32, 1.0]);
    let y = |x: [f32; 2]| linear(&of(&[1, 2], &x), &w, None).map(|y| y.data()[0]);
    assert_eq!(y([f32::INFINITY, 1.0]), Ok(f32::INFINITY));
    assert_eq!(y([f32::MAX, f32::MAX]), Ok(f32::INFINITY));
    assert_eq!(y([f32::INFINITY, f32::NEG_INFINITY]), Err(Fault::NaN));
    assert_eq!(Tensor::new(vec![1], vec![f32::NAN]), Err(Fault::NaN));
}

#[test]
fn shapes_that_do_not_fit_should_be_named() {
    let x = |shape: &[usize]| tensor(&mut Numbers::new(1), shape);
    let dimension = |expected, got| Err(Fault::Dimension { expected, got });
    let shape = |y: Result<Tensor, Fault>| y.map(|y| y.shape().to_vec());
    assert_eq!(shape(linear(&x(&[2, 3]), &x(&[4, 5]), None)), dimension(5, 3));
    assert_eq!(shape(linear(&x(&[2, 3]), &x(&[4, 3]), Some(&x(&[5])))), dimension(4, 5));
    assert_eq!(shape(matmul(&x(&[2, 3]), &x(&[4, 5]))), dimension(3, 4));
    assert_eq!(shape(matmul(&x(&[2, 2, 3]), &x(&[3, 3, 5]))), dimension(2, 3));
    assert_eq!(
        shape(matmul(&x(&[3]), &x(&[3, 5]))),
        Err(Fault::Rank { expected: 2, got: 1 })
    );
    assert_eq!(shape(linear(&x(&[3]), &x(&[4, 3]), None)), Ok(vec![4]));
    let big = |shape: &[usize]| Tensor::<u8>::new(shape.to_vec(), vec![]);
    assert_eq!(big(&[2, 0]), Err(Fault::Size));
    assert_eq!(big(&[1 << 16, 1 << 15]), Err(Fault::Size));
    assert_eq!(big(&[usize::MAX, usize::MAX, 2]), Err(Fault::Size));
    assert_eq!(big(&[1; 9]), Err(Fault::Size));
    assert_eq!(big(&[3]), Err(Fault::Length { expected: 3, got: 0 }));
}
