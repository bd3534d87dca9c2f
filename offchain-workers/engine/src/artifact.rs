//! Whole files of artifacts against the rules of their kind.

use crate::{
    check::{stream, Checked},
    evaluation::read,
    BlobFile, Cancel, Control, EngineError, Input,
};
use quorate_data_set::{Checker, DataSet};
use quorate_evaluation::Fit;
use quorate_exact::{hash::Key, Malformed};
use quorate_program::Program;
use std::{fs::File, io};

/// Checks every byte of a program, which is read into memory. The possession is that under `key`, if there is one.
///
/// # Errors
/// `Io`, also when there is not enough memory, and `Cancelled`.
pub fn check_program(file: &File, key: Option<&Key>, cancel: &Cancel) -> Result<Checked, EngineError> {
    let io = || EngineError::io("program");
    let len = usize::try_from(file.metadata().map_err(io())?.len()).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    let room = bytes.try_reserve_exact(len);
    room.map_err(|_| io()(io::ErrorKind::OutOfMemory.into()))?;
    let checked = stream((file, "program"), key, cancel, |more| {
        bytes.extend_from_slice(more);
        Ok(())
    })?;
    let decoded = Program::decode(&bytes).map_err(|_| Malformed::Artifact);
    Ok(Checked {
        found: decoded.map(|_| ()),
        ..checked
    })
}

/// Checks every byte of a data set while it is read. The possession is that under `key`, if there is one.
///
/// # Errors
/// `Io`, `Cancelled`.
pub fn check_data_set(file: &File, key: Option<&Key>, cancel: &Cancel) -> Result<Checked, EngineError> {
    let mut checker = Checker::default();
    let checked = stream((file, "data set"), key, cancel, |bytes| {
        checker.push(bytes, |_, _| ()).map_err(|_| Malformed::Artifact)
    })?;
    let end = || checker.finish().map_err(|_| Malformed::Artifact);
    let (found, data_set) = match checked.found.and_then(|()| end()) {
        Ok(data_set) => (Ok(()), Some(data_set)),
        Err(fault) => (Err(fault), None),
    };
    Ok(Checked {
        found,
        data_set,
        ..checked
    })
}

/// Whether a program can be evaluated on a data set: see [`Fit`]. The program is read into memory.
///
/// # Errors
/// `Io`, also when there is not enough memory, `Damaged` of the program, and `Cancelled`.
pub fn fits(program: &BlobFile, data: &DataSet, cancel: &Cancel) -> Result<bool, EngineError> {
    let control = Control {
        cancel: cancel.clone(),
        progress: &|_, _| (),
    };
    let bytes = read(program, Input::Program, 0, program.len(), &control)?;
    Ok(Program::decode(&bytes).is_ok_and(|program| Fit::new(&program, data).is_ok()))
}
