//! What became of an update and of its round; the rounds that come.

use crate::{
    beginning::Contributor,
    node::{version_file, Node},
    words, Failure, Result,
};
use quorate_client::{
    contribution::{is_decided, update_of},
    link::Link,
    watch::Limit,
    Client, Error,
};
use quorate_convert::read_header;
use quorate_primitives::{
    update::{Malformed, Update, UpdateStatus},
    views::{RoundPhase, RoundView},
    AccountId, ModelId, RoundId, VersionIndex,
};

/// A round that made a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub model: ModelId,
    pub version: VersionIndex,
    /// With its score, if it has one.
    pub update: Update,
}

/// Nobody is told: a wait ends with an error, or goes on.
fn quietly(_: &Error) {}

impl Contributor {
    /// Wait until the round of a decided update has its version and its scores.
    ///
    /// # Errors
    /// `Invalid`, `Expired`, `Withdrawn`: of the update. `Client` with `RoundFailed`.
    pub async fn outcome(&self, round: RoundId, update: &Update) -> Result<Outcome> {
        let link = Link::new(async || self.node.connect().await).await?;
        self.check(&link.client(), round, update).await?;
        let what = format!("round {round} has no version and no scores");
        let ended = async |client: Client| {
            client
                .until(&what, Limit::WhileBlocksCome, || async {
                    let view = client.own_round(round, &update.contributor).await?;
                    Ok(is_scored(view.phase).then_some(view))
                })
                .await
        };
        let view = link.keep(quietly, ended).await?;
        match (view.phase, view.version, update_of(&view, &update.contributor)) {
            (RoundPhase::Aborted | RoundPhase::Failed, ..) | (_, None, _) | (.., None) => Err(Error::RoundFailed {
                round,
                why: words::refund(&view),
            }
            .into()),
            (_, Some(version), Some(update)) => Ok(Outcome {
                model: view.model,
                version,
                update: update.clone(),
            }),
        }
    }

    /// Whether the update is, or may be, part of a version.
    async fn check(&self, client: &Client, round: RoundId, update: &Update) -> Result<()> {
        match update.status {
            UpdateStatus::Invalid(fault) => {
                let tensor = match fault {
                    Malformed::NonFinite { tensor, .. } | Malformed::OutOfRange { tensor, .. } => {
                        self.name_of(client, round, tensor).await?
                    }
                    _ => None,
                };
                Err(Failure::Invalid { round, fault, tensor })
            }
            UpdateStatus::Expired => Err(Failure::Expired { round }),
            UpdateStatus::Withdrawn => Err(Failure::Withdrawn { round }),
            UpdateStatus::Committed | UpdateStatus::Revealed | UpdateStatus::Available | UpdateStatus::Surplus => {
                Ok(())
            }
        }
    }

    async fn name_of(&self, client: &Client, round: RoundId, tensor: u32) -> Result<Option<String>> {
        let view = client.own_round(round, &self.account.id()).await?;
        let record = client.version(view.model, view.base).await?.record;
        let base = version_file(client, Some(&self.account), &self.cache, &record).await?;
        let header = read_header(&base.path)?;
        let tensor = header.tensors.into_iter().nth(tensor as usize);
        Ok(tensor.map(|tensor| tensor.name))
    }
}

/// Whether a round's scores are known, or never will be.
fn is_scored(phase: RoundPhase) -> bool {
    match phase {
        RoundPhase::Vesting { .. }
        | RoundPhase::Paying { .. }
        | RoundPhase::Settled
        | RoundPhase::Aborted
        | RoundPhase::Failed => true,
        RoundPhase::Collecting { .. }
        | RoundPhase::Revealing { .. }
        | RoundPhase::Computing
        | RoundPhase::Scoring { .. }
        | RoundPhase::Assessing => false,
    }
}

/// Wait for a model's next round after `last` in which `account` can take part, or has not ended its part.
pub async fn next_round(node: &Node, model: ModelId, account: &AccountId, last: Option<RoundId>) -> Result<RoundView> {
    let link = Link::new(async || node.connect().await).await?;
    let what = format!("model {model} has no new round");
    let step = async |client: Client| {
        client
            .until(&what, Limit::WhileBlocksCome, || async {
                let open = client.model(model).await?.open_round;
                let Some(open) = open.filter(|open| last.is_none_or(|last| *open > last)) else {
                    return Ok(None);
                };
                let round = client.own_round(open, account).await?;
                Ok(takes_part(&round, account).then_some(round))
            })
            .await
    };
    Ok(link.keep(quietly, step).await?)
}

fn takes_part(round: &RoundView, account: &AccountId) -> bool {
    match (update_of(round, account), round.phase) {
        (Some(update), _) => !is_decided(update),
        (None, phase) => matches!(phase, RoundPhase::Collecting { .. }),
    }
}
