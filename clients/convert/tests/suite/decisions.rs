//! What was decided is written down and followed.

use crate::common::{f32s, write, Tensor};
use quorate_convert::{convert, Conversion, ConvertError, Decisions, Existing, Job, Options, Report, Source};
use quorate_exact::{Dtype, Role};
use std::path::{Path, PathBuf};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A model in which `large` decides the scale.
    fn model(&self, name: &str, large: f32) -> PathBuf {
        let tied = f32s(&[0.5, -0.5]);
        write(
            &self.at(name),
            &[
                ("module.embed", "F32", &[2], tied.clone()),
                ("module.head", "F32", &[2], tied),
                ("module.frozen", "F32", &[1], f32s(&[1.0])),
                ("module.fc", "F32", &[2], f32s(&[large, 1.0])),
                ("module.steps", "I64", &[], vec![0; 8]),
            ],
        )
    }

    fn first(&self) -> Report {
        let options = Options {
            roles: vec![("frozen".parse().unwrap(), Role::Const)],
            scales: vec![("embed".parse().unwrap(), 20)],
            ties: vec![("embed".into(), "head".into())],
        };
        self.run(&self.model("first", 1000.0), "a", Job::Model(options), &["module."])
            .unwrap()
    }

    fn run(&self, input: &Path, output: &str, job: Job<'_>, strip: &[&str]) -> Result<Report, ConvertError> {
        let conversion = Conversion {
            output: &self.at(output),
            job,
            strip: strip.iter().map(|part| part.parse().unwrap()).collect(),
            existing: Existing::Keep,
        };
        conversion.run(Source::open(input)?, &|_, _| ())
    }
}

fn read_back(decisions: &Decisions) -> Decisions {
    let read = Decisions::parse(decisions.text().as_bytes()).unwrap();
    assert_eq!(&read, decisions);
    read
}

#[test]
fn decisions_should_show_all_that_was_decided() {
    let place = Place::new();
    let decisions = place.first().decisions.unwrap();
    let of = |name: &str| &decisions.tensors[name];
    assert_eq!(decisions.tensors.len(), 4);
    assert_eq!(
        (of("embed").scale, &of("embed").aliases[..]),
        (20, &["head".to_string()][..])
    );
    assert_eq!((of("fc").role, of("fc").scale), (Role::Train, 19));
    assert_eq!((of("frozen").role, of("steps").dtype), (Role::Const, Dtype::I64));
}

#[test]
fn the_same_input_should_become_the_same_file_by_what_was_decided() {
    let place = Place::new();
    let first = place.first();
    let decided = Job::Decided(read_back(first.decisions.as_ref().unwrap()));
    let again = place.run(&place.at("first"), "b", decided, &[]).unwrap();
    assert_eq!(again.root, first.root);
    assert_eq!(again.decisions, first.decisions);
}

#[test]
fn other_values_should_get_the_scales_that_were_decided() {
    let place = Place::new();
    let first = place.first();
    let decided = Job::Decided(first.decisions.unwrap());
    let other = place.run(&place.model("other", 0.5), "b", decided, &[]).unwrap();
    assert_eq!(other.header_hash, first.header_hash);
    assert_ne!(other.root, first.root);
}

#[test]
fn inputs_that_the_decisions_do_not_fit_should_be_refused_with_the_difference() {
    let place = Place::new();
    let decisions = place.first().decisions.unwrap();
    let tensors = |dtype: &'static str, head: f32, last: &'static str| -> Vec<Tensor<'static>> {
        vec![
            ("module.embed", "F32", &[2], f32s(&[0.5, -0.5])),
            ("module.head", "F32", &[2], f32s(&[0.5, head])),
            ("module.frozen", "F32", &[1], f32s(&[1.0])),
            ("module.fc", dtype, &[2], vec![0; if dtype == "F32" { 8 } else { 4 }]),
            (last, "I64", &[], vec![0; 8]),
        ]
    };
    for (tensors, words) in [
        (
            tensors("F32", -0.5, "module.extra"),
            vec!["the input lacks \"steps\"", "the plan lacks \"extra\""],
        ),
        (
            tensors("BF16", -0.5, "module.steps"),
            vec!["\"fc\" is BF16", "made for F32"],
        ),
        (
            tensors("F32", 0.25, "module.steps"),
            vec!["\"head\" and \"embed\"", "their values differ"],
        ),
    ] {
        let input = write(&place.at("in"), &tensors);
        let error = place
            .run(&input, "b", Job::Decided(decisions.clone()), &[])
            .unwrap_err()
            .to_string();
        for word in words {
            assert!(error.contains(word), "{word:?} is not in {error:?}");
        }
    }
    // An alias need not be there.
    let mut without = tensors("F32", -0.5, "module.steps");
    without.remove(1);
    let input = write(&place.at("in"), &without);
    place.run(&input, "b", Job::Decided(decisions), &[]).unwrap();
}

#[test]
fn files_that_are_no_decisions_should_be_refused_with_the_place() {
    let place = Place::new();
    let text = place.first().decisions.unwrap().text();
    for (from, to, word) in [
        ("\"format\": 1", "\"format\": 2", "its format is 2"),
        (
            "\"role\": \"const\"",
            "\"role\": \"frozen\"",
            "\"frozen\": the roles are",
        ),
        ("\"I64\"", "\"C64\"", "no element type of a version is named \"C64\""),
        ("\"steps\"", "\"fc\"", "\"fc\" is there twice"),
        ("\"aliases\"", "\"alias\"", "unknown field `alias`"),
        ("\"module.\"", "\"module\"", "neither ends with a dot"),
        ("\n}\n", "\n", "EOF"),
    ] {
        let wrong = text.replace(from, to);
        assert_ne!(wrong, text, "{from}");
        std::fs::write(place.at("plan"), wrong).unwrap();
        let error = Decisions::read(&place.at("plan")).unwrap_err().to_string();
        assert!(
            error.contains(word) && error.contains("plan is no file of decisions"),
            "{word:?} is not in {error:?}"
        );
    }
    assert!(matches!(
        Decisions::read(place.0.path()),
        Err(ConvertError::Decisions { .. })
    ));
}

#[test]
fn scales_that_no_grid_has_should_be_refused_by_tensor() {
    let place = Place::new();
    let text = place
        .first()
        .decisions
        .unwrap()
        .text()
        .replace("\"scale\": 19", "\"scale\": 41");
    let decisions = Decisions::parse(text.as_bytes()).unwrap();
    let error = place
        .run(&place.at("first"), "b", Job::Decided(decisions), &[])
        .unwrap_err();
    assert!(error.to_string().contains("fc"), "{error}");
}

#[test]
fn a_version_without_options_should_have_decisions_too() {
    let place = Place::new();
    let report = convert(
        &place.model("in", 1.0),
        &place.at("out"),
        &Job::Model(Options::default()),
        &|_, _| (),
    )
    .unwrap();
    assert_eq!(report.decisions.unwrap().tensors.len(), 5);
}
