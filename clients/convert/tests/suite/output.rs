//! Inputs are never written to, and an output is whole or what it was.

use crate::common::{difference, f32s, write};
use quorate_convert::{convert, Conversion, ConvertError, Existing, Job, Options, Source};
use quorate_output::OutputError;
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        write(&place.at("w"), &[("fc.weight", "F32", &[2], f32s(&[1.0, 2.0]))]);
        convert(
            &place.at("w"),
            &place.at("base"),
            &Job::Model(Options::default()),
            &|_, _| (),
        )
        .unwrap();
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, input: &str, output: &Path, base: Option<&str>) -> Result<(), ConvertError> {
        let base = base.map(|base| self.at(base));
        let conversion = Conversion {
            output,
            job: base
                .as_ref()
                .map_or_else(|| Job::Model(Options::default()), |base| difference(base)),
            strip: Vec::new(),
            existing: Existing::Replace,
        };
        conversion.run(Source::open(&self.at(input))?, &|_, _| ()).map(|_| ())
    }
}

#[track_caller]
fn same(result: Result<(), ConvertError>) {
    assert!(
        matches!(result, Err(ConvertError::Output(OutputError::SameFile { .. }))),
        "{result:?}"
    );
}

#[test]
fn an_output_that_is_the_input_or_the_base_by_any_path_should_be_refused() {
    let place = Place::new();
    for original in ["w", "base"] {
        let before = fs::read(place.at(original)).unwrap();
        let (soft, hard) = (place.at("soft"), place.at("hard"));
        symlink(place.at(original), &soft).unwrap();
        fs::hard_link(place.at(original), &hard).unwrap();
        let dotted = place.folder.path().join(".").join(original);
        for output in [&place.at(original), &soft, &hard, &dotted] {
            same(place.run("w", output, Some("base")));
        }
        // The input by the link, the output by the name.
        match original {
            "w" => same(place.run("hard", &place.at("w"), Some("base"))),
            _ => same(place.run("w", &place.at("base"), Some("soft"))),
        }
        assert_eq!(fs::read(place.at(original)).unwrap(), before);
        fs::remove_file(soft).unwrap();
        fs::remove_file(hard).unwrap();
    }
}

#[test]
fn an_output_that_is_a_shard_or_the_index_should_be_refused() {
    let place = Place::new();
    let index = r#"{"weight_map":{"fc.weight":"w"}}"#;
    fs::write(place.at("index.json"), index).unwrap();
    same(place.run("index.json", &place.at("index.json"), None));
    same(place.run("index.json", &place.at("w"), None));
    place.run("index.json", &place.at("out"), None).unwrap();
    assert_eq!(fs::read(place.at("out")).unwrap(), fs::read(place.at("base")).unwrap());
}

#[test]
fn an_output_that_exists_should_be_refused_unless_it_may_be_replaced() {
    let place = Place::new();
    fs::write(place.at("old"), "old").unwrap();
    let kept = convert(
        &place.at("w"),
        &place.at("old"),
        &Job::Model(Options::default()),
        &|_, _| (),
    );
    assert!(
        matches!(kept, Err(ConvertError::Output(OutputError::Exists(_)))),
        "{kept:?}"
    );
    assert_eq!(fs::read(place.at("old")).unwrap(), b"old");
    place.run("w", &place.at("old"), None).unwrap();
    assert_eq!(fs::read(place.at("old")).unwrap(), fs::read(place.at("base")).unwrap());
}

#[test]
fn an_output_without_a_folder_should_be_refused_by_its_path() {
    let place = Place::new();
    let error = place.run("w", &place.at("none/out"), None).unwrap_err().to_string();
    assert!(error.contains("none/out") && error.contains("No such file"), "{error}");
}
