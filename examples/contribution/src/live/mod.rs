//! The same on a network of four validators: a round that is paid by products, one that is paid by what four sealed shards say, and one with
//! a poisoned update, whose version is held.

mod network;
mod show;
mod supplier;

use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use network::{Live, PATIENCE};
use quorate_client::{policy::UNIT, policy_file};
use quorate_primitives::{
    job::{assess::Measures, AssessOutcome},
    policy::{Assessment, Contribution, Gate},
    refund::RefundReason,
    version::AssessmentRecord,
    views::{RoundPhase, RoundView},
    Balance, RoundId, VersionIndex,
};
use std::path::{Path, PathBuf};
use supplier::Shard;

use crate::{
    data::{Split, Task, SUPPLIERS},
    round::{times, Learning, Played, Sets, NOISE, PLAYERS},
};

/// Of the rows, those to learn from; then those of the benchmark, and of each shard.
const TRAIN: usize = 1_600;
const BENCHMARK: usize = 400;
const SHARD: usize = 1_000;
/// Bytes of a shard's file, at most.
const MAX_LEN: u64 = 1 << 20;
/// A version whose mean loss is so much above its base's is held.
const MAX_INCREASE: f64 = 0.1;
/// What the poisoner multiplies an honest update with.
const POISON: f32 = -30.0;

/// A round that is over, and what the reference makes of it.
struct Ended {
    view: RoundView,
    version: VersionIndex,
    record: AssessmentRecord,
    played: Played,
    /// What each contributor earned.
    earned: Vec<Balance>,
}

/// Runs to the end, or until Ctrl-C or SIGTERM; the network is stopped before this returns.
pub async fn run(mnist: &Path, programs: Option<PathBuf>, seed: u64) -> Result<()> {
    tokio::select! {
        result = play(mnist, programs, seed) => result,
        signal = interrupted() => {
            signal?;
            bail!("interrupted: the network is stopped")
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

async fn play(mnist: &Path, programs: Option<PathBuf>, seed: u64) -> Result<()> {
    let mut task = Task::mnist(mnist)?;
    task.train = TRAIN;
    let split = task.split(seed)?;
    let mut learning = Learning::new(&split, seed)?;
    let benchmark = split.data_set(0, BENCHMARK)?;
    let live = Live::start(programs, &learning, &benchmark).await?;

    println!(
        "\nround 1: paid by scores from the round's products; there is nothing to replay, and the replayer sends noise"
    );
    live.set_policy(assessment(&live, &learning, None)?).await?;
    let first = round(&live, &learning, &benchmark, 1, None).await?;
    show::version(&first);
    show::by_products(&learning, &first);
    learning.stand_on(first.played.version);

    println!("\nround 2: paid by what updates improve on four sealed shards of {SHARD} rows");
    live.set_policy(assessment(&live, &learning, Some(SHARD))?).await?;
    let second = round(&live, &learning, &benchmark, 2, Some(&split)).await?;
    ensure!(second.record.passed, "{:?}", second.record);
    show::version(&second);
    show::side_by_side(&learning, &second);
    live.verify(second.version).await?;
    learning.stand_on(second.played.version);

    println!("\nround 3: who sent noise sends an honest update times {POISON}");
    let third = round(&live, &learning, &benchmark, 3, Some(&split)).await?;
    show::version(&third);
    let held = !third.record.passed && third.view.refund == Some(RefundReason::Held);
    ensure!(held, "a poisoned version passes: {:?}", third.record);
    let head = live.head().await?;
    ensure!(head == second.version, "the next round stands on version {head}");
    println!(
        "version {} is HELD: rounds stand on version {head}, the pot returned, nobody earned anything",
        third.version
    );
    println!("\nOK");
    Ok(())
}

/// Gate, and pay by contribution where shards are of so many rows.
fn assessment(live: &Live, learning: &Learning, shard: Option<usize>) -> Result<Assessment> {
    let contribution = shard.map(|rows| Contribution {
        max_suppliers: SUPPLIERS as u32,
        max_len: MAX_LEN,
        ..policy_file::contribution(rows as u32)
    });
    let players = shard.map(|_| PLAYERS.len());
    let rows =
        quorate_evaluation::assessment::rows_run(BENCHMARK as u64, (SUPPLIERS * shard.unwrap_or(0)) as u64, players);
    let operations = rows.and_then(|rows| quorate_evaluation::operations(&learning.graph().ok()?, rows));
    Ok(Assessment {
        program: live.program,
        benchmark: Some(live.benchmark),
        operations: operations.context("few rows of a small network")?,
        gate: Some(Gate {
            max_increase: policy_file::increase(MAX_INCREASE).map_err(anyhow::Error::msg)?,
            min_correct: 0,
        }),
        contribution,
    })
}

/// Plays a round; suppliers take part where there are rows for their shards. What the chain finds has to be what the reference finds.
async fn round(
    live: &Live,
    learning: &Learning,
    benchmark: &[u8],
    number: u32,
    split: Option<&Split>,
) -> Result<Ended> {
    // Every round has rows of its own.
    let taken = BENCHMARK + number.saturating_sub(2) as usize * SUPPLIERS * SHARD;
    let files = split.map_or(Ok(Vec::new()), |split| split.shards(taken, SHARD))?;
    let mut deltas = learning.deltas(number)?;
    if number == 3 {
        deltas[NOISE] = times(&deltas[0], POISON);
    }
    let updates = learning.updates(&deltas, &live.names());
    let sets = Sets {
        benchmark: Some(benchmark),
        shards: &files,
        rows: SHARD as u32,
    };
    let played = learning.play(&updates, &sets)?;

    let before = live.claimable().await?;
    let suppliers = (0u32..).zip(&files);
    let shards = try_join_all(suppliers.map(|(supplier, file)| Shard::commit(live, supplier, file))).await?;
    let id = live.open_round().await?;
    live.contribute(id, number, &updates).await?;
    reveal(live, id, &shards).await?;
    let view = ended(live, id).await?;
    let version = view.version.context("a version was recorded")?;
    let after = live.claimable().await?;
    let known = live.client.version(live.model, version).await?;
    ensure!(
        known.record.root == quorate_exact::root(&played.version).into(),
        "version {version} differs from what the reference makes of the same updates"
    );
    let record = known.assessment.context("every version is assessed")?;
    let ended = Ended {
        view,
        version,
        record,
        played,
        earned: after.iter().zip(before).map(|(after, before)| after - before).collect(),
    };
    ended.check(live)?;
    Ok(ended)
}

/// Suppliers show their shards when nobody can train on them any more.
async fn reveal(live: &Live, round: RoundId, shards: &[Shard]) -> Result<()> {
    if shards.is_empty() {
        return Ok(());
    }
    live.client
        .until("the updates are not sealed", PATIENCE, || async {
            Ok(live.client.round(round).await?.sealed_at)
        })
        .await?;
    try_join_all(shards.iter().map(|shard| shard.reveal(live, round))).await?;
    Ok(())
}

async fn ended(live: &Live, round: RoundId) -> Result<RoundView> {
    let view = live.client.until("the round is not over", PATIENCE, || async {
        let view = live.client.round(round).await?;
        let over = matches!(
            view.phase,
            RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed
        );
        Ok(over.then_some(view))
    });
    Ok(view.await?)
}

impl Ended {
    fn measures(&self) -> Result<Measures> {
        match self.record.outcome {
            Some(AssessOutcome::Done { measures, .. }) => Ok(measures),
            other => bail!("version {} was not assessed: {other:?}", self.version),
        }
    }

    /// By contributor.
    fn scores(&self, live: &Live) -> Option<Vec<u32>> {
        let of = |account: &quorate_client::Account| {
            let id = account.id();
            let update = self.view.updates.iter().find(|update| update.contributor == id);
            update.and_then(|update| update.score)
        };
        live.contributors.iter().map(of).collect()
    }

    /// Measures and scores are the reference's.
    fn check(&self, live: &Live) -> Result<()> {
        let (found, expected) = (self.measures()?, self.played.measures);
        ensure!(
            (found.sets, found.loss, found.increase, found.correct)
                == (expected.sets, expected.loss, expected.increase, expected.correct),
            "{found:?} was agreed on, and the reference finds {expected:?}"
        );
        let scored = &self.played.scored;
        let expected = match scored.by_improvement.is_empty() {
            true => &scored.by_products,
            false => &scored.by_improvement,
        };
        let found = self.scores(live);
        ensure!(
            !self.record.passed || found.as_ref() == Some(expected),
            "the scores are {found:?}, and the reference's {expected:?}"
        );
        let total: Balance = self.earned.iter().sum();
        ensure!(
            total <= 100 * UNIT && (total > 0) == self.record.passed,
            "{total} was earned"
        );
        Ok(())
    }
}
