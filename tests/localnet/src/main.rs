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

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings::new()?;
    settings.folder = std::env::args_os().nth(1).map(PathBuf::from);
    if settings.folder.is_none() {
        return Err(
            "usage: quorate-localnet FOLDER: four validators, with databases, blobs and logs in the folder".into(),
        );
    }
    tokio::select! {
        ended = run(settings) => ended,
        asked = asked_to_stop() => asked,
    }
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
