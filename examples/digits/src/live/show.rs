//! What the terminal shows.

use super::Run;
use crate::{contributors::Contributors, partition::CONTRIBUTORS};
use indicatif::{MultiProgress, ProgressBar};
use quorate_client::policy::UNIT;
use quorate_localnet::{Memory, Network};
use quorate_primitives::{
    job::assess::Measures, update::UpdateStatus, version::AssessmentRecord, views::RoundView, Balance, BlockNumber, Ppm,
};
use std::time::Duration;

/// Lines on standard output, progress below them on standard error.
#[derive(Clone)]
pub struct Screen(MultiProgress);

impl Screen {
    pub fn new() -> Self {
        Self(MultiProgress::new())
    }

    pub fn line(&self, text: &str) {
        self.0.suspend(|| println!("{text}"));
    }

    pub fn doing(&self, what: &str) -> ProgressBar {
        let bar = self.0.add(ProgressBar::new_spinner().with_message(what.to_string()));
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

pub fn tokens(amount: Balance) -> String {
    format!("{:.4}", amount as f64 / UNIT as f64)
}

pub fn part(ppm: Ppm) -> String {
    format!("{:.3}", f64::from(ppm) / 1e6)
}

pub fn endpoints(screen: &Screen, network: &Network) {
    for node in network.nodes() {
        screen.line(&format!(
            "  RPC {}  gateway {}  log {}",
            node.rpc_url(),
            node.gateway_url(),
            node.log().display()
        ));
    }
    if let Some(node) = network.nodes().first() {
        let rpc = node.rpc_url().replace(':', "%3A").replace('/', "%2F");
        screen.line(&format!(
            "  polkadot.js: https://polkadot.js.org/apps/?rpc={rpc}#/explorer"
        ));
    }
}

/// How the run is drawn: from its chain while that is there, else from another run.
pub fn picture(screen: &Screen, network: &Network, keep: bool) {
    match network.nodes().first().filter(|_| keep) {
        Some(node) => screen.line(&format!("as one picture: scripts/picture.sh --url {}", node.rpc_url())),
        None => screen.line("such a run as one picture: scripts/picture.sh"),
    }
}

pub fn recorded(
    run: &Run,
    number: u32,
    view: &RoundView,
    last_submit: BlockNumber,
    (blocks, seconds): (BlockNumber, f64),
) {
    let included = view.updates.iter().filter(|update| update.index.is_some()).count();
    let version = view.version.unwrap_or_default();
    run.screen.line(&format!(
        "round {number:>2}: opened in block {}, last submit {last_submit}, sealed {}, version {version} recorded in {}: {blocks} \
         blocks, {seconds:.1} s after the last submit; {included} updates in it",
        view.opened_at,
        view.sealed_at.unwrap_or_default(),
        view.recorded_at.unwrap_or_default(),
    ));
    for update in view.updates.iter().filter(|update| update.index.is_none()) {
        run.screen.line(&format!(
            "          {} was left out: {:?}",
            run.people.name(&update.contributor),
            update.status
        ));
    }
}

/// What a quorum has found of a version.
pub fn assessed(run: &Run, number: u32, record: &AssessmentRecord, measures: &Measures) {
    let loss = |units: i32| f64::from(units) / f64::from(1 << 20);
    let passed = match record.passed {
        true => "",
        false => ": HELD, the round is refunded, and the next one stands on the version before",
    };
    run.screen.line(&format!(
        "round {number:>2}: attested in block {}: accuracy {}, mean loss {:.4}, before {:.4}{passed}",
        record.block,
        part(measures.correct),
        loss(measures.loss),
        loss(measures.loss_before),
    ));
}

/// Scores and pay of a settled round.
pub fn settled(run: &Run, number: u32, view: &RoundView) {
    let pool = (view.policy.reward as f64) * f64::from(view.policy.split.contributors) / 1e6 / UNIT as f64;
    let scores: Vec<String> = (0..CONTRIBUTORS)
        .map(|i| {
            let id = run.people.contributors[i].id();
            let update = view.updates.iter().find(|update| update.contributor == id);
            let mark = if Contributors::is_hostile(i) { "!" } else { "" };
            match update.map(|update| (&update.status, update.score)) {
                Some((_, Some(score))) => format!("{i}{mark}: {}", part(score)),
                Some((UpdateStatus::Invalid(_), _)) => format!("{i}{mark}: invalid"),
                _ => format!("{i}{mark}: -"),
            }
        })
        .collect();
    run.screen.line(&format!(
        "round {number:>2} settled, {pool:.0} tokens shared by score: {}",
        scores.join("  ")
    ));
}

pub fn memory(screen: &Screen, all: &[Memory]) {
    let mebibytes = |kib: Option<u64>| kib.map_or_else(|| "?".into(), |kib| format!("{} MiB", kib / 1024));
    for (i, memory) in all.iter().enumerate() {
        let (node, worker) = (mebibytes(memory.node), mebibytes(memory.worker));
        screen.line(&format!("peak memory of validator {i}: node {node}, worker {worker}"));
    }
}
