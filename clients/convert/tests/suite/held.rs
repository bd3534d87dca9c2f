//! Tensors in memory.

use crate::common::{difference, f32s, write};
use quorate_convert::{convert, source::ElementType, Conversion, ConvertError, Existing, Held, Job, Options, Source};
use std::{fs, sync::Arc};

fn held(name: &str, element: &str, shape: &[u64], bytes: Vec<u8>) -> Held {
    Held {
        name: name.into(),
        element: ElementType::by_name(element).unwrap(),
        shape: shape.into(),
        bytes: Arc::new(bytes),
    }
}

#[test]
fn tensors_in_memory_should_give_the_file_that_those_of_a_file_give() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let base = write(
        &at("raw"),
        &[("b", "F32", &[], f32s(&[3.0])), ("w", "F32", &[2], f32s(&[1.0, 2.0]))],
    );
    convert(&base, &at("base"), &Job::Model(Options::default()), &|_, _| ()).unwrap();
    let trained = write(
        &at("trained"),
        &[("b", "F32", &[], f32s(&[3.5])), ("w", "F32", &[2], f32s(&[1.5, 2.0]))],
    );
    let version = at("base");
    let by_file = convert(&trained, &at("by-file"), &difference(&version), &|_, _| ()).unwrap();
    let conversion = Conversion {
        output: &at("by-memory"),
        job: difference(&version),
        strip: Vec::new(),
        existing: Existing::Keep,
    };
    let tensors = [
        held("w", "F32", &[2], f32s(&[1.5, 2.0])),
        held("b", "F32", &[], f32s(&[3.5])),
    ];
    let source = Source::held("state_dict", tensors).unwrap();
    let by_memory = conversion.run(source, &|_, _| ()).unwrap();
    assert_eq!(by_memory, by_file);
    assert_eq!(fs::read(at("by-memory")).unwrap(), fs::read(at("by-file")).unwrap());
}

#[test]
fn tensors_whose_bytes_are_not_theirs_should_be_refused_by_name() {
    for (tensors, word) in [
        (vec![held("w", "F32", &[2], vec![0; 7])], "cannot have 7 bytes"),
        (vec![held("w", "F32", &[u64::MAX, 2], vec![])], "cannot have 0 bytes"),
        (
            vec![held("w", "U8", &[1], vec![0]), held("w", "U8", &[1], vec![0])],
            "is there twice",
        ),
    ] {
        let error = Source::held("state_dict", tensors).unwrap_err();
        assert!(matches!(error, ConvertError::Held { .. }));
        let text = error.to_string();
        assert!(text.contains("\"w\"") && text.contains(word), "{text}");
    }
}

#[test]
fn messages_should_call_tensors_in_memory_as_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let raw = write(&at("raw"), &[("w", "F32", &[1], f32s(&[1.0]))]);
    let version = at("base");
    convert(&raw, &version, &Job::Model(Options::default()), &|_, _| ()).unwrap();
    let conversion = Conversion {
        output: &at("out"),
        job: difference(&version),
        strip: Vec::new(),
        existing: Existing::Keep,
    };
    let source = Source::held("the state dict", [held("v", "F32", &[1], f32s(&[1.0]))]).unwrap();
    let text = conversion.run(source, &|_, _| ()).unwrap_err().to_string();
    assert!(
        text.starts_with("the state dict lacks tensors") && text.contains("\"v\""),
        "{text}"
    );
}
