//! Every kernel, on every level of this machine, against the function of `quorate-exact` that it stands for.
//!
//! Cases are drawn from a seed that is printed with a failure; `QUORATE_SEED` sets another one, `QUORATE_CASES` another number of them.

mod cases;

use cases::{for_cases, rows_of, Draw, SCALES};
use quorate_exact::{
    grid::{self, div_half_even, Q_MAX},
    Combine, MapRow, Moments, Optimiser, RowMap,
};
use quorate_kernels::{
    apply::{apply, step},
    combine::{Combiner, Scratch},
    divide::divide,
    optimiser::{ServerStep, StepValues},
    quantize::quantize,
    rings::{sum32, sum64},
    stream::WeightedStream,
    weighted::{map_rows, Sums},
    Cpu, Rows,
};

fn column(rows: &[Vec<i32>], k: usize) -> Vec<i32> {
    rows.iter().map(|row| row[k]).collect()
}

#[test]
fn quantize_should_be_the_references() {
    for_cases("quantize", 2_000, |cpu, draw| {
        let scale = draw.pick(&SCALES);
        let (len, offset) = (draw.below(70), draw.below(4));
        let mut bytes = vec![0; offset];
        for _ in 0..len {
            bytes.extend(draw.value(scale).to_le_bytes());
        }
        if draw.below(4) == 0 && len > 0 {
            let at = offset + 4 * draw.below(len);
            bytes[at..at + 4].copy_from_slice(&draw.bad_value(scale).to_le_bytes());
        }
        let bytes = &bytes[offset..];
        let expected: Vec<_> = bytes
            .as_chunks()
            .0
            .iter()
            .map(|&word| grid::quantize(u32::from_le_bytes(word), scale))
            .collect();
        let mut out = vec![0; len];
        match quantize(cpu, bytes, scale, &mut out) {
            Ok(largest) => {
                assert_eq!(out.iter().copied().map(Ok).collect::<Vec<_>>(), expected);
                assert_eq!(largest, out.iter().map(|q| q.unsigned_abs()).max().unwrap_or(0));
            }
            Err(fault) => {
                assert_eq!(expected.iter().position(Result::is_err), Some(fault.index));
                assert_eq!(expected[fault.index], Err(fault.error));
            }
        }
    });
}

#[test]
fn every_tie_and_every_power_of_two_should_be_quantized_as_by_the_reference() {
    for cpu in Cpu::all() {
        for scale in grid::SCALE_MIN..=grid::SCALE_MAX {
            let mut bits: Vec<u32> = (0..255)
                .flat_map(|e| [e << 23, (e << 23) | 1, (e << 23) | 0x7f_ffff, (e << 23) | 0x40_0000])
                .collect();
            bits.extend((-70..70).map(|k| ((k as f32 + 0.5) * 2f32.powi(-i32::from(scale))).to_bits()));
            for sign in [0, 1 << 31] {
                for &bits in &bits {
                    let bits = bits | sign;
                    let mut out = [0];
                    let got = quantize(cpu, &bits.to_le_bytes(), scale, &mut out).map(|_| out[0]);
                    assert_eq!(
                        got.map_err(|fault| fault.error),
                        grid::quantize(bits, scale),
                        "{bits:08x} at scale {scale}"
                    );
                }
            }
        }
    }
}

#[test]
fn division_should_be_the_references() {
    for_cases("divide", 2_000, |cpu, draw| {
        let den = draw.divisor();
        let sums: Vec<i64> = (0..1 + draw.below(40))
            .map(|_| {
                let mean = i64::from(draw.grid(Q_MAX));
                let aside =
                    (i128::from(den) * draw.below(9) as i128 / 4 - i128::from(den)) as i64 + draw.below(3) as i64 - 1;
                mean * i64::from(den) + aside
            })
            .collect();
        let mut out = vec![0; sums.len()];
        divide(cpu, &sums, den, &mut out);
        for (sum, out) in sums.iter().zip(out) {
            assert_eq!(Some(i64::from(out)), div_half_even(*sum, den), "{sum} / {den}");
        }
    });
}

#[test]
fn every_rule_should_be_the_references() {
    for_cases("combine", 1_500, |cpu, draw| {
        let n = draw.count();
        let width = 1 + draw.below(if n > 128 { 20 } else { 70 });
        let rows = draw.rows(n, width);
        let combine = draw_combine(draw, n);
        let combiner = Combiner::new(&combine, n).expect("a rule that is allowed");
        let mut out = vec![0; width];
        combiner.run(cpu, &rows_of(&rows), &mut Scratch::default(), &mut out);
        for (k, &out) in out.iter().enumerate() {
            let column = column(&rows, k);
            assert_eq!(combine.column(&column), Some(out), "{combine:?} of {column:?}");
        }
    });
}

#[test]
fn weighted_mean_from_bytes_should_be_the_references() {
    for_cases("stream", 1_500, |cpu, draw| {
        let scale = draw.pick(&SCALES);
        let (n, width, offset) = (1 + draw.below(12), 1 + draw.below(70), draw.below(4));
        let rows: Vec<Vec<u32>> = (0..n)
            .map(|_| (0..width).map(|_| draw.value(scale)).collect())
            .collect();
        let bytes = |row: &Vec<u32>| {
            let values = row.iter().flat_map(|bits| bits.to_le_bytes());
            std::iter::repeat_n(0, offset).chain(values).collect::<Vec<u8>>()
        };
        let files: Vec<Vec<u8>> = rows.iter().map(bytes).collect();
        let (terms, den) = draw.terms(n);
        let mut weights = vec![0; n];
        terms.iter().for_each(|&(row, weight)| weights[row as usize] = weight);
        let combine = Combine::Weighted {
            weights: weights.clone(),
            den,
        };
        let mut out = vec![0; width];
        let row = |row: u32| &files[row as usize][offset..];
        // All rows, or those that have a weight.
        let all = draw.below(2) == 0;
        let weights = (0..n as u32).zip(weights).filter(|&(_, weight)| all || weight > 0);
        let result = WeightedStream::default().run(cpu, row, scale, weights.clone(), den, &mut out);
        let values = weights.flat_map(|(row, _)| &rows[row as usize]);
        let largest = values
            .map(|&bits| grid::quantize(bits, scale).expect("a value").unsigned_abs())
            .max();
        assert_eq!(result, Ok(largest.unwrap_or(0)));
        for (k, &out) in out.iter().enumerate() {
            let column: Vec<i32> = rows
                .iter()
                .map(|row| grid::quantize(row[k], scale).expect("a value"))
                .collect();
            assert_eq!(combine.column(&column), Some(out), "{combine:?} of {column:?}");
        }
    });
}

fn draw_combine(draw: &mut Draw, n: usize) -> Combine {
    match draw.below(3) {
        0 => {
            let (terms, den) = draw.terms(n);
            let mut weights = vec![0; n];
            terms.iter().for_each(|&(row, weight)| weights[row as usize] = weight);
            Combine::Weighted { weights, den }
        }
        1 => {
            let (lo, hi) = match draw.below(3) {
                0 => ((n - 1) / 2, n / 2 + 1),
                1 => (n / 5, n - n / 5),
                _ => {
                    let lo = draw.below(n);
                    (lo, lo + 1 + draw.below(n - lo))
                }
            };
            Combine::Sorted {
                lo: lo as u32,
                hi: hi as u32,
            }
        }
        _ => {
            let mut rows: Vec<u32> = (0..n as u32).filter(|_| draw.below(4) > 0).collect();
            if rows.is_empty() {
                rows.push(0);
            }
            let keep = 1 + draw.below(rows.len()) as u32;
            Combine::AroundMedian { rows, keep }
        }
    }
}

#[test]
fn every_map_should_be_the_references() {
    for_cases("map", 600, |cpu, draw| {
        let n = draw.count().min(200);
        let width = 1 + draw.below(40);
        let rows = draw.rows(n, width);
        let map = draw_map(draw, n);
        let mut out = Rows::default();
        map_rows(cpu, &map, &rows_of(&rows), &mut Sums::default(), &mut out);
        for k in 0..width {
            let got: Vec<i32> = (0..out.count()).map(|i| out.row(i)[k]).collect();
            assert_eq!(map.column(&column(&rows, k)), Some(got), "{map:?}");
        }
        assert!((0..out.count()).all(|i| out.row(i).iter().all(|q| q.unsigned_abs() <= out.largest())));
    });
}

fn draw_map(draw: &mut Draw, n: usize) -> RowMap {
    let clip = |draw: &mut Draw, i| MapRow {
        terms: vec![(i, draw.clip_factor())],
        den: 1 << 31,
    };
    let rows = match draw.below(3) {
        0 => (0..n as u32).map(|i| clip(draw, i)).collect(),
        1 => {
            // Nearest neighbours: all but f rows, unweighted.
            let f = draw.below(n.div_ceil(2));
            let mix = |draw: &mut Draw| {
                let mut left_out = vec![false; n];
                (0..f).for_each(|_| left_out[draw.below(n)] = true);
                let terms: Vec<(u32, u32)> = (0..n as u32)
                    .filter(|&i| !left_out[i as usize])
                    .map(|i| (i, 1))
                    .collect();
                let den = terms.len() as u32;
                MapRow { terms, den }
            };
            (0..n).map(|_| mix(draw)).collect()
        }
        _ => (0..1 + draw.below(n))
            .map(|_| {
                let (terms, den) = draw.terms(n);
                MapRow { terms, den }
            })
            .collect(),
    };
    RowMap { rows }
}

#[test]
fn apply_should_be_the_references() {
    for_cases("apply", 2_000, |cpu, draw| {
        let scale = draw.pick(&SCALES);
        let len = draw.below(40);
        let base: Vec<u32> = (0..len).map(|_| draw.base()).collect();
        let sums: Vec<i32> = base.iter().map(|&base| draw.sum_for(base, scale)).collect();
        let bytes: Vec<u8> = base.iter().flat_map(|bits| bits.to_le_bytes()).collect();
        let mut out = vec![0; bytes.len()];
        let expected: Vec<_> = base
            .iter()
            .zip(&sums)
            .map(|(&b, &a)| grid::apply(b, i64::from(a), scale))
            .collect();
        match apply(cpu, &bytes, &sums, scale, &mut out) {
            Ok(()) => {
                let got: Vec<u32> = out.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect();
                assert_eq!(
                    got.into_iter().map(Ok).collect::<Vec<_>>(),
                    expected,
                    "{base:08x?} + {sums:?} at scale {scale}"
                );
            }
            Err(fault) => {
                assert_eq!(expected.iter().position(Result::is_err), Some(fault.index));
                assert_eq!(expected[fault.index], Err(fault.error));
            }
        }
    });
}

#[test]
fn step_should_be_the_references() {
    for_cases("step", 2_000, |cpu, draw| {
        let scale = draw.pick(&SCALES);
        let len = draw.below(40);
        let base: Vec<u32> = (0..len).map(|_| draw.base()).collect();
        let new: Vec<u32> = base.iter().map(|&base| draw.near(base, scale)).collect();
        let bytes = |values: &[u32]| values.iter().flat_map(|bits| bits.to_le_bytes()).collect::<Vec<u8>>();
        let mut out = vec![0; len];
        let expected: Vec<_> = new.iter().zip(&base).map(|(&v, &b)| grid::step(v, b, scale)).collect();
        match step(cpu, &bytes(&new), &bytes(&base), scale, &mut out) {
            Ok(()) => assert_eq!(
                out.into_iter().map(Ok).collect::<Vec<_>>(),
                expected,
                "{new:08x?} − {base:08x?} at {scale}"
            ),
            Err(fault) => {
                assert_eq!(expected.iter().position(Result::is_err), Some(fault.index));
                assert_eq!(expected[fault.index], Err(fault.error));
            }
        }
    });
}

#[test]
fn server_steps_should_be_the_references() {
    for_cases("server", 1_500, |cpu, draw| {
        let scale = draw.pick(&SCALES);
        let server = draw.server();
        let has_powers = server.has_powers() && draw.below(2) == 0;
        let powers = has_powers.then(|| {
            [
                draw.pick(&[0x3f00_0000, 0x3f7f_ffff, 0]),
                draw.pick(&[0x3f7f_0000, 0x3f7f_ffff]),
            ]
        });
        let (Ok(optimiser), Ok(step)) = (Optimiser::new(&server, powers), ServerStep::new(&server, powers)) else {
            panic!("powers that are finite");
        };
        let step = step.expect("an optimiser with a state");
        assert_eq!(step.powers(), optimiser.powers());
        let len = draw.below(40);
        let base: Vec<u32> = (0..len).map(|_| draw.base()).collect();
        let sums: Vec<i32> = base.iter().map(|&base| draw.sum_for(base, scale)).collect();
        let moments: Vec<Moments> = (0..len)
            .map(|_| {
                if draw.below(2) == 0 {
                    server.start()
                } else {
                    Moments {
                        m: draw.moment(),
                        v: draw.moment() & i32::MAX as u32,
                    }
                }
            })
            .collect();
        let bytes = |values: Vec<u32>| values.iter().flat_map(|bits| bits.to_le_bytes()).collect::<Vec<u8>>();
        let words = |bytes: &[u8]| {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|&word| u32::from_le_bytes(word))
                .collect::<Vec<u32>>()
        };
        let mut m = bytes(moments.iter().map(|moments| moments.m).collect());
        let mut v = bytes(moments.iter().map(|moments| moments.v).collect());
        let mut out = vec![0; 4 * len];
        let base_bytes = bytes(base.clone());
        let values = StepValues {
            base: &base_bytes,
            sums: &sums,
            m: &mut m,
            v: &mut v,
            out: &mut out,
        };
        let expected: Vec<_> = (0..len)
            .map(|k| optimiser.step(base[k], i64::from(sums[k]), scale, moments[k]))
            .collect();
        match step.run(cpu, scale, values) {
            Ok(()) => {
                let got = words(&out).into_iter().zip(words(&m)).zip(words(&v));
                let got: Vec<_> = got.map(|((out, m), v)| Ok((out, Moments { m, v }))).collect();
                assert_eq!(got, expected, "{server:?}");
            }
            Err(fault) => {
                assert_eq!(
                    expected.iter().position(Result::is_err),
                    Some(fault.index),
                    "{server:?}"
                );
                assert_eq!(expected[fault.index], Err(fault.error));
            }
        }
    });
}

#[test]
fn sums_should_wrap() {
    for_cases("rings", 500, |cpu, draw| {
        let len = draw.below(50);
        let rows: Vec<Vec<u8>> = (0..1 + draw.below(6))
            .map(|_| (0..8 * len).map(|_| draw.below(256) as u8).collect())
            .collect();
        let (mut narrow, mut wide) = (vec![0u32; 2 * len], vec![0u64; len]);
        for row in &rows {
            sum32(cpu, row, &mut narrow);
            sum64(cpu, row, &mut wide);
        }
        let word = |row: &Vec<u8>, k: usize| u64::from_le_bytes(row[8 * k..8 * k + 8].try_into().expect("eight bytes"));
        for k in 0..len {
            let sum = rows.iter().fold(0u64, |sum, row| sum.wrapping_add(word(row, k)));
            assert_eq!(wide[k], sum);
            let low = rows.iter().fold(0u32, |sum, row| sum.wrapping_add(word(row, k) as u32));
            assert_eq!(narrow[2 * k], low);
        }
    });
}
