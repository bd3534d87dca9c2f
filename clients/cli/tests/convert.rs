//! `quorate convert` as a program: paths, what exists, full disks, and what reaches the terminal.

use serde_json::Value;
use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    os::unix::{
        ffi::OsStrExt,
        fs::{symlink, PermissionsExt},
    },
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../convert/tests/cases")
        .join(name)
}

/// Whose updates are made.
const CONTRIBUTOR: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

/// A folder with copies of some cases, in which the program runs.
struct Place(TempDir);

impl Place {
    fn with(cases: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in cases {
            let to = folder.path().join(name);
            fs::copy(case(name), &to).unwrap();
            fs::set_permissions(&to, fs::Permissions::from_mode(0o644)).unwrap();
        }
        Self(folder)
    }

    fn at(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join(name.as_ref())
    }

    fn read(&self, name: impl AsRef<OsStr>) -> Vec<u8> {
        fs::read(self.at(name)).unwrap()
    }

    fn names(&self) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        names
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn convert<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Output {
        self.command().arg("convert").args(arguments).output().unwrap()
    }

    /// A conversion to an update, which is somebody's.
    fn convert_update<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Output {
        let mut command = self.command();
        command.arg("convert").args(arguments);
        command.args(["--contributor", CONTRIBUTOR]).output().unwrap()
    }
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn refused(output: &Output, word: &str) {
    assert_eq!(output.status.code(), Some(2), "{}", error(output));
    assert!(error(output).contains(word), "{}", error(output));
}

#[test]
fn an_output_that_is_the_input_or_the_base_should_be_refused_even_by_force() {
    let place = Place::with(&["base.safetensors", "base.st"]);
    for original in ["base.safetensors", "base.st"] {
        let before = place.read(original);
        symlink(original, place.at("soft")).unwrap();
        fs::hard_link(place.at(original), place.at("hard")).unwrap();
        for output in [original, &format!("./{original}"), "soft", "hard"] {
            for force in [&[][..], &["--force"]] {
                let arguments = [&["base.safetensors", output, "--base", "base.st"], force].concat();
                refused(&place.convert_update(&arguments), "the same file");
            }
        }
        assert_eq!(place.read(original), before);
        fs::remove_file(place.at("soft")).unwrap();
        fs::remove_file(place.at("hard")).unwrap();
    }
    assert_eq!(place.names(), ["base.safetensors", "base.st"]);
}

#[test]
fn an_output_that_exists_should_be_replaced_only_by_force() {
    let place = Place::with(&["base.safetensors", "base.st"]);
    fs::write(place.at("out"), "old").unwrap();
    refused(&place.convert(&["base.safetensors", "out"]), "--force");
    assert_eq!(place.read("out"), b"old");
    assert!(place.convert(&["base.safetensors", "out", "--force"]).status.success());
    assert_eq!(place.read("out"), place.read("base.st"));
    refused(
        &place.convert(&["base.safetensors", "/dev/null", "--force"]),
        "is a device",
    );
}

#[test]
fn a_failure_should_leave_the_old_output() {
    let place = Place::with(&["c12_nan.safetensors", "base.st"]);
    fs::write(place.at("GOOD.st"), "good").unwrap();
    let output = place.convert_update(&["c12_nan.safetensors", "GOOD.st", "--base", "base.st", "--force"]);
    refused(&output, "NaN is not finite");
    assert_eq!(place.read("GOOD.st"), b"good");
    assert_eq!(place.names(), ["GOOD.st", "base.st", "c12_nan.safetensors"]);
}

#[test]
fn a_full_disk_should_leave_the_old_output() {
    let place = Place::with(&["base.safetensors"]);
    fs::write(place.at("GOOD.st"), "good").unwrap();
    // Files may not grow at all; the signal for it is ignored, so that writing fails as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" convert base.safetensors GOOD.st --force";
    let mut shell = Command::new("sh");
    shell
        .current_dir(place.0.path())
        .args(["-c", script, env!("CARGO_BIN_EXE_quorate")]);
    refused(&shell.output().unwrap(), "GOOD.st: File too large");
    assert_eq!(place.read("GOOD.st"), b"good");
    assert_eq!(place.names(), ["GOOD.st", "base.safetensors"]);
}

#[test]
fn paths_that_are_no_text_should_work() {
    let place = Place::with(&["base.safetensors"]);
    let name = |suffix: &str| OsString::from_vec_of(b"\xff\xfe", suffix);
    let (input, base, update) = (name("in"), name("base"), name("update"));
    fs::rename(place.at("base.safetensors"), place.at(&input)).unwrap();
    assert!(place.convert(&[&input, &base]).status.success());
    let arguments = [input.as_os_str(), &update, OsStr::new("--base"), &base];
    let output = place.convert_update(&arguments);
    assert!(output.status.success(), "{}", error(&output));
    refused(&place.convert(&[&name("none"), &update]), "No such file");
}

trait FromVec {
    fn from_vec_of(bytes: &[u8], suffix: &str) -> OsString;
}

impl FromVec for OsString {
    fn from_vec_of(bytes: &[u8], suffix: &str) -> OsString {
        let mut name = OsStr::from_bytes(bytes).to_owned();
        name.push(suffix);
        name
    }
}

#[test]
fn json_should_be_one_document_with_the_code_that_the_program_ends_with() {
    let place = Place::with(&[
        "base.safetensors",
        "c12_nan.safetensors",
        "c07_scaled_fp8_empty.safetensors",
    ]);
    for (arguments, code) in [
        (&["--json", "convert", "base.safetensors", "out"][..], 0),
        (&["--json", "convert", "base.safetensors", "out"], 2),
        (&["--json", "convert", "c12_nan.safetensors", "out2"], 2),
        (&["--json", "convert", "c07_scaled_fp8_empty.safetensors", "out3"], 0),
        (&["--json", "convert"], 2),
        (&["--json", "convert", "base.safetensors", "out4", "--roles", "a"], 2),
    ] {
        let output = place.command().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", error(&output));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        match code {
            0 => assert!(
                document["root"].is_string() && document["error"].is_null(),
                "{document}"
            ),
            _ => assert!(document["code"] == code && document["error"].is_string(), "{document}"),
        }
    }
}

#[test]
fn a_report_that_cannot_be_written_should_be_an_error() {
    let place = Place::with(&["base.safetensors"]);
    for (arguments, output) in [(&["--json", "convert"][..], "out"), (&["convert"], "out2")] {
        let mut command = place.command();
        command.args(arguments).args(["base.safetensors", output]);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let status = command.stdout(full).stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(2), "{arguments:?}");
        assert!(place.at(output).exists());
    }
    let full = File::options().write(true).open("/dev/full").unwrap();
    let status = place
        .command()
        .args(["convert", "none", "out3"])
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn names_should_not_reach_the_terminal_as_commands() {
    let place = Place::with(&["c22_names.safetensors", "base.st"]);
    for arguments in [
        &["c22_names.safetensors", "out"][..],
        &[
            "c22_names.safetensors",
            "out2",
            "--base",
            "base.st",
            "--contributor",
            CONTRIBUTOR,
        ],
        &["c22_names.safetensors", "out3", "--tie", "\u{1b}[2J=é"],
        &["c22_names.safetensors", "out4", "--roles", "\u{1b}[2J=stat"],
    ] {
        let output = place.convert(arguments);
        let shown = [output.stdout.clone(), output.stderr.clone()].concat();
        let shown = String::from_utf8(shown).unwrap();
        assert!(
            !shown.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')),
            "{shown:?}"
        );
    }
}

#[test]
fn names_as_they_are_shown_should_be_taken_as_they_are_shown() {
    let place = Place::with(&["c22_names.safetensors"]);
    let roles = r#""comma,w"=stat,"x=y"=stat,"\u001b[31mred.w"=const,"star*w"=stat"#;
    let output = place.convert(&[
        "c22_names.safetensors",
        "out",
        "--roles",
        roles,
        "--scale",
        r#"3,"x=y"=5"#,
    ]);
    assert!(output.status.success(), "{}", error(&output));
    let shown = String::from_utf8(output.stdout).unwrap();
    let row = |name: &str| {
        let line = shown.lines().find(|line| line.starts_with(name)).unwrap();
        line.trim_start_matches(name)
            .split_whitespace()
            .map(String::from)
            .collect::<Vec<_>>()
    };
    assert_eq!(row("\"x=y\"")[..3], ["F32", "stat", "5"]);
    assert_eq!(row("\"comma,w\"")[..3], ["F32", "stat", "3"]);
    assert_eq!(row("\"\\u001b[31mred.w\"")[..3], ["F32", "const", "-"]);
    assert_eq!(row("\"a b.weight\"")[..3], ["F32", "train", "3"]);
    refused(
        &place.convert(&["c22_names.safetensors", "out2", "--scale", "none*=3"]),
        "matches no tensor",
    );
}

#[test]
fn a_wrapper_s_prefix_should_be_noticed_and_stripped() {
    let place = Place::with(&["c16_ddp_prefix.safetensors", "base.st"]);
    let arguments = ["c16_ddp_prefix.safetensors", "out", "--base", "base.st"];
    refused(&place.convert_update(&arguments), "--strip module.");
    let output = place.convert_update(&[&arguments[..], &["--strip", "module."]].concat());
    assert!(output.status.success(), "{}", error(&output));
}

#[test]
fn an_update_should_be_made_for_an_account_alone() {
    let place = Place::with(&["base.safetensors", "base.st"]);
    let arguments = ["base.safetensors", "out", "--base", "base.st"];
    refused(&place.convert(&arguments), "names the account that will submit it");
    for wrong in ["", "alice", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX"] {
        let output = place.convert(&[&arguments[..], &["--contributor", wrong]].concat());
        refused(&output, "--contributor");
    }
    // A version is nobody's.
    refused(&place.convert_update(&["base.safetensors", "out"]), "--base");
    assert!(!place.at("out").exists());
    let output = place.convert_update(&arguments);
    assert!(output.status.success(), "{}", error(&output));
    let file = String::from_utf8_lossy(&place.read("out")).into_owned();
    let account = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
    assert!(file.contains(&format!(r#"\"contributor\":\"{account}\""#)), "{file}");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains(&format!("update of {CONTRIBUTOR}, ")), "{shown}");
}

#[test]
fn a_base_that_is_no_file_should_be_refused_by_its_name() {
    let place = Place::with(&["base.safetensors"]);
    for base in ["none", "0@x", ""] {
        refused(
            &place.convert_update(&["base.safetensors", "out", "--base", base]),
            "neither a file nor MODEL@VERSION",
        );
    }
}

/// Tensors of a safetensors file, as its header has them.
fn header(file: &[u8]) -> Value {
    let (len, rest) = file.split_first_chunk().unwrap();
    let len = u64::from_le_bytes(*len) as usize;
    serde_json::from_slice(&rest[..len]).unwrap()
}

#[test]
fn a_folder_should_become_a_version_and_a_folder_again() {
    let place = Place::with(&["base.safetensors"]);
    fs::create_dir(place.at("model")).unwrap();
    fs::rename(place.at("base.safetensors"), place.at("model/model.safetensors")).unwrap();
    fs::write(place.at("model/config.json"), "{}").unwrap();
    assert!(place.convert(&["model", "v"]).status.success());
    let done = place.convert(&["v", "folder", "--as", "hf"]);
    assert!(done.status.success(), "{}", error(&done));
    assert_eq!(place.read("folder/config.json"), b"{}");
    let (before, after) = (
        header(&place.read("model/model.safetensors")),
        header(&place.read("folder/model.safetensors")),
    );
    assert_eq!(after["__metadata__"]["format"], "pt");
    for (name, tensor) in before
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "__metadata__")
    {
        for key in ["dtype", "shape"] {
            assert_eq!(after[name][key], tensor[key], "{name}");
        }
    }
    refused(&place.convert(&["v", "folder", "--as", "hf"]), "no empty folder");
    refused(&place.convert(&["v", "other", "--as", "hf", "--force"]), "--force");
    refused(&place.convert(&["v", "other", "--dtype", "f32"]), "--as");
    assert_eq!(place.names(), ["folder", "model", "v"]);
}

#[test]
fn a_plan_should_be_written_whole_or_not_at_all_and_be_followed() {
    let place = Place::with(&["base.safetensors", "c12_nan.safetensors"]);
    let saved = place.convert(&["base.safetensors", "a", "--scale", "20", "--save-plan", "plan"]);
    assert!(saved.status.success(), "{}", error(&saved));
    let followed = place.convert(&["base.safetensors", "b", "--plan", "plan"]);
    assert!(followed.status.success(), "{}", error(&followed));
    assert_eq!(place.read("a"), place.read("b"));
    let kept = place.read("plan");
    refused(
        &place.convert(&["base.safetensors", "c", "--save-plan", "plan"]),
        "plan exists",
    );
    refused(
        &place.convert(&["c12_nan.safetensors", "c", "--save-plan", "other"]),
        "not finite",
    );
    refused(
        &place.convert(&["base.safetensors", "c", "--plan", "plan", "--scale", "3"]),
        "--scale",
    );
    assert_eq!(place.read("plan"), kept);
    assert_eq!(
        place.names(),
        ["a", "b", "base.safetensors", "c12_nan.safetensors", "plan"]
    );
}
