//! Transposes.

use quorate_exact::infer::moves::transpose as reference;
use quorate_infer_kernels::{moves::transpose, Isa};

use crate::{
    grid::{Grid, LENGTHS},
    values::{assert_bits, seed, Kind, Random, UNTOUCHED},
};

#[test]
fn rows_should_become_columns() {
    let mut random = Random::new(seed());
    for rows in LENGTHS {
        for columns in [1, 2, 3, 4, 5, 7, 8, 16, 19, 33, 100] {
            let x = Grid::random(&mut random, rows, columns, Kind::Wild);
            let expected = reference(&x.tensor(), &[1, 0]).unwrap();
            for isa in Isa::available() {
                let gap = random.of(&[0, 1, 7]);
                let empty = vec![f32::from_bits(UNTOUCHED); rows * columns];
                let mut y = Grid::new(&empty, rows, gap);
                transpose(isa, x.view(), &mut y.data, rows + gap);
                assert_bits(&y.numbers(), expected.data(), &format!("{rows} {columns} {isa:?}"));
            }
        }
    }
}
