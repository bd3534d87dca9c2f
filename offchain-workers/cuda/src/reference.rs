//! What `quorate-exact` makes of a tile, column by column: the measure of everything else here.

use quorate_exact::{grid::quantize, Combine};
use quorate_kernels::{BackendError, Finish, Piece, Tile, TileOp, TileResult};

/// The piece that coordinate `index` of a tile lies in.
pub(crate) fn piece_at<'a>(tile: &Tile<'a>, index: usize) -> Option<&'a Piece> {
    let mut end = 0;
    tile.pieces.iter().find(|piece| {
        end += piece.len;
        index < end
    })
}

/// The grid integers of coordinate `index`, one for each update.
pub(crate) fn column(tile: &Tile<'_>, piece: &Piece, index: usize) -> Result<Vec<i32>, BackendError> {
    let value = |(row, bytes): (usize, &&[u8])| {
        let b = &bytes[4 * index..4 * index + 4];
        quantize(u32::from_le_bytes([b[0], b[1], b[2], b[3]]), piece.scale).map_err(|error| BackendError::Value {
            row,
            index,
            error,
        })
    };
    tile.rows.iter().enumerate().map(value).collect()
}

/// The column after the maps.
pub(crate) fn mapped(work: &TileOp, piece: &Piece, column: &[i32]) -> Result<Vec<i32>, BackendError> {
    work.maps.iter().try_fold(column.to_vec(), |column, stage| {
        let map = if piece.train { &stage.train } else { &stage.stat };
        map.column(&column)
            .ok_or(BackendError::Shape("a map that breaks its bounds"))
    })
}

/// The aggregate of a mapped column.
pub(crate) fn combined(combines: [&Combine; 2], piece: &Piece, column: &[i32]) -> Result<i32, BackendError> {
    let [train, stat] = combines;
    let combine = if piece.train { train } else { stat };
    combine
        .column(column)
        .ok_or(BackendError::Shape("a rule that breaks its bounds"))
}

/// The vectors, as values of one coordinate, whose products [`Finish`] asks for.
pub(crate) fn product_column(
    work: &TileOp,
    tile: &Tile<'_>,
    piece: &Piece,
    index: usize,
) -> Result<Vec<i32>, BackendError> {
    let column = column(tile, piece, index)?;
    let rows = mapped(work, piece, &column)?;
    let previous = tile.previous.map(|previous| previous[index]);
    Ok(match &work.finish {
        Finish::Norms => rows,
        Finish::Pairs => rows.into_iter().chain(previous).collect(),
        Finish::Aggregate { train, stat, .. } => {
            let aggregate = combined([train, stat], piece, &rows)?;
            column.into_iter().chain([aggregate]).chain(previous).collect()
        }
    })
}

/// Which pairs of the vectors of [`product_column`] are asked for, in order.
pub(crate) fn pairs(work: &TileOp, tile: &Tile<'_>, vectors: usize) -> Vec<(usize, usize)> {
    match &work.finish {
        Finish::Norms => (0..vectors).map(|i| (i, i)).collect(),
        Finish::Pairs => (0..vectors).flat_map(|i| (i..vectors).map(move |j| (i, j))).collect(),
        Finish::Aggregate { products: false, .. } => Vec::new(),
        Finish::Aggregate { .. } => {
            let n = tile.rows.len();
            let with = |i: usize| (n.max(i + 1)..vectors).map(move |j| (i, j));
            (0..vectors)
                .flat_map(|i| std::iter::once((i, i)).chain(with(i)))
                .collect()
        }
    }
}

/// Does `work` on `tile`.
///
/// # Errors
/// As every backend.
pub fn run(tile: &Tile<'_>, work: &TileOp) -> Result<TileResult, BackendError> {
    tile.check()?;
    let rows = work.check(tile.rows.len())?;
    let len = tile.len();
    check_values(tile)?;
    let mut result = TileResult::default();
    let vectors = match work.finish {
        Finish::Norms => rows,
        Finish::Pairs => rows + usize::from(tile.previous.is_some()),
        Finish::Aggregate { .. } => tile.rows.len() + 1 + usize::from(tile.previous.is_some()),
    };
    let pairs = pairs(work, tile, vectors);
    result.products = vec![0; pairs.len()];
    for index in 0..len {
        let Some(piece) = piece_at(tile, index) else { continue };
        let values = product_column(work, tile, piece, index)?;
        if let Finish::Aggregate { .. } = work.finish {
            result.aggregate.push(values[tile.rows.len()]);
        }
        if piece.train {
            for (sum, &(i, j)) in result.products.iter_mut().zip(&pairs) {
                *sum += i128::from(i64::from(values[i]) * i64::from(values[j])) << (2 * piece.shift);
            }
        }
    }
    Ok(result)
}

/// The first fault in the order of the rows.
fn check_values(tile: &Tile<'_>) -> Result<(), BackendError> {
    for (row, bytes) in tile.rows.iter().enumerate() {
        let mut at = 0;
        for piece in tile.pieces {
            for (i, b) in bytes[4 * at..4 * (at + piece.len)].chunks_exact(4).enumerate() {
                quantize(u32::from_le_bytes([b[0], b[1], b[2], b[3]]), piece.scale).map_err(|error| {
                    BackendError::Value {
                        row,
                        index: at + i,
                        error,
                    }
                })?;
            }
            at += piece.len;
        }
    }
    Ok(())
}
