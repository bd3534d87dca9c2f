//! Where the keys of a command come from: an option, the environment, or whoever sits at the terminal.

use crate::failure::{usage, Result};
use quorate_client::{
    account::{one_line, KeyRef},
    Account, Error,
};
use std::{
    ffi::{OsStr, OsString},
    io::{stdin, BufRead, IsTerminal, Read},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Holds an account: what `--account` takes, or the secret itself.
pub const ACCOUNT: &str = "QUORATE_ACCOUNT";
/// The longest secret that is read from a pipe.
const LONGEST: u64 = 4_096;

/// Opens keys.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    /// Holds the passphrase of encrypted files.
    pub passphrase_file: Option<PathBuf>,
}

impl Keyring {
    /// The account of what was given, else of the environment.
    pub fn signer(&self, given: Option<&OsStr>) -> Result<Account> {
        match (given, std::env::var_os(ACCOUNT)) {
            (Some(word), _) => self.open(word),
            (None, Some(value)) => self.environment(ACCOUNT, value),
            (None, None) => Err(usage(format!(
                "who signs? Give --account FILE, or one such as --account //Alice, or {ACCOUNT} in the environment"
            ))),
        }
    }

    /// The account of a word of the command line; `-` asks for the secret.
    pub fn open(&self, word: &OsStr) -> Result<Account> {
        match word == "-" {
            true => Ok(Account::from_uri(&asked(
                "secret (a mnemonic, or 0x and 64 hex digits): ",
            )?)?),
            false => self.of(&KeyRef::parse(word)?),
        }
    }

    /// The account of what an option was given that `variable` may give too.
    pub fn given(&self, word: &OsStr, variable: &str) -> Result<Account> {
        match std::env::var_os(variable).filter(|value| value == word) {
            Some(value) => self.environment(variable, value),
            None => self.open(word),
        }
    }

    fn environment(&self, variable: &str, value: OsString) -> Result<Account> {
        let named = |error: &dyn std::fmt::Display| usage(format!("{variable}: {error}"));
        let key = KeyRef::in_environment(value).map_err(|error| named(&error))?;
        self.of(&key).map_err(|failure| named(&failure))
    }

    fn of(&self, key: &KeyRef) -> Result<Account> {
        Ok(Account::open(key, &|path| self.passphrase(path))?)
    }

    fn passphrase(&self, path: &Path) -> quorate_client::Result<Zeroizing<String>> {
        match &self.passphrase_file {
            Some(file) => one_line(file),
            None => prompt(&format!("passphrase of {}: ", path.display())),
        }
    }

    /// The passphrase of a file that is about to be written, asked for twice.
    pub fn new_passphrase(&self, path: &Path) -> quorate_client::Result<Zeroizing<String>> {
        let first = self.passphrase(path)?;
        if self.passphrase_file.is_none() && *prompt("the same again: ")? != *first {
            return Err(Error::Input("the two passphrases differ".into()));
        }
        Ok(first)
    }
}

/// A secret from the terminal, or the one line that a pipe gives.
fn asked(text: &str) -> Result<Zeroizing<String>> {
    if stdin().is_terminal() {
        return Ok(prompt(text)?);
    }
    let mut line = Zeroizing::new(String::with_capacity(LONGEST as usize + 1));
    let mut input = stdin().lock().take(LONGEST);
    input
        .read_line(&mut line)
        .map_err(|error| usage(format!("standard input: {error}")))?;
    let mut rest = Vec::new();
    match input.read_to_end(&mut rest) {
        Ok(0) => Ok(Zeroizing::new(line.trim_end_matches(['\n', '\r']).to_string())),
        _ => Err(usage("standard input has more than one line; the secret is one")),
    }
}

/// From the terminal, whatever standard input is, without showing it.
fn prompt(text: &str) -> quorate_client::Result<Zeroizing<String>> {
    rpassword::prompt_password(text).map(Zeroizing::new).map_err(|error| {
        Error::Input(format!(
            "there is no terminal to ask for {} ({error}); give --passphrase-file FILE for an encrypted key",
            text.trim_end_matches(": ")
        ))
    })
}
