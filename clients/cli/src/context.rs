//! What commands share: the node, the account, how to print.

use crate::{
    failure::{Failure, Result},
    keyring::{Keyring, ACCOUNT},
    output,
};
use quorate_client::{connection::Options, gateways::Reader, Account, Client, Error};
use quorate_contribute::node::Node;
use quorate_primitives::{policy::Access, ModelId};
use serde_json::Value;
use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// What every command takes.
#[derive(clap::Args, Clone, Debug)]
pub struct Global {
    /// WebSocket of a node.
    #[arg(long, global = true, env = "QUORATE_URL", default_value = "ws://127.0.0.1:9944")]
    pub url: String,
    /// Let ws:// and http:// leave this machine: whoever sits in between can read, and answer in the node's or a gateway's name.
    #[arg(long, global = true)]
    pub allow_plaintext: bool,
    /// Print one JSON document on standard output, errors included.
    #[arg(long, global = true)]
    pub json: bool,
    /// Who signs: a key file, or a development account such as //Alice; - asks for the secret. Else the environment's
    /// QUORATE_ACCOUNT: the same, or a mnemonic or a seed.
    #[arg(long, global = true, value_name = "KEY")]
    pub account: Option<OsString>,
    /// Holds the passphrase of encrypted key files, which is asked for otherwise.
    #[arg(long, global = true, value_name = "FILE", env = "QUORATE_PASSPHRASE_FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Send nothing: show what the first transaction would do and cost. Exit code 4 if it would fail.
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Wait until transactions are final, rather than in a block that may still be replaced.
    #[arg(long, global = true)]
    pub finalized: bool,
}

pub struct Context {
    global: Global,
    signer: Mutex<Option<Account>>,
    /// What was printed, as JSON: it becomes one document with what goes wrong later.
    printed: Mutex<Option<Value>>,
}

impl Context {
    pub fn new(global: Global) -> Self {
        Self {
            global,
            signer: Mutex::default(),
            printed: Mutex::default(),
        }
    }

    pub async fn client(&self) -> Result<Client> {
        Ok(Client::connect_with(&self.global.url, self.options()).await?)
    }

    /// The node, for what connects to it again and again.
    pub fn node(&self) -> Node {
        Node::new(self.global.url.clone(), self.options())
    }

    fn options(&self) -> Options {
        Options {
            plaintext: self.global.allow_plaintext,
            finalized: self.global.finalized,
            dry_run: self.global.dry_run,
        }
    }

    /// The same, for a link that makes it again.
    pub async fn connect(&self) -> quorate_client::Result<Client> {
        self.client().await.map_err(|failure| match failure {
            Failure::Client(error) => error,
            other => Error::Input(other.text()),
        })
    }

    /// The account that signs. Its passphrase is asked for once.
    pub fn account(&self) -> Result<Account> {
        let mut signer = self.signer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*signer {
            return Ok(known.clone());
        }
        let account = self.keys().signer(self.global.account.as_deref())?;
        Ok(signer.insert(account).clone())
    }

    /// Whether an account was named.
    pub fn has_account(&self) -> bool {
        self.global.account.is_some() || std::env::var_os(ACCOUNT).is_some()
    }

    /// Opens further keys.
    pub fn keys(&self) -> Keyring {
        Keyring {
            passphrase_file: self.global.passphrase_file.clone(),
        }
    }

    /// With whose token versions of a model are read: nobody's, where anyone may.
    pub async fn reader(&self, client: &Client, model: ModelId) -> Result<Option<Reader>> {
        let access = client.model(model).await?.policy.access;
        match access != Access::Public && self.has_account() {
            true => Ok(Some(Reader::Account(self.account()?))),
            false => Ok(None),
        }
    }

    pub fn is_json(&self) -> bool {
        self.global.json
    }

    /// Whether blocks are waited for that cannot be replaced any more.
    pub fn is_finalized(&self) -> bool {
        self.global.finalized
    }

    pub fn is_dry_run(&self) -> bool {
        self.global.dry_run
    }

    /// Print `value` as JSON, when the command ends, or what `text` prints, human-readable.
    pub fn print(&self, value: &Value, text: impl FnOnce()) {
        match self.global.json {
            true => add(&mut self.printed.lock().unwrap_or_else(PoisonError::into_inner), value),
            false => text(),
        }
    }

    /// Print one line of something that goes on: JSON in one line, or text.
    pub fn print_line(&self, value: &Value, text: &str) {
        match self.global.json {
            true => output::json_line(value),
            false => println!("{text}"),
        }
    }

    /// What is to be printed at the end.
    pub fn into_printed(self) -> Option<Value> {
        self.printed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fields of a later value join those of an earlier one.
fn add(printed: &mut Option<Value>, value: &Value) {
    match (printed.as_mut().and_then(Value::as_object_mut), value.as_object()) {
        (Some(fields), Some(more)) => fields.extend(more.clone()),
        _ => *printed = Some(value.clone()),
    }
}

pub use quorate_contribute::folders::folder;
