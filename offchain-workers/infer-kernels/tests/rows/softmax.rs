//! Softmax of rows, of scaled and masked ones, and of columns.

use quorate_exact::infer::normalise::softmax;
use quorate_infer_kernels::{
    softmax::{softmax_causal, softmax_columns, softmax_rows, softmax_scores},
    Input, Isa, View,
};

use crate::{
    grid::{assert_same, Grid, LENGTHS},
    values::{assert_bits, seed, Kind, Random, KINDS},
};

#[test]
fn rows_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for length in LENGTHS {
        for kind in KINDS {
            let x = Grid::random(&mut random, 3, length, kind);
            let expected = softmax(&x.tensor(), 1).map(|y| y.data().to_vec());
            for isa in Isa::available() {
                let what = format!("{length} {kind:?} {isa:?}");
                let mut y = x.empty();
                let nan = softmax_rows(isa, x.view(), y.view_mut());
                assert_same((&y.numbers(), nan), expected.clone(), &what);
                let mut y = x.clone();
                let nan = softmax_rows(isa, Input::InPlace, y.view_mut());
                assert_same((&y.numbers(), nan), expected.clone(), &what);
            }
        }
    }
}

#[test]
fn scores_should_be_scaled_then_masked() {
    let mut random = Random::new(seed());
    for length in LENGTHS {
        for kind in KINDS {
            let x = Grid::random(&mut random, 3, length, kind);
            let mut mask = Grid::random(&mut random, 3, length, Kind::Ordinary);
            let step = mask.step;
            // −∞ hides a key.
            for at in (0..3 * step).filter(|at| at % step < length && at % 7 == 3) {
                mask.data[at] = f32::NEG_INFINITY;
            }
            let scale = random.value(Kind::Ordinary);
            for masked in [false, true] {
                let scaled = x.tensor().map(|x| x * scale);
                let scores = match masked {
                    true => scaled.and_then(|x| {
                        quorate_exact::infer::elementwise::binary(&x, &mask.tensor(), |a: f32, b: f32| a + b)
                    }),
                    false => scaled,
                };
                let expected = scores.and_then(|x| softmax(&x, 1)).map(|y| y.data().to_vec());
                for isa in Isa::available() {
                    let mut y = x.clone();
                    let nan = softmax_scores(isa, scale, masked.then(|| mask.view()), y.view_mut());
                    let what = format!("{length} {kind:?} {masked} {isa:?}");
                    assert_same((&y.numbers(), nan), expected.clone(), &what);
                }
            }
        }
    }
}

#[test]
fn a_query_should_see_one_more_than_the_one_before() {
    let mut random = Random::new(seed());
    for length in LENGTHS.into_iter().filter(|&length| length > 5) {
        for kind in KINDS {
            let x = Grid::random(&mut random, 6, length, kind);
            let mask = Grid::random(&mut random, 6, length, Kind::Ordinary);
            let scale = random.value(Kind::Ordinary);
            let seen = length - 5;
            for masked in [false, true] {
                for isa in Isa::available() {
                    let mut y = x.clone();
                    let nan = softmax_causal(isa, scale, masked.then(|| mask.view()), seen, y.view_mut());
                    let mut nans = false;
                    for row in 0..6 {
                        let seen = seen + row;
                        let mut one = Grid::new(&x.view().row(row)[..seen], seen, 0);
                        let mask = View::new(&mask.view().row(row)[..seen], 1, seen);
                        nans |= softmax_scores(isa, scale, masked.then_some(mask), one.view_mut());
                        let row = y.view().row(row);
                        if !nans {
                            assert_bits(&row[..seen], &one.numbers(), &format!("{length} {kind:?} {isa:?}"));
                        }
                    }
                    for row in 0..5 {
                        let (got, before) = (y.view().row(row), x.view().row(row));
                        assert_bits(&got[seen + row..], &before[seen + row..], "what is not seen");
                    }
                    assert_eq!(nan, nans);
                }
            }
        }
    }
}

#[test]
fn columns_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for rows in LENGTHS {
        for kind in KINDS {
            let columns = random.of(&[1, 5, 8, 17, 127, 130, 300]);
            let x = Grid::random(&mut random, rows, columns, kind);
            let expected = softmax(&x.tensor(), 0).map(|y| y.data().to_vec());
            for isa in Isa::available() {
                let mut y = x.empty();
                let nan = softmax_columns(isa, x.view(), y.view_mut());
                let what = format!("{rows} {columns} {kind:?} {isa:?}");
                assert_same((&y.numbers(), nan), expected.clone(), &what);
            }
        }
    }
}

#[test]
fn a_row_of_infinities_should_be_nan() {
    for isa in Isa::available() {
        for x in [f32::INFINITY, f32::NEG_INFINITY] {
            let mut y = Grid::new(&[x; 37], 37, 3);
            assert!(softmax_rows(isa, Input::InPlace, y.view_mut()));
        }
    }
}
