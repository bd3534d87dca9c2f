//! The blob of a request against its program.

use crate::{
    check::{stream, Checked},
    evaluation::read,
    BlobFile, Cancel, Control, EngineError, Input,
};
use quorate_exact::{hash::Key, Malformed};
use quorate_inference::{Asked, MAX_REQUEST};
use quorate_primitives::job::infer::Task;
use quorate_program::Program;
use std::fs::File;

/// Checks every byte of a request's blob: that it is what the program reads for this task. The possession is that under `key`, if there is
/// one.
///
/// # Errors
/// `Io`, also when there is not enough memory, `Damaged` of the program, and `Cancelled`.
pub fn check_request(
    file: &File,
    (program, task): (&BlobFile, &Task),
    key: Option<&Key>,
    cancel: &Cancel,
) -> Result<Checked, EngineError> {
    let mut bytes = Vec::new();
    let checked = stream((file, "request"), key, cancel, |more| {
        let len = (bytes.len() as u64).saturating_add(more.len() as u64);
        if len > MAX_REQUEST {
            return Err(Malformed::Artifact);
        }
        bytes.extend_from_slice(more);
        Ok(())
    })?;
    if checked.found.is_err() {
        return Ok(checked);
    }
    let control = Control {
        cancel: cancel.clone(),
        progress: &|_, _| (),
    };
    let program = read(program, Input::Program, 0, program.len(), &control)?;
    let asked = match Program::decode(&program) {
        Ok(program) => Asked::read(&program, task, &bytes).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    Ok(Checked {
        found: asked.map(|_| ()).map_err(|_| Malformed::Artifact),
        ..checked
    })
}
