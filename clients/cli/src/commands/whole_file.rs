//! Files that are read, and written, as a whole.

use crate::failure::{usage, Result};
use quorate_convert::Existing;
use quorate_output::Output;
use std::path::Path;

/// A whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| usage(format!("{}: {error}", path.display())))
}

/// A file that appears when it is whole.
pub fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result {
    quorate_output::write(path, bytes, existing).map_err(|error| usage(error.to_string()))
}

/// That a file can be written here, before work or money goes into what is to be in it. Nothing stays of the try.
pub fn is_free(path: &Path, existing: Existing) -> Result {
    let tried = Output::create(path, existing);
    tried.map(drop).map_err(|error| usage(error.to_string()))
}

/// The same for files of these names in a folder, which need not be there yet.
pub fn are_free(folder: &Path, names: &[String], existing: Existing) -> Result {
    let unmade = |error: std::io::Error| usage(format!("{}: {error}", folder.display()));
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|above| !above.as_os_str().is_empty() && !above.exists())
        .collect();
    std::fs::create_dir_all(folder).map_err(unmade)?;
    let tried = names.iter().try_for_each(|name| is_free(&folder.join(name), existing));
    for made in missing {
        // Somebody else may have put something there meanwhile.
        let _ = std::fs::remove_dir(made);
    }
    tried
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    fn names() -> Vec<String> {
        vec!["a.npy".into(), "b.npy".into()]
    }

    #[test]
    fn folder_that_can_be_made_should_be_free_and_not_stay() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("one").join("two");
        are_free(&folder, &names(), Existing::Keep).unwrap();
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        fs::create_dir_all(&folder).unwrap();
        are_free(&folder, &names(), Existing::Keep).unwrap();
        assert!(folder.is_dir() && fs::read_dir(&folder).unwrap().count() == 0);
    }

    #[test]
    fn place_where_nothing_can_be_written_should_not_be_free() {
        let scratch = tempfile::tempdir().unwrap();
        let free = |existing| are_free(scratch.path(), &names(), existing).map_err(|failure| failure.text());
        fs::write(scratch.path().join("b.npy"), "kept").unwrap();
        let error = free(Existing::Keep).unwrap_err();
        assert!(error.contains("b.npy exists; give --force"), "{error}");
        assert!(free(Existing::Replace).is_ok());
        assert_eq!(fs::read(scratch.path().join("b.npy")).unwrap(), b"kept");
        // A file in the place of the folder, and a folder in that of a file.
        assert!(are_free(&scratch.path().join("b.npy"), &names(), Existing::Replace).is_err());
        fs::create_dir(scratch.path().join("a.npy")).unwrap();
        assert!(free(Existing::Replace).is_err());
        fs::remove_dir(scratch.path().join("a.npy")).unwrap();
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o500)).unwrap();
        // Root may write everywhere.
        let is_root = fs::write(scratch.path().join("probe"), "").is_ok();
        assert_eq!(free(Existing::Replace).is_ok(), is_root);
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o700)).unwrap();
    }
}
