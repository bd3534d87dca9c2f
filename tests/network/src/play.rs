//! Rounds of equal weights, played while faults happen, and checked by the reference and by replay.

use crate::{scenario::Scenario, wait::MINUTE};
use anyhow::{ensure, Context, Result};
use quorate_primitives::{
    update::{Update, UpdateStatus},
    views::{RoundPhase, RoundView},
    RoundId, VersionIndex,
};
use std::future::Future;
use tokio::task::JoinHandle;

/// A round whose contributors are at work.
pub struct Playing {
    pub round: RoundId,
    updates: Vec<Vec<u8>>,
    contributors: JoinHandle<Result<Vec<Result<Update>>>>,
}

/// What became of a round.
pub struct Played {
    pub view: RoundView,
    /// The version that it made, if it made one.
    pub version: Option<VersionIndex>,
}

impl Scenario {
    /// As many updates to the newest version as there are contributors.
    pub fn draw_updates(&mut self) -> Vec<Vec<u8>> {
        (0..self.contributors.len())
            .map(|_| self.model.update(&self.base))
            .collect()
    }

    /// Opens a round and lets all contributors begin.
    pub async fn play(&mut self) -> Result<Playing> {
        let round = self.open_round().await?;
        self.play_in(round).await
    }

    /// Lets all contributors begin in a round that is open.
    pub async fn play_in(&mut self, round: RoundId) -> Result<Playing> {
        let updates = self.draw_updates();
        let weights = vec![1; updates.len()];
        let contributing = self.contributing(round, &updates, &weights).await?;
        Ok(Playing {
            round,
            updates,
            contributors: tokio::spawn(async move { contributing.until_decided(5 * MINUTE).await }),
        })
    }

    /// The same with something that happens when all have committed, and none has revealed.
    pub async fn play_around(&mut self, between: impl Future<Output = Result<()>>) -> Result<Playing> {
        let updates = self.draw_updates();
        let round = self.open_round().await?;
        let contributing = self.contributing(round, &updates, &vec![1; updates.len()]).await?;
        contributing.commit().await?;
        between.await?;
        Ok(Playing {
            round,
            updates,
            contributors: tokio::spawn(async move { contributing.until_decided(5 * MINUTE).await }),
        })
    }

    /// Waits for the end of a round, and checks what it made: the version has the reference's bits, replay verifies it, and every
    /// update that was acknowledged is in it.
    pub async fn finish(&mut self, playing: Playing) -> Result<Played> {
        let finished = self.end(playing).await;
        self.keep_logs |= finished.is_err();
        finished
    }

    async fn end(&mut self, playing: Playing) -> Result<Played> {
        let Playing {
            round,
            updates,
            contributors,
        } = playing;
        let view = self.until_over(round).await?;
        if view.phase != RoundPhase::Settled {
            // They are told that the round has ended, or wait for what does not come.
            contributors.abort();
            return Ok(Played { view, version: None });
        }
        // Whoever has not come through by now will not.
        let abort = contributors.abort_handle();
        let decided = match tokio::time::timeout(MINUTE / 2, contributors).await {
            Ok(decided) => decided??,
            Err(_) => {
                abort.abort();
                self.net.say("a contributor still tries to upload, too late");
                Vec::new()
            }
        };
        let version = view.version.context("a settled round has a version")?;
        let statuses = self.by_contributor(&view);
        ensure!(
            statuses.len() == updates.len(),
            "not all contributors have a commitment: {decided:#?}"
        );
        for (number, (before, after)) in decided.iter().zip(&statuses).enumerate() {
            let acknowledged = match before {
                Ok(update) => update.status == UpdateStatus::Available,
                Err(error) => {
                    self.net.say(&format!("contributor {number}: {error:#}"));
                    false
                }
            };
            ensure!(
                !acknowledged || after.status == UpdateStatus::Available,
                "an acknowledged update became {:?}",
                after.status
            );
        }
        let available = updates.iter().zip(&statuses);
        let kept: Vec<Vec<u8>> = available
            .filter(|(_, update)| update.status == UpdateStatus::Available)
            .map(|(bytes, _)| bytes.clone())
            .collect();
        let pipeline = self.policy.pipeline;
        let expected = self.model.next(pipeline.rule, &self.base, &kept, &vec![1; kept.len()]);
        ensure!(
            self.fetch(version).await? == expected,
            "version {version} is wrong: it is not what {} updates make",
            kept.len()
        );
        let report = self.verify(version).await?;
        ensure!(report.is_verified(), "version {version}: {report:#?}");
        self.base = expected;
        Ok(Played {
            view,
            version: Some(version),
        })
    }

    /// The same for a round that must make a version.
    pub async fn finish_settled(&mut self, playing: Playing) -> Result<VersionIndex> {
        let played = self.finish(playing).await?;
        played
            .version
            .with_context(|| format!("the round makes no version: {:#?}", played.view))
    }
}
