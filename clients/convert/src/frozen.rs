//! The frozen base of an adapter, in whatever form it is kept: its root and length.

use crate::{
    check::{check_model, read_header, root_of},
    conversion::{outlined, Choice},
    data::write,
    names::shown,
    pieces::threads,
    writer::Writer,
    ConvertError, Source,
};
use quorate_exact::{Kind, Root};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What a frozen base is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrozenBase {
    /// BLAKE3 root and length, in bytes, of its canonical file.
    pub root: Root,
    pub len: u64,
    /// Whether what was read is that file; else it was converted as [`crate::Job::Frozen`] does, and written nowhere.
    pub is_canonical: bool,
}

impl FrozenBase {
    /// Reads all of a canonical file, of any safetensors file, an index with its shards, a folder with either, or a model's folder in the hub's
    /// cache. `progress` is called with the bytes hashed and all there are.
    ///
    /// # Errors
    /// `Io`, `NotSafetensors`, `Kind`, `Malformed`, and those of tensors that no canonical file has.
    pub fn of(path: &Path, progress: &dyn Fn(u64, u64)) -> Result<Self, ConvertError> {
        read(path, None, progress)
    }

    /// The same, where the base is known.
    ///
    /// # Errors
    /// Also `OtherBase`, before anything is hashed where the length tells it already.
    pub fn verify(path: &Path, (root, len): (Root, u64), progress: &dyn Fn(u64, u64)) -> Result<Self, ConvertError> {
        let found = read(path, Some((root, len)), progress)?;
        match found.root == root {
            true => Ok(found),
            false => Err(other(path, (root, len), (Some(found.root), found.len))),
        }
    }
}

fn read(path: &Path, expected: Option<(Root, u64)>, progress: &dyn Fn(u64, u64)) -> Result<FrozenBase, ConvertError> {
    let has_length = |len: u64| match expected {
        Some(expected) if expected.1 != len => Err(other(path, expected, (None, len))),
        _ => Ok(()),
    };
    let found = in_cache(path)?;
    match canonical(&found)? {
        Some(len) => {
            has_length(len)?;
            check_model(&found, &read_header(&found)?)?;
            let root = root_of(&found)?;
            progress(len, len);
            Ok(FrozenBase {
                root,
                len,
                is_canonical: true,
            })
        }
        None => {
            let source = Source::open_tensors(&found)?;
            let outline = outlined(&source, &Choice::Frozen)?;
            let len = outline.header.file_len();
            has_length(len)?;
            let mut nowhere = io::sink();
            let mut writer = Writer::new((&mut nowhere, path), len, progress);
            write(&outline.header, &outline.jobs(&source, None), threads(), &mut writer)?;
            Ok(FrozenBase {
                root: writer.finish()?.0,
                len,
                is_canonical: false,
            })
        }
    }
}

/// The length of a canonical file of a model; none where it is no canonical file.
///
/// # Errors
/// `Kind` for one of another kind; `Io`.
fn canonical(path: &Path) -> Result<Option<u64>, ConvertError> {
    if path.is_dir() {
        return Ok(None);
    }
    match read_header(path) {
        Ok(header) if header.kind == Kind::Model => {
            let metadata = fs::metadata(path).map_err(ConvertError::io(path))?;
            Ok(Some(metadata.len()))
        }
        Ok(header) => Err(ConvertError::Kind {
            path: path.display().to_string(),
            kind: header.kind.name().into(),
            wanted: "a frozen base is a file of weights",
        }),
        Err(ConvertError::NotCanonical { .. }) => Ok(None),
        // The index of a model in shards is no safetensors file, and names some.
        Err(ConvertError::NotSafetensors { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A model's folder in the hub's cache (`models--…`) has its files under `snapshots/REVISION`; `refs/main` names the revision.
fn in_cache(path: &Path) -> Result<PathBuf, ConvertError> {
    let snapshots = path.join("snapshots");
    if !snapshots.is_dir() {
        return Ok(path.into());
    }
    let revisions = fs::read_dir(&snapshots).map_err(ConvertError::io(&snapshots))?;
    let revisions: Vec<PathBuf> = revisions.filter_map(|entry| Some(entry.ok()?.path())).collect();
    if let [one] = &revisions[..] {
        return Ok(one.clone());
    }
    let main = fs::read_to_string(path.join("refs/main")).unwrap_or_default();
    let main = snapshots.join(main.trim());
    match revisions.contains(&main) {
        true => Ok(main),
        false => Err(ConvertError::NotSafetensors {
            path: path.display().to_string(),
            reason: format!(
                "it is a folder of the hub's cache with {} revisions: name one of the folders in {}",
                revisions.len(),
                shown(&snapshots.display().to_string())
            ),
        }),
    }
}

fn other(path: &Path, expected: (Root, u64), (root, len): (Option<Root>, u64)) -> ConvertError {
    ConvertError::OtherBase {
        path: path.display().to_string(),
        expected: Box::new(expected),
        root,
        len,
    }
}
