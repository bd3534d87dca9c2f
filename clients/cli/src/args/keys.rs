//! `quorate keys`.

use std::path::PathBuf;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Make a new key and write it to a file that did not exist.
    Generate {
        /// The file; it will hold a mnemonic of 12 words.
        file: PathBuf,
    },
    /// Show the account of a key.
    Inspect {
        /// A file, or a secret URI such as //Alice.
        key: String,
    },
}
