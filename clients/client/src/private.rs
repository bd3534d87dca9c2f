//! Folders for secrets.

use crate::{Error, Result};
use std::{
    fs::{self, DirBuilder, Permissions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

const OTHERS: u32 = 0o077;
const ANYONE_WRITES: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// The folder `name` below `parent`, both made if need be; it is ours and nobody else can enter it. A `parent` that was there before
/// stays as it is: it may be everybody's, such as `/tmp`.
///
/// # Errors
/// `Input` when the folder is somebody else's or no folder, or when anyone could put another in its place; `Io`.
pub fn folder(parent: &Path, name: &str) -> Result<PathBuf> {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder.recursive(true).create(parent).map_err(Error::io(parent))?;
    let above = fs::metadata(parent).map_err(Error::io(parent))?;
    if !is_trusted(above.uid()) {
        return Err(Error::Input(format!(
            "{}: it belongs to another user, who could replace what lies here; give a folder of your own",
            parent.display()
        )));
    }
    let mode = above.mode();
    if mode & ANYONE_WRITES != 0 && mode & STICKY == 0 {
        return Err(Error::Input(format!(
            "{}: anyone could replace what lies here (mode {:03o}); give a folder of your own",
            parent.display(),
            mode & 0o7777
        )));
    }
    let path = parent.join(name);
    match builder.recursive(false).create(&path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(Error::io(&path)(error)),
        _ => (),
    }
    // Of the name itself: a link would lead to a folder that somebody else chose.
    let found = fs::symlink_metadata(&path).map_err(Error::io(&path))?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(Error::Input(format!(
            "{}: it is not a folder of this user; remove it, or give another place",
            path.display()
        )));
    }
    if found.mode() & OTHERS != 0 {
        fs::set_permissions(&path, Permissions::from_mode(0o700)).map_err(Error::io(&path))?;
    }
    Ok(path)
}

/// Whether a user may own the folder above: ourselves, or root, who can do anything already.
fn is_trusted(owner: u32) -> bool {
    owner == 0 || owner == rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn folder_that_is_everybodys_should_keep_its_mode() {
        let scratch = tempfile::tempdir().unwrap();
        let shared = scratch.path().join("tmp");
        fs::create_dir(&shared).unwrap();
        for before in [0o1777, 0o755] {
            fs::set_permissions(&shared, Permissions::from_mode(before)).unwrap();
            let ours = folder(&shared, "secrets").unwrap();
            assert_eq!((mode(&shared), mode(&ours)), (before, 0o700));
        }
    }

    #[test]
    fn folder_of_ours_that_others_may_enter_should_be_closed() {
        let scratch = tempfile::tempdir().unwrap();
        let ours = folder(scratch.path(), "secrets").unwrap();
        fs::set_permissions(&ours, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(mode(&folder(scratch.path(), "secrets").unwrap()), 0o700);
    }

    #[test]
    fn place_where_anyone_could_replace_the_folder_should_be_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let open = scratch.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        let error = folder(&open, "secrets").unwrap_err().to_string();
        assert!(error.contains("anyone could replace"), "{error}");
    }

    #[test]
    fn place_of_another_user_should_be_refused() {
        let own = rustix::process::geteuid().as_raw();
        assert!(is_trusted(own) && is_trusted(0));
        assert!(!is_trusted(own + 1));
        let scratch = tempfile::tempdir().unwrap();
        // Only root can give a folder away.
        if std::os::unix::fs::chown(scratch.path(), Some(own + 1), None).is_ok() {
            let error = folder(scratch.path(), "secrets").unwrap_err().to_string();
            assert!(error.contains("belongs to another user"), "{error}");
        }
    }

    #[test]
    fn link_in_the_place_of_the_folder_should_be_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let elsewhere = scratch.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, scratch.path().join("secrets")).unwrap();
        let error = folder(scratch.path(), "secrets").unwrap_err().to_string();
        assert!(error.contains("not a folder of this user"), "{error}");
        fs::remove_file(scratch.path().join("secrets")).unwrap();
        fs::write(scratch.path().join("secrets"), "").unwrap();
        assert!(folder(scratch.path(), "secrets").is_err());
    }
}
