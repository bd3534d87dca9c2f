//! Elementwise operations and broadcasting.

use quorate_exact::infer::{
    arithmetic::{max, min, sqrt},
    elementwise::{binary, clip, neg, relu, select, whole, Whole},
    moves::expand,
    Fault, Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{any, bits, filled, of, tensor},
};

#[test]
fn broadcasting_should_equal_the_operation_on_expanded_tensors() {
    let mut numbers = Numbers::new(seed());
    let shapes: [(&[usize], &[usize], &[usize]); 6] = [
        (&[], &[2, 3], &[2, 3]),
        (&[3], &[2, 3], &[2, 3]),
        (&[2, 1], &[2, 3], &[2, 3]),
        (&[2, 1, 4], &[3, 1], &[2, 3, 4]),
        (&[5, 1, 1], &[1, 1, 2], &[5, 1, 2]),
        (&[1], &[1, 1], &[1, 1]),
    ];
    for (a, b, whole) in shapes {
        let (a, b) = (tensor(&mut numbers, a), tensor(&mut numbers, b));
        let c = filled(whole, || numbers.below(2) == 1);
        let (wide_a, wide_b) = (expand(&a, whole).unwrap(), expand(&b, whole).unwrap());
        let y = binary(&a, &b, |a, b| a - b).unwrap();
        let each = wide_a.data().iter().zip(wide_b.data());
        assert_eq!(y.shape(), whole);
        assert_eq!(y.data(), each.clone().map(|(a, b)| a - b).collect::<Vec<_>>());
        let chosen = select(&c, &a, &b).unwrap();
        let expected = c.data().iter().zip(each).map(|(&c, (a, b))| if c { *a } else { *b });
        assert_eq!(chosen.data(), expected.collect::<Vec<_>>());
    }
}

#[test]
fn rows_should_not_depend_on_their_batch() {
    let mut numbers = Numbers::new(seed());
    let x = filled(&[9, 4], || any(&mut numbers, false));
    let y = filled(&[4], || any(&mut numbers, false));
    let all = binary(&x, &y, |x, y| x * y).unwrap();
    for (row, whole) in x.data().chunks(4).zip(all.data().chunks(4)) {
        let alone = binary(&of(&[4], row), &y, |x, y| x * y).unwrap();
        assert_eq!(bits(&alone), bits(&of(&[4], whole)));
    }
}

#[test]
fn zeros_should_have_an_order_in_minimum_and_maximum_alone() {
    let zeros = of(&[4], &[0.0f32, -0.0, 0.0, -0.0]);
    let turned = of(&[4], &[-0.0f32, 0.0, 0.0, -0.0]);
    let both = |f: fn(f32, f32) -> f32| bits(&binary(&zeros, &turned, f).unwrap());
    assert_eq!(both(max), [0, 0, 0, 1 << 31]);
    assert_eq!(both(min), [1 << 31, 1 << 31, 0, 1 << 31]);
    assert_eq!(binary(&zeros, &turned, |a, b| a == b).unwrap().data(), [true; 4]);
    assert_eq!(binary(&zeros, &turned, |a, b| a < b).unwrap().data(), [false; 4]);
    assert_eq!(
        [relu(-0.0), relu(-1.0), relu(f32::NEG_INFINITY)].map(f32::to_bits),
        [0; 3]
    );
    assert_eq!([neg(0.0), neg(-0.0)].map(f32::to_bits), [1 << 31, 0]);
    assert_eq!(clip(-0.0, 0.0, 6.0).to_bits(), 0);
    assert_eq!(
        [
            clip(7.0, 0.0, 6.0),
            clip(1.0, 3.0, 2.0),
            clip(9.0, f32::NEG_INFINITY, f32::INFINITY)
        ],
        [6.0, 2.0, 9.0]
    );
}

#[test]
fn invalid_operations_should_end_the_run_and_divisions_by_zero_should_not() {
    let one = |x: f32| of(&[], &[x]);
    let infinity = f32::INFINITY;
    let div = |a: f32, b: f32| binary(&one(a), &one(b), |a, b| a / b).map(|y| y.data()[0]);
    assert_eq!((div(1.0, 0.0), div(1.0, -0.0)), (Ok(infinity), Ok(-infinity)));
    assert_eq!(
        (div(0.0, 0.0), div(infinity, infinity)),
        (Err(Fault::NaN), Err(Fault::NaN))
    );
    assert_eq!(binary(&one(infinity), &one(infinity), |a, b| a - b), Err(Fault::NaN));
    assert_eq!(binary(&one(infinity), &one(-0.0), |a, b| a * b), Err(Fault::NaN));
    assert_eq!(one(-1.0).map(sqrt), Err(Fault::NaN));
    assert_eq!(one(-0.0).map(sqrt).map(|y| bits(&y)), Ok(vec![1 << 31]));
}

#[test]
fn integers_should_be_added_subtracted_and_multiplied_exactly_or_be_out_of_range() {
    fn all<T: Whole + TryFrom<i128> + Into<i128>>(numbers: &mut Numbers, edges: &[T]) {
        let checked: [fn(T, T) -> Option<T>; 3] = [T::add, T::sub, T::mul];
        let exact: [fn(i128, i128) -> i128; 3] = [|a, b| a + b, |a, b| a - b, |a, b| a * b];
        for (f, exact) in checked.into_iter().zip(exact) {
            for &a in edges {
                for &b in edges {
                    let y = whole(&of(&[], &[a]), &of(&[], &[b]), f).map(|y| y.data()[0]);
                    let expected = T::try_from(exact(a.into(), b.into()));
                    assert_eq!(y.ok(), expected.ok(), "{a:?} {b:?}");
                }
            }
            // Broadcast as everything else; one element out of range ends the run.
            let a: Vec<T> = (0..6).map(|_| edges[numbers.below(3) as usize]).collect();
            let y = whole(&of(&[2, 3], &a), &of(&[3], &edges[..3]), f).unwrap();
            let expected = a.iter().zip(edges[..3].iter().cycle());
            let expected: Vec<_> = expected.map(|(&a, &b)| f(a, b).unwrap()).collect();
            assert_eq!((y.shape(), y.data()), (&[2, 3][..], &expected[..]));
            let (least, most) = (edges[edges.len() - 2], edges[edges.len() - 1]);
            let row = of(&[3], &[edges[0], most, least]);
            assert_eq!(whole(&row, &of(&[1], &[least]), f), Err(Fault::Range));
        }
    }
    let mut numbers = Numbers::new(seed());
    all(
        &mut numbers,
        &[0i64, 1, -3, 1 << 31, -(1 << 32), 3_037_000_500, i64::MIN, i64::MAX],
    );
    all(
        &mut numbers,
        &[0i32, 1, -3, 1 << 15, -(1 << 16), 46_341, i32::MIN, i32::MAX],
    );
}

#[test]
fn connectives_should_be_those_of_their_tables() {
    let (a, b) = (of(&[2, 1], &[false, true]), of(&[2], &[false, true]));
    let table = |f: fn(bool, bool) -> bool| binary(&a, &b, f).unwrap().data().to_vec();
    assert_eq!(table(|a, b| a & b), [false, false, false, true]);
    assert_eq!(table(|a, b| a | b), [false, true, true, true]);
    assert_eq!(table(|a, b| a ^ b), [false, true, true, false]);
    assert_eq!(b.map(|x| !x).unwrap().data(), [true, false]);
}

#[test]
fn what_cannot_be_broadcast_should_be_named() {
    let shape = |a: &[usize], b: &[usize]| {
        let (a, b) = (filled(a, || 1i64), filled(b, || 2i64));
        binary(&a, &b, |a, b| a == b).map(|y: Tensor<bool>| y.shape().to_vec())
    };
    assert_eq!(shape(&[2, 3], &[2]), Err(Fault::Dimension { expected: 3, got: 2 }));
    assert_eq!(shape(&[1 << 12, 1], &[1, 1, 1 << 4]), Ok(vec![1, 1 << 12, 1 << 4]));
    // A column by a row of 2^16 each would have 2^32 elements.
    assert_eq!(shape(&[1 << 16, 1], &[1 << 16]), Err(Fault::Size));
}
