//! Many names, ties, shards, and parts of names that are left out.

use crate::common::{difference, f32s, write, Tensor};
use quorate_convert::{Conversion, ConvertError, Existing, Job, Options, Report, Source, Strip};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

fn convert(input: &Path, output: &Path, job: Job<'_>, strip: &[&str]) -> Result<Report, ConvertError> {
    let strip: Vec<Strip> = strip.iter().map(|part| part.parse().unwrap()).collect();
    let conversion = Conversion {
        output,
        job,
        strip,
        existing: Existing::Keep,
    };
    conversion.run(Source::open(input)?, &|_, _| ())
}

/// A file of one-element tensors, and a version of others.
fn input_and_base(input: &[&str], base: &[&str]) -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fn all<'a>(names: &[&'a str]) -> Vec<Tensor<'a>> {
        names
            .iter()
            .map(|name| (*name, "F32", &[1u64][..], f32s(&[1.0])))
            .collect()
    }
    let raw = write(&at("raw"), &all(base));
    convert(&raw, &at("base"), Job::Model(Options::default()), &[]).unwrap();
    let (input, base) = (write(&at("in"), &all(input)), at("base"));
    (folder, input, base)
}

fn update(input: &[&str], base: &[&str], strip: &[&str]) -> Result<Report, ConvertError> {
    let (folder, input, base) = input_and_base(input, base);
    convert(&input, &folder.path().join("out"), difference(&base), strip)
}

#[test]
fn parts_of_names_should_be_left_out_on_both_sides() {
    update(&["a.w"], &["module.a.w"], &["module."]).unwrap();
    update(&["module.a.x.w"], &["a.w"], &["module.", ".x"]).unwrap();
    let error = update(&["a.w"], &["module.a.w"], &[]).unwrap_err().to_string();
    assert!(error.contains("--strip module."), "{error}");
}

#[test]
fn parts_of_names_should_not_make_two_tensors_one() {
    let both = update(&["a.w", "module.a.w"], &["a.w"], &["module."]);
    assert!(matches!(both, Err(ConvertError::SameName { .. })), "{both:?}");
    let both = update(&["a.w"], &["a.w", "module.a.w"], &["module."]);
    assert!(matches!(both, Err(ConvertError::SameName { .. })), "{both:?}");
}

#[test]
fn what_two_wrappers_added_should_be_noticed() {
    let (wrapped, plain) = (["module.a.default.w", "module.b.default.w"], ["a.w", "b.w"]);
    let error = update(&wrapped, &plain, &[]).unwrap_err().to_string();
    assert!(
        error.contains("`--strip module. --strip .default` 2 of the 2"),
        "{error}"
    );
    update(&wrapped, &plain, &["module.", ".default"]).unwrap();
}

#[test]
fn a_part_that_is_in_no_name_should_be_refused() {
    let unused = update(&["a.w"], &["a.w"], &["modul."]);
    assert!(matches!(unused, Err(ConvertError::StripUnused { .. })), "{unused:?}");
}

#[test]
fn names_in_a_message_should_be_escaped() {
    let error = update(&["\u{1b}[31m"], &["a\u{202e}b"], &[]).unwrap_err().to_string();
    assert!(error.contains("\\u001b[31m") && error.contains("a\\u202eb"), "{error}");
    assert!(!error.chars().any(char::is_control), "{error:?}");
}

#[test]
fn ties_should_be_kept_and_found_under_any_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let options = Options {
        ties: vec![("embed".into(), "head".into())],
        ..Options::default()
    };
    let both: [Tensor<'_>; 2] = [
        ("embed", "F32", &[1], f32s(&[1.0])),
        ("head", "F32", &[1], f32s(&[1.0])),
    ];
    convert(
        &write(&at("both"), &both),
        &at("base"),
        Job::Model(options.clone()),
        &[],
    )
    .unwrap();
    let alone = write(&at("alone"), &[("head", "F32", &[1], f32s(&[2.0]))]);
    let report = convert(&alone, &at("update"), difference(&at("base")), &[]).unwrap();
    assert_eq!((report.tensors[0].name.as_str(), report.ignored.len()), ("embed", 0));
    let unknown = convert(&alone, &at("out"), Job::Model(options), &[]);
    assert!(matches!(unknown, Err(ConvertError::Unknown(name)) if name == "embed"));
}

fn index(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("a"),
        &[("x", "F32", &[1], f32s(&[1.0])), ("y", "F32", &[1], f32s(&[1.0]))],
    );
    fs::write(folder.path().join("pickle"), b"\x80\x02}q\x00.").unwrap();
    let path = folder.path().join("model.safetensors.index.json");
    fs::write(&path, text).unwrap();
    match convert(&path, &folder.path().join("out"), Job::Model(Options::default()), &[]) {
        Ok(report) => format!("{:?}", report.warnings()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_wrong_with_an_index_should_be_said() {
    for (text, expected) in [
        (r#"{"weight_map":{"x":"a","y":"a"}}"#, "[]"),
        ("\u{feff} {\"weight_map\":{\"x\":\"a\",\"y\":\"a\"}}", "[]"),
        (
            r#"{"metadata":{"total_size":8},"weight_map":{"x":"a"}}"#,
            "not in their index, left out: \\\"y\\\"",
        ),
        (r#"{"weight_map":{"x":"a","x":"a"}}"#, "\"x\" is there twice"),
        (r#"{"weight_map":{"z":"a"}}"#, "it holds \"z\", but it does not"),
        (r#"{"weight_map":{"x":"../a"}}"#, "not in the index's folder"),
        (r#"{"weight_map":{"x":"/etc/passwd"}}"#, "not in the index's folder"),
        (r#"{"weight_map":{"x":""}}"#, "not in the index's folder"),
        (
            r#"{"weight_map":{"x":"pickle"}}"#,
            "pickle is no safetensors file: it is a Python pickle",
        ),
        (r#"{"weight_map":{"x":"none"}}"#, "No such file"),
        (r#"{"weight_map":{"x":"model.safetensors.index.json"}}"#, "it is JSON"),
        (r#"{"weight_map":{}}"#, "is empty"),
        (r#"{"architectures":["X"]}"#, "no index of shards"),
        (r#"{"weight_map":["#, "no index of shards"),
    ] {
        let said = index(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn sixty_thousand_tensors_should_be_converted() {
    let names: Vec<String> = (0..60_000).map(|i| format!("layers.{i}.w")).collect();
    let header: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            format!(
                r#""{name}":{{"dtype":"F32","shape":[],"data_offsets":[{},{}]}}"#,
                4 * i,
                4 * i + 4
            )
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let file = crate::common::file(format!("{{{}}}", header.join(",")).as_bytes(), &[0; 240_000]);
    fs::write(at("in"), &file).unwrap();
    convert(&at("in"), &at("base"), Job::Model(Options::default()), &[]).unwrap();
    let report = convert(&at("in"), &at("out"), difference(&at("base")), &[]).unwrap();
    assert_eq!(report.tensors.len(), 60_000);
}

#[test]
fn a_name_that_is_too_long_should_be_refused_in_a_short_message() {
    let long = "x".repeat(1 << 20);
    let (folder, input, base) = input_and_base(&[&long], &["a"]);
    for job in [Job::Model(Options::default()), difference(&base)] {
        let error = convert(&input, &folder.path().join("out"), job, &[])
            .unwrap_err()
            .to_string();
        assert!(error.len() < 4096, "{} bytes", error.len());
    }
}

#[test]
fn foreign_files_should_be_named() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, expected) in [
        (&b""[..], "it is empty"),
        (b"abc", "less than 8 bytes"),
        (b"\x80\x04\x95\x05\0\0\0\0\0\0\0}\x94.", "pickle"),
        (b"\x80\x03}q\0.", "pickle"),
        (b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0weights.npy", "NumPy"),
        (b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0archive/data.pkl", "PyTorch"),
        (b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0readme.txt", "zip archive"),
        (b"\x93NUMPY\x01\0", "NumPy"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "compressed"),
        (&[&[b'a'; 257][..], b"ustar"].concat(), "tar archive"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff", "at most 100000000"),
        (b"\x09\0\0\0\0\0\0\0{}", "only 2 follow"),
        (b"\x02\0\0\0\0\0\0\0[]", "header is wrong"),
    ] {
        let path = folder.path().join("in");
        fs::write(&path, bytes).unwrap();
        let said = convert(&path, &folder.path().join("out"), Job::Model(Options::default()), &[]);
        let said = said.unwrap_err().to_string();
        assert!(said.contains(expected), "{bytes:?}: {said}");
    }
    let said = convert(
        folder.path(),
        &folder.path().join("out"),
        Job::Model(Options::default()),
        &[],
    );
    assert!(said.unwrap_err().to_string().contains("it is a folder"));
}
