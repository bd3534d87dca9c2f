//! Whole conversions of small files that this test writes itself.

use crate::common::{delta, difference, f32s, write, CONTRIBUTOR};
use quorate_convert::{check_update, convert, names_of, read_header, ConvertError, Job, Options};
use quorate_exact::{Account, Role};
use std::path::{Path, PathBuf};

fn bf16s(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|x| ((x.to_bits() >> 16) as u16).to_le_bytes())
        .collect()
}

fn model(folder: &Path, name: &str, weights: &[f32]) -> PathBuf {
    write(
        &folder.join(name),
        &[
            ("bn.num_batches_tracked", "I64", &[], 7i64.to_le_bytes().to_vec()),
            ("bn.running_mean", "F32", &[2], f32s(&[0.5, -0.5])),
            ("fc.weight", "F32", &[2, 2], f32s(weights)),
        ],
    )
}

fn data(path: &Path) -> Vec<f32> {
    let header = read_header(path).unwrap();
    let file = std::fs::read(path).unwrap();
    let group = &file[header.header_len() as usize..][..header.group_len() as usize];
    group
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect()
}

#[test]
fn weights_should_become_a_version_with_roles_by_type_and_name() {
    let folder = tempfile::tempdir().unwrap();
    let input = model(folder.path(), "in", &[1.0, 2.0, 3.0, 4.0]);
    let output = folder.path().join("out");
    let report = convert(&input, &output, &Job::Model(Options::default()), &|_, _| ()).unwrap();
    let roles: Vec<_> = report.tensors.iter().map(|t| (t.name.as_str(), t.role)).collect();
    assert_eq!(
        roles,
        [
            ("bn.running_mean", Role::Stat),
            ("fc.weight", Role::Train),
            ("bn.num_batches_tracked", Role::Const)
        ]
    );
    assert_eq!(report.root, quorate_exact::root(&std::fs::read(&output).unwrap()));
    assert!(report.warnings().is_empty() && report.contributor.is_none());
}

#[test]
fn trained_weights_should_become_the_difference_to_their_base() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let first = model(folder.path(), "first", &[1.0, 2.0, 3.0, 4.0]);
    convert(&first, &base, &Job::Model(Options::default()), &|_, _| ()).unwrap();
    let trained = model(folder.path(), "trained", &[1.5, 2.0, 2.0, 4.25]);
    let update = folder.path().join("update");
    let report = convert(&trained, &update, &difference(&base), &|_, _| ()).unwrap();
    assert_eq!(data(&update), [0.0, 0.0, 0.5, 0.0, -1.0, 0.25]);
    assert_eq!((report.tensors.len(), report.contributor), (2, Some(CONTRIBUTOR)));
    let root = quorate_exact::root(&std::fs::read(&base).unwrap());
    assert_eq!(names_of(&update).unwrap(), (root, CONTRIBUTOR));
    assert!(matches!(names_of(&base), Err(ConvertError::NoUpdate { .. })));
    let model = read_header(&base).unwrap();
    check_update(&update, &model, &root, &CONTRIBUTOR).unwrap();
    let error = check_update(&update, &model, &[7; 32], &CONTRIBUTOR)
        .unwrap_err()
        .to_string();
    assert!(error.contains("against another version"), "{error}");
    let error = check_update(&update, &model, &root, &Account([7; 32]))
        .unwrap_err()
        .to_string();
    assert!(error.contains("names another contributor"), "{error}");
    assert_eq!(
        std::fs::metadata(&update).unwrap().len(),
        report.header_len + report.group_len
    );
}

#[test]
fn bf16_weights_that_lose_their_differences_should_be_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let tensor = |bytes: Vec<u8>, dtype| -> Vec<(&'static str, &'static str, &'static [u64], Vec<u8>)> {
        vec![("w", dtype, &[4], bytes)]
    };
    let first = write(&folder.path().join("a"), &tensor(f32s(&[1.0; 4]), "F32"));
    convert(&first, &base, &Job::Model(Options::default()), &|_, _| ()).unwrap();
    let trained = write(
        &folder.path().join("b"),
        &tensor(bf16s(&[1.001, 1.002, 1.003, 2.0]), "BF16"),
    );
    let report = convert(&trained, &folder.path().join("u"), &difference(&base), &|_, _| ()).unwrap();
    let warnings = report.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("3 of 4 deltas vanish"), "{warnings:?}");
    assert!(
        warnings[1].contains("BF16") && warnings[1].contains("1 of 4 values differ"),
        "{warnings:?}"
    );
}

#[test]
fn a_delta_beyond_the_grid_should_be_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let first = model(folder.path(), "first", &[0.0; 4]);
    let options = Options {
        scales: vec![("*".parse().unwrap(), 28)],
        ..Options::default()
    };
    convert(&first, &base, &Job::Model(options), &|_, _| ()).unwrap();
    let deltas = model(folder.path(), "deltas", &[0.0, 4.0, 4.5, 0.0]);
    let result = convert(&deltas, &folder.path().join("u"), &delta(&base), &|_, _| ());
    let Err(ConvertError::OutOfRange { name, index, scale, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!((name.as_str(), index, scale), ("fc.weight", 2, 28));
}

#[test]
fn tied_weights_should_be_stored_once_and_must_be_equal() {
    let folder = tempfile::tempdir().unwrap();
    let tensors = |second: &[f32]| -> Vec<(&'static str, &'static str, &'static [u64], Vec<u8>)> {
        vec![
            ("embed", "F32", &[2], f32s(&[1.0, 2.0])),
            ("head", "F32", &[2], f32s(second)),
        ]
    };
    let options = Options {
        ties: vec![("embed".into(), "head".into())],
        ..Options::default()
    };
    let input = write(&folder.path().join("a"), &tensors(&[1.0, 2.0]));
    let report = convert(
        &input,
        &folder.path().join("b"),
        &Job::Model(options.clone()),
        &|_, _| (),
    )
    .unwrap();
    assert_eq!(report.tensors.len(), 1);
    let untied = write(&folder.path().join("c"), &tensors(&[1.0, 2.5]));
    let result = convert(&untied, &folder.path().join("d"), &Job::Model(options), &|_, _| ());
    assert!(matches!(result, Err(ConvertError::NotTied { .. })));
}

#[test]
fn a_truncated_or_foreign_file_should_be_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in [vec![], vec![255; 8], vec![2, 0, 0, 0, 0, 0, 0, 0, b'[', b']']] {
        let path = folder.path().join("x");
        std::fs::write(&path, bytes).unwrap();
        let error = convert(
            &path,
            &folder.path().join("y"),
            &Job::Model(Options::default()),
            &|_, _| (),
        );
        assert!(matches!(error, Err(ConvertError::NotSafetensors { .. })), "{error:?}");
    }
}
