//! What commands share: the node, the account, how to print.

use crate::failure::{usage, Result};
use quorate_client::{gateways::Reader, Account, Client};
use quorate_primitives::{policy::Access, ModelId};
use serde_json::Value;
use std::path::PathBuf;

/// What every command takes.
#[derive(clap::Args, Clone, Debug)]
pub struct Global {
    /// WebSocket of a node.
    #[arg(long, global = true, env = "QUORATE_URL", default_value = "ws://127.0.0.1:9944")]
    pub url: String,
    /// Print JSON on standard output, errors included.
    #[arg(long, global = true)]
    pub json: bool,
    /// Who signs: a file with a secret URI, or one such as //Alice.
    #[arg(
        long,
        global = true,
        env = "QUORATE_ACCOUNT",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub account: Option<String>,
}

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

    /// With whose token versions of a model are read: nobody's, where anyone may.
    pub async fn reader(&self, client: &Client, model: ModelId) -> Result<Option<Reader>> {
        let access = client.model(model).await?.policy.access;
        match (access, &self.global.account) {
            (Access::Public, _) | (_, None) => Ok(None),
            (_, Some(_)) => Ok(Some(Reader::Account(self.account()?))),
        }
    }

    pub fn is_json(&self) -> bool {
        self.global.json
    }

    /// Print `value` as JSON, or what `text` prints, human-readable.
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
