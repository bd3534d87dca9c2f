//! Pools, against their definitions by coordinates.

use quorate_exact::infer::{
    pool::{pool, Pool},
    reduce::{reduce, Reduce},
    sums::s32_at,
    Fault, Stride,
};

use crate::{
    common::seed,
    infer_images::{at, stride},
    infer_numbers::Numbers,
    infer_tensors::{bits, of, tensor},
};

#[test]
fn pools_should_see_what_lies_on_the_image() {
    let mut numbers = Numbers::new(seed());
    let mut run = 0;
    for _ in 0..2_000 {
        let mut below = |bound| 1 + numbers.below(bound) as usize;
        let (size, kernel, channels) = ([below(8), below(8)], [below(7), below(7)], below(3));
        let x = tensor(&mut numbers, &[2, size[0], size[1], channels]);
        let (strides, ceil) = ([stride(&mut numbers), stride(&mut numbers)], numbers.below(2) == 1);
        let kind = [
            Pool::Max,
            Pool::Average { include_padding: false },
            Pool::Average { include_padding: true },
        ];
        let kind = kind[numbers.below(3) as usize];
        let Ok(y) = pool(&x, kind, kernel, strides, ceil) else {
            continue;
        };
        run += 1;
        let [n, rows, columns, _] = y.dims().unwrap();
        for place in 0..n * rows * columns * channels {
            let (c, r) = (place % channels, place / channels);
            let index = [r / columns / rows, r / columns % rows, r % columns, c];
            let taps: Vec<(usize, [i64; 2])> = (0..kernel[0] * kernel[1])
                .map(|tap| {
                    let ks = [tap / kernel[1], tap % kernel[1]];
                    let cell = |axis: usize| {
                        let s: Stride = strides[axis];
                        (index[axis + 1] * s.step + ks[axis] * s.dilation) as i64 - s.before as i64
                    };
                    (tap, [cell(0), cell(1)])
                })
                .collect();
            let seen: Vec<(usize, f32)> = taps
                .iter()
                .filter(|(_, cell)| (0..2).all(|axis| (0..size[axis] as i64).contains(&cell[axis])))
                .map(|&(tap, [i, j])| (tap, at(&x, [index[0], i as usize, j as usize, c])))
                .collect();
            let on_padding = |axis: usize, cell: i64| cell < (size[axis] + strides[axis].after) as i64;
            let all = taps
                .iter()
                .filter(|(_, cell)| (0..2).all(|axis| on_padding(axis, cell[axis])))
                .count();
            let expected = match kind {
                Pool::Max => seen.iter().map(|pair| pair.1).max_by(f32::total_cmp).unwrap(),
                Pool::Average { include_padding: true } => s32_at(seen) / all as f32,
                Pool::Average { .. } => s32_at(seen.clone()) / seen.len() as f32,
            };
            assert_eq!(y.data()[place].to_bits(), expected.to_bits());
        }
    }
    assert!(run > 100);
}

#[test]
fn a_ceiled_pool_should_have_no_window_that_begins_behind_the_image() {
    let x = of(&[1, 1, 5, 1], &[1.0f32, 2.0, 3.0, 4.0, 5.0]);
    let y = |step, after, ceil| {
        let across = Stride {
            step,
            after,
            ..Stride::default()
        };
        let mean = Pool::Average { include_padding: true };
        pool(&x, mean, [1, 2], [Stride::default(), across], ceil).map(|y| y.data().to_vec())
    };
    assert_eq!(y(2, 0, false), Ok(vec![1.5, 3.5]));
    // The last window has one tap on the image and one beyond all padding.
    assert_eq!(y(2, 0, true), Ok(vec![1.5, 3.5, 5.0]));
    assert_eq!(y(2, 1, true), Ok(vec![1.5, 3.5, 2.5]));
    // A fourth would begin at 6 of 5.
    assert_eq!(y(3, 2, true), Ok(vec![1.5, 4.5]));
    assert_eq!(y(3, 3, false), Err(Fault::Parameter("padding")));
}

#[test]
fn a_global_pool_should_be_a_reduction() {
    let mut numbers = Numbers::new(seed());
    let x = tensor(&mut numbers, &[2, 5, 7, 3]);
    let whole = |kind| pool(&x, kind, [5, 7], [Stride::default(); 2], false).unwrap();
    let mean = reduce(&x, Reduce::Mean, &[1, 2], true).unwrap();
    assert_eq!(bits(&whole(Pool::Average { include_padding: false })), bits(&mean));
    assert_eq!(
        bits(&whole(Pool::Max)),
        bits(&reduce(&x, Reduce::Max, &[1, 2], true).unwrap())
    );
}
