//! Whole files against the reference's streaming checkers.

use crate::{Cancel, EngineError};
use quorate_exact::{file::header::header_len, HeaderError, Kind, Malformed, ModelChecker, ModelHeader, UpdateChecker};
use std::{fs::File, io, os::unix::fs::FileExt};

const CHUNK: usize = 1 << 20;

/// Reads the header of a version.
///
/// # Errors
/// `Io`, `Header`, and `OtherModel` for the header of an update or a state.
pub fn read_header(file: &File, what: &str) -> Result<ModelHeader, EngineError> {
    let header = |error| EngineError::Header {
        what: what.into(),
        error,
    };
    let bytes = header_bytes(file).map_err(EngineError::io(what))?.map_err(header)?;
    let decoded = ModelHeader::decode(&bytes).map_err(header)?;
    match decoded.kind {
        Kind::Model => Ok(decoded),
        Kind::Delta | Kind::State => Err(EngineError::OtherModel { what: what.into() }),
    }
}

/// The first bytes of a file, as many as they say.
fn header_bytes(file: &File) -> io::Result<Result<Vec<u8>, HeaderError>> {
    let len = file.metadata()?.len();
    let mut prefix = [0; 8];
    if len < 8 {
        return Ok(Err(HeaderError::TooShort));
    }
    file.read_exact_at(&mut prefix, 0)?;
    let expected = match header_len(&prefix) {
        Ok(expected) if expected <= len => expected,
        Ok(expected) => return Ok(Err(HeaderError::Length { expected, got: len })),
        Err(error) => return Ok(Err(error)),
    };
    let mut bytes = vec![0; expected as usize];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(Ok(bytes))
}

/// Checks every byte of an update against the header of its model: the validators' own check, also for contributors.
///
/// # Errors
/// `Io`, `Cancelled`. The inner result is the finding.
pub fn check_update(file: &File, model: &ModelHeader, cancel: &Cancel) -> Result<Result<(), Malformed>, EngineError> {
    let mut checker = UpdateChecker::new(model);
    let result = stream(file, "update", cancel, |bytes| checker.push(bytes))?;
    Ok(result.and_then(|()| checker.finish()))
}

/// Checks every byte of a version: canonical header, length, finite values.
///
/// # Errors
/// `Io`, `Cancelled`. The inner result is the finding; a file whose header cannot be read is [`Malformed::Header`].
pub fn check_model(file: &File, cancel: &Cancel) -> Result<Result<(), Malformed>, EngineError> {
    let header = match read_header(file, "version") {
        Ok(header) => header,
        Err(EngineError::Header { .. } | EngineError::OtherModel { .. }) => return Ok(Err(Malformed::Header)),
        Err(error) => return Err(error),
    };
    let mut checker = ModelChecker::new(&header);
    let result = stream(file, "version", cancel, |bytes| checker.push(bytes))?;
    Ok(result.and_then(|()| checker.finish()))
}

fn stream(
    file: &File,
    what: &str,
    cancel: &Cancel,
    mut push: impl FnMut(&[u8]) -> Result<(), Malformed>,
) -> Result<Result<(), Malformed>, EngineError> {
    let mut result = Ok(());
    for_each_chunk(file, |chunk| {
        result = push(chunk);
        result.is_ok() && !cancel.is_cancelled()
    })
    .map_err(EngineError::io(what))?;
    match cancel.is_cancelled() {
        true => Err(EngineError::Cancelled),
        false => Ok(result),
    }
}

/// Hands the file to `take` in pieces until it returns false.
fn for_each_chunk(file: &File, mut take: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut at = 0;
    loop {
        let got = match file.read_at(&mut buffer, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            got => got?,
        };
        if got == 0 || !take(&buffer[..got]) {
            return Ok(());
        }
        at += got as u64;
    }
}
