//! How a tile is cut into slices, and where everything of a slice lies on the device.

use crate::buffer::Cutter;
use quorate_exact::grid::Scale;
use quorate_kernels::{Finish, Tile, TileOp};
use std::ops::Range;

/// Consecutive coordinates of a tile with the same grid, kind and shift.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    /// First coordinate within the tile.
    pub first: usize,
    /// Coordinates.
    pub len: usize,
    /// Scale.
    pub scale: Scale,
    /// Whether its tensors are `train` ones.
    pub train: bool,
    /// Products count `4^shift` times.
    pub shift: u32,
}

/// Pieces that are alike joined, then cut into slices of at most `width` coordinates.
pub fn slices(tile: &Tile<'_>, width: usize) -> Vec<Slice> {
    let mut joined: Vec<Slice> = Vec::new();
    let mut first = 0;
    for piece in tile.pieces.iter().filter(|piece| piece.len > 0) {
        let alike =
            |last: &&mut Slice| last.scale == piece.scale && last.train == piece.train && last.shift == piece.shift;
        match joined.last_mut().filter(alike) {
            Some(last) => last.len += piece.len,
            None => joined.push(Slice {
                first,
                len: piece.len,
                scale: piece.scale,
                train: piece.train,
                shift: piece.shift,
            }),
        }
        first += piece.len;
    }
    joined.into_iter().flat_map(|slice| cut(slice, width)).collect()
}

fn cut(slice: Slice, width: usize) -> impl Iterator<Item = Slice> {
    (0..slice.len).step_by(width).map(move |at| Slice {
        first: slice.first + at,
        len: width.min(slice.len - at),
        ..slice
    })
}

/// What is known of the rows of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TileShape {
    /// Updates.
    pub n: usize,
    /// Rows after each map.
    pub stages: Vec<usize>,
    /// Whether there is a previous aggregate.
    pub previous: bool,
    /// Sums of products that a slice gives.
    pub entries: usize,
}

impl TileShape {
    /// Of a work that has been checked against `n` rows.
    pub fn new(work: &TileOp, n: usize, previous: bool) -> Self {
        let stages: Vec<usize> = work.maps.iter().map(|stage| stage.train.rows.len()).collect();
        let last = stages.last().copied().unwrap_or(n);
        let others = usize::from(previous);
        let entries = match &work.finish {
            Finish::Norms => 3 * last,
            Finish::Pairs => (last + others) * (last + others),
            Finish::Aggregate { products: true, .. } => 3 * (n + 1 + others),
            Finish::Aggregate { products: false, .. } => 0,
        };
        Self {
            n,
            stages,
            previous,
            entries,
        }
    }
}

/// Offsets in the memory of a slot; the lists of tables come last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Values of a row with the padding that wide loads need.
    pub stride: usize,
    /// Rows of the updates.
    pub rows: usize,
    /// The previous aggregate, if there is one.
    pub previous: usize,
    /// Rows after each map.
    pub stages: Vec<usize>,
    /// The first fault, a u64.
    pub fault: usize,
    /// The aggregate.
    pub aggregate: usize,
    /// Sums of products.
    pub entries: usize,
    /// Tables.
    pub tables: usize,
}

/// Bytes of an entry.
pub const ENTRY: usize = 16;

impl Layout {
    /// Of a slice with `len` coordinates.
    pub fn new(shape: &TileShape, len: usize) -> Self {
        let stride = len.next_multiple_of(4);
        let mut cutter = Cutter::default();
        Self {
            stride,
            rows: cutter.take(4 * stride * shape.n),
            previous: cutter.take(4 * stride * usize::from(shape.previous)),
            stages: shape.stages.iter().map(|rows| cutter.take(4 * stride * rows)).collect(),
            fault: cutter.take(8),
            aggregate: cutter.take(4 * stride),
            entries: cutter.take(ENTRY * shape.entries),
            tables: cutter.used(),
        }
    }

    /// What comes from the host before the tables: rows and previous aggregate.
    pub fn upload(&self, shape: &TileShape) -> Range<usize> {
        0..self.previous + 4 * self.stride * usize::from(shape.previous)
    }

    /// What goes back to the host: fault, aggregate, entries.
    pub fn download(&self) -> Range<usize> {
        self.fault..self.tables
    }
}
