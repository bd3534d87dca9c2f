//! Folders of the user.

use crate::failure::{usage, Result};
use std::path::PathBuf;

/// `$variable/quorate`, or a folder in the home. Without either nothing is guessed: what lies there must be found again.
///
/// # Errors
/// `instead` names the option that helps.
pub fn folder(variable: &str, in_home: &str, instead: &str) -> Result<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let wrong = |what: &str| usage(format!("{what}: {instead}"));
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
