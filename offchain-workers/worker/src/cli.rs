//! The command line.

use crate::{
    backend, config_file, documents, keys,
    serve::{serve, Serve},
};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use quorate_engine::{Engine, Settings};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// What a wrong command line ends with; a failure ends with 1, and a worker that hangs with SIGABRT.
const USAGE: u8 = 2;

/// Worker of a Quorate validator: fetches and checks blobs, computes, and serves the blob gateway. It holds no chain key.
#[derive(Debug, Parser)]
#[command(name = "quorate-worker", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Work for the node that connects to a Unix socket, or over TLS.
    Serve(Box<Serve>),
    /// Show what others have to know of this worker's TLS keys. Keys that are not there yet are made.
    Pins {
        /// Folder of the blobs, as for `serve`.
        #[arg(long)]
        store: PathBuf,
        #[command(flatten)]
        tls: keys::Files,
        /// File of these flags, as for `serve`.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Check that this machine and build compute what the specification says, and print the digest.
    Selftest {
        /// Threads of the engine; 0 for one on each core.
        #[arg(long, default_value_t = 0)]
        threads: usize,
        /// GPU to check too, by its number, or `off`. Without a CUDA driver there is none.
        #[arg(long, value_name = "NUMBER", default_value = "0")]
        gpu: backend::Gpu,
    },
    /// Write man pages into a folder.
    #[command(hide = true)]
    Man {
        /// Made if need be.
        folder: PathBuf,
    },
    /// Write what a shell needs to complete this program's command line.
    #[command(hide = true)]
    Completions { shell: Shell },
}

/// Runs the program. `wrap` gets the engine after its self-test; the product passes it on unchanged.
pub fn run(wrap: impl FnOnce(Arc<dyn Engine>) -> Arc<dyn Engine>) -> ExitCode {
    let arguments = match parse(std::env::args_os().collect()) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if let Command::Serve(arguments) = &arguments.command {
        if let Err(error) = arguments.start_log() {
            return usage(&error);
        }
    }
    let result = match arguments.command {
        Command::Selftest { threads, gpu } => check(threads, gpu),
        Command::Serve(arguments) => serve(*arguments, wrap),
        Command::Pins { store, tls, .. } => pins(&store, &tls),
        Command::Man { folder } => documents::man(Arguments::command(), &folder),
        Command::Completions { shell } => {
            documents::completions(Arguments::command(), shell, &mut std::io::stdout().lock())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quorate-worker: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The command line, with the flags of the file that it names. What clap has to say, help included, is said here.
fn parse(arguments: Vec<OsString>) -> Result<Arguments, ExitCode> {
    let arguments = config_file::expand(&Arguments::command(), arguments).map_err(|error| usage(&error))?;
    Arguments::try_parse_from(arguments).map_err(|error| {
        // A closed pipe is nobody's fault.
        let _ = error.print();
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
    })
}

fn usage(error: &anyhow::Error) -> ExitCode {
    eprintln!("quorate-worker: {error:#}");
    ExitCode::from(USAGE)
}

fn check(threads: usize, gpu: backend::Gpu) -> anyhow::Result<()> {
    let settings = Settings {
        threads,
        ..Settings::default()
    };
    for checked in backend::check_all(settings, gpu) {
        let digest = checked.digest?;
        println!(
            "{digest}  version {} of aggregation, {}",
            quorate_exact::EXACT_VERSION,
            checked.name
        );
    }
    for (level, passed) in backend::check_inference(settings.instructions) {
        passed?;
        println!("{:64}  inference, {level}: as the reference", "");
    }
    if let Some(device) = backend::programs(gpu) {
        println!("{:64}  inference, {}: as the reference", "", device.name());
    }
    Ok(())
}

fn pins(store: &Path, files: &keys::Files) -> anyhow::Result<()> {
    let gateway = keys::gateway(store, files)?.pin();
    let link = keys::link(store)?.pin();
    println!("gateway  {gateway}  register it as tls_key_hash of the validator's endpoint");
    println!("link     {link}  give it to the node as --worker-tls-pin");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_should_be_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_node_on_another_machine_should_be_known_by_its_pin() {
        let parse = |more: &[&str]| {
            let all = ["quorate-worker", "serve", "--store", "s", "--gateway", "127.0.0.1:0"];
            Arguments::try_parse_from(all.iter().chain(more)).map(drop)
        };
        let pin = "11".repeat(32);
        parse(&["--socket", "p"]).unwrap();
        parse(&["--link", "0.0.0.0:9", "--node-tls-pin", &pin]).unwrap();
        parse(&["--socket", "p", "--tls"]).unwrap();
        parse(&["--socket", "p", "--tls-cert", "c", "--tls-key", "k"]).unwrap();
        for wrong in [
            &[][..],
            &["--link", "0.0.0.0:9"],
            &["--link", "0.0.0.0:9", "--node-tls-pin", "11"],
            &["--link", "0.0.0.0:9", "--node-tls-pin", &pin, "--socket", "p"],
            &["--socket", "p", "--node-tls-pin", &pin],
            &["--socket", "p", "--tls-cert", "c"],
            &["--socket", "p", "--tls", "--allow-plaintext"],
            &["--socket", "p", "--tls", "--tls-cert", "c", "--tls-key", "k"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_file_of_flags_should_be_enough_and_the_command_line_should_win() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("worker.toml");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        let parse = |more: &[&str]| {
            let config = ["quorate-worker", "serve", "--config", path.to_str().unwrap()];
            parse(config.iter().chain(more).map(OsString::from).collect())
        };
        write("socket = \"s\"\nstore = \"b\"\ngateway = \"127.0.0.1:0\"\nthreads = 3\nlog-format = \"json\"\n");
        let text = format!("{:?}", parse(&["--threads", "5"]).unwrap());
        assert!(text.contains("threads: 5") && text.contains("Json"), "{text}");
        assert!(format!("{:?}", parse(&[]).unwrap()).contains("threads: 3"));
        write("sockets = \"s\"\n");
        assert_eq!(parse(&[]).unwrap_err(), ExitCode::from(USAGE));
        write("threads = \"many\"\n");
        assert_eq!(parse(&[]).unwrap_err(), ExitCode::from(USAGE));
    }

    #[test]
    fn sizes_should_be_taken_with_their_units() {
        let parse = |more: &[&str]| {
            let all = [
                "quorate-worker",
                "serve",
                "--store",
                "s",
                "--gateway",
                "127.0.0.1:0",
                "--socket",
                "p",
            ];
            let parsed = Arguments::try_parse_from(all.iter().chain(more));
            parsed
                .map(|parsed| format!("{parsed:?}"))
                .map_err(|error| error.to_string())
        };
        for (flag, field) in [
            ("--evaluation-memory", "evaluation_memory: Some(Size(943718400))"),
            ("--memory-budget", "memory_budget: Size(943718400)"),
            ("--max-disk", "max_disk: Some(Size(943718400))"),
            ("--keep-free", "keep_free: Size(943718400)"),
            ("--cache", "cache: Size(943718400)"),
        ] {
            let more: &[&str] = match flag {
                "--cache" => &["--blobs", "s3://bucket/prefix"],
                _ => &[],
            };
            for value in ["900MiB", "943718400"] {
                let text = parse(&[more, &[flag, value]].concat()).unwrap();
                assert!(text.contains(field), "{flag} {value}: {text}");
            }
            let refused = parse(&[more, &[flag, "900MB"]].concat()).unwrap_err();
            assert!(refused.contains("900MiB"), "{flag}: {refused}");
        }
        assert!(parse(&["--memory-budget", "15MiB"])
            .unwrap_err()
            .contains("16MiB is the least"));
    }

    #[test]
    fn packages_should_get_man_pages_and_completions() {
        let folder = tempfile::tempdir().unwrap();
        documents::man(Arguments::command(), folder.path()).unwrap();
        let page = std::fs::read_to_string(folder.path().join("quorate-worker-serve.1")).unwrap();
        assert!(page.contains("keep\\-free") || page.contains("keep-free"), "{page}");
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            let mut text = Vec::new();
            documents::completions(Arguments::command(), shell, &mut text).unwrap();
            assert!(String::from_utf8(text).unwrap().contains("max-disk"));
        }
    }
}
