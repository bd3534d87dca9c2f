//! A network of validators for scripts: prints where they answer, and stops when its standard input ends or it is asked to.

use quorate_localnet::{Network, Settings};
use serde_json::json;
use std::{error::Error, io::Read, path::PathBuf, time::Duration};
use tokio::{
    signal::unix::{signal, SignalKind},
    sync::oneshot,
    time::interval,
};

/// How long the network may take to finalize its first block.
const START: Duration = Duration::from_secs(180);
const USAGE: &str = "usage: quorate-localnet FOLDER [VALIDATOR=ARGUMENT …]: four validators, with databases, blobs and logs in the folder; \
                     validators, 0 to 3, whose workers have further arguments: 2=--instructions=avx2";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        println!("{USAGE}");
        return Ok(());
    }
    let settings = settings(arguments.into_iter())?;
    tokio::select! {
        ended = run(settings) => ended,
        asked = asked_to_stop() => asked,
    }
}

/// A folder, and arguments of workers by the number of their validator.
fn settings(mut arguments: impl Iterator<Item = String>) -> Result<Settings, Box<dyn Error>> {
    let mut settings = Settings::new()?;
    settings.folder = Some(folder(arguments.next())?);
    for argument in arguments {
        let (index, argument) = argument.split_once('=').ok_or(USAGE)?;
        let index = index.parse().ok().filter(|index| *index < settings.validators);
        let of_worker = settings.worker_arguments.entry(index.ok_or(USAGE)?).or_default();
        of_worker.push(argument.into());
    }
    Ok(settings)
}

/// Whatever begins with a dash is no folder that somebody means.
fn folder(argument: Option<String>) -> Result<PathBuf, &'static str> {
    argument
        .filter(|name| !name.starts_with('-'))
        .map(PathBuf::from)
        .ok_or(USAGE)
}

async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let mut network = Network::start(settings).await?;
    network.wait_final(0, 0, START).await?;
    let nodes = network.nodes().iter().map(|node| {
        json!({ "url": node.rpc_url(), "gateway": node.gateway_url(), "store": node.store(), "log": node.log() })
    });
    println!("{}", json!({ "nodes": nodes.collect::<Vec<_>>() }));
    let mut pause = interval(Duration::from_secs(1));
    loop {
        network.alive()?;
        pause.tick().await;
    }
}

/// A script that was killed closes its end of the pipe.
async fn asked_to_stop() -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (ended, end) = oneshot::channel();
    // A thread of its own: nobody waits for it when the program ends otherwise.
    std::thread::spawn(move || {
        let mut bytes = [0; 64];
        while matches!(std::io::stdin().read(&mut bytes), Ok(1..)) {}
        ended.send(())
    });
    tokio::select! {
        _ = end => (),
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => (),
    }
    Ok(())
}
