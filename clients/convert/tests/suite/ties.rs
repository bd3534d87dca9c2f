//! Equal tensors are noticed.

use crate::common::{difference, f32s, write};
use quorate_convert::{convert, Job, Options, Report};
use std::path::Path;

fn version(folder: &Path, options: Options) -> Report {
    let values = f32s(&[1.0, -2.0, 3.0, 4.0]);
    let input = write(
        &folder.join("in"),
        &[
            ("embed.weight", "F32", &[2, 2], values.clone()),
            ("lm head", "F32", &[2, 2], values.clone()),
            ("flat", "F32", &[4], values.clone()),
            ("other", "F32", &[2, 2], f32s(&[1.0, -2.0, 3.0, 4.5])),
            ("norm.a", "F32", &[2], f32s(&[1.0, 1.0])),
            ("norm.b", "F32", &[2], f32s(&[1.0, 1.0])),
            ("index.a", "I32", &[4], values.clone()),
            ("index.b", "I32", &[4], values),
        ],
    );
    convert(&input, &folder.join("out"), &Job::Model(options), &|_, _| ()).unwrap()
}

#[test]
fn equal_tensors_should_be_offered_as_ties() {
    let folder = tempfile::tempdir().unwrap();
    let report = version(folder.path(), Options::default());
    // Neither another shape, nor what is the same everywhere, nor what is not trained.
    assert_eq!(report.equal(), [["embed.weight", "lm head"]]);
    let notes = report.notes();
    let offer = "--tie embed.weight=\"lm head\"";
    assert!(notes.iter().any(|note| note.ends_with(offer)), "{notes:?}");
}

#[test]
fn ties_that_were_given_should_not_be_offered_again() {
    let folder = tempfile::tempdir().unwrap();
    let ties = vec![("embed.weight".into(), "lm head".into())];
    let report = version(
        folder.path(),
        Options {
            ties,
            ..Options::default()
        },
    );
    assert!(report.equal().is_empty(), "{:?}", report.equal());
}

#[test]
fn tensors_that_differ_in_their_last_chunk_should_not_be_taken_for_equal() {
    let folder = tempfile::tempdir().unwrap();
    let elements = (1 << 18) + 1;
    let mut values = vec![0.25f32; elements];
    values[0] = 1.0;
    let first = f32s(&values);
    values[elements - 1] = 0.5;
    let shape = [elements as u64];
    let input = write(
        &folder.path().join("in"),
        &[
            ("a", "F32", &shape, first.clone()),
            ("b", "F32", &shape, f32s(&values)),
            ("c", "F32", &shape, first),
        ],
    );
    let report = convert(
        &input,
        &folder.path().join("out"),
        &Job::Model(Options::default()),
        &|_, _| (),
    )
    .unwrap();
    assert_eq!(report.equal(), [["a", "c"]]);
}

#[test]
fn copies_that_the_base_does_not_have_should_be_taken_for_other_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let base = [
        ("bias", "F32", &[2u64][..], f32s(&[0.0, 0.0])),
        ("embed", "F32", &[2], f32s(&[1.0, 2.0])),
    ];
    convert(
        &write(&at("in"), &base),
        &at("base"),
        &Job::Model(Options::default()),
        &|_, _| (),
    )
    .unwrap();
    let state = [
        ("bias", "F32", &[2u64][..], f32s(&[0.0, 0.0])),
        ("embed", "F32", &[2], f32s(&[1.5, 2.0])),
        ("head", "F32", &[2], f32s(&[1.5, 2.0])),
        ("other bias", "F32", &[2], f32s(&[0.0, 0.0])),
        ("other head", "F32", &[2], f32s(&[1.5, 2.5])),
        ("turned", "F32", &[2, 1], f32s(&[1.5, 2.0])),
    ];
    let report = convert(
        &write(&at("state"), &state),
        &at("u"),
        &difference(&at("base")),
        &|_, _| (),
    )
    .unwrap();
    assert_eq!(report.copies, [("head".to_string(), "embed".to_string())]);
    assert_eq!(report.ignored, ["other bias", "other head", "turned"]);
    let note = "\"head\" is equal to \"embed\"";
    assert!(
        report.notes().iter().any(|text| text.starts_with(note)),
        "{:?}",
        report.notes()
    );
}

#[test]
fn equal_deltas_should_say_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("out");
    version(folder.path(), Options::default());
    let report = convert(
        &folder.path().join("in"),
        &folder.path().join("u"),
        &difference(&base),
        &|_, _| (),
    )
    .unwrap();
    assert!(report.equal().is_empty() && report.decisions.is_none());
}
