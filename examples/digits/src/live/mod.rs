//! The run on a network of four validators.

mod artifacts;
mod finish;
mod people;
mod round;
mod setup;
mod show;

use crate::{args::Args, contributors::Contributors, measure::Yardstick, network::Weights};
use anyhow::{ensure, Context, Result};
use quorate_client::{gateways::Gateways, journal::Journal, Client};
use quorate_exact::ModelHeader;
use quorate_localnet::{Network, Ports, Settings};
use quorate_primitives::ModelId;
use show::Screen;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Accuracy that a robust rule must reach under attack.
const GOAL: f64 = 0.90;
/// Rounds after which it must.
const FULL: u32 = 10;
/// How long the network may take to finalize its first block.
const START: Duration = Duration::from_secs(90);

/// What every step of the run needs.
pub struct Run {
    pub args: Args,
    pub client: Client,
    pub gateways: Gateways,
    pub journal: Journal,
    /// Files of updates and versions.
    pub files: tempfile::TempDir,
    pub header: ModelHeader,
    pub contributors: Contributors,
    pub yardstick: Yardstick,
    pub people: people::People,
    pub model: ModelId,
    pub screen: Screen,
}

/// Run to the end, or until Ctrl-C; either way the network is stopped before this returns.
pub async fn run(args: Args) -> Result<()> {
    tokio::select! {
        result = learn(args) => result,
        signal = interrupted() => {
            signal?;
            eprintln!("stopping the network");
            Ok(())
        }
    }
}

async fn interrupted() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        signal = tokio::signal::ctrl_c() => signal?,
        _ = terminate.recv() => (),
    }
    Ok(())
}

async fn learn(args: Args) -> Result<()> {
    let began = Instant::now();
    args.pipeline()?;
    let screen = Screen::new();
    let keep = args.keep;
    let (mut network, client) = start(&args, &screen, began).await?;
    let (run, first) = {
        let finality = async { network.wait_final(0, 0, START).await.map_err(anyhow::Error::from) };
        let (run, ()) = tokio::try_join!(setup::prepare(args, client, screen), finality)?;
        run
    };
    let run = Arc::new(run);
    let mut state = round::State::new(first, run.args.pipeline()?);
    for number in 1..=run.args.rounds {
        network.alive()?;
        round::play(&run, number, &mut state)
            .await
            .with_context(|| format!("round {number}"))?;
    }
    let settled = round::settle_all(&run, &mut state).await?;
    finish::tables(&run, &state, &settled).await?;
    let verified = finish::verify(&run, &network, state.version).await?;
    show::memory(&run.screen, &network.memory());
    run.screen.line(&format!(
        "{} rounds in {} s",
        run.args.rounds,
        began.elapsed().as_secs()
    ));
    show::picture(&run.screen, &network, keep);
    let outcome = judge(&run, &state, verified);
    if keep {
        show::endpoints(&run.screen, &network);
        if let Err(error) = &outcome {
            run.screen.line(&format!("FAILED: {error:#}"));
        }
        run.screen.line("the network keeps running; Ctrl-C stops it");
        loop {
            network.alive()?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    outcome
}

async fn start(args: &Args, screen: &Screen, began: Instant) -> Result<(Network, Client)> {
    let mut settings = Settings::new()?;
    settings.programs = args.bin_dir.clone().unwrap_or(settings.programs);
    settings.folder = args.work_dir.clone();
    settings.ports = Ports::From {
        rpc: args.rpc_port,
        p2p: args.p2p_port,
        gateway: args.gateway_port,
    };
    let doing = screen.doing("starting four validators");
    let mut network = Network::start(settings).await?;
    let client = network.connect(0, START).await?;
    doing.finish_and_clear();
    let (seconds, folder) = (began.elapsed().as_secs(), network.folder().display());
    screen.line(&format!(
        "four validators answer after {seconds} s; logs and databases in {folder}"
    ));
    show::endpoints(screen, &network);
    Ok((network, client))
}

fn judge(run: &Run, state: &round::State, verified: bool) -> Result<()> {
    let (version, accuracy) = (state.version, state.accuracy);
    if state.held > 0 {
        run.screen.line(&format!(
            "{} of {} versions were held: they did not pass the gate",
            state.held, run.args.rounds
        ));
    }
    ensure!(verified, "version {version} could not be derived again from its blobs");
    // Fewer rounds may end anywhere.
    let judged = run.args.is_judged() && run.args.rounds >= FULL;
    ensure!(
        !judged || accuracy >= GOAL,
        "accuracy {accuracy:.3} of version {version} is below {GOAL:.2}"
    );
    run.screen.line(&format!(
        "OK: version {version}, attested accuracy {accuracy:.3}, verified"
    ));
    Ok(())
}

/// The weights in a version's file.
pub(crate) fn read(header: &ModelHeader, path: &std::path::Path) -> Result<Weights> {
    let file = std::fs::read(path).with_context(|| path.display().to_string())?;
    crate::file::read_model(header, &file)
}
