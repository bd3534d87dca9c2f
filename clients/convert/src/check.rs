//! The validators' own check of a file.

use crate::{ConvertError, Source};
use quorate_exact::{file::header, Account, HeaderError, Kind, ModelChecker, ModelHeader, Root, UpdateChecker};
use std::{fs::File, io::Read, path::Path};

const CHUNK: usize = 1 << 20;

/// The header of a canonical file.
///
/// # Errors
/// `Io`, `NotCanonical`, `NotSafetensors`.
pub fn read_header(path: &Path) -> Result<ModelHeader, ConvertError> {
    let wrong = |error: HeaderError| match Source::open(path) {
        // A pickle, a git-lfs pointer and the like are named.
        Err(named @ ConvertError::NotSafetensors { .. }) => named,
        _ => ConvertError::NotCanonical {
            path: path.display().to_string(),
            error,
        },
    };
    let mut file = File::open(path).map_err(ConvertError::io(path))?;
    let mut prefix = [0; 8];
    file.read_exact(&mut prefix).map_err(|_| wrong(HeaderError::TooShort))?;
    let len = header::header_len(&prefix).map_err(wrong)?;
    let mut bytes = prefix.to_vec();
    file.take(len - 8)
        .read_to_end(&mut bytes)
        .map_err(ConvertError::io(path))?;
    ModelHeader::decode(&bytes).map_err(wrong)
}

/// An open version, and its header; `wanted` says why it must be one.
///
/// # Errors
/// `Io`, `Kind`, `NotCanonical`, `NotSafetensors`.
pub(crate) fn open_version(path: &Path, wanted: &'static str) -> Result<(Source, ModelHeader), ConvertError> {
    let source = Source::open(path)?;
    // What says that it is something else is refused by its kind.
    if let Some(kind) = source.kind.clone().filter(|kind| kind != "model") {
        return Err(ConvertError::Kind {
            path: path.display().to_string(),
            kind,
            wanted,
        });
    }
    let header = read_header(path)?;
    Ok((source, header))
}

/// What an update names: the root of the version that it was made against, and its contributor.
///
/// # Errors
/// `Io`, `NotCanonical`, `NoUpdate`.
pub fn names_of(path: &Path) -> Result<(Root, Account), ConvertError> {
    match read_header(path)?.kind {
        Kind::Delta { base, contributor } => Ok((base, contributor)),
        Kind::Model | Kind::State => Err(ConvertError::NoUpdate {
            path: path.display().to_string(),
        }),
    }
}

/// Whether validators take `path` as a contributor's update to the version with the root `base` of the model with this header.
///
/// # Errors
/// `Io`, `Malformed`.
pub fn check_update(path: &Path, model: &ModelHeader, base: &Root, contributor: &Account) -> Result<(), ConvertError> {
    let mut checker = UpdateChecker::new(model, base, contributor);
    read(path, |bytes| {
        checker.push(bytes).map_err(ConvertError::malformed(model))
    })?;
    checker.finish().map_err(ConvertError::malformed(model))
}

/// The root of a file.
///
/// # Errors
/// `Io`.
pub fn root_of(path: &Path) -> Result<Root, ConvertError> {
    let hashed = File::open(path).and_then(|file| quorate_hash_tree::of_file(&file, None));
    Ok(hashed.map_err(ConvertError::io(path))?.root)
}

/// Whether validators take `path` as a version of the model with this header.
///
/// # Errors
/// `Io`, `Kind`, `Malformed`.
pub fn check_model(path: &Path, model: &ModelHeader) -> Result<(), ConvertError> {
    if model.kind != Kind::Model {
        return Err(ConvertError::Kind {
            path: path.display().to_string(),
            kind: model.kind.name().into(),
            wanted: "a version is of kind model",
        });
    }
    let mut checker = ModelChecker::new(model);
    read(path, |bytes| {
        checker.push(bytes).map_err(ConvertError::malformed(model))
    })?;
    checker.finish().map_err(ConvertError::malformed(model))
}

fn read(path: &Path, mut push: impl FnMut(&[u8]) -> Result<(), ConvertError>) -> Result<(), ConvertError> {
    let mut file = File::open(path).map_err(ConvertError::io(path))?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer).map_err(ConvertError::io(path))? {
            0 => return Ok(()),
            got => push(&buffer[..got])?,
        }
    }
}
