//! What every pass over the files of a job has in common.

use crate::{
    aggregation::Aggregation,
    arithmetic::Arithmetic,
    layout::{Layout, Run},
    read::Reading,
    walk::Walk,
    EngineError, Input,
};
use quorate_kernels::{BackendError, Cpu, Piece, Tile, TileOp, TileResult};

/// What every pass over the files of a job needs.
pub(crate) struct Pass<'a> {
    pub arithmetic: &'a Arithmetic,
    pub cpu: Cpu,
    pub job: &'a Aggregation<'a>,
    pub walk: Walk<'a>,
    pub block: u64,
}

impl Pass<'_> {
    /// How the updates are read and hashed.
    pub fn reading(&self) -> Reading<'_> {
        Reading {
            job: self.job,
            block: self.block,
            cold: self.walk.cold,
        }
    }

    /// The result of a run of coordinates, `rows` being its bytes in all updates and `previous` the steps before it.
    pub fn run(
        &self,
        run: Run,
        rows: &[&[u8]],
        previous: Option<&[i32]>,
        work: &TileOp,
    ) -> Result<TileResult, EngineError> {
        let pieces = pieces(&self.job.layout, run);
        let tile = Tile {
            pieces: &pieces,
            rows,
            previous,
        };
        let made = self.arithmetic.run(&tile, work);
        made.map_err(|error| named(self.job, run, error))
    }
}

/// The pieces of a run.
fn pieces(layout: &Layout, run: Run) -> Vec<Piece> {
    let pieces = layout.pieces(run.first, run.len).map(|piece| Piece {
        len: piece.range.len(),
        scale: piece.span.scale,
        train: piece.span.shift.is_some(),
        shift: piece.span.shift.unwrap_or(0),
    });
    pieces.collect()
}

/// A fault of a run with the tensor's name.
fn named(job: &Aggregation<'_>, run: Run, error: BackendError) -> EngineError {
    let BackendError::Value { row, index, error } = error else {
        return EngineError::Backend(error);
    };
    let coordinate = run.first + index as u64;
    let span = job.layout.pieces(coordinate, 1).next().map(|piece| piece.span);
    EngineError::Quantize {
        what: Input::Update(row).to_string(),
        tensor: span.map_or(String::new(), |span| span.name.clone()),
        index: span.map_or(0, |span| coordinate - span.first),
        error,
    }
}
