//! Softmax, normalisations, RoPE.

use quorate_exact::infer::{
    arithmetic::{fma, sqrt},
    functions::{cos, exp, sin},
    moves::transpose,
    normalise::{batch_norm, layer_norm, rms_norm, softmax},
    rope::rope,
    sums::{s32, s32_squares},
    Fault, Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{bits, filled, of, row, tensor, usual},
};

const LENGTHS: [usize; 8] = [1, 2, 31, 32, 33, 97, 128, 384];

/// That `op` gives each row of [5, n] the bits that it has alone.
fn rows_stand_alone(numbers: &mut Numbers, n: usize, op: impl Fn(&Tensor) -> Tensor) {
    let x = tensor(numbers, &[5, n]);
    let all = op(&x);
    for i in 0..5 {
        assert_eq!(bits(&op(&row(&x, i, 1))), bits(&row(&all, i, 1)));
    }
}

#[test]
fn softmax_should_be_its_formula() {
    let mut numbers = Numbers::new(seed());
    for n in LENGTHS {
        rows_stand_alone(&mut numbers, n, |x| softmax(x, 1).unwrap());
        let x = filled(&[n], || usual(&mut numbers) * 8.0);
        let y = softmax(&x, 0).unwrap();
        let m = x.data().iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let e: Vec<f32> = x.data().iter().map(|x| exp(x - m)).collect();
        let r = 1.0 / s32(e.clone());
        assert_eq!(y.data(), e.iter().map(|e| e * r).collect::<Vec<_>>());
        let exact = x.data().iter().map(|&x| f64::from(x - m).exp());
        let sum: f64 = exact.clone().sum();
        assert!(y
            .data()
            .iter()
            .zip(exact)
            .all(|(&y, e)| (f64::from(y) - e / sum).abs() < 1e-6));
    }
}

#[test]
fn softmax_should_run_along_any_axis() {
    let mut numbers = Numbers::new(seed());
    let x = tensor(&mut numbers, &[3, 5, 4]);
    for (axis, order) in [(0, [2, 1, 0]), (1, [0, 2, 1]), (2, [0, 1, 2])] {
        let turned = softmax(&transpose(&x, &order).unwrap(), 2).unwrap();
        assert_eq!(
            bits(&softmax(&x, axis).unwrap()),
            bits(&transpose(&turned, &order).unwrap())
        );
    }
}

#[test]
fn a_mask_should_be_a_number_unless_it_masks_all() {
    let masked = f32::NEG_INFINITY;
    let y = |x: &[f32]| softmax(&of(&[x.len()], x), 0).map(|y| y.data().to_vec());
    assert_eq!(y(&[0.0, masked, 0.0]), Ok(vec![0.5, 0.0, 0.5]));
    assert_eq!(y(&[masked, -3.0]), Ok(vec![0.0, 1.0]));
    assert_eq!(y(&[masked, masked]), Err(Fault::NaN));
    assert_eq!(y(&[f32::INFINITY, 0.0]), Err(Fault::NaN));
    assert_eq!(y(&[f32::MAX, -f32::MAX]), Ok(vec![1.0, 0.0]));
}

#[test]
fn normalisations_should_be_their_formulas() {
    let mut numbers = Numbers::new(seed());
    let epsilon = 1e-5f32;
    for n in LENGTHS {
        let (g, b) = (tensor(&mut numbers, &[n]), tensor(&mut numbers, &[n]));
        rows_stand_alone(&mut numbers, n, |x| layer_norm(x, &g, Some(&b), epsilon).unwrap());
        rows_stand_alone(&mut numbers, n, |x| rms_norm(x, &g, epsilon).unwrap());
        let x = tensor(&mut numbers, &[n]);
        let values = || x.data().iter().copied();
        let m = s32(values()) / n as f32;
        let d: Vec<f32> = values().map(|x| x - m).collect();
        let r = 1.0 / sqrt((s32_squares(d.iter().copied()) / n as f32) + epsilon);
        let both = d.iter().zip(g.data()).zip(b.data());
        let with_bias: Vec<f32> = both.clone().map(|((d, &g), &b)| fma(d * r, g, b)).collect();
        let without: Vec<f32> = both.map(|((d, g), _)| (d * r) * g).collect();
        assert_eq!(
            bits(&layer_norm(&x, &g, Some(&b), epsilon).unwrap()),
            bits(&of(&[n], &with_bias))
        );
        assert_eq!(
            bits(&layer_norm(&x, &g, None, epsilon).unwrap()),
            bits(&of(&[n], &without))
        );
        let r = 1.0 / sqrt((s32_squares(values()) / n as f32) + epsilon);
        let rms: Vec<f32> = values().zip(g.data()).map(|(x, g)| (x * r) * g).collect();
        assert_eq!(bits(&rms_norm(&x, &g, epsilon).unwrap()), bits(&of(&[n], &rms)));
    }
}

#[test]
fn a_normalisation_should_end_the_run_where_it_divides_nothing_by_nothing() {
    let (same, gain) = (of(&[2], &[3.0f32, 3.0]), of(&[2], &[1.0f32, 1.0]));
    // d = 0, r = 1 ⊘ √0 = ∞, 0 ⊗ ∞.
    assert_eq!(layer_norm(&same, &gain, None, 0.0), Err(Fault::NaN));
    assert_eq!(
        layer_norm(&same, &gain, None, 1e-12).map(|y| y.data().to_vec()),
        Ok(vec![0.0, 0.0])
    );
    // Squares overflow: r = 1 ⊘ ∞ = +0.
    let big = of(&[2], &[f32::MAX, -1.0]);
    assert_eq!(rms_norm(&big, &gain, 0.0).map(|y| bits(&y)), Ok(vec![0, 1 << 31]));
    assert_eq!(
        layer_norm(&of(&[3], &[1.0f32; 3]), &gain, None, 0.0),
        Err(Fault::Dimension { expected: 3, got: 2 })
    );
}

#[test]
fn batch_norm_should_be_its_formula_for_each_channel() {
    let mut numbers = Numbers::new(seed());
    let x = tensor(&mut numbers, &[2, 3, 3, 4]);
    let [g, b, mean] = [(); 3].map(|()| tensor(&mut numbers, &[4]));
    let variance = filled(&[4], || usual(&mut numbers).abs());
    let y = batch_norm(&x, [&g, &b, &mean, &variance], 1e-3).unwrap();
    for (i, (&x, y)) in x.data().iter().zip(y.data()).enumerate() {
        let [g, b, mean, variance] = [&g, &b, &mean, &variance].map(|p| p.data()[i % 4]);
        assert_eq!(y.to_bits(), fma(x - mean, g / sqrt(variance + 1e-3), b).to_bits());
    }
    let negative = of(&[4], &[-1.0f32; 4]);
    assert_eq!(batch_norm(&x, [&g, &b, &mean, &negative], 0.5), Err(Fault::NaN));
}

#[test]
fn rope_should_turn_halves_by_the_angle_of_their_position() {
    let mut numbers = Numbers::new(seed());
    let inverse = [1.0, 0.1, 0.01f32];
    let x = tensor(&mut numbers, &[5, 2, 6]);
    let y = rope(&x, 7, &inverse, 100).unwrap();
    for (place, (x, y)) in x.data().chunks(6).zip(y.data().chunks(6)).enumerate() {
        for i in 0..3 {
            let angle = (7 + place / 2) as f32 * inverse[i];
            let (c, s) = (cos(angle), sin(angle));
            assert_eq!(y[i].to_bits(), ((x[i] * c) - (x[i + 3] * s)).to_bits());
            assert_eq!(y[i + 3].to_bits(), ((x[i + 3] * c) + (x[i] * s)).to_bits());
        }
    }
    // In one piece or in several.
    for i in 0..5 {
        assert_eq!(
            bits(&rope(&row(&x, i, 1), 7 + i, &inverse, 100).unwrap()),
            bits(&row(&y, i, 1))
        );
    }
}

#[test]
fn rope_should_refuse_positions_that_sine_has_no_angle_for() {
    let x = of(&[2, 1, 2], &[1.0f32; 4]);
    let fault = |first, inverse: &[f32], largest| rope(&x, first, inverse, largest).err();
    assert_eq!(fault(8191, &[1.0], 8192), None);
    assert_eq!(fault(8192, &[1.0], 8192), Some(Fault::Parameter("position")));
    assert_eq!(fault(usize::MAX, &[1.0], 8192), Some(Fault::Parameter("position")));
    assert_eq!(fault(0, &[1.0], 8193), Some(Fault::Parameter("largest position")));
    assert_eq!(fault(0, &[f32::NAN], 1), Some(Fault::Parameter("largest position")));
    assert_eq!(
        fault(0, &[1e-9], usize::MAX),
        Some(Fault::Parameter("largest position"))
    );
    assert_eq!(
        fault(0, &[1.0, 1.0], 10),
        Some(Fault::Dimension { expected: 2, got: 4 })
    );
}
