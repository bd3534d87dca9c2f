//! Key files: read only if nobody else can, written whole or not at all.

use super::uri;
use crate::{Error, Result};
use quorate_output::{Existing, OutputError};
use std::{
    fs::{File, Metadata},
    io::{ErrorKind, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};
use zeroize::Zeroizing;

/// The longest key file.
const LONGEST: u64 = 64 * 1024;

/// The text of a file that holds a secret.
///
/// # Errors
/// `Input` that names the file and what to do: there is none, it is no file, others may read it, it is no text.
pub fn read(path: &Path) -> Result<Zeroizing<String>> {
    check_name(path)?;
    let wrong = |what: &str| Error::Input(format!("{}: {what}", path.display()));
    let absent = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => wrong("no such key file"),
        _ => Error::io(path)(error),
    };
    // Before it is opened: a pipe would wait for somebody to write.
    check(&std::fs::metadata(path).map_err(absent)?).map_err(|what| wrong(&what))?;
    let file = File::open(path).map_err(Error::io(path))?;
    check(&file.metadata().map_err(Error::io(path))?).map_err(|what| wrong(&what))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io(path))?;
    if bytes.len() as u64 > LONGEST {
        return Err(wrong("too long for a key file"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("no key file: it is not text"))?;
    Ok(Zeroizing::new(text.into()))
}

/// That a path is no secret by mistake, which messages would show.
///
/// # Errors
/// `Input`.
fn check_name(path: &Path) -> Result<()> {
    match uri::resembles_secret(&path.to_string_lossy()) {
        true => Err(Error::Input(
            "this is a mnemonic or a seed, and the path of a file is expected: put it into a file (`chmod 600`), and name that".into(),
        )),
        false => Ok(()),
    }
}

fn check(meta: &Metadata) -> Result<(), String> {
    let mode = meta.permissions().mode();
    if meta.is_dir() {
        return Err("a folder, no key file".into());
    }
    if !meta.is_file() {
        return Err("no key file: a pipe or a device".into());
    }
    if mode & 0o077 != 0 {
        return Err(format!(
            "others can read or write this key file (mode {:o}): `chmod 600` it, and make a new key if somebody else may have \
             read it",
            mode & 0o777
        ));
    }
    match meta.len() {
        0 => Err("the key file is empty".into()),
        _ => Ok(()),
    }
}

/// A file's text without the line break at its end.
pub fn without_newline(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// The one line of a secret file, such as a passphrase.
pub fn one_line(path: &Path) -> Result<Zeroizing<String>> {
    let text = read(path)?;
    let line = without_newline(&text);
    match line.is_empty() || line.contains(['\n', '\r']) {
        true => Err(Error::Input(format!("{}: one line is expected", path.display()))),
        false => Ok(Zeroizing::new(line.into())),
    }
}

/// Write `text` to a file that did not exist, readable by its owner only. Whatever fails, a full disk included, leaves no file.
pub fn create(path: &Path, text: &str) -> Result<()> {
    check_name(path)?;
    quorate_output::write_private(path, text.as_bytes(), Existing::Keep).map_err(|error| match error {
        OutputError::Exists(path) => Error::Input(format!("{} exists: a key is never overwritten", path.display())),
        other => other.into(),
    })
}

/// Give a key file this text instead; whatever fails, it holds the former one.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    Ok(quorate_output::write_private(path, text.as_bytes(), Existing::Replace)?)
}
