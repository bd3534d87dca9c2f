//! Whole tiles through a backend.

use super::cases::{Case, Random};
use crate::reference;
use blake3::Hasher;
use quorate_kernels::{BackendError, Tile, TileBackend, TileResult};

/// Runs `cases` random tiles and compares every answer with the reference. All answers go into `hasher`.
///
/// # Errors
/// The first difference, with the number of its case.
pub fn run(backend: &dyn TileBackend, random: &mut Random, cases: u64, hasher: &mut Hasher) -> Result<(), String> {
    for number in 0..cases {
        let case = Case::random(random, true);
        compare(backend, &case, hasher).map_err(|why| format!("case {number}: {why}"))?;
    }
    Ok(())
}

/// Runs one case.
///
/// # Errors
/// How the answer differs.
pub fn compare(backend: &dyn TileBackend, case: &Case, hasher: &mut Hasher) -> Result<(), String> {
    let rows: Vec<&[u8]> = case.rows.iter().map(Vec::as_slice).collect();
    let tile = Tile {
        pieces: &case.pieces,
        rows: &rows,
        previous: case.previous.as_deref(),
    };
    let expected = reference::run(&tile, &case.work);
    let got = backend.run(&tile, &case.work);
    if got != expected {
        return Err(difference(case, &got, &expected));
    }
    feed(hasher, &got);
    Ok(())
}

fn feed(hasher: &mut Hasher, result: &Result<TileResult, BackendError>) {
    match result {
        Ok(result) => {
            for q in &result.aggregate {
                hasher.update(&q.to_le_bytes());
            }
            for x in &result.products {
                hasher.update(&x.to_le_bytes());
            }
        }
        Err(error) => {
            hasher.update(error.to_string().as_bytes());
        }
    }
}

fn difference(
    case: &Case,
    got: &Result<TileResult, BackendError>,
    expected: &Result<TileResult, BackendError>,
) -> String {
    let head = format!("{} rows, {:?}, {:?}", case.rows.len(), case.pieces, case.work);
    match (got, expected) {
        (Ok(got), Ok(expected)) => {
            let aggregate = got.aggregate.iter().zip(&expected.aggregate).position(|(a, b)| a != b);
            let products = got.products.iter().zip(&expected.products).position(|(a, b)| a != b);
            format!("{head}: first difference in the aggregate {aggregate:?}, in the products {products:?}")
        }
        _ => format!("{head}: {got:?}, the reference says {expected:?}"),
    }
}
