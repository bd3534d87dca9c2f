//! Batches of others that the worker of the node's validator has computed again, and of which it found another outcome. What the node says is
//! its word alone; where a batch stands is the chain's.

use super::identity::drawn;
use crate::{
    context::Context,
    failure::Result,
    output::{json_of, table, tokens},
};
use quorate_client::{Client, Error};
use quorate_primitives::{
    job::InferOutcome,
    views::inference::{BatchState, BatchView, Escalation},
    AccountId, Balance, BatchId, BlockNumber, JobId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// More than a node tells of.
const MOST: usize = 256;

/// What a node says of its worker, as far as it is about batches of others.
#[derive(Debug, Deserialize)]
pub struct Told {
    /// The validator for which the node acts.
    pub validator: Option<AccountId>,
    worker: Option<Worker>,
    pub disputed: Vec<Found>,
}

#[derive(Debug, Deserialize)]
struct Worker {
    /// One in so many batches of others it computes again; 0: none.
    spot_checks: u32,
}

/// A batch of which the worker found another outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub batch: BatchId,
    /// The job of those that were drawn.
    pub job: JobId,
    pub until: BlockNumber,
    pub own: Option<InferOutcome>,
    pub agreed: Option<InferOutcome>,
}

/// Where such a batch stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Stand {
    /// All can be called, for this bond.
    Open(#[serde(with = "quorate_primitives::decimal")] Balance),
    /// All were asked, and compute it.
    Asked(Option<Bond>),
    /// All agreed on something else than those that were drawn.
    Right(Option<Bond>),
    /// All agreed on the same.
    Wrong(Option<Bond>),
    /// All came to no agreement.
    Nothing(Option<Bond>),
    /// What those agreed on that were drawn counts: nobody called all.
    Over,
    /// The chain has no such batch, or it is another one there.
    Unknown,
}

/// What was set aside to call all, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bond {
    pub by: AccountId,
    #[serde(with = "quorate_primitives::decimal")]
    pub bond: Balance,
}

impl Stand {
    /// Of the batch for which seven were drawn in this job, if it is this one.
    pub fn of(job: JobId, batch: Option<&BatchView>) -> Self {
        let Some(batch) = batch.filter(|batch| drawn(batch) == job) else {
            return Self::Unknown;
        };
        let Some(why) = &batch.escalation else {
            return batch.call_bond.map_or(Self::Over, Self::Open);
        };
        let bond = match why {
            Escalation::Called { by, bond, .. } => Some(Bond {
                by: by.clone(),
                bond: *bond,
            }),
            Escalation::Dissent | Escalation::Drawn => None,
        };
        match (batch.state, batch.outcome) {
            (BatchState::Settling { .. } | BatchState::Ended { .. }, Some(outcome)) => {
                match Some(outcome) == batch.provisional {
                    true => Self::Wrong(bond),
                    false => Self::Right(bond),
                }
            }
            (BatchState::Failing(_) | BatchState::Ended { .. }, _) => Self::Nothing(bond),
            _ => Self::Asked(bond),
        }
    }

    pub fn text(&self) -> String {
        let called = |bond: &Option<Bond>| match bond {
            Some(Bond { by, bond }) => format!(", called by {by} with a bond of {}", tokens(*bond)),
            None => String::new(),
        };
        match self {
            Self::Open(bond) => format!("all can be called, for a bond of {}", tokens(*bond)),
            Self::Asked(bond) => format!("all compute it{}", called(bond)),
            Self::Right(bond) => format!("all found another outcome than the seven{}", called(bond)),
            Self::Wrong(bond) => format!("all found what the seven did{}", called(bond)),
            Self::Nothing(bond) => format!("all came to no agreement{}", called(bond)),
            Self::Over => "nobody called all: what the seven said counts".into(),
            Self::Unknown => "the chain has no such batch".into(),
        }
    }
}

/// What the node says.
///
/// # Errors
/// Also `Input` of a node whose answer is none that this program knows.
pub async fn told(client: &Client) -> quorate_client::Result<Told> {
    let answer = client.request("quorate_workerStatus", Vec::new()).await?;
    let mut told: Told = serde_json::from_value(answer).map_err(|error| {
        Error::Input(format!(
            "the node says nothing of batches that its worker computed again ({error}): is it of this program's release?"
        ))
    })?;
    told.disputed.truncate(MOST);
    Ok(told)
}

/// What was found, and where it stands.
pub async fn stands(client: &Client, told: &Told) -> quorate_client::Result<Vec<(Found, Stand)>> {
    let mut stands = Vec::with_capacity(told.disputed.len());
    for found in &told.disputed {
        let batch = client.batch_at(found.batch, None).await?;
        stands.push((found.clone(), Stand::of(found.job, batch.as_ref())));
    }
    Ok(stands)
}

/// Batches that the worker of the node's validator found to be other than the seven said.
pub async fn disputed(context: &Context) -> Result {
    let client = context.client().await?;
    let told = told(&client).await?;
    let stands = stands(&client, &told).await?;
    let list: Vec<_> = stands
        .iter()
        .map(|(found, stand)| json!({ "found": json_of(found), "stand": json_of(stand) }))
        .collect();
    let one_in = told.worker.as_ref().map(|worker| worker.spot_checks);
    context.print(
        &json!({ "validator": told.validator, "spotChecks": one_in, "disputed": list }),
        || {
            if let Some(why) = unchecked(told.validator.as_ref(), one_in) {
                eprintln!("{why}");
            }
            let root =
                |outcome: &Option<InferOutcome>| outcome.map_or("-".into(), |outcome| outcome.answers.to_string());
            let rows: Vec<_> = stands
                .iter()
                .map(|(found, stand)| {
                    [
                        found.batch.to_string(),
                        format!("block {}", found.until),
                        root(&found.own),
                        root(&found.agreed),
                        stand.text(),
                    ]
                })
                .collect();
            table(["batch", "until", "found here", "said by the seven", "state"], &rows);
        },
    );
    Ok(())
}

/// Why nothing may ever be listed.
fn unchecked(validator: Option<&AccountId>, one_in: Option<u32>) -> Option<&'static str> {
    match (validator, one_in) {
        (None, _) => Some("the node acts for no validator: nothing is computed again there"),
        (_, None) => Some("the node has no worker: nothing is computed again there"),
        (_, Some(0)) => Some("the worker computes no batches of others again: --check-batches is 0"),
        _ => None,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use quorate_primitives::{views::BlobRef, Hash};

    pub fn found() -> Found {
        Found {
            batch: 6,
            job: Hash::repeat_byte(7),
            until: 40,
            own: Some(outcome(1)),
            agreed: Some(outcome(2)),
        }
    }

    pub fn outcome(n: u8) -> InferOutcome {
        InferOutcome {
            answers: Hash::repeat_byte(n),
            detail: Hash::repeat_byte(n),
        }
    }

    /// That batch, as long as it is provisional.
    pub fn open() -> BatchView {
        let file = BlobRef {
            root: Hash::zero(),
            len: 1,
        };
        BatchView {
            id: 6,
            model: 0,
            version: 1,
            file: file.clone(),
            frozen_base: None,
            program: 2,
            program_file: file,
            requests: vec![4, 5],
            requests_root: Hash::zero(),
            seed: Hash::zero(),
            job: found().job,
            first_job: None,
            state: BatchState::Provisional { until: 40 },
            members: vec![AccountId::new([1; 32]); 7],
            quorum: 7,
            escalation: None,
            call_bond: Some(9),
            provisional: found().agreed,
            outcome: None,
            statements_root: None,
            created_at: 8,
            ended_at: None,
        }
    }

    /// The same, called by this account.
    pub fn called(by: &AccountId, bond: Balance) -> BatchView {
        BatchView {
            job: Hash::repeat_byte(8),
            first_job: Some(found().job),
            state: BatchState::Computing,
            escalation: Some(Escalation::Called {
                organisation: 1,
                by: by.clone(),
                bond,
            }),
            call_bond: None,
            ..open()
        }
    }

    #[test]
    fn batch_should_stand_where_the_chain_says() {
        let by = AccountId::new([3; 32]);
        let bond = || {
            Some(Bond {
                by: by.clone(),
                bond: 9,
            })
        };
        let of = |batch: BatchView| Stand::of(found().job, Some(&batch));
        assert_eq!(of(open()), Stand::Open(9));
        let over = BatchView {
            call_bond: None,
            ..open()
        };
        assert_eq!(of(over), Stand::Over);
        assert_eq!(of(called(&by, 9)), Stand::Asked(bond()));
        let ended = |state, outcome| BatchView {
            state,
            outcome,
            ..called(&by, 9)
        };
        let (settling, done) = (BatchState::Settling { until: 9 }, BatchState::Ended { at: 9 });
        assert_eq!(of(ended(settling, found().own)), Stand::Right(bond()));
        assert_eq!(of(ended(done, Some(outcome(5)))), Stand::Right(bond()));
        assert_eq!(of(ended(done, found().agreed)), Stand::Wrong(bond()));
        assert_eq!(of(ended(done, None)), Stand::Nothing(bond()));
        let dissent = BatchView {
            escalation: Some(Escalation::Dissent),
            ..called(&by, 9)
        };
        assert_eq!(of(dissent), Stand::Asked(None));
        // Another fork has another batch of this number.
        let other = BatchView {
            job: Hash::repeat_byte(1),
            ..open()
        };
        assert_eq!(of(other), Stand::Unknown);
        assert_eq!(Stand::of(found().job, None), Stand::Unknown);
    }

    #[test]
    fn what_a_node_says_should_be_read_and_an_older_one_be_named() {
        let account = AccountId::new([3; 32]);
        let status = json!({
            "validator": account, "managed": true, "connected": true, "restarts": 0, "last_error": null, "waiting": 0,
            "worker": { "version": "1", "spot_checks": 8 }, "disputed": [json_of(&found())],
        });
        let told: Told = serde_json::from_value(status).unwrap();
        assert_eq!(
            (told.validator.as_ref(), &told.disputed[..]),
            (Some(&account), &[found()][..])
        );
        assert_eq!(
            unchecked(Some(&account), told.worker.map(|worker| worker.spot_checks)),
            None
        );
        assert!(serde_json::from_value::<Told>(json!({ "validator": null, "worker": null })).is_err());
        for (validator, one_in, named) in [
            (None, Some(8), "no validator"),
            (Some(&account), None, "no worker"),
            (Some(&account), Some(0), "--check-batches"),
        ] {
            assert!(unchecked(validator, one_in).unwrap().contains(named));
        }
    }
}
