//! Whole files against the reference's streaming checkers.

use crate::{blob_file::GroupBuffer, BlobFile, Cancel, EngineError, Input};
use quorate_data_set::DataSet;
use quorate_exact::{
    file::header::header_len,
    hash::{Key, Possession},
    Account, HeaderError, Kind, Malformed, ModelChecker, ModelHeader, Root, UpdateChecker,
};
use quorate_hash_tree::{Name, NameReader};
use std::{fs::File, os::unix::fs::FileExt};

/// What a check found, and in which bytes: whoever draws conclusions compares the root first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Of everything that was read: the whole file, also behind a fault.
    pub root: Root,
    /// Of everything that was read, under the key that was given.
    pub possession: Option<Possession>,
    pub found: Result<(), Malformed>,
    /// The header of a version in which nothing was found: the one that these bytes begin with.
    pub header: Option<ModelHeader>,
    /// What the header of a data set says in which nothing was found.
    pub data_set: Option<DataSet>,
}

/// Reads the header of a version in a file that nobody has verified.
///
/// # Errors
/// `Io`, `Header`, and `OtherModel` for the header of an update or a state.
pub fn read_header(file: &File, what: &str) -> Result<ModelHeader, EngineError> {
    let header = |error| EngineError::Header {
        what: what.into(),
        error,
    };
    let len = file.metadata().map_err(EngineError::io(what))?.len();
    let read = |count: usize| {
        let mut bytes = vec![0; count];
        file.read_exact_at(&mut bytes, 0).map_err(EngineError::io(what))?;
        Ok(bytes)
    };
    let bytes = header_bytes(len, read)?.map_err(header)?;
    version_only(&bytes, what, header)
}

/// Reads the header of a version; every byte is verified.
///
/// # Errors
/// `Damaged`, `Header`, and `OtherModel` for the header of an update or a state.
pub fn version_header(blob: &BlobFile, input: Input) -> Result<ModelHeader, EngineError> {
    let what = input.to_string();
    let header = |error| EngineError::Header {
        what: what.clone(),
        error,
    };
    let mut buffer = GroupBuffer::default();
    let read = |count: usize| Ok(blob.read(&mut buffer, 0, count, input)?.to_vec());
    let bytes = header_bytes(blob.len(), read)?.map_err(header)?;
    version_only(&bytes, &what, header)
}

fn version_only(
    bytes: &[u8],
    what: &str,
    header: impl Fn(HeaderError) -> EngineError,
) -> Result<ModelHeader, EngineError> {
    let decoded = ModelHeader::decode(bytes).map_err(header)?;
    match decoded.kind {
        Kind::Model => Ok(decoded),
        Kind::Delta { .. } | Kind::State => Err(EngineError::OtherModel { what: what.into() }),
    }
}

/// The first bytes of a file, as many as they say.
fn header_bytes(
    len: u64,
    mut read: impl FnMut(usize) -> Result<Vec<u8>, EngineError>,
) -> Result<Result<Vec<u8>, HeaderError>, EngineError> {
    let Some(prefix) = (len >= 8).then(|| read(8)).transpose()? else {
        return Ok(Err(HeaderError::TooShort));
    };
    match header_len(&<[u8; 8]>::try_from(&prefix[..]).unwrap_or_default()) {
        Ok(expected) if expected <= len => Ok(Ok(read(expected as usize)?)),
        Ok(expected) => Ok(Err(HeaderError::Length { expected, got: len })),
        Err(error) => Ok(Err(error)),
    }
}

/// Checks every byte of a contributor's update to the version with the root `base` against the header of its model: the
/// validators' own check.
///
/// # Errors
/// `Io`, `Cancelled`.
pub fn check_update(
    file: &File,
    (model, base, contributor): (&ModelHeader, &Root, &Account),
    cancel: &Cancel,
) -> Result<Checked, EngineError> {
    let mut checker = UpdateChecker::new(model, base, contributor);
    let checked = stream((file, "update"), None, cancel, |bytes| checker.push(bytes))?;
    Ok(Checked {
        found: checked.found.and_then(|()| checker.finish()),
        ..checked
    })
}

/// Checks every byte of a version: canonical header, length, finite values. The possession is that under `key`, if there is one.
///
/// # Errors
/// `Io`, `Cancelled`. A file whose header cannot be read is found to be [`Malformed::Header`].
pub fn check_model(file: &File, key: Option<&Key>, cancel: &Cancel) -> Result<Checked, EngineError> {
    let header = match read_header(file, "version") {
        Ok(header) => header,
        Err(EngineError::Header { .. } | EngineError::OtherModel { .. }) => {
            let read = stream((file, "version"), key, cancel, |_| Ok(()))?;
            return Ok(Checked {
                found: Err(Malformed::Header),
                ..read
            });
        }
        Err(error) => return Err(error),
    };
    let mut checker = ModelChecker::new(&header);
    let checked = stream((file, "version"), key, cancel, |bytes| checker.push(bytes))?;
    let found = checked.found.and_then(|()| checker.finish());
    Ok(Checked {
        header: found.is_ok().then_some(header),
        found,
        ..checked
    })
}

/// Hands the whole file to `push`, until that finds something, and hashes it in any case.
pub(crate) fn stream(
    (file, what): (&File, &str),
    key: Option<&Key>,
    cancel: &Cancel,
    mut push: impl FnMut(&[u8]) -> Result<(), Malformed>,
) -> Result<Checked, EngineError> {
    let io = || EngineError::io(what);
    let mut reader = NameReader::new(file, key).map_err(io())?;
    let mut found = Ok(());
    loop {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let Some(bytes) = reader.read().map_err(io())? else {
            break;
        };
        found = found.and_then(|()| push(bytes));
    }
    let Name { root, possession } = reader.finish().map_err(io())?;
    Ok(Checked {
        root,
        possession,
        found,
        header: None,
        data_set: None,
    })
}
