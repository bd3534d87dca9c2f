//! Answers on request (section 22 of `exactness.md`), by the fast engine of programs: a batch of requests, each as if it were alone.

mod batch;
mod capacity;
mod check;
mod generate;
mod needs;
mod run;
mod verify;

use crate::{
    evaluation::{load, memory, read, unfit, Bounds, Files, FrozenBase, Stop, BESIDE},
    BlobFile, Control, EngineError, Input,
};
use batch::Batch;
use quorate_infer::{Model, ProgramDevice, Stop as RunStop};
use quorate_primitives::job::infer::{AnswerRow, Request};
use quorate_program::{Program, MAX_HEADER};
use std::{io, sync::Arc};

pub use capacity::{Capacity, Unmeasured};
pub use check::check_request;
pub use verify::verify;

/// Bytes of what requests name as memory.
const MEBIBYTE: u64 = 1 << 20;

/// What a batch is answered from.
#[derive(Debug)]
pub struct InferInput {
    pub version: BlobFile,
    /// What the version's tensors are trained on top of, if the model has that.
    pub frozen_base: Option<BlobFile>,
    pub program: BlobFile,
    /// In the batch's order, each with its blob.
    pub requests: Vec<(Request, BlobFile)>,
    /// The batch's: samplers draw from it.
    pub seed: [u8; 32],
}

/// What there is of a batch, as it comes. Requests have their numbers in the batch's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// The next token of a request that generates some.
    Token { request: usize, token: u32 },
    /// The bytes of a request's answer: nothing more comes of it, but another answer where a device was found to be wrong.
    Answer { request: usize, bytes: Vec<u8> },
}

/// Takes what was made when it is there.
pub type Keep<'a> = dyn FnMut(Made) -> io::Result<()> + 'a;

pub(crate) fn infer(
    input: &InferInput,
    bounds: Bounds<'_>,
    keep: &mut Keep<'_>,
    control: &Control<'_>,
) -> Result<Vec<AnswerRow>, EngineError> {
    let mut batch = Batch::new(input, keep, control);
    match model(input, &batch, bounds, control) {
        Ok((model, program_bytes)) => {
            let model = Arc::new(model);
            let limit = model.options().memory.saturating_sub(model.bytes());
            let kept = program_bytes.saturating_add(model.bytes());
            let needs = needs::all(&mut batch, &model, limit, kept)?;
            run::all(&mut batch, &model, &needs)?;
            generate::all(&mut batch, &model, &needs)?;
            // What the device had answered alone before it was switched off may be wrong: the CPU runs it all again.
            if bounds.device.is_some_and(ProgramDevice::is_off) {
                run::all(&mut batch, &model, &needs)?;
            }
        }
        // The same for everybody: no request of this batch can be answered.
        Err(Stop::Unfit(_)) => (),
        Err(Stop::Failed(error)) => return Err(error),
    }
    batch.finish()
}

/// The model, and bytes that are used beside it and its runs. What no request named the memory for is not loaded: a machine that has less
/// knows as well that they are unfit.
fn model(
    input: &InferInput,
    batch: &Batch<'_, '_>,
    bounds: Bounds<'_>,
    control: &Control<'_>,
) -> Result<(Model, u64), Stop> {
    let memory = bounds.memory.or_else(memory::free).unwrap_or(u64::MAX);
    let program = program(input, memory, control)?;
    if !batch.has_fit(&program)? {
        return Err(unfit(&"no request named as much as it takes"));
    }
    // Its constants once, and its header with what was made of it.
    let constants = program.graph().constants.iter();
    let constants = constants.fold(0, |sum: u64, constant| sum.saturating_add(constant.bytes.len() as u64));
    let bytes = input.program.len().saturating_mul(2).saturating_sub(constants);
    let kept = bytes.saturating_add(BESIDE);
    let frozen_base = input.frozen_base.as_ref().map(FrozenBase::new).transpose()?;
    let files = Files {
        version: (&input.version, Input::Base),
        frozen_base: frozen_base.as_ref(),
    };
    let model = load(files, program, kept, (bounds, memory), control)?;
    Ok((model, kept))
}

fn program(input: &InferInput, memory: u64, control: &Control<'_>) -> Result<Program, Stop> {
    let named = input.requests.iter().map(|(request, _)| u64::from(request.memory));
    let named = named.max().unwrap_or(0).saturating_mul(MEBIBYTE);
    // Its constants alone are more.
    if input.program.len() > named.saturating_add(2 * MAX_HEADER) {
        return Err(unfit(&"the program has more bytes than any request named"));
    }
    memory::check(input.program.len().saturating_mul(2), memory)?;
    let bytes = read(&input.program, Input::Program, 0, input.program.len(), control)?;
    Program::decode(&bytes).map_err(|error| unfit(&error))
}

/// What a run's end is that is no fault: this machine's.
fn failed(stop: RunStop, kept: u64) -> EngineError {
    match stop {
        RunStop::Cancelled => EngineError::Cancelled,
        RunStop::Memory { needed, limit } => EngineError::Memory {
            needed: needed.saturating_add(kept),
            allowed: limit.saturating_add(kept),
        },
        other => EngineError::io("the program")(io::Error::other(other.to_string())),
    }
}
