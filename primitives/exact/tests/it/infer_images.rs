//! Convolutions, against their definitions by coordinates.

use quorate_exact::infer::{
    arithmetic::fma,
    conv::{conv, conv_transpose, Filters},
    matmul::linear,
    moves::{concat, pad, reshape, Fill},
    pool::{pool, Pool},
    Fault, Stride, Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{bits, of, row, tensor},
};

/// A window's way, with gaps and padding.
pub fn stride(numbers: &mut Numbers) -> Stride {
    let mut below = |bound| numbers.below(bound) as usize;
    Stride {
        step: 1 + below(3),
        dilation: 1 + below(2),
        before: below(3),
        after: below(3),
    }
}

/// Coordinates of row-major elements.
pub fn at(x: &Tensor, index: [usize; 4]) -> f32 {
    let [_, b, c, d] = x.dims().unwrap();
    x.data()[((index[0] * b + index[1]) * c + index[2]) * d + index[3]]
}

/// Conv by signed coordinates; none where there is no place.
fn by_coordinates(x: &Tensor, w: &Tensor, bias: &Tensor, groups: usize, [down, across]: [Stride; 2]) -> Option<Tensor> {
    let ([n, height, width, _], [outputs, kh, kw, depth]) = (x.dims::<4>().unwrap(), w.dims::<4>().unwrap());
    let places = |s: Stride, size: usize, k: usize| {
        let room = (s.before + size + s.after) as i64 - ((k - 1) * s.dilation + 1) as i64;
        (room >= 0).then(|| room as usize / s.step + 1)
    };
    let (rows, columns) = (places(down, height, kh)?, places(across, width, kw)?);
    let cell = |s: Stride, place: usize, tap: usize, size: usize| {
        let cell = (place * s.step + tap * s.dilation) as i64 - s.before as i64;
        (0..size as i64).contains(&cell).then_some(cell as usize)
    };
    let mut y = vec![];
    for place in 0..n * rows * columns * outputs {
        let (o, place) = (place % outputs, place / outputs);
        let (column, place) = (place % columns, place / columns);
        let (r, image) = (place % rows, place / rows);
        let mut acc = 0.0;
        for k in 0..kh * kw * depth {
            let (c, tap) = (k % depth, k / depth);
            let (ky, kx) = (tap / kw, tap % kw);
            if let (Some(i), Some(j)) = (cell(down, r, ky, height), cell(across, column, kx, width)) {
                let channel = o / (outputs / groups) * depth + c;
                acc = fma(at(x, [image, i, j, channel]), at(w, [o, ky, kx, c]), acc);
            }
        }
        y.push(acc + bias.data()[o]);
    }
    Some(of(&[n, rows, columns, outputs], &y))
}

#[test]
fn a_convolution_should_be_its_definition_by_coordinates() {
    let mut numbers = Numbers::new(seed());
    let mut run = 0;
    for _ in 0..1_000 {
        let mut below = |bound| 1 + numbers.below(bound) as usize;
        let (groups, depth, each) = (below(3), below(4), below(3));
        let (n, size, kernel) = (below(2), [below(7), below(7)], [below(3), below(3)]);
        let x = tensor(&mut numbers, &[n, size[0], size[1], groups * depth]);
        let w = tensor(&mut numbers, &[groups * each, kernel[0], kernel[1], depth]);
        let bias = tensor(&mut numbers, &[groups * each]);
        let strides = [stride(&mut numbers), stride(&mut numbers)];
        let filters = Filters {
            weights: &w,
            bias: Some(&bias),
            groups,
        };
        let ours = conv(&x, filters, strides);
        match by_coordinates(&x, &w, &bias, groups, strides) {
            Some(expected) => {
                let ours = ours.unwrap();
                assert_eq!((ours.shape(), bits(&ours)), (expected.shape(), bits(&expected)));
                run += 1;
                // An image has the bits that it has alone.
                let alone = conv(&row(&x, n - 1, 1), filters, strides).unwrap();
                assert_eq!(bits(&alone), bits(&row(&ours, n - 1, 1)));
            }
            None => assert!(matches!(ours, Err(Fault::Dimension { .. })), "{ours:?}"),
        }
    }
    assert!(run > 100);
}

#[test]
fn a_convolution_of_one_by_one_should_be_a_matrix_product() {
    let mut numbers = Numbers::new(seed());
    let (x, w, b) = (
        tensor(&mut numbers, &[2, 3, 5, 33]),
        tensor(&mut numbers, &[7, 33]),
        tensor(&mut numbers, &[7]),
    );
    let weights = reshape(&w, &[7, 1, 1, 33]).unwrap();
    let filters = Filters {
        weights: &weights,
        bias: Some(&b),
        groups: 1,
    };
    let y = conv(&x, filters, [Stride::default(); 2]).unwrap();
    assert_eq!(bits(&y), bits(&linear(&x, &w, Some(&b)).unwrap()));
}

#[test]
fn padding_should_add_nothing_where_zeros_would() {
    // One product vanishes below zero: −0. A zero beside it would make it +0.
    let x = of(&[1, 1, 1, 1], &[f32::from_bits(1)]);
    let w = of(&[1, 1, 3, 1], &[1.0f32, -0.25, 1.0]);
    let filters = Filters {
        weights: &w,
        bias: None,
        groups: 1,
    };
    let padded = Stride {
        before: 1,
        after: 1,
        ..Stride::default()
    };
    let y = conv(&x, filters, [Stride::default(), padded]).unwrap();
    assert_eq!(bits(&y), [1 << 31]);
    let zeros = pad(&x, 2, 1, 1, Fill::Constant(0.0)).unwrap();
    assert_eq!(bits(&conv(&zeros, filters, [Stride::default(); 2]).unwrap()), [0]);
    // Infinite weights on the padding are not met.
    let w = of(&[1, 1, 3, 1], &[f32::INFINITY, 1.0, f32::NEG_INFINITY]);
    let filters = Filters {
        weights: &w,
        bias: None,
        groups: 1,
    };
    assert_eq!(bits(&conv(&x, filters, [Stride::default(), padded]).unwrap()), [1]);
}

#[test]
fn a_transposed_convolution_should_scatter_in_the_order_of_the_taps() {
    let mut numbers = Numbers::new(seed());
    let mut run = 0;
    for _ in 0..1_000 {
        let mut below = |bound| 1 + numbers.below(bound) as usize;
        let (groups, depth, each) = (below(2), below(3), below(3));
        let (size, kernel, extra) = ([below(5), below(5)], [below(3), below(3)], [below(2) - 1, below(2) - 1]);
        let x = tensor(&mut numbers, &[1, size[0], size[1], groups * depth]);
        let w = tensor(&mut numbers, &[groups * each, kernel[0], kernel[1], depth]);
        let [down, across] = [stride(&mut numbers), stride(&mut numbers)];
        let filters = Filters {
            weights: &w,
            bias: None,
            groups,
        };
        let Ok(ours) = conv_transpose(&x, filters, [down, across], extra) else {
            continue;
        };
        run += 1;
        let [_, rows, columns, outputs] = ours.dims().unwrap();
        let len = |s: Stride, size: usize, k: usize, extra: usize| {
            (size - 1) * s.step + (k - 1) * s.dilation + 1 + extra - s.before - s.after
        };
        assert_eq!(
            [rows, columns],
            [
                len(down, size[0], kernel[0], extra[0]),
                len(across, size[1], kernel[1], extra[1])
            ]
        );
        let mut y = vec![0f32; rows * columns * outputs];
        for o in 0..outputs {
            for (ky, kx) in (0..kernel[0]).flat_map(|ky| (0..kernel[1]).map(move |kx| (ky, kx))) {
                for (i, j) in (0..size[0]).flat_map(|i| (0..size[1]).map(move |j| (i, j))) {
                    let r = (i * down.step + ky * down.dilation)
                        .checked_sub(down.before)
                        .filter(|&r| r < rows);
                    let c = (j * across.step + kx * across.dilation)
                        .checked_sub(across.before)
                        .filter(|&c| c < columns);
                    if let (Some(r), Some(c)) = (r, c) {
                        let acc = &mut y[(r * columns + c) * outputs + o];
                        for d in 0..depth {
                            let channel = o / each * depth + d;
                            *acc = fma(at(&x, [0, i, j, channel]), at(&w, [o, ky, kx, d]), *acc);
                        }
                    }
                }
            }
        }
        assert_eq!(bits(&ours), bits(&of(ours.shape(), &y)));
    }
    assert!(run > 100);
}

#[test]
fn a_sequence_should_be_an_image_of_height_one() {
    let mut numbers = Numbers::new(seed());
    let x = tensor(&mut numbers, &[1, 1, 9, 4]);
    let w = tensor(&mut numbers, &[3, 1, 3, 4]);
    let filters = Filters {
        weights: &w,
        bias: None,
        groups: 1,
    };
    let y = conv(&x, filters, [Stride::default(); 2]).unwrap();
    // The same as a product of windows laid out as rows.
    let rows: Vec<Tensor> = (0..7).map(|t| of(&[1, 12], &x.data()[t * 4..][..12])).collect();
    let rows = concat(&rows.iter().collect::<Vec<_>>(), 0).unwrap();
    assert_eq!(
        bits(&y),
        bits(&linear(&rows, &reshape(&w, &[3, 12]).unwrap(), None).unwrap())
    );
}

#[test]
fn windows_that_cannot_be_should_be_refused() {
    let (x, w) = (
        tensor(&mut Numbers::new(1), &[1, 3, 3, 2]),
        tensor(&mut Numbers::new(2), &[2, 2, 2, 2]),
    );
    let fault = |groups, stride: Stride| {
        let filters = Filters {
            weights: &w,
            bias: None,
            groups,
        };
        conv(&x, filters, [stride; 2]).err()
    };
    let plain = Stride::default();
    assert_eq!(fault(1, plain), None);
    assert_eq!(fault(0, plain), Some(Fault::Parameter("groups")));
    assert_eq!(fault(2, plain), Some(Fault::Dimension { expected: 2, got: 4 }));
    assert_eq!(fault(1, Stride { step: 0, ..plain }), Some(Fault::Parameter("stride")));
    assert_eq!(
        fault(1, Stride { dilation: 0, ..plain }),
        Some(Fault::Parameter("dilation"))
    );
    assert_eq!(
        fault(1, Stride { dilation: 3, ..plain }),
        Some(Fault::Dimension { expected: 4, got: 3 })
    );
    for huge in [1 << 31, usize::MAX] {
        assert_eq!(fault(1, Stride { step: huge, ..plain }), Some(Fault::Size));
        assert_eq!(
            fault(
                1,
                Stride {
                    dilation: huge,
                    ..plain
                }
            ),
            Some(Fault::Size)
        );
        assert_eq!(
            fault(
                1,
                Stride {
                    before: huge,
                    after: huge,
                    ..plain
                }
            ),
            Some(Fault::Size)
        );
        let filters = Filters {
            weights: &w,
            bias: None,
            groups: 1,
        };
        assert_eq!(conv_transpose(&x, filters, [plain; 2], [huge, 0]), Err(Fault::Size));
        assert!(pool(&x, Pool::Max, [huge, 1], [plain; 2], true).is_err());
    }
    // 2^16 by 2^16 places.
    let wide = Stride {
        before: 1 << 16,
        ..plain
    };
    assert_eq!(fault(1, wide), Some(Fault::Size));
}
