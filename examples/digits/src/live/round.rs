//! One round, from the training to the recorded version.

use super::{show, Run};
use crate::{
    file::{model_file, update_file},
    local::Aggregator,
    network::Weights,
    partition::CONTRIBUTORS,
};
use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use quorate_client::{
    calls::rounds,
    contribution::{prepare, Contribution},
    gateways::no_progress,
    Included, Until,
};
use quorate_exact::{Account, Pipeline};
use quorate_primitives::{
    job::{assess::Measures, AssessOutcome},
    update::Update,
    version::AssessmentRecord,
    views::{RoundPhase, RoundView},
    BlockNumber, RoundId, VersionIndex,
};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// How long each phase may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often a gateway is asked for a version that it does not show yet.
const AGAIN: Duration = Duration::from_millis(200);

/// What one round hands to the next.
pub struct State {
    /// The model's head.
    pub version: VersionIndex,
    pub weights: Weights,
    /// The part of the rows in which a quorum found it right.
    pub accuracy: f64,
    /// Versions that did not pass the gate.
    pub held: u32,
    aggregator: Aggregator,
    /// Blocks and seconds from the last `submit` to the recorded version, by round.
    pub delays: Vec<(BlockNumber, f64)>,
    settling: Vec<JoinHandle<Result<RoundView>>>,
}

impl State {
    pub fn new(weights: Weights, pipeline: Pipeline) -> Self {
        Self {
            version: 0,
            weights,
            accuracy: 0.0,
            held: 0,
            aggregator: Aggregator::new(pipeline),
            delays: Vec::new(),
            settling: Vec::new(),
        }
    }
}

/// What one contributor made.
struct Made {
    file: PathBuf,
    delta: Weights,
    weight: u32,
}

/// Play round `number`. Its settlement goes on beside the next one.
pub async fn play(run: &Arc<Run>, number: u32, state: &mut State) -> Result<()> {
    let doing = run.screen.doing(&format!("round {number}: ten contributors train"));
    let (round, made) = tokio::try_join!(open(run), train(run, number, &state.weights))?;
    doing.set_message(format!("round {number}: committing"));
    let contributions = commit(run, round, &made).await?;
    let (last_submit, submitted_at) = (contributions.1, Instant::now());
    doing.set_message(format!("round {number}: uploading, revealing, awaiting votes"));
    try_join_all(contributions.0.iter().enumerate().map(|(i, contribution)| async move {
        let uploaded = contribution.upload(&run.gateways, i, no_progress()).await?;
        contribution.reveal(&run.client, PATIENCE).await?;
        contribution
            .decided(&run.client, &run.gateways, uploaded, PATIENCE)
            .await
    }))
    .await
    .context("uploading and revealing")?;
    doing.set_message(format!("round {number}: validators compute"));
    let view = recorded(run, round).await?;
    let recorded_at = view.recorded_at.context("no block of the record")?;
    let delay = (
        recorded_at.saturating_sub(last_submit),
        submitted_at.elapsed().as_secs_f64(),
    );
    doing.set_message(format!("round {number}: fetching the version"));
    let next = made_of(run, state, &view, &made).await?;
    doing.set_message(format!("round {number}: validators assess the version"));
    let assessed = assessed(run, view.version.context("no version")?).await?;
    let measures = checked(run, &assessed, &state.weights, &next.weights)?;
    state.delays.push(delay);
    doing.finish_and_clear();
    show::recorded(run, number, &view, last_submit, delay);
    show::assessed(run, number, &assessed, &measures);
    match assessed.passed {
        true => {
            state.version = view.version.context("no version")?;
            state.accuracy = f64::from(measures.correct) / 1e6;
            (state.weights, state.aggregator) = (next.weights, next.aggregator);
            state.settling.push(tokio::spawn(settle(run.clone(), number, round)));
        }
        // Refunded; the next round stands on the older head.
        false => state.held += 1,
    }
    Ok(())
}

/// A version, and what goes on from it.
struct Next {
    weights: Weights,
    aggregator: Aggregator,
}

/// How the validators found a version.
async fn assessed(run: &Run, version: VersionIndex) -> Result<AssessmentRecord> {
    let what = format!("version {version} is not assessed");
    let record = run.client.until(&what, PATIENCE, || async {
        Ok(run.client.version(run.model, version).await?.assessment)
    });
    Ok(record.await?)
}

/// The measures, which have to be the reference's.
fn checked(run: &Run, assessed: &AssessmentRecord, base: &Weights, version: &Weights) -> Result<Measures> {
    let Some(AssessOutcome::Done { measures, .. }) = assessed.outcome else {
        bail!("the version was not assessed: {assessed:?}");
    };
    let expected = run.yardstick.measure(base, version)?;
    let expected = Measures {
        sets: expected.sets,
        loss_before: expected.loss_before,
        loss: expected.loss,
        increase: expected.increase,
        correct_before: expected.correct_before,
        correct: expected.correct,
    };
    ensure!(
        measures == expected,
        "{measures:?} was agreed on, and the reference finds {expected:?}"
    );
    Ok(measures)
}

async fn open(run: &Run) -> Result<RoundId> {
    let call = rounds::open_round(run.model);
    let opened = run
        .client
        .submit(run.people.owner(), &call, Until::InBlock)
        .await
        .context("opening the round")?;
    let fields = opened
        .event("Rounds.RoundOpened")
        .and_then(|fields| fields.first_chunk());
    Ok(RoundId::from_le_bytes(*fields.context("no Rounds.RoundOpened event")?))
}

/// All contributors train, each in its own thread.
async fn train(run: &Arc<Run>, number: u32, base: &Weights) -> Result<Vec<Made>> {
    let tasks = (0..CONTRIBUTORS).zip(&run.people.contributors).map(|(i, account)| {
        let (run, base, account) = (run.clone(), base.clone(), Account(account.id().into()));
        tokio::task::spawn_blocking(move || -> Result<Made> {
            let contribution = run.contributors.contribute(&base, number, i)?;
            let file = run.files.path().join(format!("round-{number}-contributor-{i}"));
            let root = quorate_exact::root(&model_file(&run.header, &base));
            let (bytes, _) = update_file(&run.header, (&root, &account), &contribution.delta);
            std::fs::write(&file, bytes)?;
            Ok(Made {
                file,
                delta: contribution.delta,
                weight: contribution.weight,
            })
        })
    });
    try_join_all(tasks).await?.into_iter().collect()
}

/// Commit to every update; also the last block in which a commitment is.
async fn commit(run: &Run, round: RoundId, made: &[Made]) -> Result<(Vec<Contribution>, BlockNumber)> {
    let all = made
        .iter()
        .zip(&run.people.contributors)
        .map(|(made, account)| async move {
            let place = (run.model, round);
            let contribution = prepare(
                &run.client,
                &run.journal,
                account,
                place,
                (&made.file, None),
                made.weight,
            )
            .await?;
            let included = contribution.commit(&run.client, &run.journal).await?;
            Ok::<_, quorate_client::Error>((contribution, included))
        });
    let done = try_join_all(all).await.context("committing")?;
    let last = done
        .iter()
        .filter_map(|(_, included)| included.as_ref().map(Included::number))
        .max();
    Ok((
        done.into_iter().map(|(contribution, _)| contribution).collect(),
        last.unwrap_or(0),
    ))
}

async fn recorded(run: &Run, round: RoundId) -> Result<RoundView> {
    let view = run
        .client
        .until("no version is recorded", PATIENCE, || async {
            let view = run.client.round(round).await?;
            let over = matches!(view.phase, RoundPhase::Aborted | RoundPhase::Failed);
            Ok((over || view.version.is_some()).then_some(view))
        })
        .await?;
    ensure!(view.version.is_some(), "the round ended as {:?}", view.phase);
    Ok(view)
}

/// Fetch the new version, and compare it with the reference's.
async fn made_of(run: &Run, state: &State, view: &RoundView, made: &[Made]) -> Result<Next> {
    let version = view.version.context("no version")?;
    let record = run.client.version(run.model, version).await?.record;
    let path = run.files.path().join(format!("version-{version}"));
    let deadline = Instant::now() + PATIENCE;
    // Gateways show a version once its block is there, and their validator has revealed it.
    while let Err(error) = run.gateways.fetch(record.root, record.len, &path, no_progress()).await {
        ensure!(Instant::now() < deadline, error);
        tokio::time::sleep(AGAIN).await;
    }
    let weights = super::read(&run.header, &path)?;
    let in_it = |update: &Update| {
        let contributor = run
            .people
            .contributors
            .iter()
            .position(|account| account.id() == update.contributor)?;
        update.index.map(|index| (index, &made[contributor]))
    };
    let mut included: Vec<(u32, &Made)> = view.updates.iter().filter_map(in_it).collect();
    included.sort_by_key(|(index, _)| *index);
    let deltas: Vec<Weights> = included.iter().map(|(_, made)| made.delta.clone()).collect();
    let claimed: Vec<u32> = included.iter().map(|(_, made)| made.weight).collect();
    let job = run.client.job(view.job.context("no job")?).await?.job;
    let seed = job.spec.work.aggregate().context("no aggregation")?.seed.0;
    let mut aggregator = state.aggregator.clone();
    let expected = aggregator.next(&run.header, &state.weights, &deltas, &claimed, seed)?;
    ensure!(
        weights == expected,
        "version {version} differs from what the reference makes of the same updates"
    );
    Ok(Next { weights, aggregator })
}

async fn settle(run: Arc<Run>, number: u32, round: RoundId) -> Result<RoundView> {
    let what = format!("round {number} is not settled");
    let view = run
        .client
        .until(&what, PATIENCE, || async {
            let view = run.client.round(round).await?;
            Ok(matches!(view.phase, RoundPhase::Settled).then_some(view))
        })
        .await?;
    show::settled(&run, number, &view);
    Ok(view)
}

/// Wait for the settlement of all rounds.
pub async fn settle_all(run: &Run, state: &mut State) -> Result<Vec<RoundView>> {
    let doing = run.screen.doing("waiting for the last settlement");
    let mut settled = Vec::new();
    for task in state.settling.drain(..) {
        settled.push(task.await??);
    }
    doing.finish_and_clear();
    Ok(settled)
}
