//! Quantised operations and sampling.

use quorate_exact::infer::{
    moves::expand,
    normalise::softmax,
    quantised::{dequantize, dynamic_quantize, matmul_integer, quantize, MAX_TERMS},
    sample::{sample, Sampler, MAX_VOCABULARY},
    Fault,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{any, bits, filled, of, row, tensor, usual},
};

#[test]
fn quantising_should_round_half_to_even_and_saturate() {
    let x = of(
        &[8],
        &[0.5f32, 1.5, -0.5, -1.5, 2.5000002, 1e30, f32::NEG_INFINITY, -0.0],
    );
    let (one, scale) = (of(&[], &[1.0f32]), of(&[], &[0.5f32]));
    let (unsigned, signed) = (of(&[], &[3u8]), of(&[], &[0i8]));
    assert_eq!(
        quantize(&x, &one, &unsigned).unwrap().data(),
        [3, 5, 3, 1, 6, 255, 0, 3]
    );
    assert_eq!(
        quantize(&x, &one, &signed).unwrap().data(),
        [0, 2, 0, -2, 3, 127, -128, 0]
    );
    let q = of(&[3], &[0u8, 3, 255]);
    assert_eq!(
        dequantize(&q, &scale, Some(&unsigned)).unwrap().data(),
        [-1.5, 0.0, 126.0]
    );
    let wide = of(&[2], &[i32::MIN, 16_777_217]);
    assert_eq!(
        dequantize(&wide, &one, None).unwrap().data(),
        [-2_147_483_648.0, 16_777_216.0]
    );
    assert_eq!(
        dequantize(&of(&[1], &[i32::MIN]), &one, Some(&of(&[], &[i32::MAX])))
            .unwrap()
            .data(),
        [-4_294_967_295.0]
    );
    let zero = of(&[], &[0.0f32]);
    assert_eq!(quantize(&x, &zero, &signed), Err(Fault::NaN));
    assert_eq!(quantize(&of(&[1], &[1.0f32]), &zero, &signed).unwrap().data(), [127]);
}

#[test]
fn every_quotient_should_be_rounded_as_in_wide_integers() {
    let mut numbers = Numbers::new(seed());
    for _ in 0..200_000 {
        let x = match numbers.below(4) {
            0 => any(&mut numbers, false),
            1 => numbers.below(2048) as f32 / 4.0 - 256.0,
            _ => usual(&mut numbers) * 100.0,
        };
        let zero = numbers.below(256) as u8;
        let q = quantize(&of(&[], &[x]), &of(&[], &[1.0f32]), &of(&[], &[zero])).unwrap();
        let expected = (f64::from(x).round_ties_even() + f64::from(zero)).clamp(0.0, 255.0);
        assert_eq!(f64::from(q.data()[0]), expected, "{x:e} {zero}");
    }
}

#[test]
fn dynamic_quantisation_should_span_the_tensor_and_zero() {
    let y = |x: &[f32]| {
        let answer = dynamic_quantize(&of(&[x.len()], x));
        answer.map(|(y, scale, zero)| (y.data().to_vec(), scale.data()[0], zero.data()[0]))
    };
    assert_eq!(
        y(&[0.0, 2.0, -3.0, -2.5, 1.34, 0.5]),
        Ok((vec![153, 255, 0, 26, 221, 179], 5.0 / 255.0, 153))
    );
    assert_eq!(y(&[1.0, 255.0]), Ok((vec![1, 255], 1.0, 0)));
    assert_eq!(y(&[-255.0]), Ok((vec![0], 1.0, 255)));
    assert_eq!(
        (y(&[0.0, -0.0]), y(&[f32::from_bits(1)])),
        (Ok((vec![0, 0], 1.0, 0)), Ok((vec![0], 1.0, 0)))
    );
    assert_eq!(
        (y(&[f32::INFINITY]), y(&[f32::MAX, -f32::MAX])),
        (Err(Fault::NaN), Err(Fault::NaN))
    );
    let mut numbers = Numbers::new(seed());
    for _ in 0..300 {
        let x = tensor(&mut numbers, &[65]);
        let (q, scale, zero) = dynamic_quantize(&x).unwrap();
        let back = dequantize(&q, &scale, Some(&zero)).unwrap();
        let far = x
            .data()
            .iter()
            .zip(back.data())
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f32::max);
        assert!(far <= scale.data()[0] * 1.001, "{far}");
    }
}

#[test]
fn integer_products_should_be_exact_up_to_the_longest() {
    let mut numbers = Numbers::new(seed());
    for (m, k, n) in [(1, 1, 1), (3, 33, 2), (2, 389, 5)] {
        let a = filled(&[m, k], || numbers.below(256) as u8);
        let w = filled(&[n, k], || numbers.below(256) as u8 as i8);
        let (a_zero, w_zero) = (
            of(&[], &[numbers.below(256) as u8]),
            filled(&[n], || numbers.below(256) as u8 as i8),
        );
        let y = matmul_integer(&a, &a_zero, &w, &w_zero).unwrap();
        for (place, &y) in y.data().iter().enumerate() {
            let (i, j) = (place / n, place % n);
            let term = |k_: usize| {
                let a = i64::from(a.data()[i * k + k_]) - i64::from(a_zero.data()[0]);
                a * (i64::from(w.data()[j * k + k_]) - i64::from(w_zero.data()[j]))
            };
            assert_eq!(i64::from(y), (0..k).map(term).sum::<i64>());
        }
        let alone = matmul_integer(&row(&a, m - 1, 1), &a_zero, &w, &w_zero).unwrap();
        assert_eq!(alone.data(), row(&y, m - 1, 1).data());
    }
    let largest = |terms: usize| {
        let (a, w) = (filled(&[1, terms], || 255u8), filled(&[1, terms], || 127i8));
        matmul_integer(&a, &of(&[], &[0u8]), &w, &of(&[], &[-128i8])).map(|y| i64::from(y.data()[0]))
    };
    assert_eq!(largest(MAX_TERMS), Ok(MAX_TERMS as i64 * 255 * 255));
    assert_eq!(largest(MAX_TERMS + 1), Err(Fault::Parameter("K")));
    assert!((MAX_TERMS as i64 + 1) * 255 * 255 > i64::from(i32::MAX));
}

const SEED: [u8; 32] = [7; 32];

fn drawn(logits: &[f32], temperature: f32, top_k: u32, position: u64) -> Result<usize, Fault> {
    sample(
        &of(&[logits.len()], logits),
        Sampler::Draw { temperature, top_k },
        &SEED,
        position,
    )
}

#[test]
fn argmax_should_take_the_lowest_of_the_largest() {
    let one = |logits: &[f32]| sample(&of(&[logits.len()], logits), Sampler::Argmax, &SEED, 0);
    assert_eq!(one(&[1.0, 3.0, 3.0, f32::NEG_INFINITY]), Ok(1));
    assert_eq!(one(&[-0.0, 0.0]), Ok(0));
    assert_eq!(one(&[f32::NEG_INFINITY; 3]), Ok(0));
    assert_eq!(one(&[0.0, f32::INFINITY]), Ok(1));
}

#[test]
fn draws_should_follow_the_probabilities_and_depend_on_the_position_alone() {
    let logits = [2.0, 0.5, -1.0, 2.0, f32::NEG_INFINITY, 1.0f32];
    let p = softmax(&of(&[6], &logits).map(|x| x / 0.7).unwrap(), 0).unwrap();
    let mut counts = [0u32; 6];
    for position in 0..40_000 {
        let token = drawn(&logits, 0.7, 100, position).unwrap();
        assert_eq!(drawn(&logits, 0.7, 6, position), Ok(token));
        counts[token] += 1;
    }
    for (count, p) in counts.iter().zip(p.data()) {
        assert!(
            (f64::from(*count) / 40_000.0 - f64::from(*p)).abs() < 0.015,
            "{counts:?}"
        );
    }
    // Of the two largest alone: the lower index first.
    let tokens: Vec<usize> = (0..64)
        .map(|position| drawn(&logits, 0.7, 2, position).unwrap())
        .collect();
    assert!(tokens.contains(&0) && tokens.contains(&3) && tokens.iter().all(|token| [0, 3].contains(token)));
    assert!((0..64).all(|position| drawn(&logits, 0.7, 1, position) == Ok(0)));
}

#[test]
fn a_draw_should_be_the_first_cumulative_weight_above_the_word() {
    let logits = tensor(&mut Numbers::new(seed()), &[50]);
    for position in 0..200u64 {
        let scaled = logits.map(|x| x / 1.25).unwrap();
        let mut order: Vec<usize> = (0..50).collect();
        order.sort_by(|&i, &j| scaled.data()[j].total_cmp(&scaled.data()[i]).then(i.cmp(&j)));
        let best: Vec<f32> = order.iter().take(9).map(|&i| scaled.data()[i]).collect();
        let p = softmax(&of(&[9], &best), 0).unwrap();
        let weights: Vec<u128> = p
            .data()
            .iter()
            .map(|&p| (f64::from(p) * 2f64.powi(31)).floor() as u128)
            .collect();
        let total: u128 = weights.iter().sum();
        let bytes = [&b"quorate/sample/1"[..], &SEED, &position.to_le_bytes()].concat();
        let mut stream = quorate_exact::hash::Hasher::new().update(&bytes).finalize_xof();
        let drawn_word = loop {
            let mut word = [0; 8];
            stream.fill(&mut word);
            let word = u128::from(u64::from_le_bytes(word));
            if word < (1 << 64) - (1 << 64) % total {
                break word % total;
            }
        };
        let (mut rank, mut sum) = (0, weights[0]);
        while sum <= drawn_word {
            rank += 1;
            sum += weights[rank];
        }
        assert_eq!(drawn(logits.data(), 1.25, 9, position), Ok(order[rank]));
    }
}

#[test]
fn samplers_should_refuse_what_they_cannot_draw_from() {
    let fault = |logits: &[f32], temperature, top_k| drawn(logits, temperature, top_k, 0).err();
    for temperature in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(fault(&[1.0], temperature, 1), Some(Fault::Parameter("temperature")));
    }
    assert_eq!(fault(&[1.0], 1.0, 0), Some(Fault::Parameter("top_k")));
    assert_eq!(fault(&[f32::INFINITY, 0.0], 1.0, 2), Some(Fault::NaN));
    assert_eq!(fault(&[f32::NEG_INFINITY; 2], 1.0, 2), Some(Fault::NaN));
    // 3 ⊘ 10^−45 is infinite.
    assert_eq!(fault(&[3.0, 1.0], f32::from_bits(1), 2), Some(Fault::NaN));
    assert_eq!(fault(&[0.0, -1.0], f32::from_bits(1), 2), None);
    let many = filled(&[MAX_VOCABULARY + 1], || 0f32);
    assert_eq!(sample(&many, Sampler::Argmax, &SEED, 0), Err(Fault::Size));
    // The weights of as many equal logits as there can be sum to more than nothing.
    let flat = expand(&of(&[], &[1.5f32]), &[1 << 20]).unwrap();
    let everything = Sampler::Draw {
        temperature: 1.0,
        top_k: u32::MAX,
    };
    assert!(sample(&flat, everything, &SEED, 1).is_ok_and(|token| token < 1 << 20));
    assert_eq!(bits(&row(&flat, 0, 1)), [1.5f32.to_bits()]);
}
