//! What an assessment costs and earns: its fee, the suppliers' bonds, and the scores that contributors are paid by.
//!
//! Fee and lost bonds lie in an escrow of their own, apart from what the round pays. What cannot be shared of them goes to the treasury
//! when the round is over.

use super::Ending;
use crate::{
    numbers::count,
    pallet::{Config, Event, Outcomes, Pallet, SealedOrders},
    types::{Round, RoundAssessment},
};
use alloc::vec::Vec;
use frame_support::{traits::Get, weights::Weight, BoundedVec};
use quorate_primitives::{
    job::AssessOutcome,
    purpose::Purpose,
    traits::{Escrow, Jobs, Models, Reputation, Shards},
    update::Update,
    version::AssessmentRecord,
    views::{tasks::Scores, BlobRef},
    Balance, Hash, JobId, OrganisationId, RoundId,
};

impl RoundAssessment {
    /// The jobs that were closed, the retry last.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = JobId> {
        self.first_job.into_iter().chain(self.job)
    }
}

impl<T: Config> Pallet<T> {
    /// Pay the members in equal parts; returns how many have how much each. A part below the floor is left to the treasury: nobody earns
    /// more by another's fall.
    fn pay_members(id: RoundId, assessment: &RoundAssessment, earned: Balance) -> (u32, Balance) {
        let job = assessment.job;
        let earners = job.map(|job| T::AssessmentJobs::earners(assessment.first_job, job));
        let earners = earners.unwrap_or_default();
        let each = earned.checked_div(count(earners.len()).into()).unwrap_or_default();
        let mut members = 0u32;
        for validator in earners {
            let reputation = T::Reputation::validator(&validator);
            if reputation < T::ReputationFloor::get() {
                Self::deposit_event(Event::ValidatorUnpaid {
                    round: id,
                    validator,
                    reputation,
                });
                continue;
            }
            members = members.saturating_add(1);
            // It fails only when the account's earnings overflow: then the treasury has it.
            let _refused = T::Escrow::pay(Purpose::Assessment(id), &validator, each);
        }
        (members, each)
    }

    /// Return or share the suppliers' bonds, and pay the fee or give it back.
    pub(super) fn settle_assessment(id: RoundId, round: &mut Round, ending: Ending) {
        let contribution = round.contribution();
        let Some(assessment) = &mut round.assessment else {
            return;
        };
        assessment.done = true;
        // First of all, for the escrow ends with its last unit.
        let (lost, withheld) = match contribution {
            Some(_) => T::Shards::assessed(id, &Self::counted_suppliers(id, ending)),
            None => (0, Vec::new()),
        };
        let (earned, kept) = match ending {
            Ending::Agreed(AssessOutcome::Done { .. }) => (assessment.fee, assessment.fee),
            Ending::Agreed(AssessOutcome::Unfit) => (assessment.base_fee, assessment.base_fee),
            // It took every validator's machine, and whoever can write a program that machines give up at would else take them for
            // nothing.
            Ending::NoQuorum => (0, assessment.base_fee),
            Ending::NoJob => (0, 0),
        };
        let (members, each) = match earned {
            0 => (0, 0),
            earned => Self::pay_members(id, assessment, earned),
        };
        let given_back = assessment.fee.saturating_sub(kept);
        T::Escrow::give_back(Purpose::Assessment(id), given_back);
        let sharers = SealedOrders::<T>::get(id).unwrap_or_default();
        let sharers = sharers.iter().filter(|sealed| !withheld.contains(&sealed.organisation));
        let bonus = lost.checked_div(count(sharers.count()).into()).unwrap_or_default();
        let number = count(withheld.len());
        assessment.withheld = BoundedVec::truncate_from(withheld);
        assessment.bonus = bonus;
        Self::deposit_event(Event::AssessmentSettled {
            round: id,
            members,
            each,
            given_back,
            withheld: number,
            bonus,
        });
    }

    /// Suppliers that have done their part: those whose shards count, or, where nobody knows which do, those whose shards a quorum holds.
    fn counted_suppliers(id: RoundId, ending: Ending) -> Vec<OrganisationId> {
        let counts = |place: u32| match ending {
            Ending::Agreed(AssessOutcome::Done { counted, .. }) => {
                1u32.checked_shl(place).is_some_and(|bit| counted & bit != 0)
            }
            _ => true,
        };
        (0u32..)
            .zip(T::Shards::held(id))
            .filter(|(place, _)| counts(*place))
            .map(|(_, shard)| shard.supplier)
            .collect()
    }

    /// A round is refunded whose assessment is not over: nothing is paid for it, and a version that has still to pass its gate never does.
    pub(crate) fn end_assessment_early(id: RoundId, round: &mut Round) {
        let awaited = round.awaits_gate();
        let contribution = round.contribution();
        let Some(assessment) = &mut round.assessment else {
            return;
        };
        if awaited {
            assessment.passed = Some(false);
            let record = AssessmentRecord {
                job: assessment.job,
                outcome: None,
                passed: false,
                block: Self::now(),
            };
            if let Some(version) = round.version {
                T::Models::assessed(round.model, version, record);
            }
            Self::deposit_event(Event::Assessed {
                round: id,
                outcome: None,
                passed: false,
            });
        }
        if !assessment.done {
            T::Escrow::refund(Purpose::Assessment(id));
            if contribution.is_some() {
                T::Shards::released(id);
            }
        }
    }

    /// The most that ending a round weighs more where it is assessed.
    pub(crate) fn early_end_weight() -> Weight {
        Self::release_weight().saturating_add(T::Models::assessed_weight(false))
    }

    /// The most that it weighs to return the fee and to release the shards of one round.
    pub(crate) fn release_weight() -> Weight {
        // The escrow and its fund.
        T::DbWeight::get()
            .reads_writes(2, 2)
            .saturating_add(T::Shards::weight())
    }

    pub(crate) fn has_bonus(round: &Round) -> bool {
        round.assessment.as_ref().is_some_and(|assessment| assessment.bonus > 0)
    }

    /// Credit an update with its part of the bonds that suppliers lost, however the round ends.
    pub(crate) fn pay_bonus(id: RoundId, update: &Update, round: &Round) {
        let Some(assessment) = round.assessment.as_ref().filter(|assessment| assessment.bonus > 0) else {
            return;
        };
        if update.index.is_some() && !assessment.withheld.contains(&update.organisation) {
            // It fails only when the account's earnings overflow: then the treasury has it.
            let _refused = T::Escrow::pay(Purpose::Assessment(id), &update.contributor, assessment.bonus);
        }
    }

    /// What the pages of a round prove against: the assessment's scores where the policy pays by contribution, else, and where its owner made
    /// the assessment unfit, the aggregation's. None where there are none.
    pub(crate) fn scores_of(id: RoundId, round: &Round) -> Option<Scores> {
        let outcome = round.assessment.as_ref().and_then(|assessment| assessment.outcome);
        let policy = round.policy.assessment;
        if policy.is_none_or(|policy| policy.scored_by_aggregation(outcome.as_ref())) {
            return Outcomes::<T>::get(id).map(Scores::Aggregation);
        }
        match outcome? {
            AssessOutcome::Done {
                detail,
                detail_len,
                scores: Some(scores),
                ..
            } => Some(Scores::Assessment {
                detail: BlobRef {
                    root: detail,
                    len: detail_len,
                },
                scores,
                inputs: round.available,
            }),
            _ => None,
        }
    }

    /// Root over the statements on the assessment's jobs.
    pub(crate) fn assessment_root(round: &Round) -> Option<Hash> {
        let assessment = round.assessment.as_ref()?;
        let root = |job| T::AssessmentJobs::statements_root(assessment.first_job, job);
        assessment.job.map(root)
    }

    /// Forget what is kept of an assessment beside its round.
    pub(crate) fn prune_assessment(id: RoundId, round: &Round) {
        let Some(assessment) = &round.assessment else {
            return;
        };
        for job in assessment.jobs() {
            T::AssessmentJobs::prune(job);
        }
        if assessment.done && round.contribution().is_some() {
            T::Shards::pruned(id);
        }
    }
}
