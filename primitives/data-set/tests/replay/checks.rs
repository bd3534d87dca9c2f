//! What holds for any bytes that are taken for a data set; the fuzz target has the same check.

use quorate_data_set::{Checker, DataSet, DataSetError, Row};

fn read(bytes: &[u8], piece: usize) -> Result<(DataSet, Vec<Row>), DataSetError> {
    let (mut checker, mut rows) = (Checker::default(), Vec::new());
    for piece in bytes.chunks(piece) {
        checker.push(piece, |_, row| rows.push(row))?;
    }
    checker.finish().map(|set| (set, rows))
}

/// In whatever pieces it comes it is read alike; what is read is written in the same bytes.
pub fn data_set(bytes: &[u8]) {
    let whole = read(bytes, bytes.len().max(1));
    for piece in [1, 7, 1_000] {
        assert_eq!(read(bytes, piece), whole);
    }
    match whole {
        Ok((set, rows)) => {
            let written = rows.iter().flat_map(|row| set.write_row(row).unwrap());
            assert_eq!(set.header().into_iter().chain(written).collect::<Vec<u8>>(), bytes);
        }
        Err(error) => assert!(error.to_string().len() < 10_000),
    }
}
