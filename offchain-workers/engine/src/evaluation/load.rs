//! A version's tensors and a program, ready to run.

use super::{
    memory, unfit,
    weights::{Change, Files, FrozenBase, Weights},
    Bounds, Stop,
};
use crate::{Control, EngineError};
use quorate_infer::{selftest, Model, ModelError, Options};
use quorate_program::Program;
use std::io;

/// Loads what the program reads of a version and its frozen base. Beside the model and its runs `kept` bytes are used, of as many as `memory` says.
pub(crate) fn load(
    files: Files<'_>,
    program: Program,
    kept: u64,
    (bounds, memory): (Bounds<'_>, u64),
    control: &Control<'_>,
) -> Result<Model, Stop> {
    load_changed(files, program, kept, (bounds, memory), control, &mut |_, _| Ok(()))
}

/// The same, where `change` is handed each tensor of the version that the program reads, with its bytes. What is kept of the frozen base is no
/// part of `kept`; the model's runs have so much less.
pub(crate) fn load_changed(
    files: Files<'_>,
    program: Program,
    kept: u64,
    (bounds, memory): (Bounds<'_>, u64),
    control: &Control<'_>,
    change: &mut Change<'_>,
) -> Result<Model, Stop> {
    let weights = Weights::of(&program, files)?;
    // Tensors as they were read, the model's own with the program's constants, and one of them while it is put in order.
    let constants = program
        .graph()
        .constants
        .iter()
        .map(|constant| constant.bytes.len() as u64);
    let largest = weights.largest.max(constants.clone().max().unwrap_or(0));
    let own = constants
        .fold(weights.bytes, u64::saturating_add)
        .saturating_add(largest);
    let all = kept.saturating_add(weights.bytes).saturating_add(own);
    memory::check(all, memory)?;
    let read_bytes = weights.bytes;
    let loaded = weights.read(control, change)?;
    control.check()?;
    let left = memory.saturating_sub(kept);
    let options = Options {
        isa: selftest::best(bounds.instructions).map_err(|error| of_model(error.into()))?,
        threads: bounds.threads,
        // As long as they are there; what is computed of them has to fit beside.
        memory: left.saturating_sub(read_bytes),
        ..Options::default()
    };
    let go_on = || !control.cancel.is_cancelled();
    let mut model = Model::new_while(program, &loaded, options, &go_on).map_err(of_model)?;
    if let Some(on_device) = bounds
        .device
        .and_then(|device| device.load(model.shared_program(), &loaded))
    {
        model.set_device(on_device);
    }
    drop(loaded);
    let frozen = files.frozen_base.map_or(0, FrozenBase::bytes);
    model.allow(left.saturating_sub(frozen));
    Ok(model)
}

/// What a program and a version's tensors are not is the same for everybody.
fn of_model(error: ModelError) -> Stop {
    match error {
        ModelError::Missing { .. } | ModelError::Type { .. } | ModelError::Shape { .. } | ModelError::Values { .. } => {
            unfit(&error)
        }
        ModelError::Cancelled => Stop::Failed(EngineError::Cancelled),
        ModelError::File(_) | ModelError::NotCausal(_) | ModelError::Threads(_) | ModelError::SelfTest(_) => {
            Stop::Failed(EngineError::io("the model")(io::Error::other(error.to_string())))
        }
    }
}
