//! Evaluations of a version on a data set (section 20 of `exactness.md`), by the fast engine of programs.

mod load;
pub(crate) mod memory;
pub(crate) mod rows;
mod weights;

use crate::{blob_file::GroupBuffer, BlobFile, Control, EngineError, Input};
pub(crate) use load::{load, load_changed};
use quorate_data_set::DataSet;
use quorate_evaluation::{operations, Fit, Tally, ROW_BYTES};
use quorate_infer::{Level, ProgramDevice};
use quorate_program::Program;
use rows::Rows;
use std::{io, sync::Arc};
pub(crate) use weights::{Files, FrozenBase};

/// Bytes that are read at a time.
const READ: usize = 64 << 10;
/// Bytes beside what is counted: pieces that are read, rows that wait, threads.
pub(crate) const BESIDE: u64 = 64 << 20;

/// What an evaluation is made from.
#[derive(Debug)]
pub struct EvaluateInput {
    pub version: BlobFile,
    /// What the version's tensors are trained on top of, if the model has that.
    pub frozen_base: Option<BlobFile>,
    pub program: BlobFile,
    pub data: BlobFile,
    /// Thousands of millions of floating-point operations that were paid for.
    pub operations: u64,
}

/// What an evaluation yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// The program does not fit; why is for people.
    Unfit(String),
    /// The sums over all rows, and the detail blob.
    Done { tally: Tally, detail: Vec<u8> },
}

/// How much an evaluation may use. Nothing here changes a bit of the result.
#[derive(Clone, Copy)]
pub(crate) struct Bounds<'a> {
    pub threads: usize,
    /// Bytes of its part; without, three quarters of what the machine has free.
    pub memory: Option<u64>,
    /// The most that the arithmetic may use.
    pub instructions: Level,
    /// Runs what it can of programs.
    pub device: Option<&'a dyn ProgramDevice>,
}

/// Why nothing is computed.
pub(crate) enum Stop {
    Unfit(String),
    Failed(EngineError),
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Failed(error)
    }
}

pub(crate) fn unfit(reason: &dyn std::fmt::Display) -> Stop {
    Stop::Unfit(reason.to_string())
}

pub(crate) fn evaluate(
    input: &EvaluateInput,
    bounds: Bounds<'_>,
    control: &Control<'_>,
) -> Result<Evaluated, EngineError> {
    match run(input, bounds, control) {
        Ok((tally, detail)) => Ok(Evaluated::Done { tally, detail }),
        Err(Stop::Unfit(reason)) => Ok(Evaluated::Unfit(reason)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

fn run(input: &EvaluateInput, bounds: Bounds<'_>, control: &Control<'_>) -> Result<(Tally, Vec<u8>), Stop> {
    let memory = bounds.memory.or_else(memory::free).unwrap_or(u64::MAX);
    memory::check(input.program.len().saturating_mul(2), memory)?;
    let program = read(&input.program, Input::Program, 0, input.program.len(), control)?;
    let program = Program::decode(&program).map_err(|error| unfit(&error))?;
    let data = header(&input.data, Input::DataSet)?;
    let fit = Fit::new(&program, &data).map_err(|misfit| unfit(&misfit))?;
    let needed = operations(&program, data.rows());
    if needed.is_none_or(|needed| needed > input.operations) {
        let needed = needed.map_or_else(|| "more than there are".into(), |needed| needed.to_string());
        return Err(unfit(&format_args!(
            "{needed} thousand million operations are needed, {} were paid for",
            input.operations
        )));
    }
    let details = data.rows().saturating_mul(ROW_BYTES as u64);
    let kept = input.program.len().saturating_mul(2);
    let kept = kept.saturating_add(details).saturating_add(BESIDE);
    let frozen_base = input.frozen_base.as_ref().map(FrozenBase::new).transpose()?;
    let files = Files {
        version: (&input.version, Input::Base),
        frozen_base: frozen_base.as_ref(),
    };
    let model = load(files, program, kept, (bounds, memory), control)?;
    let kept = kept.saturating_add(model.bytes());
    let mut rows = Rows::new(Arc::new(model), fit, data.rows(), kept, control);
    rows.stream(&input.data, Input::DataSet)?;
    Ok(rows.finish())
}

pub(crate) fn header(blob: &BlobFile, input: Input) -> Result<DataSet, Stop> {
    let mut buffer = GroupBuffer::default();
    let mut at_start = |len: u64| -> Result<Vec<u8>, Stop> {
        match len <= blob.len() {
            true => Ok(blob.read(&mut buffer, 0, len as usize, input)?.to_vec()),
            false => Err(unfit(&"the data set is shorter than its header")),
        }
    };
    let prefix = at_start(8)?;
    let len = DataSet::header_len(prefix.first_chunk().copied().unwrap_or_default());
    let header = at_start(len.map_err(|error| unfit(&error))? as u64)?;
    DataSet::read_header(&header).map_err(|error| unfit(&error))
}

/// Bytes of a blob, verified.
pub(crate) fn read(
    blob: &BlobFile,
    input: Input,
    start: u64,
    len: u64,
    control: &Control<'_>,
) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    let room = usize::try_from(len)
        .ok()
        .filter(|&len| bytes.try_reserve_exact(len).is_ok());
    room.ok_or_else(|| EngineError::io(input.to_string())(io::ErrorKind::OutOfMemory.into()))?;
    each(blob, input, start..start + len, control, |piece| {
        bytes.extend_from_slice(piece);
        Ok::<(), EngineError>(())
    })?;
    Ok(bytes)
}

/// The same, piece by piece.
pub(crate) fn each<E: From<EngineError>>(
    blob: &BlobFile,
    input: Input,
    range: std::ops::Range<u64>,
    control: &Control<'_>,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut buffer = GroupBuffer::default();
    let mut at = range.start;
    while at < range.end {
        control.check()?;
        let len = (READ as u64).min(range.end - at) as usize;
        take(blob.read(&mut buffer, at, len, input)?)?;
        at += len as u64;
    }
    Ok(())
}
