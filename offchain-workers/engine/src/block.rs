//! One block: some consecutive coordinates of all files, from bytes to new bytes and products.

use crate::{aggregate::Job, kernels, layout::Piece, EngineError};
use quorate_exact::{aggregate_column, Rule};
use std::{fs::File, io, os::unix::fs::FileExt};

/// What a thread keeps from block to block.
pub(crate) struct Scratch {
    /// Coordinates of a block.
    width: usize,
    /// One row of `width` grid integers for each update, the aggregate and the previous aggregate.
    rows: Vec<i32>,
    bytes: Vec<u8>,
    old: Vec<u8>,
    column: Vec<i32>,
    sums: Vec<i64>,
    /// Upper triangle of the Gram matrix of this thread's blocks.
    pub upper: Vec<i128>,
}

impl Scratch {
    pub fn new(rows: usize, width: usize) -> Self {
        Self {
            width,
            rows: vec![0; rows * width],
            bytes: vec![0; 4 * width],
            old: vec![0; 4 * width],
            column: Vec::with_capacity(rows),
            sums: vec![0; width],
            upper: vec![0; rows * (rows + 1) / 2],
        }
    }

    /// Bytes that a thread needs for each coordinate of its blocks.
    pub fn bytes_per_coordinate(rows: usize) -> usize {
        4 * rows + 4 + 4 + 8
    }
}

/// Computes the coordinates from `first` on into `out`, four bytes each.
pub(crate) fn run(job: &Job<'_>, first: u64, out: &mut [u8], scratch: &mut Scratch) -> Result<(), EngineError> {
    let Scratch {
        width,
        rows,
        bytes,
        old,
        column,
        sums,
        upper,
    } = scratch;
    let (len, n) = (out.len() / 4, job.input.inputs.len());
    let offset = job.layout.offset(first);
    let mut rows: Vec<&mut [i32]> = rows.chunks_exact_mut(*width).map(|row| &mut row[..len]).collect();
    let (bytes, old, sums) = (&mut bytes[..4 * len], &mut old[..4 * len], &mut sums[..len]);

    for (i, input) in job.input.inputs.iter().enumerate() {
        read(&input.file, bytes, offset).map_err(EngineError::io(update(i)))?;
        for Piece { range, span } in job.layout.pieces(first, len) {
            let (start, source) = (range.start, &bytes[4 * range.start..4 * range.end]);
            kernels::quantize(source, span.scale, &mut rows[i][range]).map_err(|(at, error)| {
                let index = first + (start + at) as u64 - span.first;
                EngineError::Quantize {
                    what: update(i),
                    tensor: span.name.clone(),
                    index,
                    error,
                }
            })?;
        }
    }

    let (updates, rest) = rows.split_at_mut(n);
    let (aggregate, previous) = rest.split_at_mut(1);
    let aggregate = &mut *aggregate[0];
    combine(job, updates, aggregate, column, sums)?;

    read(&job.input.base, out, offset).map_err(EngineError::io("base version"))?;
    if let (Some(file), Some(previous)) = (&job.input.previous, previous.first_mut()) {
        read(file, old, offset).map_err(EngineError::io("previous version"))?;
        for Piece { range, span } in job.layout.pieces(first, len) {
            let (start, at) = (range.start, 4 * range.start..4 * range.end);
            kernels::steps(&out[at.clone()], &old[at], span.scale, &mut previous[range]).map_err(|(at, error)| {
                let index = first + (start + at) as u64 - span.first;
                EngineError::Quantize {
                    what: "base or previous version".into(),
                    tensor: span.name.clone(),
                    index,
                    error,
                }
            })?;
        }
    }

    for Piece { range, span } in job.layout.pieces(first, len) {
        let (start, at) = (range.start, 4 * range.start..4 * range.end);
        kernels::apply(&mut out[at], &aggregate[range], span.scale).map_err(|(at, error)| {
            let index = first + (start + at) as u64 - span.first;
            EngineError::Apply {
                tensor: span.name.clone(),
                index,
                error,
            }
        })?;
    }

    for Piece { range, span } in job.layout.pieces(first, len) {
        let Some(shift) = span.shift else { continue };
        let parts: Vec<&[i32]> = rows.iter().map(|row| &row[range.clone()]).collect();
        kernels::add_products(&parts, shift, upper);
    }
    Ok(())
}

fn combine(
    job: &Job<'_>,
    updates: &[&mut [i32]],
    aggregate: &mut [i32],
    column: &mut Vec<i32>,
    sums: &mut [i64],
) -> Result<(), EngineError> {
    match job.input.rule {
        Rule::WeightedMean => {
            let rows = updates.iter().map(|row| &**row).zip(job.weights.iter().copied());
            kernels::weighted_mean(rows, sums, aggregate)?;
        }
        rule @ (Rule::Median | Rule::TrimmedMean { .. }) => {
            for (k, value) in aggregate.iter_mut().enumerate() {
                column.clear();
                column.extend(updates.iter().map(|row| row[k]));
                *value = aggregate_column(&rule, column, &[])?;
            }
        }
    }
    Ok(())
}

fn update(index: usize) -> String {
    format!("update {index}")
}

fn read(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(into, offset)
}
