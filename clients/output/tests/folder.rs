//! Folders get their name when they are whole.

use quorate_output::{OutputError, OutputFolder};
use std::{fs, os::unix::fs::symlink, path::Path};

fn fill(output: &OutputFolder) {
    for name in ["a", "b"] {
        fs::write(output.path().join(name), name).unwrap();
    }
}

/// Names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_folder_should_appear_with_all_of_its_files() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("model");
    let output = OutputFolder::create(&path).unwrap();
    fill(&output);
    assert!(!path.exists());
    output.commit().unwrap();
    assert_eq!(
        (names(&path), names(place.path())),
        (vec!["a".into(), "b".into()], vec!["model".into()])
    );
}

#[test]
fn a_folder_that_was_not_finished_should_leave_nothing() {
    let place = tempfile::tempdir().unwrap();
    let output = OutputFolder::create(&place.path().join("model")).unwrap();
    fill(&output);
    drop(output);
    assert!(names(place.path()).is_empty());
}

#[test]
fn an_empty_folder_should_be_filled_also_behind_a_link() {
    let place = tempfile::tempdir().unwrap();
    let (path, link) = (place.path().join("model"), place.path().join("link"));
    fs::create_dir(&path).unwrap();
    symlink(&path, &link).unwrap();
    let output = OutputFolder::create(&link).unwrap();
    fill(&output);
    output.commit().unwrap();
    assert_eq!(names(&path), ["a", "b"]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn what_is_there_should_stay_as_it_was() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full/kept"), "kept").unwrap();
    fs::write(at("file"), "kept").unwrap();
    symlink(at("nowhere"), at("dangling")).unwrap();
    for name in ["full", "file", "dangling"] {
        let refused = OutputFolder::create(&at(name));
        assert!(matches!(refused, Err(OutputError::NotEmpty(_))), "{name}: {refused:?}");
    }
    // What comes there in the meantime is no less safe.
    let output = OutputFolder::create(&at("late")).unwrap();
    fill(&output);
    fs::create_dir(at("late")).unwrap();
    fs::write(at("late/kept"), "kept").unwrap();
    assert!(matches!(output.commit(), Err(OutputError::NotEmpty(_))));
    assert_eq!(names(&at("late")), ["kept"]);
    assert_eq!(names(place.path()), ["dangling", "file", "full", "late"]);
}
