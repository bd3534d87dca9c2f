//! Rounds of equal weights, played while faults happen, and checked by the reference and by replay.

use crate::{contributing::Contributing, scenario::Scenario, wait::MINUTE};
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
    contributors: Vec<JoinHandle<Result<Update>>>,
}

/// A round to which all have committed.
pub struct Committed {
    round: RoundId,
    updates: Vec<Vec<u8>>,
    contributing: Contributing,
}

impl Committed {
    /// All contributors go on.
    pub fn reveal(self) -> Playing {
        Playing {
            round: self.round,
            updates: self.updates,
            contributors: self.contributing.until_decided(5 * MINUTE),
        }
    }
}

/// What became of a round.
pub struct Played {
    pub view: RoundView,
    /// The version that it made, if it made one.
    pub version: Option<VersionIndex>,
}

impl Scenario {
    /// An update of each contributor to the newest version.
    pub fn draw_updates(&mut self) -> Vec<Vec<u8>> {
        let contributors = self.contributors.iter();
        contributors
            .map(|contributor| self.model.update(&self.base, contributor))
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
            contributors: contributing.until_decided(5 * MINUTE),
        })
    }

    /// Opens a round to which all contributors commit and upload; none reveals yet.
    pub async fn play_committed(&mut self) -> Result<Committed> {
        let updates = self.draw_updates();
        let round = self.open_round().await?;
        let mut contributing = self.contributing(round, &updates, &vec![1; updates.len()]).await?;
        contributing.commit().await?;
        contributing.upload().await?;
        Ok(Committed {
            round,
            updates,
            contributing,
        })
    }

    /// The same with something that happens when all have committed, and none has revealed.
    pub async fn play_around(&mut self, between: impl Future<Output = Result<()>>) -> Result<Playing> {
        let committed = self.play_committed().await?;
        between.await?;
        Ok(committed.reveal())
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
        // Who has not been told by now is told that the round has ended, or waits for what does not come.
        let mut decided = Vec::new();
        for contributor in contributors {
            match contributor.is_finished() {
                true => decided.push(Some(contributor.await?)),
                false => {
                    contributor.abort();
                    decided.push(None);
                }
            }
        }
        for (number, told) in decided.iter().enumerate() {
            match told {
                Some(Ok(_)) => (),
                Some(Err(error)) => self.net.say(&format!("contributor {number}: {error:#}")),
                None => self.net.say(&format!("contributor {number} was not told in time")),
            }
        }
        if view.phase != RoundPhase::Settled {
            return Ok(Played { view, version: None });
        }
        let version = view.version.context("a settled round has a version")?;
        let statuses = self.by_contributor(&view);
        ensure!(
            statuses.len() == updates.len(),
            "not all contributors have a commitment: {decided:#?}"
        );
        for (before, after) in decided.iter().zip(&statuses) {
            let told = before.as_ref().and_then(|told| told.as_ref().ok());
            let acknowledged = told.is_some_and(|update| update.status == UpdateStatus::Available);
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
