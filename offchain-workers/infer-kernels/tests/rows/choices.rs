//! ArgMax, TopK, comparisons and Where.

use quorate_exact::infer::{
    elementwise::{binary, select},
    reduce::{arg_max as reference_arg_max, top_k as reference_top_k},
    Tensor,
};
use quorate_infer_kernels::{
    compare::{choose, compare, Comparison, Values},
    rank::{arg_max, top_k},
    Isa,
};

use crate::{
    grid::{tensor, LENGTHS},
    values::{assert_bits, seed, Kind, Random, KINDS},
};

/// Few different numbers, so that many are equal, zeros of both signs among them.
fn equal_ones(random: &mut Random, n: usize) -> Vec<f32> {
    (0..n).map(|_| random.of(&[-1.0, -0.0, 0.0, 0.5])).collect()
}

#[test]
fn the_best_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for n in LENGTHS {
        let mut rows: Vec<Vec<f32>> = KINDS.iter().map(|&kind| random.values(n, kind)).collect();
        rows.push(equal_ones(&mut random, n));
        rows.push(vec![f32::NEG_INFINITY; n]);
        // None above the +0 that lanes behind the end have.
        let ordinary = random.values(n, Kind::Ordinary);
        rows.push(ordinary.iter().map(|x| -x.abs()).collect());
        for (case, x) in rows.into_iter().enumerate() {
            let reference = tensor(&[n], &x);
            let best = reference_arg_max(&reference, 0, true).unwrap();
            for isa in Isa::available() {
                assert_eq!(arg_max(isa, &x) as i64, best.data()[0], "{n} {case} {isa:?}");
                for k in [1, 2, 5, 64, 65, n] {
                    for largest in [true, false] {
                        let Ok((values, indices)) = reference_top_k(&reference, k, 0, largest) else {
                            continue;
                        };
                        let (mut y, mut places, mut scratch) = (vec![0.0; k], vec![-1; k], vec![0; n]);
                        top_k(isa, &x, largest, &mut y, &mut places, &mut scratch);
                        let what = format!("{k} of {n}, {case} {largest} {isa:?}");
                        assert_eq!(places, indices.data(), "{what}");
                        assert_bits(&y, values.data(), &what);
                    }
                }
            }
        }
    }
}

fn check<T>(random: &mut Random, mut value: impl FnMut(&mut Random) -> T)
where
    T: quorate_exact::infer::Element + PartialOrd + std::fmt::Debug,
{
    for n in LENGTHS {
        let a: Vec<T> = (0..n).map(|_| value(random)).collect();
        let b: Vec<T> = (0..n).map(|_| value(random)).collect();
        for (one_a, one_b) in [(false, false), (true, false), (false, true), (true, true)] {
            let make = |one: bool, data: &[T]| match one {
                true => Tensor::new(vec![1], vec![data[0]]).unwrap(),
                false => Tensor::new(vec![n], data.to_vec()).unwrap(),
            };
            let (ta, tb) = (make(one_a, &a), make(one_b, &b));
            // Broadcast to all.
            let all = Tensor::new(vec![n], vec![false; n]).unwrap();
            let given = |one: bool, data| {
                if one {
                    Values::One(a_first(data))
                } else {
                    Values::Many(data)
                }
            };
            let (va, vb) = (given(one_a, &a[..]), given(one_b, &b[..]));
            for isa in Isa::available() {
                for how in [
                    Comparison::Equal,
                    Comparison::Less,
                    Comparison::LessOrEqual,
                    Comparison::Greater,
                    Comparison::GreaterOrEqual,
                ] {
                    let of = |a: T, b: T| match how {
                        Comparison::Equal => a == b,
                        Comparison::Less => a < b,
                        Comparison::LessOrEqual => a <= b,
                        Comparison::Greater => a > b,
                        Comparison::GreaterOrEqual => a >= b,
                    };
                    let expected = binary(&ta, &tb, of).unwrap();
                    let expected = binary(&expected, &all, |yes: bool, _: bool| yes).unwrap();
                    let mut y = vec![false; n];
                    compare(isa, how, va, vb, &mut y);
                    assert_eq!(y, expected.data(), "{how:?} {n} {isa:?}");
                    let mut chosen = vec![a[0]; n];
                    choose(isa, &y, va, vb, &mut chosen);
                    let expected = select(&Tensor::new(vec![n], y).unwrap(), &ta, &tb).unwrap();
                    assert_eq!(
                        Tensor::new(vec![n], chosen).unwrap().bytes(),
                        expected.bytes(),
                        "{how:?} {n} {isa:?}"
                    );
                }
            }
        }
    }
}

fn a_first<T: Copy>(data: &[T]) -> T {
    data[0]
}

#[test]
fn comparisons_and_choices_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    check(&mut random, |random| match random.below(3) {
        0 => random.of(&[0.0f32, -0.0, f32::INFINITY]),
        _ => random.value(Kind::Wild),
    });
    check(&mut random, |random| random.below(5) as i64 - 2);
    check(&mut random, |random| random.below(256) as u8);
    check(&mut random, |random| random.below(2) == 0);
}
