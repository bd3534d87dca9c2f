//! Keys.

use crate::failure::raised;
use pyo3::{prelude::*, types::PyType};
use quorate_client::{
    account::{create, one_line, KeyRef},
    Account, Error,
};
use std::{ffi::OsString, path::PathBuf};
use zeroize::Zeroizing;

/// Holds an account: the path of a key file, a development name, or the secret itself.
const VARIABLE: &str = "QUORATE_ACCOUNT";

/// A key and its account. The secret never leaves it.
#[pyclass(name = "Account", frozen, module = "quorate")]
#[derive(Clone)]
pub struct PyAccount {
    pub inner: Account,
}

impl PyAccount {
    /// `word`: the path of a key file, or `//Alice`.
    pub fn named(word: OsString, passphrase: Option<String>) -> Result<Self, Error> {
        let hint = |error| match error {
            Error::Input(text) => Error::Input(format!(
                "{text} (in Python: quorate.Account.from_mnemonic, from_file or from_environment)"
            )),
            other => other,
        };
        Self::of(&KeyRef::parse(&word).map_err(hint)?, passphrase)
    }

    /// What the environment names; `None` if it names nothing.
    pub fn environment(passphrase: Option<String>) -> Result<Option<Self>, Error> {
        let Some(value) = std::env::var_os(VARIABLE) else {
            return Ok(None);
        };
        let named = |error: Error| Error::Input(format!("{VARIABLE}: {error}"));
        let key = KeyRef::in_environment(value).map_err(named)?;
        Self::of(&key, passphrase).map(Some).map_err(named)
    }

    fn of(key: &KeyRef, passphrase: Option<String>) -> Result<Self, Error> {
        let passphrase = passphrase.map(Zeroizing::new);
        let inner = Account::open(
            key,
            &|path| match (&passphrase, std::env::var_os("QUORATE_PASSPHRASE_FILE")) {
                (Some(passphrase), _) => Ok(passphrase.clone()),
                (None, Some(file)) => one_line(&PathBuf::from(file)),
                (None, None) => Err(Error::Input(format!(
                    "{}: the key is encrypted: give passphrase=, or QUORATE_PASSPHRASE_FILE in the environment",
                    path.display()
                ))),
            },
        )?;
        Ok(Self { inner })
    }
}

#[pymethods]
impl PyAccount {
    /// The account of a key file: a mnemonic, a seed, or an encrypted keyring file of polkadot.js.
    ///
    /// `path`: readable by its owner alone. `passphrase`: of an encrypted file; else `QUORATE_PASSPHRASE_FILE` names a file with it.
    /// Raises `InputError` when the file is missing, readable by others, or holds no key.
    #[classmethod]
    #[pyo3(signature = (path, passphrase = None))]
    fn from_file(_: &Bound<'_, PyType>, py: Python<'_>, path: PathBuf, passphrase: Option<String>) -> PyResult<Self> {
        // What begins with two slashes is a development name, and no path.
        let opened = py.detach(|| Self::of(&KeyRef::File(path), passphrase));
        opened.map_err(|error| raised(py, &error.into()))
    }

    /// A new account, with its mnemonic in a file that did not exist, readable by its owner alone: whoever reads it can sign for the account.
    #[classmethod]
    fn generate(_: &Bound<'_, PyType>, py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let made = Account::generate().and_then(|(inner, words)| {
            create(&path, &Zeroizing::new(format!("{}\n", *words)))?;
            Ok(Self { inner })
        });
        made.map_err(|error| raised(py, &error.into()))
    }

    /// The account of a mnemonic of 12 to 24 words, or of `0x` and 64 hex digits.
    #[classmethod]
    fn from_mnemonic(_: &Bound<'_, PyType>, py: Python<'_>, secret: String) -> PyResult<Self> {
        let secret = Zeroizing::new(secret);
        let made = Account::from_uri(&secret);
        made.map(|inner| Self { inner })
            .map_err(|error| raised(py, &error.into()))
    }

    /// The account that `QUORATE_ACCOUNT` names: a key file, a development name such as `//Alice`, a mnemonic or a seed.
    #[classmethod]
    #[pyo3(name = "from_environment", signature = (passphrase = None))]
    fn py_from_environment(_: &Bound<'_, PyType>, py: Python<'_>, passphrase: Option<String>) -> PyResult<Self> {
        let none = || Error::Input(format!("{VARIABLE} is not in the environment"));
        let found = Self::environment(passphrase).and_then(|found| found.ok_or_else(none));
        found.map_err(|error| raised(py, &error.into()))
    }

    /// The account's address (SS58).
    #[getter]
    fn address(&self) -> String {
        self.inner.id().to_string()
    }

    fn __repr__(&self) -> String {
        format!("Account({})", self.address())
    }
}
