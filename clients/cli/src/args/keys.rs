//! `quorate keys`.

use std::{ffi::OsString, path::PathBuf};

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Make a new key and write it to a file that did not exist.
    Generate {
        /// The file; it will hold a mnemonic of 12 words.
        file: PathBuf,
        /// Encrypt it with a passphrase, which is asked for or lies in --passphrase-file. The file is JSON that polkadot.js imports; nothing
        /// else holds the key.
        #[arg(long)]
        encrypt: bool,
    },
    /// Encrypt a key file that holds a mnemonic or a seed, in its place, with a passphrase, which is asked for or lies in --passphrase-file.
    /// Copies of the file, and what the disk keeps of the old one, stay readable.
    Encrypt {
        /// The file; it becomes the JSON that polkadot.js imports.
        file: PathBuf,
    },
    /// Show the account of a key.
    Inspect {
        /// A key file, or a development account such as //Alice; - asks for the secret.
        key: OsString,
    },
}
