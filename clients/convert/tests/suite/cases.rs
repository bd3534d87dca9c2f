//! Files that people really had, made anew in small: each is converted or refused, with the words that help.

use crate::common::{delta, difference};
use quorate_convert::{read_header, Conversion, ConvertError, Existing, Job, Options, Report, Source};
use quorate_exact::{ModelHeader, Role};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

struct Done {
    _folder: TempDir,
    output: PathBuf,
    report: Report,
}

impl Done {
    fn header(&self) -> ModelHeader {
        read_header(&self.output).unwrap()
    }

    /// The values of the `train` and `stat` tensors.
    fn values(&self) -> Vec<f32> {
        let (header, file) = (self.header(), fs::read(&self.output).unwrap());
        let group = &file[header.header_len() as usize..][..header.group_len() as usize];
        group
            .as_chunks()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect()
    }
}

fn run(input: &str, job: Job<'_>, strip: &[&str]) -> Result<Done, ConvertError> {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out");
    let conversion = Conversion {
        output: &output,
        job,
        strip: strip.iter().map(|part| part.parse().unwrap()).collect(),
        existing: Existing::Keep,
    };
    let result = Source::open(&case(input)).and_then(|source| conversion.run(source, &|_, _| ()));
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), usize::from(result.is_ok()), "left behind: {left:?}");
    Ok(Done {
        report: result?,
        _folder: folder,
        output,
    })
}

fn version(input: &str) -> Result<Done, ConvertError> {
    run(input, Job::Model(Options::default()), &[])
}

fn update(input: &str, base: &str) -> Result<Done, ConvertError> {
    run(input, difference(&case(base)), &[])
}

/// That the message holds all of these words.
#[track_caller]
fn refused(result: Result<Done, ConvertError>, words: &[&str]) {
    let message = match result {
        Ok(_) => panic!("converted"),
        Err(error) => error.to_string(),
    };
    for word in words {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    assert!(!message.chars().any(char::is_control), "{message:?}");
}

#[track_caller]
fn warned(done: &Done, words: &[&str]) {
    let warnings = done.report.warnings();
    let all = |warning: &String| words.iter().all(|word| warning.contains(word));
    assert!(warnings.iter().any(all), "{words:?} are not in {warnings:?}");
}

#[test]
fn c01_copies_of_a_tied_weight_that_differ_should_be_refused() {
    let names = ["\"lm_head.weight\"", "\"model.embed_tokens.weight\"", "differ"];
    refused(update("c01_update_untied.safetensors", "c01_tied.st"), &names);
}

#[test]
fn c02_pickles_should_be_named_with_what_to_do() {
    refused(
        version("c02_legacy.bin"),
        &["Python pickle", "safetensors.torch.save_file"],
    );
    refused(
        version("c02_pytorch_model.bin"),
        &["PyTorch checkpoint", "zip", "safetensors.torch.save_file"],
    );
}

#[test]
fn c03_a_git_lfs_pointer_should_be_named_with_what_to_do() {
    refused(
        version("c03_lfs_pointer.safetensors"),
        &["git-lfs pointer", "git lfs pull"],
    );
}

#[test]
fn c05_overlaps_and_holes_should_be_refused_as_the_reference_loader_does() {
    refused(
        version("c05_overlap.safetensors"),
        &["overlap", "\"fc.weight\"", "\"fc.bias\""],
    );
    refused(version("c05_hole.safetensors"), &["bytes 48 to 56", "\"fc.bias\""]);
    refused(update("c05_overlap.safetensors", "base.st"), &["overlap"]);
}

#[test]
fn c06_a_name_that_is_there_twice_should_be_refused() {
    refused(version("c06_duplicate.safetensors"), &["\"fc.bias\" is there twice"]);
}

#[test]
fn c07_empty_tensors_should_be_left_out_with_a_warning() {
    let done = version("c07_scaled_fp8_empty.safetensors").unwrap();
    warned(&done, &["without elements", "\"scaled_fp8\""]);
    let names: Vec<_> = done.report.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["fc.bias", "fc.weight"]);
    warned(
        &update("c07_scaled_fp8_empty.safetensors", "base.st").unwrap(),
        &["\"scaled_fp8\""],
    );
}

#[test]
fn c09_and_c10_types_that_no_canonical_file_has_should_be_named() {
    refused(version("c09_e8m0.safetensors"), &["\"fc.weight_scale\"", "F8_E8M0"]);
    refused(version("c10_complex.safetensors"), &["\"freqs_cis\"", "C64"]);
}

#[test]
fn c10_extras_of_any_type_should_be_ignored_beside_a_base_that_lacks_them() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let only = r#"{"fc.weight":{"dtype":"F32","shape":[4,3],"data_offsets":[0,48]}}"#;
    let mut file = (only.len() as u64).to_le_bytes().to_vec();
    file.extend(only.as_bytes());
    file.extend([0; 48]);
    let raw = folder.path().join("raw");
    fs::write(&raw, file).unwrap();
    quorate_convert::convert(&raw, &base, &Job::Model(Options::default()), &|_, _| ()).unwrap();
    for (input, extra) in [
        ("c10_complex.safetensors", "\"freqs_cis\""),
        ("c09_e8m0.safetensors", "\"fc.weight_scale\""),
    ] {
        let done = run(input, difference(&base), &[]).unwrap();
        warned(&done, &["not in the base, left out", extra]);
    }
}

#[test]
fn c11_values_that_training_in_f16_left_alone_should_be_zero_deltas() {
    let done = update("c11_f16_trained.safetensors", "base.st").unwrap();
    let values = done.values();
    // Only the weight was trained, by 0.001 each; the bias was stored as f16.
    assert_eq!(values[..4], [0.0; 4]);
    assert!(
        values[4..].iter().all(|delta| (delta - 0.001).abs() < 5e-5),
        "{values:?}"
    );
    let share = done.report.rounding.share().unwrap();
    assert!(share > 0.001 && share < 0.1, "{share}");
    assert_eq!((done.report.rounding.changed, done.report.rounding.all), (12, 16));
    warned(
        &done,
        &[
            "F16",
            "values differ",
            "% of the update's length is rounding",
            "send F32",
        ],
    );
}

#[test]
fn c12_a_value_that_is_not_finite_should_be_named_with_its_place() {
    refused(
        update("c12_nan.safetensors", "base.st"),
        &["\"fc.weight\"", "element ", "NaN is not finite"],
    );
    refused(version("c12_nan.safetensors"), &["\"fc.weight\"", "NaN is not finite"]);
}

#[test]
fn c12_an_output_that_exists_should_outlive_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("GOOD.st");
    fs::copy(case("base.st"), &good).unwrap();
    let base = case("base.st");
    for existing in [Existing::Keep, Existing::Replace] {
        let conversion = Conversion {
            output: &good,
            job: difference(&base),
            strip: Vec::new(),
            existing,
        };
        let source = Source::open(&case("c12_nan.safetensors")).unwrap();
        assert!(conversion.run(source, &|_, _| ()).is_err());
        assert_eq!(fs::read(&good).unwrap(), fs::read(case("base.st")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn c14_a_negative_variance_should_be_warned_of() {
    let done = version("c14_negative_var.safetensors").unwrap();
    warned(&done, &["variances below zero", "\"bn.running_var\""]);
}

#[test]
fn c15_an_adapter_s_name_within_names_should_be_noticed_and_stripped() {
    let (input, base) = ("c15_peft_default.safetensors", "c15_base.st");
    let unexpected = "\"base_model.model.fc.lora_A.default.weight\"";
    refused(
        update(input, base),
        &[
            "--strip .default",
            "2 of the 2",
            unexpected,
            "\"base_model.model.fc.lora_A.weight\"",
        ],
    );
    let done = run(input, difference(&case(base)), &[".default"]).unwrap();
    assert_eq!(done.report.tensors[0].name, "base_model.model.fc.lora_A.weight");
    assert!(done.report.ignored.is_empty());
}

#[test]
fn c16_a_wrapper_s_prefix_should_be_noticed_and_stripped() {
    refused(
        update("c16_ddp_prefix.safetensors", "base.st"),
        &["--strip module.", "\"module.fc.bias\"", "\"fc.bias\""],
    );
    let done = run("c16_ddp_prefix.safetensors", difference(&case("base.st")), &["module."]).unwrap();
    assert_eq!(done.report.tensors.len(), 2);
    let done = run(
        "c16_ddp_prefix.safetensors",
        Job::Model(Options::default()),
        &["module."],
    )
    .unwrap();
    assert_eq!(done.report.tensors[0].name, "fc.bias");
    let unused = run("base.safetensors", Job::Model(Options::default()), &["module."]);
    refused(unused, &["--strip \"module.\" is in no name"]);
}

#[test]
fn c17_shards_should_be_read_by_their_index() {
    let done = update("c17_model.safetensors.index.json", "base.st").unwrap();
    assert_eq!(done.report.tensors.len(), 2);
    assert!(done.report.unlisted.is_empty());
    version("c17_model.safetensors.index.json").unwrap();
    refused(
        update("c17_model-00001-of-00002.safetensors", "base.st"),
        &["\"fc.bias\""],
    );
}

#[test]
fn c18_a_gguf_file_should_be_named_with_what_to_do() {
    refused(version("c18_model.gguf"), &["GGUF", "safetensors"]);
}

#[test]
fn c22_any_name_should_be_shown_harmlessly_and_be_nameable() {
    let input = "c22_names.safetensors";
    let names: Vec<String> = version(input)
        .unwrap()
        .report
        .tensors
        .into_iter()
        .map(|t| t.name)
        .collect();
    assert_eq!(names.len(), 13);
    for name in &names {
        let options = Options {
            roles: vec![(quorate_convert::names::quoted(name).parse().unwrap(), Role::Stat)],
            ..Options::default()
        };
        let report = run(input, Job::Model(options), &[]).unwrap().report;
        let stat: Vec<_> = report
            .tensors
            .iter()
            .filter(|t| t.role == Role::Stat)
            .map(|t| &t.name)
            .collect();
        assert_eq!(stat, [name]);
    }
    refused(update(input, "base.st"), &["\\u001b[31mred.w"]);
}

#[test]
fn c22_a_pattern_that_matches_nothing_should_be_refused() {
    for (roles, scales) in [
        (vec![("nobody*".parse().unwrap(), Role::Stat)], vec![]),
        (vec![], vec![("nobody*".parse().unwrap(), 3)]),
    ] {
        let options = Options {
            roles,
            scales,
            ties: Vec::new(),
        };
        refused(
            run("c22_names.safetensors", Job::Model(options), &[]),
            &["\"nobody*\"", "matches no tensor"],
        );
    }
}

#[test]
fn c27_a_value_beyond_f32_should_not_be_called_infinite() {
    refused(version("c27_f64_overflow.safetensors"), &["is beyond f32", "element "]);
    refused(update("c27_f64_overflow.safetensors", "base.st"), &["is beyond f32"]);
}

#[test]
fn c29_quantised_weights_should_be_asked_for_as_floats() {
    let input = "c29_int8_quantized.safetensors";
    refused(update(input, "base.st"), &["\"fc.weight\" is I8", "send floats"]);
    warned(&version(input).unwrap(), &["never trained", "\"fc.weight\""]);
}

#[test]
fn c31_an_update_should_not_be_taken_for_a_base_or_for_weights() {
    refused(
        update("base.safetensors", "c31_update_as_base.st"),
        &["kind delta (an update)", "a version"],
    );
    refused(version("c31_update_as_base.st"), &["kind delta", "made from weights"]);
    refused(
        update("c31_update_as_base.st", "base.st"),
        &["deltas already", "--delta"],
    );
    let base = case("base.st");
    let job = delta(&base);
    refused(run("base.st", job.clone(), &[]), &["kind model", "leave --delta out"]);
    assert_eq!(run("c31_update_as_base.st", job, &[]).unwrap().report.tensors.len(), 2);
}
