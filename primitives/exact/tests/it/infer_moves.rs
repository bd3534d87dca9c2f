//! Reductions, choices, moves and casts.

use quorate_exact::infer::{
    arithmetic::sqrt,
    cast::{cast, Castable},
    moves::{concat, expand, gather, pad, reshape, resize_nearest, slice, split, transpose, Fill},
    reduce::{arg_max, reduce, top_k, Reduce},
    sums::{s32, s32_squares},
    Fault, Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{bits, filled, of, tensor},
};

fn counted(shape: &[usize]) -> Tensor<i64> {
    let mut next = 0..;
    filled(shape, || next.next().unwrap())
}

#[test]
fn reductions_should_go_row_major_over_the_reduced_axes() {
    let mut numbers = Numbers::new(seed());
    let x = tensor(&mut numbers, &[3, 5, 2, 7]);
    for axes in [vec![0], vec![3], vec![1, 2], vec![0, 2], vec![1, 3], vec![0, 1, 2, 3]] {
        // The same with the reduced axes behind the others, as one.
        let kept: Vec<usize> = (0..4).filter(|axis| !axes.contains(axis)).collect();
        let order = [kept.clone(), axes.clone()].concat();
        let moved = transpose(&x, &order).unwrap();
        let len: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
        let each = |f: &dyn Fn(&[f32]) -> f32| moved.data().chunks(len).map(f).collect::<Vec<_>>();
        let sum = |x: &[f32]| s32(x.iter().copied());
        let squares = |x: &[f32]| s32_squares(x.iter().copied());
        let expected = [
            (Reduce::Sum, each(&sum)),
            (Reduce::Mean, each(&|x| sum(x) / len as f32)),
            (Reduce::SumSquare, each(&squares)),
            (Reduce::L1, each(&|x| s32(x.iter().map(|x| x.abs())))),
            (Reduce::L2, each(&|x| sqrt(squares(x)))),
            (
                Reduce::Max,
                each(&|x| x.iter().copied().max_by(f32::total_cmp).unwrap()),
            ),
            (
                Reduce::Min,
                each(&|x| x.iter().copied().min_by(f32::total_cmp).unwrap()),
            ),
        ];
        for (how, expected) in expected {
            let y = reduce(&x, how, &axes, false).unwrap();
            let shape: Vec<usize> = kept.iter().map(|&axis| x.shape()[axis]).collect();
            assert_eq!(
                (y.shape(), bits(&y)),
                (&shape[..], bits(&of(&shape, &expected))),
                "{how:?} {axes:?}"
            );
            let kept = reduce(&x, how, &axes, true).unwrap();
            assert_eq!((kept.shape().len(), bits(&kept)), (4, bits(&y)));
        }
    }
}

#[test]
fn reductions_should_refuse_axes_that_are_missing_doubled_or_none() {
    let x = of(&[2, 2], &[1.0f32; 4]);
    let fault = |axes: &[usize]| reduce(&x, Reduce::Sum, axes, false).err();
    assert_eq!(fault(&[]), Some(Fault::Parameter("axes")));
    assert_eq!(fault(&[2]), Some(Fault::Axis { axis: 2, rank: 2 }));
    assert_eq!(fault(&[0, 0]), Some(Fault::Axis { axis: 0, rank: 2 }));
    assert_eq!(fault(&[1, 0]), Some(Fault::Axis { axis: 0, rank: 2 }));
    let infinities = of(&[2], &[f32::INFINITY, f32::NEG_INFINITY]);
    assert_eq!(reduce(&infinities, Reduce::Sum, &[0], false), Err(Fault::NaN));
    assert_eq!(
        reduce(&infinities, Reduce::Max, &[0], false).map(|y| y.data()[0]),
        Ok(f32::INFINITY)
    );
}

#[test]
fn of_equal_values_the_lower_index_should_come_first() {
    let x = of(&[7], &[-0.0, 2.0, 0.0, 2.0, -1.0, f32::NEG_INFINITY, 0.0f32]);
    let (values, indices) = top_k(&x, 6, 0, true).unwrap();
    assert_eq!(indices.data(), [1, 3, 0, 2, 6, 4]);
    assert_eq!(bits(&values), bits(&of(&[6], &[2.0, 2.0, -0.0, 0.0, 0.0, -1.0])));
    assert_eq!(top_k(&x, 5, 0, false).unwrap().1.data(), [5, 4, 0, 2, 6]);
    assert_eq!(arg_max(&x, 0, false).unwrap(), of(&[], &[1i64]));
    assert_eq!(
        arg_max(&of(&[2, 2], &[0.0, -0.0, -0.0, 0.0f32]), 1, true).unwrap(),
        of(&[2, 1], &[0i64, 0])
    );
    assert_eq!(
        (top_k(&x, 0, 0, true).err(), top_k(&x, 8, 0, true).err()),
        (Some(Fault::Parameter("k")), Some(Fault::Parameter("k")))
    );
}

#[test]
fn choices_should_run_along_any_axis() {
    let mut numbers = Numbers::new(seed());
    let x = filled(&[3, 4, 5], || i64::from(numbers.below(6)));
    for (axis, order) in [(0, [2, 1, 0]), (1, [0, 2, 1]), (2, [0, 1, 2])] {
        let (values, indices) = top_k(&x, 2, axis, true).unwrap();
        let (turned, places) = top_k(&transpose(&x, &order).unwrap(), 2, 2, true).unwrap();
        assert_eq!(values, transpose(&turned, &order).unwrap());
        assert_eq!(indices, transpose(&places, &order).unwrap());
    }
}

#[test]
fn gather_should_take_rows_in_the_order_of_the_indices() {
    let x = counted(&[3, 2]);
    let y = |indices: &[i64], axis| gather(&x, &of(&[indices.len()], indices), axis).map(|y| y.data().to_vec());
    assert_eq!(y(&[2, 0, -1], 0), Ok(vec![4, 5, 0, 1, 4, 5]));
    assert_eq!(y(&[1], 1), Ok(vec![1, 3, 5]));
    for index in [3, -4, i64::MAX, i64::MIN] {
        assert_eq!(y(&[0, index], 0), Err(Fault::Index { index, size: 3 }));
    }
    let one = gather(&x, &of(&[], &[1i64]), 0).unwrap();
    assert_eq!((one.shape(), one.data()), (&[2][..], &[2, 3][..]));
    let shape = gather(&x, &of(&[1, 2], &[1i64, 1]), 1).unwrap();
    assert_eq!(shape.shape(), [3, 1, 2]);
}

#[test]
fn what_was_split_should_be_whole_again_when_concatenated() {
    let x = counted(&[2, 5, 3]);
    for (axis, sizes) in [(0, vec![1, 1]), (1, vec![2, 1, 2]), (2, vec![3])] {
        let parts = split(&x, axis, &sizes).unwrap();
        assert_eq!(concat(&parts.iter().collect::<Vec<_>>(), axis).unwrap(), x);
    }
    assert_eq!(split(&x, 1, &[2, 2]), Err(Fault::Dimension { expected: 5, got: 4 }));
    assert_eq!(split(&x, 1, &[5, 0]), Err(Fault::Size));
    assert_eq!(split(&x, 1, &[usize::MAX, 6]), Err(Fault::Size));
    assert_eq!(
        concat(&[&x, &counted(&[2, 5, 2])], 1),
        Err(Fault::Dimension { expected: 3, got: 2 })
    );
    assert_eq!(concat::<i64>(&[], 0), Err(Fault::Parameter("inputs")));
}

#[test]
fn a_slice_should_be_what_its_start_step_and_count_name() {
    let x = counted(&[6]);
    let y = |start, step, count| slice(&x, 0, start, step, count).map(|y| y.data().to_vec());
    assert_eq!(
        (y(1, 2, 3), y(5, -1, 6)),
        (Ok(vec![1, 3, 5]), Ok(vec![5, 4, 3, 2, 1, 0]))
    );
    assert_eq!((y(0, i64::MAX, 1), y(0, 1, 0)), (Ok(vec![0]), Err(Fault::Size)));
    assert_eq!(y(0, 0, 1), Err(Fault::Parameter("step")));
    for (start, step, count) in [
        (6, 1, 1),
        (1, -1, 3),
        (0, 1, 7),
        (usize::MAX, 1, 1),
        (0, 1, usize::MAX),
        (3, i64::MIN, 2),
    ] {
        assert_eq!(y(start, step, count), Err(Fault::Parameter("slice")));
    }
}

#[test]
fn elements_should_keep_their_order_or_be_transposed() {
    let x = counted(&[2, 3, 4]);
    assert_eq!(reshape(&x, &[4, 6]).unwrap().data(), x.data());
    assert_eq!(reshape(&x, &[5, 5]), Err(Fault::Length { expected: 25, got: 24 }));
    let y = transpose(&x, &[2, 0, 1]).unwrap();
    assert_eq!(y.shape(), [4, 2, 3]);
    assert_eq!(y.data()[..6], [0, 4, 8, 12, 16, 20]);
    assert_eq!(transpose(&y, &[1, 2, 0]).unwrap(), x);
    assert_eq!(transpose(&x, &[0, 1]).err(), Some(Fault::Rank { expected: 3, got: 2 }));
    assert_eq!(transpose(&x, &[0, 1, 1]).err(), Some(Fault::Axis { axis: 1, rank: 3 }));
    assert_eq!(transpose(&x, &[0, 1, 3]).err(), Some(Fault::Axis { axis: 3, rank: 3 }));
}

#[test]
fn expansion_and_padding_should_repeat_what_they_say() {
    let x = counted(&[2, 1]);
    assert_eq!(
        expand(&x, &[2, 2, 3]).unwrap().data(),
        [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]
    );
    assert_eq!(expand(&x, &[1, 3]), Err(Fault::Dimension { expected: 1, got: 2 }));
    assert_eq!(expand(&x, &[2]), Err(Fault::Rank { expected: 1, got: 2 }));
    let x = counted(&[4]);
    let y = |before, after, fill| pad(&x, 0, before, after, fill).map(|y| y.data().to_vec());
    assert_eq!(y(1, 2, Fill::Constant(9)), Ok(vec![9, 0, 1, 2, 3, 9, 9]));
    assert_eq!(y(1, 2, Fill::Edge), Ok(vec![0, 0, 1, 2, 3, 3, 3]));
    assert_eq!(y(3, 2, Fill::Reflect), Ok(vec![3, 2, 1, 0, 1, 2, 3, 2, 1]));
    assert_eq!(y(4, 0, Fill::Reflect), Err(Fault::Parameter("padding")));
    assert_eq!(y(usize::MAX, 1, Fill::Edge), Err(Fault::Size));
    let inner = pad(&counted(&[2, 2]), 0, 1, 0, Fill::Constant(7)).unwrap();
    assert_eq!(inner.data(), [7, 7, 0, 1, 2, 3]);
}

#[test]
fn both_ways_to_the_nearest_pixel_should_be_the_same_at_whole_scales() {
    for scale in 1..=9usize {
        for i in 0..200usize {
            let asymmetric = (i as f64 / scale as f64).floor();
            let half_pixel = (i as f64 + 0.5) / scale as f64 - 0.5;
            let prefer_floor = (half_pixel - 0.5).ceil();
            assert_eq!((asymmetric, prefer_floor), ((i / scale) as f64, (i / scale) as f64));
        }
    }
    let y = resize_nearest(&counted(&[1, 2, 2]), 1, 2).unwrap();
    assert_eq!((y.shape(), y.data()), (&[1, 4, 2][..], &[0, 1, 0, 1, 2, 3, 2, 3][..]));
    assert_eq!(resize_nearest(&counted(&[2]), 0, 0), Err(Fault::Size));
    assert_eq!(resize_nearest(&counted(&[2]), 0, usize::MAX), Err(Fault::Size));
}

#[test]
fn casts_should_truncate_and_refuse_what_is_out_of_range() {
    fn to<A: Castable, B: Castable>(x: A) -> Result<B, Fault> {
        cast(&of(&[1], &[x])).map(|y: Tensor<B>| y.data()[0])
    }
    assert_eq!(
        [2.9f32, -2.9, -0.0, 0.999].map(to::<f32, i64>),
        [Ok(2), Ok(-2), Ok(0), Ok(0)]
    );
    assert_eq!(
        (to::<f32, u8>(-0.999), to::<f32, u8>(255.9), to::<f32, i8>(-128.9)),
        (Ok(0), Ok(255), Ok(-128))
    );
    let out = [
        to::<f32, u8>(-1.0).err(),
        to::<f32, u8>(256.0).err(),
        to::<f32, i8>(-129.0).err(),
        to::<f32, i32>(2f32.powi(31)).err(),
        to::<f32, i64>(2f32.powi(63)).err(),
        to::<f32, i64>(f32::INFINITY).err(),
        to::<i64, i32>(1 << 31).err(),
        to::<i32, u8>(-1).err(),
    ];
    assert_eq!(out, [Some(Fault::Range); 8]);
    assert_eq!(to::<f32, i64>(-(2f32.powi(63))), Ok(i64::MIN));
    assert_eq!(
        (to::<i64, f32>((1 << 24) + 1), to::<i64, f32>((1 << 24) + 3)),
        (Ok(16_777_216.0), Ok(16_777_220.0))
    );
    assert_eq!(to::<i64, f32>(i64::MAX), Ok(2f32.powi(63)));
    assert_eq!(
        (
            to::<f32, bool>(-0.0),
            to::<f32, bool>(f32::from_bits(1)),
            to::<i64, bool>(-3)
        ),
        (Ok(false), Ok(true), Ok(true))
    );
    assert_eq!(
        (
            to::<bool, f32>(true),
            to::<bool, i64>(false),
            to::<f32, f32>(-0.0).map(f32::to_bits)
        ),
        (Ok(1.0), Ok(0), Ok(1 << 31))
    );
}
