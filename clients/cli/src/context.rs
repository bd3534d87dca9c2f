//! What commands share: the node, the account, how to print.

use crate::{
    args::Global,
    failure::{usage, Result},
};
use quorate_client::{Account, Client};
use serde_json::Value;
use std::path::PathBuf;

pub struct Context {
    global: Global,
}

impl Context {
    pub fn new(global: Global) -> Self {
        Self { global }
    }

    pub async fn client(&self) -> Result<Client> {
        Ok(Client::connect(&self.global.url).await?)
    }

    /// The account that signs.
    pub fn account(&self) -> Result<Account> {
        let key = self.global.account.as_deref();
        let key = key.ok_or_else(|| usage("who signs? Give --account FILE, or one such as --account //Alice"))?;
        Ok(Account::load(key)?)
    }

    pub fn is_json(&self) -> bool {
        self.global.json
    }

    /// Print `value` as JSON, or what `text` prints for people.
    pub fn print(&self, value: &Value, text: impl FnOnce()) {
        match self.global.json {
            true => println!("{value:#}"),
            false => text(),
        }
    }

    /// Print one line of something that goes on: JSON in one line, or text.
    pub fn print_line(&self, value: &Value, text: &str) {
        match self.global.json {
            true => println!("{value}"),
            false => println!("{text}"),
        }
    }
}

/// `$variable/quorate`, or a folder in the home.
pub fn folder(variable: &str, in_home: &str) -> PathBuf {
    let home = || {
        std::env::var_os("HOME")
            .map_or_else(std::env::temp_dir, PathBuf::from)
            .join(in_home)
    };
    std::env::var_os(variable)
        .filter(|path| !path.is_empty())
        .map_or_else(home, PathBuf::from)
        .join("quorate")
}
