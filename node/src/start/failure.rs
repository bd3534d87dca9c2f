//! Errors in words that name what to do.

use crate::cli::Cli;
use sc_service::Configuration;
use std::path::Path;

/// What went wrong and what to do about it, for the person who started the program.
pub fn explain(error: &sc_cli::Error, cli: &Cli) -> String {
    match error {
        sc_cli::Error::NetworkKeyNotFound(path) => no_network_key(path, cli),
        sc_cli::Error::KeyAlreadyExistsInPath(path) => format!(
            "{}: a network key is there already and stays: its peer id is what others know. Remove the file to make another",
            path.display()
        ),
        // Their own texts begin with headings that say nothing.
        sc_cli::Error::Input(what) | sc_cli::Error::Service(sc_service::Error::Other(what)) => what.clone(),
        other => other.to_string(),
    }
}

/// A validator's peer id is registered on chain: it is made once, by a command, never by chance.
fn no_network_key(path: &Path, cli: &Cli) -> String {
    let params = &cli.run.shared_params;
    let quoted = |text: &str| match text.contains(|sign: char| sign.is_whitespace() || "'\"$\\*?&;|<>()".contains(sign))
    {
        true => format!("'{}'", text.replace('\'', "'\\''")),
        false => text.to_owned(),
    };
    let (path_text, chain) = (quoted(&path.display().to_string()), params.chain.as_deref().map(quoted));
    let command = match (&cli.run.network_params.node_key_params.node_key_file, &params.base_path) {
        (Some(_), _) => format!("--file {path_text}"),
        (None, base) => {
            let base = base
                .as_ref()
                .map(|base| format!("--base-path {}", quoted(&base.display().to_string())));
            let base = base.unwrap_or_else(|| "--default-base-path".to_owned());
            match chain {
                Some(chain) => format!("--chain {chain} {base}"),
                None => base,
            }
        }
    };
    format!(
        "{}: this validator has no network key. Make one, once:\n\n    quorate-node key generate-node-key {command}\n\nIt prints the \
         peer id, which is registered on chain. If there was a key before, bring it back instead: with another one nobody knows \
         this node",
        path.display()
    )
}

/// A database that cannot be opened.
pub fn database(config: &Configuration, error: sc_service::Error) -> sc_service::Error {
    let path = config
        .database
        .path()
        .unwrap_or(&config.data_path)
        .display()
        .to_string();
    let text = error.to_string();
    sc_service::Error::Other(in_database(
        &path,
        text.strip_prefix("Backend error: ").unwrap_or(&text),
    ))
}

fn in_database(path: &str, error: &str) -> String {
    let what = if error.contains("in use") {
        "another process has this database open: end it, or give this node another --base-path"
    } else if error.contains("ncompatible pruning") || error.contains("pruning mode") {
        "the database was made with another --state-pruning or --blocks-pruning: start with that one, or with a new --base-path, and let the \
         node sync anew"
    } else if error.contains("os error") {
        "is the folder on a disk that is there, has room, and may this user write to it?"
    } else {
        "if the database is damaged, stop the node, run `quorate-node purge-chain` with the same --chain and --base-path (keys, blobs and \
         sealed outcomes stay), and let it sync anew"
    };
    format!("{path}: {error}; {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::path::PathBuf;

    fn said(arguments: &[&str], path: &str) -> String {
        let cli = Cli::parse_from([&["quorate-node", "--validator"], arguments].concat());
        explain(&sc_cli::Error::NetworkKeyNotFound(PathBuf::from(path)), &cli)
    }

    #[test]
    fn first_start_of_a_validator_should_name_the_command_that_makes_its_network_key() {
        let text = said(
            &["--chain", "c.json", "--base-path", "/my data"],
            "/my data/chains/c/network/secret_ed25519",
        );
        assert!(
            text.contains("generate-node-key --chain c.json --base-path '/my data'\n"),
            "{text}"
        );
        let text = said(&[], "/home/chains/c/network/secret_ed25519");
        assert!(text.contains("generate-node-key --default-base-path\n"), "{text}");
        let text = said(&["--node-key-file", "k"], "k");
        assert!(text.contains("generate-node-key --file k\n"), "{text}");
    }

    #[test]
    fn the_command_that_is_named_should_be_one_of_this_program() {
        for command in [
            "key generate-node-key --chain c --base-path b",
            "key generate-node-key --default-base-path",
            "key generate-node-key --file k",
            "purge-chain --chain c --base-path b",
        ] {
            Cli::try_parse_from(std::iter::once("quorate-node").chain(command.split(' '))).unwrap();
        }
    }

    #[test]
    fn error_should_begin_with_what_it_is_about() {
        let cli = Cli::parse_from(["quorate-node"]);
        let text = "the address 127.0.0.1:1 for RPC is taken";
        for error in [
            sc_cli::Error::Input(text.to_owned()),
            sc_cli::Error::Service(sc_service::Error::Other(text.to_owned())),
        ] {
            assert_eq!(explain(&error, &cli), text);
        }
    }

    #[test]
    fn error_of_the_database_should_name_its_path_and_what_to_do() {
        let cases = [
            (
                "Database file is in use. (Resource temporarily unavailable (os error 11))",
                "another process",
            ),
            (
                "Incompatible pruning modes [stored: Constrained; requested: ArchiveAll]",
                "--state-pruning",
            ),
            (
                "IO Error: No such file or directory (os error 2)",
                "may this user write",
            ),
            ("Invalid checksum", "purge-chain"),
        ];
        for (error, what) in cases {
            let text = in_database("/data/db", error);
            assert!(
                text.starts_with("/data/db: ") && text.contains(error) && text.contains(what),
                "{text}"
            );
        }
    }
}
