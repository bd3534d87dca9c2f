//! The engine against the in-memory reference, by hash.

use proptest::prelude::*;
use quorate_engine::{
    reference,
    selftest::{sample, write},
    Cancel, Control, Engine, EngineError, ScalarEngine, Settings,
};
use quorate_exact::{root, Malformed, Rule};
use std::fs::File;

fn engine(threads: usize, block: Option<usize>) -> ScalarEngine {
    ScalarEngine::new(Settings {
        threads,
        block,
        ..Settings::default()
    })
    .unwrap()
}

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::WeightedMean),
        Just(Rule::Median),
        (0u32..500_000).prop_map(|trim_ppm| Rule::TrimmedMean { trim_ppm }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn result_should_equal_the_reference_for_any_threads_and_blocks(
        rule in rule(),
        seed in any::<u64>(),
        updates in 1usize..12,
        previous in any::<bool>(),
        threads in 1usize..5,
        block in 1usize..5000,
    ) {
        let files = sample(seed, updates, previous);
        let (bytes, expected) = reference::aggregate(&rule, &files).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let input = write(dir.path(), rule, &files).unwrap();
        let got = engine(threads, Some(block)).aggregate(&input, &out, &Control::default()).unwrap();
        prop_assert_eq!(&got, &expected);
        prop_assert_eq!(std::fs::read(out).unwrap(), bytes);
    }
}

#[test]
fn order_of_inputs_should_not_change_the_version() {
    for rule in [
        Rule::WeightedMean,
        Rule::Median,
        Rule::TrimmedMean { trim_ppm: 200_000 },
    ] {
        let mut files = sample(5, 9, true);
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let engine = engine(2, None);
        let first = engine
            .aggregate(&write(dir.path(), rule, &files).unwrap(), &out, &Control::default())
            .unwrap();
        files.inputs.rotate_left(4);
        let second = engine
            .aggregate(&write(dir.path(), rule, &files).unwrap(), &out, &Control::default())
            .unwrap();
        assert_eq!(first.output, second.output);
        let mut rows = first.rows.clone();
        rows.rotate_left(4);
        assert_eq!(rows, second.rows);
    }
}

#[test]
fn const_tensors_should_be_copied_bit_for_bit() {
    let files = sample(8, 3, false);
    let (bytes, _) = reference::aggregate(&Rule::Median, &files).unwrap();
    let group_end = (files.header.header_len() + files.header.group_len()) as usize;
    assert_eq!(bytes[group_end..], files.base[group_end..]);
    assert_ne!(bytes[..group_end], files.base[..group_end]);
}

#[test]
fn a_bad_input_should_be_named() {
    let mut files = sample(3, 3, false);
    let last = files.inputs[1].0.len() - 4;
    files.inputs[1].0[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), Rule::Median, &files).unwrap();
    let error = engine(2, None)
        .aggregate(&input, &dir.path().join("out"), &Control::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "update 1, tensor \"norm.running_var\", element 52: the value is infinite or not a number"
    );

    files.inputs[1].0.pop();
    let input = write(dir.path(), Rule::Median, &files).unwrap();
    let error = engine(2, None)
        .aggregate(&input, &dir.path().join("out"), &Control::default())
        .unwrap_err();
    assert!(matches!(error, EngineError::Length { .. }), "{error}");
}

#[test]
fn a_cancelled_computation_should_stop() {
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), Rule::Median, &sample(3, 3, false)).unwrap();
    let control = Control::default();
    control.cancel.cancel();
    let error = engine(1, None)
        .aggregate(&input, &dir.path().join("out"), &control)
        .unwrap_err();
    assert!(matches!(error, EngineError::Cancelled));
}

#[test]
fn checks_should_find_what_the_reference_finds() {
    let files = sample(4, 1, false);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let cancel = Cancel::default();
    let check = |bytes: &[u8], model: bool| {
        std::fs::write(&path, bytes).unwrap();
        let file = File::open(&path).unwrap();
        match model {
            true => quorate_engine::check_model(&file, &cancel).unwrap(),
            false => quorate_engine::check_update(&file, &files.header, &cancel).unwrap(),
        }
    };
    let update = &files.inputs[0].0;
    assert_eq!(check(update, false), Ok(()));
    assert_eq!(check(&files.base, true), Ok(()));
    assert_eq!(check(update, true), Err(Malformed::Header));
    assert_eq!(check(&files.base, false), Err(Malformed::Header));
    assert_eq!(check(&[], true), Err(Malformed::Header));
    let expected = update.len() as u64;
    assert_eq!(
        check(&update[..update.len() - 1], false),
        Err(Malformed::Length {
            expected,
            got: expected - 1
        })
    );
    let mut large = update.clone();
    let at = files.header.header_len() as usize;
    large[at..at + 4].copy_from_slice(&5000f32.to_le_bytes());
    assert_eq!(check(&large, false), Err(Malformed::OutOfRange { tensor: 0, index: 0 }));
}

#[test]
fn selftest_should_pass() {
    quorate_engine::selftest::run(&engine(3, Some(777))).unwrap();
}

#[test]
fn root_of_a_file_should_be_that_of_its_bytes() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let bytes = vec![7u8; (3 << 20) + 5];
    std::fs::write(file.path(), &bytes).unwrap();
    assert_eq!(
        quorate_engine::root_of(&File::open(file.path()).unwrap()).unwrap(),
        (root(&bytes), bytes.len() as u64)
    );
}
