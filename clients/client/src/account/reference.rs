//! Where a key is: a development name, a file, or the secret itself where nobody else can see it.

use super::uri;
use crate::{Error, Result};
use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Where a key is.
pub enum KeyRef {
    /// `//Alice`: a key that everybody has, for development.
    Development(String),
    File(PathBuf),
    /// A mnemonic or a seed.
    Secret(Zeroizing<String>),
}

impl KeyRef {
    /// A word of a command line: a development name if it begins with `//`, else a path. Never a secret: others see the
    /// arguments of a program.
    ///
    /// # Errors
    /// `Input` for the empty word, for a secret, and for a name that could also mean a file.
    pub fn parse(word: &OsStr) -> Result<Self> {
        let text = word.to_string_lossy();
        if word.is_empty() {
            return Err(Error::Input(
                "the name of the key is empty: name a key file, or //Name".into(),
            ));
        }
        if word.as_bytes().starts_with(b"//") {
            return development(&text, Path::new(word)).map(Self::Development);
        }
        if uri::resembles_secret(&text) {
            return Err(Error::Input(
                "this is a mnemonic or a seed: everybody on this machine sees the words of a command line. Put it into a file \
                 (`chmod 600`) and name that, or into the environment's QUORATE_ACCOUNT, or give - to be asked for it"
                    .into(),
            ));
        }
        Ok(Self::File(word.into()))
    }

    /// A variable of the environment, which only its user sees: what [`Self::parse`] takes, or the secret itself.
    pub fn in_environment(value: OsString) -> Result<Self> {
        match value.to_str().filter(|text| uri::is_secret(text)) {
            Some(secret) => Ok(Self::Secret(Zeroizing::new(secret.into()))),
            None => Self::parse(&value),
        }
    }
}

/// `//Name`, where no file of that name exists: `"$FOLDER//key"` without a folder is such a name too.
fn development(text: &str, path: &Path) -> Result<String> {
    if !uri::is_development(text) {
        return Err(Error::Input(format!(
            "{text:?} begins with // and is no development name, such as //Alice: letters, digits, - and _. The path of a file \
             begins with one slash"
        )));
    }
    match path.symlink_metadata() {
        Err(_) => Ok(text.into()),
        Ok(_) => Err(Error::Input(format!(
            "{text:?} names a development account and is also the path of a file: name the file with one slash at its beginning"
        ))),
    }
}
