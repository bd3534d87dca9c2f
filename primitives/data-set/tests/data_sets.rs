//! Data sets are read from their own bytes alone, in pieces of any length.

use proptest::prelude::*;
use quorate_data_set::{Checker, DataSet, DataSetError, Row};
use quorate_exact::infer::{Fault, Tensor};
use quorate_program::{Dimension, Expression, Input, Sizes, Type, Value};

fn tokens(rows: u64) -> DataSet {
    let column = |name: &str, shape, element| Input {
        name: name.into(),
        shape,
        element,
    };
    DataSet::new(
        vec![
            column("ids", vec![Expression::dimension("n")], Type::I64),
            column("scale", vec![2.into()], Type::F32),
            column("good", vec![], Type::Bool),
        ],
        vec![Dimension {
            max: 5,
            min: 1,
            name: "n".into(),
        }],
        rows,
    )
    .unwrap()
}

fn row(n: usize) -> Row {
    Row {
        sizes: Sizes::from([("n".into(), n as u64)]),
        values: vec![
            Value::I64(Tensor::new(vec![n], (0..n as i64).collect()).unwrap()),
            Value::F32(Tensor::new(vec![2], vec![0.5, -0.0]).unwrap()),
            Value::Bool(Tensor::new(vec![], vec![n % 2 == 1]).unwrap()),
        ],
    }
}

fn file(set: &DataSet, lengths: &[usize]) -> Vec<u8> {
    let rows = lengths.iter().flat_map(|&n| set.write_row(&row(n)).unwrap());
    set.header().into_iter().chain(rows).collect()
}

fn read(file: &[u8], piece: usize) -> Result<(DataSet, Vec<Row>), DataSetError> {
    let (mut checker, mut rows) = (Checker::default(), Vec::new());
    for piece in file.chunks(piece) {
        checker.push(piece, |_, row| rows.push(row))?;
    }
    checker.finish().map(|set| (set, rows))
}

proptest! {
    #[test]
    fn rows_should_be_read_in_pieces_of_any_length(lengths in prop::collection::vec(1usize..6, 1..20), piece in 1usize..3000) {
        let set = tokens(lengths.len() as u64);
        let rows: Vec<Row> = lengths.iter().map(|&n| row(n)).collect();
        prop_assert_eq!(read(&file(&set, &lengths), piece).unwrap(), (set, rows));
    }
}

#[test]
fn a_file_that_ends_early_or_goes_on_should_be_refused() {
    let set = tokens(3);
    let whole = file(&set, &[1, 5, 2]);
    for len in 0..whole.len() {
        assert!(read(&whole[..len], 64).is_err(), "{len} bytes");
    }
    let longer = [whole.clone(), vec![0]].concat();
    assert_eq!(read(&longer, 64), Err(DataSetError::Length { expected: 3, got: 3 }));
    assert_eq!(
        read(&file(&set, &[1, 5]), 64),
        Err(DataSetError::Length { expected: 3, got: 2 })
    );
}

#[test]
fn a_row_at_fault_should_be_named() {
    let set = tokens(2);
    let whole = file(&set, &[1, 2]);
    let at = set.header().len();
    let changed = |offset: usize, bytes: &[u8]| {
        let mut file = whole.clone();
        file[at + offset..][..bytes.len()].copy_from_slice(bytes);
        read(&file, 100)
    };
    let fault = |row, fault| Err(DataSetError::Row { row, fault });
    assert_eq!(
        changed(0, &6u32.to_le_bytes()),
        fault(0, Fault::Parameter("dimensions"))
    );
    assert_eq!(
        changed(0, &0u32.to_le_bytes()),
        fault(0, Fault::Parameter("dimensions"))
    );
    assert_eq!(changed(12, &f32::NAN.to_le_bytes()), fault(0, Fault::NaN));
    // The second row begins after 4 + 8 + 8 + 1 bytes; its bool is its last byte.
    assert_eq!(changed(21 + 4 + 16 + 8, &[2]), fault(1, Fault::Range));
    for offset in 0..at {
        let mut file = whole.clone();
        file[offset] ^= 1;
        if let Ok((other, _)) = read(&file, 1000) {
            assert_ne!(other, set, "byte {offset}");
        }
    }
}

#[test]
fn rows_without_dimensions_should_have_no_sizes() {
    let column = Input {
        name: "x".into(),
        shape: vec![3.into()],
        element: Type::U8,
    };
    let set = DataSet::new(vec![column.clone()], vec![], 2).unwrap();
    let file = [set.header(), vec![1, 2, 3, 4, 5, 6]].concat();
    for piece in 1..file.len() {
        assert_eq!(read(&file, piece).unwrap().1.len(), 2, "pieces of {piece}");
    }
    let huge = Input {
        shape: vec![(1 << 30).into()],
        ..column
    };
    let set = DataSet::new(vec![huge], vec![], 1).unwrap();
    let answer = read(&[set.header(), vec![0]].concat(), 64);
    assert_eq!(
        answer,
        Err(DataSetError::Row {
            row: 0,
            fault: Fault::Size
        })
    );
}
