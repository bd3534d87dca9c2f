//! A file of flags: `--config <file>` takes them from TOML, and those of the command line win.

use anyhow::{bail, Context};
use clap::Command;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// The arguments with the flags of the named file before them.
///
/// # Errors
/// In words, where the file cannot be read or has a key that is no flag.
pub(crate) fn expand(command: &Command, arguments: Vec<OsString>) -> anyhow::Result<Vec<OsString>> {
    let Some(path) = named(&arguments) else {
        return Ok(arguments);
    };
    let Some(subcommand) = arguments
        .get(1)
        .and_then(|name| command.find_subcommand(name.to_string_lossy().as_ref()))
    else {
        return Ok(arguments);
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("--config {}", path.display()))?;
    let table: Table = toml::from_str(&text).with_context(|| format!("--config {}", path.display()))?;
    let mut flags = Vec::new();
    for (key, value) in table {
        let wrong = || format!("--config {}, {key}", path.display());
        match takes_value(subcommand, &key) {
            Some(takes) => flags.extend(flag(&key, value, takes).with_context(wrong)?),
            // One file for all subcommands.
            None if command
                .get_subcommands()
                .any(|other| takes_value(other, &key).is_some()) => {}
            None => bail!(
                "{}: there is no flag --{key}; see `{} --help`",
                wrong(),
                subcommand.get_name()
            ),
        }
    }
    let (first, rest) = arguments.split_at(2);
    Ok(first.iter().cloned().chain(flags).chain(rest.iter().cloned()).collect())
}

fn named(arguments: &[OsString]) -> Option<PathBuf> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        if text == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(Path::new(path).to_path_buf());
        }
    }
    None
}

/// Whether the flag of this name takes a value; `None` if there is none.
fn takes_value(command: &Command, key: &str) -> Option<bool> {
    let mut flags = command
        .get_arguments()
        .filter(|argument| key != "config" && argument.get_long() == Some(key));
    flags.next().map(|flag| flag.get_action().takes_values())
}

fn flag(key: &str, value: Value, takes_value: bool) -> anyhow::Result<Vec<OsString>> {
    let text = match (value, takes_value) {
        (Value::Boolean(false), false) => return Ok(Vec::new()),
        (Value::Boolean(true), false) => return Ok(vec![format!("--{key}").into()]),
        (Value::String(text), true) => text,
        (Value::Integer(number), true) => number.to_string(),
        (Value::Boolean(value), true) => bail!("{value} is no value for it: it takes a text or a number"),
        (_, false) => bail!("true or false is expected"),
        (_, true) => bail!("a text or a number is expected"),
    };
    Ok(vec![format!("--{key}={text}").into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    fn run(text: &str, more: &[&str]) -> anyhow::Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("worker.toml");
        std::fs::write(&path, text).unwrap();
        let value = |name: &'static str| Arg::new(name).long(name);
        let switch = |name: &'static str| value(name).action(clap::ArgAction::SetTrue);
        let serve = Command::new("serve").args([value("store"), value("threads"), value("config"), switch("tls")]);
        let command = Command::new("w")
            .subcommand(serve)
            .subcommand(Command::new("pins").arg(value("store")));
        let config = format!("--config={}", path.display());
        let arguments = ["w", "serve", &config].into_iter().chain(more.iter().copied());
        let expanded = expand(&command, arguments.map(OsString::from).collect())?;
        let text = expanded.into_iter().map(|argument| argument.into_string().unwrap());
        Ok(text.filter(|argument| !argument.starts_with("--config")).collect())
    }

    #[test]
    fn flags_of_the_file_should_come_before_those_of_the_command_line() {
        let text = "store = \"/var/lib/q\"\nthreads = 4\ntls = true\n";
        let got = run(text, &["--threads", "2"]).unwrap();
        assert_eq!(got[..2], ["w", "serve"]);
        let at = |flag: &str| got.iter().position(|argument| argument == flag).unwrap();
        assert!(at("--threads=4") < at("--threads"));
        assert!(at("--store=/var/lib/q") > 1 && at("--tls") > 1);
        assert_eq!(run("tls = false\n", &[]).unwrap(), ["w", "serve"]);
    }

    #[test]
    fn what_is_no_flag_should_be_named() {
        for (text, named) in [
            ("stores = \"x\"", "no flag --stores"),
            ("tls = 3", "true or false"),
            ("threads = [1]", "a text or a number"),
            ("threads = true", "no value"),
            ("config = \"x\"", "no flag --config"),
            ("store = ", "worker.toml"),
            ("[store]\nx = 1", "a text or a number"),
        ] {
            let error = format!("{:#}", run(text, &[]).unwrap_err());
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
