//! Folders of the user.

use quorate_client::{Error, Result};
use std::path::PathBuf;

/// `$variable/quorate`, or a folder in the home. Without either nothing is guessed: what lies there must be found again.
///
/// # Errors
/// `Input`; `instead` names what helps.
pub fn folder(variable: &str, in_home: &str, instead: &str) -> Result<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let wrong = |what: &str| Error::Input(format!("{what}: {instead}"));
    let (name, path) = match (set(variable), set("HOME")) {
        (Some(path), _) => (variable, path),
        (None, Some(home)) => ("HOME", home.join(in_home)),
        (None, None) => return Err(wrong(&format!("there is no home folder (HOME, {variable})"))),
    };
    match path.is_absolute() {
        true => Ok(path.join("quorate")),
        false => Err(wrong(&format!("{name} is no absolute path"))),
    }
}

/// Where salts and updates are kept.
///
/// # Errors
/// `Input`; `instead` names what helps.
pub fn updates(instead: &str) -> Result<PathBuf> {
    Ok(folder("XDG_STATE_HOME", ".local/state", instead)?.join("updates"))
}

/// Where versions are kept.
///
/// # Errors
/// `Input`; `instead` names what helps.
pub fn versions(instead: &str) -> Result<PathBuf> {
    Ok(folder("XDG_CACHE_HOME", ".cache", instead)?.join("versions"))
}
