//! Sums and extremes of rows and of columns.

use quorate_exact::infer::{reduce, Fault, Tensor};
use quorate_infer_kernels::{
    reduce::{reduce_columns, reduce_rows, Reduce},
    Isa,
};

use crate::{
    grid::{Grid, LENGTHS},
    values::{assert_bits, seed, Random, KINDS, UNTOUCHED},
};

const ALL: [Reduce; 7] = [
    Reduce::Sum,
    Reduce::Mean,
    Reduce::SumSquare,
    Reduce::L1,
    Reduce::L2,
    Reduce::Max,
    Reduce::Min,
];

/// As the reference has it; of a result with a NaN only that.
#[track_caller]
fn check(got: &[f32], nan: bool, expected: Result<Tensor, Fault>, what: &str) {
    match expected {
        Ok(expected) => {
            assert_bits(got, expected.data(), what);
            assert!(!nan, "{what}");
        }
        Err(_) => assert!(nan && got.iter().any(|y| y.is_nan()), "{what}"),
    }
}

#[test]
fn rows_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for length in LENGTHS {
        for kind in KINDS {
            let rows = 1 + random.below(5);
            let x = Grid::random(&mut random, rows, length, kind);
            for how in ALL {
                let expected = reduce::reduce(&x.tensor(), how, &[1], false);
                for isa in Isa::available() {
                    let mut y = vec![f32::from_bits(UNTOUCHED); rows];
                    let nan = reduce_rows(isa, how, x.view(), &mut y);
                    let what = format!("{how:?} {rows} {length} {kind:?} {isa:?}");
                    check(&y, nan, expected.clone(), &what);
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
            for how in ALL {
                let expected = reduce::reduce(&x.tensor(), how, &[0], false);
                for isa in Isa::available() {
                    let mut y = vec![f32::from_bits(UNTOUCHED); columns];
                    let nan = reduce_columns(isa, how, x.view(), &mut y);
                    let what = format!("{how:?} {rows} {columns} {kind:?} {isa:?}");
                    check(&y, nan, expected.clone(), &what);
                }
            }
        }
    }
}

#[test]
fn an_extreme_of_zeros_should_have_the_right_sign() {
    for isa in Isa::available() {
        for length in LENGTHS {
            for at in 0..length {
                for (most, one) in [(0.0, -0.0), (-0.0, 0.0)] {
                    let mut x = vec![most; length];
                    x[at] = one;
                    let x = Grid::new(&x, length, 0);
                    for how in [Reduce::Max, Reduce::Min] {
                        let mut y = [1.0];
                        assert!(!reduce_rows(isa, how, x.view(), &mut y));
                        let expected = reduce::reduce(&x.tensor(), how, &[1], false).unwrap();
                        assert_bits(&y, expected.data(), &format!("{how:?} {at} of {length} {isa:?}"));
                    }
                }
            }
        }
    }
}
