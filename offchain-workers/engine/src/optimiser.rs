//! The new values of a run of coordinates: the aggregate applied to the base, by the server optimiser where there is one.

use crate::{
    aggregation::Aggregation,
    blob_file::GroupBuffer,
    layout::{Piece, Run},
    EngineError, Input,
};
use quorate_hash_tree as hash;
use quorate_kernels::{
    apply::{apply, step},
    optimiser::{ServerStep, StepValues},
    Cpu,
};
use std::{fs::File, os::unix::fs::FileExt};

/// What makes new values.
pub(crate) struct NewValues<'a> {
    pub job: &'a Aggregation<'a>,
    pub cpu: Cpu,
    pub step: Option<ServerStep>,
    /// Where new moments go, if there are any, and the length of that file.
    pub state: Option<&'a (File, u64)>,
}

/// Moments of a stripe's `train` coordinates: first ones, then second ones, as many as the optimiser has.
#[derive(Debug, Default)]
pub(crate) struct MomentBuffers {
    /// The first of the coordinates, once there is one.
    first: Option<u64>,
    moments: [Vec<u8>; 2],
    read: [GroupBuffer; 2],
}

impl MomentBuffers {
    /// Before the first run of a stripe.
    pub fn begin(&mut self) {
        self.first = None;
        self.moments.iter_mut().for_each(Vec::clear);
    }
}

const STATE: &str = "optimiser state";

impl NewValues<'_> {
    /// Fills `out`, the bytes of a run in the new version, and makes the run's new moments.
    ///
    /// # Errors
    /// `Apply` or `Step` where there is no new value, and those of reading and writing moments.
    pub fn make(
        &self,
        run: Run,
        base: &[u8],
        aggregate: &[i32],
        moments: &mut MomentBuffers,
        out: &mut [u8],
    ) -> Result<(), EngineError> {
        let layout = &self.job.layout;
        let train = layout.train_before(run.first)..layout.train_before(run.first + run.len as u64);
        let before = moments.moments[0].len();
        moments.first.get_or_insert(train.start);
        self.read_moments(train, moments)?;
        for piece in layout.pieces(run.first, run.len) {
            let bytes = 4 * piece.range.start..4 * piece.range.end;
            let (base, sums, out) = (&base[bytes.clone()], &aggregate[piece.range.clone()], &mut out[bytes]);
            match &self.step {
                Some(step) if piece.span.shift.is_some() => {
                    self.optimise(step, run, &piece, (moments, before), (base, sums, out))?
                }
                _ => {
                    apply(self.cpu, base, sums, piece.span.scale, out).map_err(|fault| EngineError::Apply {
                        tensor: piece.span.name.clone(),
                        index: element(run, &piece, fault.index),
                        error: fault.error,
                    })?;
                }
            }
        }
        Ok(())
    }

    fn optimise(
        &self,
        server: &ServerStep,
        run: Run,
        piece: &Piece<'_>,
        (moments, before): (&mut MomentBuffers, usize),
        (base, sums, out): (&[u8], &[i32], &mut [u8]),
    ) -> Result<(), EngineError> {
        let start = before + 4 * piece.train_before;
        let train = start..start + 4 * piece.range.len();
        let [m, v] = &mut moments.moments;
        v.resize(m.len(), 0);
        let values = StepValues {
            base,
            sums,
            m: &mut m[train.clone()],
            v: &mut v[train],
            out,
        };
        server
            .run(self.cpu, piece.span.scale, values)
            .map_err(|fault| EngineError::Step {
                tensor: piece.span.name.clone(),
                index: element(run, piece, fault.index),
                error: fault.error,
            })
    }

    /// The moments before the step.
    fn read_moments(&self, train: std::ops::Range<u64>, moments: &mut MomentBuffers) -> Result<(), EngineError> {
        let start = self.job.input.pipeline.server.start();
        let (len, first) = (4 * (train.end - train.start) as usize, [start.m, start.v]);
        let streams = moments.moments.iter_mut().zip(&mut moments.read).enumerate();
        for (stream, (bytes, buffer)) in streams.take(self.job.moments()) {
            match &self.job.input.optimiser {
                Some(file) => {
                    let at = self.job.moment_offset(stream, train.start);
                    bytes.extend_from_slice(file.read(buffer, at, len, Input::Optimiser)?);
                }
                None => bytes.extend(first[stream].to_le_bytes().into_iter().cycle().take(len)),
            }
        }
        Ok(())
    }

    /// Writes the new moments of a stripe, and hashes what is written: the disk may give back something else.
    pub fn write_moments(&self, moments: &MomentBuffers) -> Result<Vec<hash::Piece>, EngineError> {
        let (Some((file, len)), Some(first)) = (self.state, moments.first) else {
            return Ok(Vec::new());
        };
        let streams = moments.moments.iter().enumerate().take(self.job.moments());
        let pieces = streams.map(|(stream, bytes)| {
            let at = self.job.moment_offset(stream, first);
            file.write_all_at(bytes, at).map_err(EngineError::io(STATE))?;
            Ok(hash::Piece::new(*len, at, bytes))
        });
        pieces.collect()
    }

    /// The previous aggregate of a run on its grid; zeros at `stat` coordinates.
    ///
    /// # Errors
    /// `Quantize` where a value of either version is not finite.
    pub fn previous(&self, run: Run, base: &[u8], previous: &[u8], steps: &mut Vec<i32>) -> Result<(), EngineError> {
        steps.clear();
        steps.resize(run.len, 0);
        let pieces = self.job.layout.pieces(run.first, run.len);
        for piece in pieces.filter(|piece| piece.span.shift.is_some()) {
            let bytes = 4 * piece.range.start..4 * piece.range.end;
            let steps = &mut steps[piece.range.clone()];
            step(
                self.cpu,
                &base[bytes.clone()],
                &previous[bytes],
                piece.span.scale,
                steps,
            )
            .map_err(|fault| EngineError::Quantize {
                what: "base or previous version".into(),
                tensor: piece.span.name.clone(),
                index: element(run, &piece, fault.index),
                error: fault.error,
            })?;
        }
        Ok(())
    }
}

/// The element of its tensor that value `at` of a piece is.
fn element(run: Run, piece: &Piece<'_>, at: usize) -> u64 {
    run.first + (piece.range.start + at) as u64 - piece.span.first
}
