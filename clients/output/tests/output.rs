//! What is there before, during and after.

use quorate_output::{differs, remove, write, write_private, Existing, Output, OutputError};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::{
        ffi::OsStrExt,
        fs::{symlink, MetadataExt, PermissionsExt},
    },
    path::Path,
};

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn a_file_should_have_its_name_only_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut output = Output::create(&path, Existing::Keep).unwrap();
    output.write_all(b"half").unwrap();
    assert!(!path.exists());
    drop(output);
    assert!(names(folder.path()).is_empty());
    write(&path, b"whole", Existing::Keep).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"whole");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn a_file_that_exists_should_be_replaced_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    fs::write(&path, b"old").unwrap();
    assert!(matches!(
        write(&path, b"new", Existing::Keep),
        Err(OutputError::Exists(_))
    ));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    write(&path, b"new", Existing::Replace).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
}

#[test]
fn of_two_writers_at_once_only_one_should_win() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut first = Output::create(&path, Existing::Keep).unwrap();
    let mut second = Output::create(&path, Existing::Keep).unwrap();
    first.write_all(b"first").unwrap();
    second.write_all(b"second").unwrap();
    first.commit().unwrap();
    assert!(matches!(second.commit(), Err(OutputError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), b"first");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn links_should_stay_links_and_dangling_ones_count_as_existing() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    symlink("target", &link).unwrap();
    assert!(matches!(
        write(&link, b"new", Existing::Keep),
        Err(OutputError::Exists(_))
    ));
    fs::write(&target, b"old").unwrap();
    write(&link, b"new", Existing::Replace).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&target).unwrap(), b"new");
}

#[test]
fn devices_and_folders_should_be_refused_by_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| write(path, b"x", Existing::Replace).unwrap_err().to_string();
    assert!(refused(folder.path()).contains("is a folder"));
    assert!(refused(Path::new("/dev/null")).contains("is a device"));
    assert!(refused(&folder.path().join("none/out")).contains("No such file"));
    assert!(write(Path::new(""), b"x", Existing::Keep).is_err());
    assert!(write(Path::new(".."), b"x", Existing::Replace).is_err());
}

#[test]
fn an_input_should_be_recognised_by_any_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in");
    fs::write(&path, b"old").unwrap();
    fs::hard_link(&path, folder.path().join("hard")).unwrap();
    symlink(&path, folder.path().join("soft")).unwrap();
    let input = File::open(&path).unwrap();
    for name in ["in", "./in", "hard", "soft"] {
        let same = differs(&folder.path().join(name), &input, &path);
        assert!(matches!(same, Err(OutputError::SameFile { .. })), "{name}");
    }
    differs(&folder.path().join("other"), &input, &path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn a_secret_should_be_readable_by_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, b"old").unwrap();
    write_private(&path, b"secret", Existing::Replace).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::read(&path).unwrap(), b"secret");
    assert!(write_private(&path, b"other", Existing::Keep).is_err());
}

#[test]
fn removing_what_is_not_there_should_be_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("entry");
    fs::write(&path, b"x").unwrap();
    remove(&path).unwrap();
    remove(&path).unwrap();
    assert!(!path.exists());
    assert!(remove(folder.path()).is_err());
}

#[test]
fn names_that_are_no_text_should_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe"));
    write(&path, b"x", Existing::Keep).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"x");
}
