//! The seam between the engine and whatever does the arithmetic: a backend takes the bytes of some coordinates of all updates
//! and gives back integers. Everything else, from reading and hashing to planning, applying and server optimisers, is the engine's.
//!
//! A backend may be given any run of coordinates: a whole leaf of the sum tree (2^18), less of it, or as little as one. Sums
//! of integers make the cut irrelevant, and the engine adds the products of the parts. The answers are those of
//! `quorate-exact`, to the last bit: a backend that cannot give them returns an error, and the engine turns to another one.

use quorate_exact::{grid::Scale, Combine, QuantizeError, RowMap};

/// `4^shift ≤ 2^35` holds for every header.
pub const MAX_SHIFT: u32 = 17;

/// Consecutive coordinates of one tensor within a [`Tile`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Coordinates.
    pub len: usize,
    /// Scale of the tensor.
    pub scale: Scale,
    /// Whether it is a `train` tensor; else it is a `stat` tensor, which adds nothing to products and has its own maps.
    pub train: bool,
    /// `s_max − s` of a `train` tensor, at most [`MAX_SHIFT`] (docs/exactness.md, section 3): its products count `4^shift` times.
    /// 0 for a `stat` tensor.
    pub shift: u32,
}

/// A run of coordinates of all updates.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a> {
    /// What the run is made of, in file order; the lengths sum to [`Tile::len`].
    pub pieces: &'a [Piece],
    /// The updates' bytes in the sealed order, little-endian f32, `4 · len` each; 1 to 1,024 rows. Any alignment will do; at
    /// multiples of 64 bytes they are read fastest.
    pub rows: &'a [&'a [u8]],
    /// Grid integers of the previous aggregate, `len` of them, where there is one. Read at `train` coordinates only.
    pub previous: Option<&'a [i32]>,
}

/// The maps of one pre-aggregator, for coordinates of `train` and of `stat` tensors; both make as many rows.
pub use quorate_exact::StageMap;

/// What to do with a tile: quantize it, send its rows through the maps one after the other, then finish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TileOp {
    /// Pre-aggregators whose maps are known, first one first.
    pub maps: Vec<StageMap>,
    /// What to give back of the rows that remain.
    pub finish: Finish,
}

/// What comes after the maps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finish {
    /// Products: `x_i·x_i` of the rows that remain, in their order.
    Norms,
    /// Products: the upper triangle of the rows that remain, row by row: (0,0), (0,1), …, (1,1), … If the tile has a
    /// `previous`, it is the last row.
    Pairs,
    /// The aggregate, and products on request.
    Aggregate {
        /// For coordinates of `train` tensors.
        train: Combine,
        /// For coordinates of `stat` tensors.
        stat: Combine,
        /// Whether to give the products of the *original* updates u_i, the aggregate a and the previous aggregate p: for
        /// each i `u_i·u_i`, `u_i·a`, and `u_i·p` if there is p; then `a·a`; then `a·p`, `p·p` if there is p.
        products: bool,
    },
}

/// What a backend makes of a tile.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TileResult {
    /// One grid integer per coordinate for [`Finish::Aggregate`], else none.
    pub aggregate: Vec<i32>,
    /// As [`Finish`] says, `Σ x y · 4^shift` over the tile's `train` coordinates.
    pub products: Vec<i128>,
}

/// Why a backend has no result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BackendError {
    /// A value has no place on its grid. Of all such values, the one of the lowest row, and in it the first.
    #[error("update {row}, coordinate {index} of the tile: {error}")]
    Value {
        /// Index of the update.
        row: usize,
        /// Coordinate within the tile.
        index: usize,
        /// What is wrong with it.
        error: QuantizeError,
    },
    /// Tile and work contradict each other: a fault of the caller.
    #[error("tile and work do not fit: {0}")]
    Shape(&'static str),
    /// The device failed or gave a wrong answer. The engine goes on without this backend.
    #[error("{0}")]
    Device(String),
}

/// Does the arithmetic of tiles.
///
/// One call may use the whole device: the engine makes one at a time for each backend, but reads and hashes the next tile
/// meanwhile.
pub trait TileBackend: Send + Sync {
    /// Name for people: device and instruction set.
    fn name(&self) -> String;

    /// Does `work` on `tile`.
    ///
    /// # Errors
    /// [`BackendError`].
    fn run(&self, tile: &Tile<'_>, work: &TileOp) -> Result<TileResult, BackendError>;
}

impl Tile<'_> {
    /// Coordinates.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the parts fit together.
    ///
    /// # Errors
    /// `Shape`.
    pub fn check(&self) -> Result<(), BackendError> {
        let len = self.len();
        if self.pieces.iter().any(|piece| piece.shift > MAX_SHIFT) {
            return Err(BackendError::Shape("a shift that no header allows"));
        }
        if self.rows.is_empty() {
            return Err(BackendError::Shape("a tile without rows"));
        }
        if self.rows.iter().any(|row| row.len() != 4 * len) {
            return Err(BackendError::Shape("a row of another length than the pieces"));
        }
        if self.previous.is_some_and(|previous| previous.len() != len) {
            return Err(BackendError::Shape(
                "a previous aggregate of another length than the pieces",
            ));
        }
        Ok(())
    }
}

impl TileOp {
    /// Rows that remain of `n` after the maps.
    ///
    /// # Errors
    /// `Shape` if a map or the rule cannot take the rows before it, or breaks the bounds of its type.
    pub fn check(&self, n: usize) -> Result<usize, BackendError> {
        let rows = self.maps.iter().try_fold(n, |n, stage| {
            check_map(&stage.train, n)?;
            check_map(&stage.stat, n)?;
            match stage.train.rows.len() == stage.stat.rows.len() {
                true => Ok(stage.train.rows.len()),
                false => Err(BackendError::Shape(
                    "train and stat maps make different numbers of rows",
                )),
            }
        })?;
        if let Finish::Aggregate { train, stat, .. } = &self.finish {
            check_combine(train, rows)?;
            check_combine(stat, rows)?;
        }
        Ok(rows)
    }
}

fn check_map(map: &RowMap, n: usize) -> Result<(), BackendError> {
    if map.rows.is_empty() {
        return Err(BackendError::Shape("a map without rows"));
    }
    for row in &map.rows {
        if row.terms.iter().any(|&(index, _)| index as usize >= n) {
            return Err(BackendError::Shape("a map names a row that there is not"));
        }
        check_weights(row.terms.iter().map(|&(_, weight)| weight), row.den)?;
    }
    Ok(())
}

/// Whether a column of `n` values has a value under this rule.
pub(crate) fn check_combine(combine: &Combine, n: usize) -> Result<(), BackendError> {
    match combine {
        Combine::Weighted { weights, den } => match weights.len() == n {
            true => check_weights(weights.iter().copied(), *den),
            false => Err(BackendError::Shape("another number of weights than rows")),
        },
        Combine::Sorted { lo, hi } => match lo < hi && *hi as usize <= n {
            true => Ok(()),
            false => Err(BackendError::Shape("ranks outside the rows")),
        },
        Combine::AroundMedian { rows, keep } => {
            if rows.iter().any(|&row| row as usize >= n) {
                return Err(BackendError::Shape("the rule names a row that there is not"));
            }
            match (1..=rows.len()).contains(&(*keep as usize)) {
                true => Ok(()),
                false => Err(BackendError::Shape("more values to keep than rows, or none")),
            }
        }
    }
}

fn check_weights(weights: impl Iterator<Item = u32>, den: u32) -> Result<(), BackendError> {
    let total: u64 = weights.map(u64::from).sum();
    match den > 0 && total <= u64::from(den) {
        true => Ok(()),
        false => Err(BackendError::Shape(
            "weights that sum to more than their divisor, or a divisor of 0",
        )),
    }
}
