//! The new values of a slab: the aggregate applied to the base, by the server optimiser where there is one.

use crate::{job::Job, layout::Piece, read::Slab, write::Output, EngineError};
use quorate_kernels::{
    apply::{apply, step},
    server::{ServerStep, StepValues},
    Cpu,
};
use rayon::prelude::*;

/// Coordinates that a thread takes at a time.
const SHARE: usize = 1 << 14;

/// What makes new values.
pub(crate) struct NewValues<'a> {
    pub job: &'a Job<'a>,
    pub cpu: Cpu,
    pub step: Option<ServerStep>,
}

impl NewValues<'_> {
    /// Fills `output` from a slab and its aggregate.
    pub fn make(&self, slab: &Slab, aggregate: &[i32], output: &mut Output) -> Result<(), EngineError> {
        output.bytes.resize(4 * slab.len, 0);
        output.first_train = self.job.layout.train_before(slab.first);
        self.start_moments(slab, output);
        for piece in self.job.layout.pieces(slab.first, slab.len) {
            let result = match &self.step {
                Some(step) if piece.span.shift.is_some() => self.optimise(step, slab, &piece, aggregate, output),
                _ => self.add(slab, &piece, aggregate, output),
            };
            result?;
        }
        Ok(())
    }

    /// The moments before the step.
    fn start_moments(&self, slab: &Slab, output: &mut Output) {
        let end = self.job.layout.train_before(slab.first + slab.len as u64);
        let len = 4 * (end - output.first_train) as usize;
        let start = self.job.input.pipeline.server.start();
        output.moments.resize_with(self.job.moments(), Vec::new);
        for (stream, (bytes, first)) in output.moments.iter_mut().zip([start.m, start.v]).enumerate() {
            bytes.clear();
            match slab.moments.get(stream) {
                Some(old) => bytes.extend(old),
                None => bytes.extend(first.to_le_bytes().into_iter().cycle().take(len)),
            }
        }
    }

    fn add(&self, slab: &Slab, piece: &Piece<'_>, aggregate: &[i32], output: &mut Output) -> Result<(), EngineError> {
        let bytes = 4 * piece.range.start..4 * piece.range.end;
        let shares = output.bytes[bytes.clone()]
            .par_chunks_mut(4 * SHARE)
            .zip(slab.base[bytes].par_chunks(4 * SHARE))
            .zip(aggregate[piece.range.clone()].par_chunks(SHARE));
        shares.enumerate().try_for_each(|(share, ((out, base), sums))| {
            apply(self.cpu, base, sums, piece.span.scale, out).map_err(|fault| EngineError::Apply {
                tensor: piece.span.name.clone(),
                index: element(slab, piece, share, fault.index),
                error: fault.error,
            })
        })
    }

    fn optimise(
        &self,
        server: &ServerStep,
        slab: &Slab,
        piece: &Piece<'_>,
        aggregate: &[i32],
        output: &mut Output,
    ) -> Result<(), EngineError> {
        let bytes = 4 * piece.range.start..4 * piece.range.end;
        let train = 4 * piece.train_before..4 * (piece.train_before + piece.range.len());
        let Output {
            bytes: out, moments, ..
        } = output;
        let (first, second) = moments.split_at_mut(1);
        let m = &mut first[0][train.clone()];
        let mut none = vec![0; if second.is_empty() { train.len() } else { 0 }];
        let v = second.first_mut().map_or(&mut none[..], |second| &mut second[train]);
        let shares = out[bytes.clone()]
            .par_chunks_mut(4 * SHARE)
            .zip(slab.base[bytes].par_chunks(4 * SHARE))
            .zip(aggregate[piece.range.clone()].par_chunks(SHARE))
            .zip(m.par_chunks_mut(4 * SHARE))
            .zip(v.par_chunks_mut(4 * SHARE));
        shares
            .enumerate()
            .try_for_each(|(share, ((((out, base), sums), m), v))| {
                let values = StepValues { base, sums, m, v, out };
                server
                    .run(self.cpu, piece.span.scale, values)
                    .map_err(|fault| EngineError::Step {
                        tensor: piece.span.name.clone(),
                        index: element(slab, piece, share, fault.index),
                        error: fault.error,
                    })
            })
    }

    /// The previous aggregate of a slab on its grid, where there is one; zeros at `stat` coordinates.
    pub fn previous(&self, slab: &Slab) -> Result<Option<Vec<i32>>, EngineError> {
        let Some(previous) = &slab.previous else {
            return Ok(None);
        };
        let mut steps = vec![0; slab.len];
        let pieces = self.job.layout.pieces(slab.first, slab.len);
        for piece in pieces.filter(|piece| piece.span.shift.is_some()) {
            let bytes = 4 * piece.range.start..4 * piece.range.end;
            let shares = steps[piece.range.clone()]
                .par_chunks_mut(SHARE)
                .zip(slab.base[bytes.clone()].par_chunks(4 * SHARE))
                .zip(previous[bytes].par_chunks(4 * SHARE));
            shares.enumerate().try_for_each(|(share, ((steps, base), previous))| {
                step(self.cpu, base, previous, piece.span.scale, steps).map_err(|fault| EngineError::Quantize {
                    what: "base or previous version".into(),
                    tensor: piece.span.name.clone(),
                    index: element(slab, &piece, share, fault.index),
                    error: fault.error,
                })
            })?;
        }
        Ok(Some(steps))
    }
}

/// The element of a tensor that value `at` of a share of a piece is.
fn element(slab: &Slab, piece: &Piece<'_>, share: usize, at: usize) -> u64 {
    slab.first + (piece.range.start + share * SHARE + at) as u64 - piece.span.first
}
