//! Runs the program.

use std::{
    ffi::{OsStr, OsString},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// The account that everybody can derive: of the development phrase without a path.
pub const EVERYBODYS: &str = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";
pub const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
/// The development phrase.
pub const WORDS: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// The one JSON document on standard output.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {:?}", self.out))
    }

    /// Checks the code, and that standard error names what is wrong.
    #[track_caller]
    pub fn refused(&self, named: &str) {
        assert_eq!(self.code, Some(2), "{}{}", self.out, self.err);
        assert!(self.err.contains(named), "{:?} lacks {named:?}", self.err);
        assert!(!self.out.contains(EVERYBODYS) && self.out.is_empty(), "{}", self.out);
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into(),
            err: String::from_utf8_lossy(&output.stderr).into(),
        }
    }
}

/// The program with an environment of its own.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    command.stdin(Stdio::null());
    alone(&mut command);
    command
}

/// Without what the machine's user has set, or a node that may run here.
fn alone(command: &mut Command) {
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("QUORATE_URL", "ws://127.0.0.1:1");
}

pub fn run(arguments: &[&str]) -> Ended {
    command().args(arguments).output().unwrap().into()
}

pub fn run_with(arguments: &[&OsStr]) -> Ended {
    command().args(arguments).output().unwrap().into()
}

/// With `text` on standard input.
pub fn run_fed(arguments: &[&str], text: &str) -> Ended {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

/// By a shell, with the program as `$0`.
pub fn shell(script: &str, arguments: &[&OsStr]) -> Ended {
    let mut command = Command::new("/bin/sh");
    alone(&mut command);
    command
        .stdin(Stdio::null())
        .args(["-c", script, env!("CARGO_BIN_EXE_quorate")])
        .args(arguments);
    command.output().unwrap().into()
}

/// A key file.
pub fn key(folder: &Path, name: impl Into<OsString>, text: &str) -> PathBuf {
    let path = folder.join(name.into());
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}
