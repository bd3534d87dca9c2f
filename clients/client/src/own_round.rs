//! A round as one of its contributors needs it: two storage entries, some six hundred bytes. The whole view has every update in it, and
//! its runtime call reads them all: a thousand contributors who ask for that at every block would keep a node from anything else.

use crate::{
    best::at_best,
    storage::{by_account, by_number, prefix},
    Client, Error, Result,
};
use codec::Decode;
use quorate_primitives::{
    policy::Policy,
    refund::RefundReason,
    update::Update,
    views::{RoundPhase, RoundView},
    AccountId, BlockNumber, Hash, JobId, ModelId, OrganisationId, Root, RoundId, VersionIndex,
};

/// `Rounds.Rounds`, as far as it is read.
#[derive(Decode)]
struct Stored {
    model: ModelId,
    _owner: OrganisationId,
    base: VersionIndex,
    _base_root: Root,
    _previous_root: Option<Root>,
    _optimiser: Option<Root>,
    policy: Policy,
    _update_len: u64,
    _file_len: u64,
    stage: Stage,
    opened_at: BlockNumber,
    sealed_at: Option<BlockNumber>,
    recorded_at: Option<BlockNumber>,
    version: Option<VersionIndex>,
    job: Option<JobId>,
    _first_job: Option<JobId>,
    refund: Option<RefundReason>,
}

#[derive(Decode)]
enum Stage {
    #[codec(index = 0)]
    Collecting { until: BlockNumber },
    #[codec(index = 1)]
    Revealing {
        reveal_until: BlockNumber,
        vote_until: BlockNumber,
    },
    #[codec(index = 2)]
    Drawing { _blocks: u32, _seed: Hash },
    #[codec(index = 3)]
    Computing { _seed: Hash },
    #[codec(index = 4)]
    Scoring { until: BlockNumber },
    #[codec(index = 5)]
    Vesting { until: BlockNumber },
    #[codec(index = 6)]
    Paying { next: u32 },
    #[codec(index = 7)]
    Refunding { _next: u32, end: End },
    #[codec(index = 8)]
    Over { _until: BlockNumber, end: End },
    #[codec(index = 9)]
    Pruning { _next: u32, _end: End },
}

#[derive(Decode)]
enum End {
    #[codec(index = 0)]
    Settled,
    #[codec(index = 1)]
    Aborted,
    #[codec(index = 2)]
    Failed,
}

impl Stage {
    /// As the runtime shows it; none once evidence is being removed.
    fn phase(self) -> Option<RoundPhase> {
        Some(match self {
            Self::Collecting { until } => RoundPhase::Collecting { until },
            Self::Revealing {
                reveal_until,
                vote_until,
            } => RoundPhase::Revealing {
                reveal_until,
                vote_until,
            },
            Self::Drawing { .. } | Self::Computing { .. } => RoundPhase::Computing,
            Self::Scoring { until } => RoundPhase::Scoring { until },
            Self::Vesting { until } => RoundPhase::Vesting { until },
            Self::Paying { next } => RoundPhase::Paying { next },
            Self::Pruning { .. } => return None,
            Self::Refunding { end, .. } | Self::Over { end, .. } => match end {
                End::Settled => RoundPhase::Settled,
                End::Aborted => RoundPhase::Aborted,
                End::Failed => RoundPhase::Failed,
            },
        })
    }
}

impl Stored {
    fn view(self, id: RoundId, update: Option<Update>) -> Option<RoundView> {
        Some(RoundView {
            id,
            model: self.model,
            base: self.base,
            policy: self.policy,
            phase: self.stage.phase()?,
            opened_at: self.opened_at,
            sealed_at: self.sealed_at,
            recorded_at: self.recorded_at,
            version: self.version,
            job: self.job,
            refund: self.refund,
            escrow: 0,
            updates: update.into_iter().collect(),
        })
    }
}

/// Key of `Rounds.Updates`.
pub(crate) fn update_key(round: RoundId, contributor: &AccountId) -> Vec<u8> {
    [prefix("Rounds", "Updates"), by_number(round), by_account(contributor)].concat()
}

/// The update in an entry of `Rounds.Updates`, after its place.
pub(crate) fn update_in(bytes: &[u8]) -> Result<Update> {
    let decoded = <(u32, Update)>::decode(&mut &bytes[..]);
    let (_, update) = decoded.map_err(|error| unknown("Updates", &error))?;
    Ok(update)
}

fn unknown(entry: &str, error: &codec::Error) -> Error {
    Error::Incompatible(format!("Rounds.{entry}: {error}"))
}

fn read(id: RoundId, round: &[u8], update: Option<&[u8]>) -> Result<Option<RoundView>> {
    let stored = Stored::decode(&mut &round[..]).map_err(|error| unknown("Rounds", &error))?;
    Ok(stored.view(id, update.map(update_in).transpose()?))
}

impl Client {
    /// A round with the update of `contributor` alone, if there is one, and without its escrow, which reads 0. From a runtime that
    /// stores rounds in another way the whole view is taken.
    pub async fn own_round(&self, id: RoundId, contributor: &AccountId) -> Result<RoundView> {
        let missing = || Error::NotFound(format!("round {id}"));
        let keys = [
            [prefix("Rounds", "Rounds"), by_number(id)].concat(),
            update_key(id, contributor),
        ];
        // Both of one block.
        let found = at_best(|| self.rpc.state_query_storage_at(keys.iter().map(Vec::as_slice), None)).await?;
        let changes: Vec<_> = found.into_iter().flat_map(|set| set.changes).collect();
        let of = |key: &Vec<u8>| {
            let change = changes.iter().find(|(found, _)| found.0 == *key);
            change.and_then(|(_, value)| value.as_ref()).map(|value| &value.0[..])
        };
        let round = of(&keys[0]).ok_or_else(missing)?;
        match read(id, round, of(&keys[1])) {
            Ok(view) => view.ok_or_else(missing),
            Err(Error::Incompatible(_)) => {
                let whole = self.round(id).await?;
                Ok(narrowed(whole, contributor))
            }
            Err(error) => Err(error),
        }
    }
}

fn narrowed(mut whole: RoundView, contributor: &AccountId) -> RoundView {
    whole.updates.retain(|update| update.contributor == *contributor);
    whole.escrow = 0;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::standard;
    use codec::Encode;
    use pallet_rounds::types::{Round, RoundEnd, RoundStage, Shift, Submission};
    use quorate_exact::Rule;
    use quorate_primitives::update::{Encoding, UpdateStatus};

    fn stored(stage: RoundStage) -> Round {
        Round {
            model: 2,
            owner: 5,
            base: 4,
            base_root: Root::repeat_byte(1),
            previous_root: Some(Root::repeat_byte(2)),
            optimiser: None,
            policy: standard(Rule::Median, 10),
            update_len: 100,
            file_len: 200,
            stage,
            opened_at: 6,
            sealed_at: Some(7),
            recorded_at: Some(8),
            version: Some(9),
            job: Some(Hash::repeat_byte(3)),
            first_job: Some(Hash::repeat_byte(4)),
            refund: Some(RefundReason::NoQuorum),
            withdrawn: 0,
            submissions: 1,
            committed: 1,
            revealed: 0,
            available: 0,
            organisations: 0,
            shift: Shift::default(),
            lost: 0,
            due: Some(11),
        }
    }

    #[test]
    fn round_should_be_read_as_the_pallet_stores_it() {
        let (until, seed) = (12, Hash::repeat_byte(5));
        let ends = [RoundEnd::Settled, RoundEnd::Aborted, RoundEnd::Failed];
        let mut stages = vec![
            RoundStage::Collecting { until },
            RoundStage::Revealing {
                reveal_until: until,
                vote_until: 13,
            },
            RoundStage::Drawing { blocks: 1, seed },
            RoundStage::Computing { seed },
            RoundStage::Scoring { until },
            RoundStage::Vesting { until },
            RoundStage::Paying { next: 3 },
        ];
        stages.extend(ends.map(|end| RoundStage::Refunding { next: 3, end }));
        stages.extend(ends.map(|end| RoundStage::Over { until, end }));
        for stage in stages {
            let round = stored(stage);
            let found = read(3, &round.encode(), None).unwrap().unwrap();
            let expected = RoundView {
                id: 3,
                model: round.model,
                base: round.base,
                policy: round.policy,
                phase: round.phase(),
                opened_at: round.opened_at,
                sealed_at: round.sealed_at,
                recorded_at: round.recorded_at,
                version: round.version,
                job: round.job,
                refund: round.refund,
                escrow: 0,
                updates: Vec::new(),
            };
            assert_eq!(found, expected);
        }
        let end = RoundEnd::Settled;
        let pruned = stored(RoundStage::Pruning { next: 1, end });
        assert_eq!(
            read(3, &pruned.encode(), None).unwrap(),
            None,
            "as the runtime shows it"
        );
    }

    #[test]
    fn update_should_be_read_as_the_pallet_stores_it() {
        let update = Update {
            contributor: AccountId::new([7; 32]),
            organisation: 1,
            commitment: Hash::repeat_byte(8),
            weight: 9,
            encoding: Encoding::DenseF32,
            submitted_at: 10,
            status: UpdateStatus::Revealed,
            root: Some(Root::repeat_byte(6)),
            index: Some(3),
            score: None,
        };
        let submission = Submission {
            position: 4,
            update: update.clone(),
            offence: None,
        };
        assert_eq!(update_in(&submission.encode()).unwrap(), update);
        let round = stored(RoundStage::Computing { seed: Hash::zero() }).encode();
        let found = read(3, &round, Some(&submission.encode())).unwrap().unwrap();
        assert_eq!(found.updates, [update]);
    }

    #[test]
    fn what_another_runtime_stores_should_be_said_to_be_unknown() {
        let round = stored(RoundStage::Paying { next: 0 }).encode();
        for (round, update) in [(&round[..40], None), (&round[..], Some(&[1u8, 2][..]))] {
            let error = read(3, round, update).unwrap_err();
            assert!(matches!(error, Error::Incompatible(_)), "{error}");
        }
    }
}
