//! The reader beside the reference loader, over files that a hostile writer could make.
//!
//! Two differences are meant: a name that is there twice is refused (the reference takes the last one), and a tensor is an object
//! with a type that is a string (the reference takes other forms that its library happens to read).

use crate::common::file;
use proptest::{collection::vec, prelude::*, sample::select};
use quorate_convert::{ConvertError, Source};
use safetensors::SafeTensors;
use std::fs;

/// What the reader says, and what the reference says.
fn both(bytes: &[u8]) -> (Result<Source, ConvertError>, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in");
    fs::write(&path, bytes).unwrap();
    (Source::open(&path), SafeTensors::deserialize(bytes).is_ok())
}

fn compare(bytes: &[u8]) {
    let (ours, reference) = both(bytes);
    match ours {
        Err(error) if error.to_string().contains("is there twice") => (),
        Err(error) => assert!(!reference, "only the reference reads it: {error}"),
        Ok(_) => assert!(reference, "only our reader reads it"),
    }
}

const TYPES: [&str; 24] = [
    "BOOL",
    "F4",
    "F6_E2M3",
    "F6_E3M2",
    "U8",
    "I8",
    "F8_E5M2",
    "F8_E4M3",
    "F8_E8M0",
    "F8_E4M3FNUZ",
    "F8_E5M2FNUZ",
    "I16",
    "U16",
    "F16",
    "BF16",
    "I32",
    "U32",
    "F32",
    "C64",
    "F64",
    "I64",
    "U64",
    "f32",
    "I4",
];

/// A tensor's type, its shape, and what is added to where its data should begin and end.
fn tensor() -> impl Strategy<Value = (&'static str, Vec<u64>, i64, i64)> {
    let wrong = prop_oneof![20 => Just(0i64), 1 => -9i64..9];
    (
        select(&TYPES[..]),
        vec(prop_oneof![9 => 0u64..5, 1 => any::<u64>()], 0..4),
        wrong.clone(),
        wrong,
    )
}

fn bits(name: &str) -> u64 {
    match name {
        "F4" | "I4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" | "f32" => 32,
        "C64" | "F64" | "I64" | "U64" => 64,
        _ => 8,
    }
}

/// A file that is right but for what was drawn.
fn nearly_right() -> impl Strategy<Value = Vec<u8>> {
    let metadata = select(vec![
        "",
        r#""__metadata__":{},"#,
        r#""__metadata__":null,"#,
        r#""__metadata__":{"a":"b","a":"c"},"#,
        r#""__metadata__":{"a":1},"#,
        r#""__metadata__":{"quorate":"{\"kind\":\"delta\"}"},"#,
        r#""__metadata__":[],"#,
    ]);
    let extra = select(vec![
        "",
        "",
        "",
        r#","x":[1,{"y":[null,true,-1.5e3,"\u00e9"]}]"#,
        r#","x":"\ud800""#,
        r#","x":1e999"#,
        r#","shape":[]"#,
        ",",
        r#","x":0x"#,
    ]);
    let tail = prop_oneof![9 => Just(0i64), 1 => -9i64..9];
    (vec(tensor(), 0..5), metadata, extra, tail).prop_map(|(tensors, metadata, extra, tail)| {
        let mut at = 0u64;
        let mut entries = Vec::new();
        for (index, (dtype, shape, begin, end)) in tensors.into_iter().enumerate() {
            let elements = shape.iter().try_fold(1u64, |all, one| all.checked_mul(*one));
            let len = elements.and_then(|all| all.checked_mul(bits(dtype))).unwrap_or(0) / 8;
            let next = at.saturating_add(len);
            let (begin, end) = (at as i64 + begin, (next as i64).saturating_add(end));
            entries.push(format!(
                r#""t{index}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{begin},{end}]{extra}}}"#
            ));
            at = next;
        }
        let header = format!("{{{metadata}{}}}", entries.join(","));
        let header = header.replace(",}", "}");
        let len = (at.min(1 << 16) as i64 + tail).max(0) as usize;
        file(header.as_bytes(), &vec![7; len])
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_should_be_read_as_the_reference_reads_them(bytes in vec(any::<u8>(), 0..300)) {
        compare(&bytes);
    }

    #[test]
    fn arbitrary_headers_should_be_read_as_the_reference_reads_them(text in ".{0,200}", data in vec(any::<u8>(), 0..30)) {
        compare(&file(text.as_bytes(), &data));
    }

    #[test]
    fn nearly_right_files_should_be_read_as_the_reference_reads_them(bytes in nearly_right()) {
        compare(&bytes);
    }

    #[test]
    fn damaged_files_should_be_read_as_the_reference_reads_them(
        bytes in nearly_right(),
        damage in vec((any::<prop::sample::Index>(), select(b"{}[]\",:0123456789eE-.\\ntuxF\xff\x00".to_vec())), 1..4),
    ) {
        let mut bytes = bytes;
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        compare(&bytes);
    }
}

#[test]
fn cases_should_be_read_as_the_reference_reads_them() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let (mut readable, mut all) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            continue;
        }
        let reference = SafeTensors::deserialize(&fs::read(&path).unwrap()).is_ok();
        assert_eq!(Source::open(&path).is_ok(), reference, "{path:?}");
        readable += usize::from(reference);
        all += 1;
    }
    assert!(readable > 10 && all > readable);
}

#[test]
fn tensors_should_be_where_the_reference_finds_them() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/c22_names.safetensors");
    let bytes = fs::read(&path).unwrap();
    let (ours, reference) = (Source::open(&path).unwrap(), SafeTensors::deserialize(&bytes).unwrap());
    assert_eq!(ours.tensors.len(), reference.len());
    for (name, entry) in &ours.tensors {
        let mut data = vec![0; entry.len as usize];
        ours.read(entry, 0, &mut data).unwrap();
        let view = reference.tensor(name).unwrap();
        assert_eq!(data, view.data());
        assert_eq!(entry.element.name(), format!("{:?}", view.dtype()));
    }
}
