//! Where a round is, for faults that happen at a certain place.

use crate::{scenario::Scenario, wait};
use anyhow::Result;
use quorate_client::Client;
use quorate_primitives::{job::JobPhase, views::RoundPhase, RoundId};
use std::time::Duration;

/// Stages of a round in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    Collecting,
    /// Updates are revealed, fetched, checked and voted for.
    Revealing,
    /// The job waits for its commits.
    Commit,
    /// Some have committed; the block that ended Commit is not final yet, or reveals are awaited.
    Reveal,
    /// A version is recorded, or the round has ended otherwise.
    Recorded,
}

impl Stage {
    pub const ALL: [Self; 5] = [
        Self::Collecting,
        Self::Revealing,
        Self::Commit,
        Self::Reveal,
        Self::Recorded,
    ];

    /// Of a round now.
    pub async fn of(client: &Client, round: RoundId) -> Result<Self> {
        let view = client.round(round).await?;
        Ok(match (view.phase, view.job, view.recorded_at) {
            (_, _, Some(_)) => Self::Recorded,
            (RoundPhase::Collecting { .. }, ..) => Self::Collecting,
            (RoundPhase::Revealing { .. }, ..) => Self::Revealing,
            (RoundPhase::Aborted | RoundPhase::Failed | RoundPhase::Settled, ..) => Self::Recorded,
            (_, Some(job), _) => match client.job(job).await?.job.phase {
                JobPhase::Commit { .. } => Self::Commit,
                _ => Self::Reveal,
            },
            (_, None, _) => Self::Commit,
        })
    }
}

impl Scenario {
    /// Wait until a round is at `stage` or past it; returns where it is.
    pub async fn until_stage(&self, round: RoundId, stage: Stage) -> Result<Stage> {
        let what = format!("round {round} is not at {stage:?}");
        wait::until(&what, Duration::from_secs(300), || async {
            let now = Stage::of(&self.client, round).await?;
            Ok((now >= stage).then_some(now))
        })
        .await
    }
}
