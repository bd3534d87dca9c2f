//! Worst cases: a full committee whose members each have an organisation of their own, and a full list of open jobs.
//!
//! Jobs end without agreement here: what the sinks write for an agreement, and the handler does, is added from their traits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use crate::*;
use codec::Decode;
use frame_benchmarking::v2::*;
use frame_support::{pallet_prelude::TransactionSource, traits::Get, BoundedVec};
use frame_system::RawOrigin;
use quorate_primitives::{
    committee::{quorum, Committee, Member},
    crypto::AttestationSignature,
    job::{Job, JobPhase, JobSpec, Statement, Verdict},
    payload, Hash, JobId, MAX_COMMITTEE,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::traits::TrailingZeroInput;

/// What the runtime prepares.
pub trait BenchmarkHelper<W, O> {
    /// Active validators, each of another organisation, whose keys are in the keystore.
    fn committee(size: u32) -> Committee;
    /// A specification of the largest work, for which nobody waits. Each number gives another one.
    fn spec(number: u32) -> JobSpec<W>;
    /// An outcome of that work. Each number gives another one.
    fn outcome(number: u32) -> O;
    /// Suspend the organisations of these members.
    fn suspend(members: &[Member]);
}

/// The member that acts last.
const LAST: u32 = MAX_COMMITTEE - 1;
const SALT: [u8; 32] = [7; 32];

fn no_signature() -> AttestationSignature {
    AttestationSignature::decode(&mut TrailingZeroInput::zeroes()).expect("zeroes are a signature")
}

fn numbered(number: u32) -> Hash {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    Hash::from(bytes)
}

/// A list of open jobs with room for one more.
fn fill_active<T: Config>() {
    let others = (1..T::MaxActiveJobs::get()).map(numbered);
    ActiveJobs::<T>::put(BoundedVec::truncate_from(others.collect()));
}

/// An open job of which the first members have committed and revealed, each something else.
fn insert_job<T: Config>(
    number: u32,
    committee: &Committee,
    phase: JobPhase,
    (committed, revealed): (u32, u32),
) -> JobId {
    let spec = T::BenchmarkHelper::spec(number);
    let genesis = Pallet::<T>::genesis();
    let id = payload::job_id(genesis, &spec);
    let statements = (0u32..).zip(committee.iter()).map(|(index, member)| {
        let outcome = T::BenchmarkHelper::outcome(index);
        Statement {
            commit: (index < committed)
                .then(|| payload::outcome_commitment(genesis, id, &member.validator, &outcome, SALT)),
            reveal: (index < revealed).then_some(outcome),
            verdict: None,
        }
    });
    let statements = BoundedVec::truncate_from(statements.collect());
    Jobs::<T>::insert(
        id,
        Job {
            first: Pallet::<T>::first_attempt(&spec),
            spec,
            created_at: 0,
            phase,
            committee: committee.clone(),
            quorum: quorum(committee.len() as u32),
            statements,
            agreed: None,
        },
    );
    ActiveJobs::<T>::try_append(id).expect("the list has room");
    id
}

/// A job that awaits the last member's commit.
fn committing<T: Config>() -> (JobId, Committee) {
    fill_active::<T>();
    let committee = T::BenchmarkHelper::committee(MAX_COMMITTEE);
    let id = insert_job::<T>(0, &committee, JobPhase::Commit { until: 1_000 }, (LAST, 0));
    (id, committee)
}

/// A job that awaits the last member's reveal.
fn revealing<T: Config>() -> (JobId, Committee) {
    fill_active::<T>();
    let committee = T::BenchmarkHelper::committee(MAX_COMMITTEE);
    let phase = JobPhase::Reveal { since: 0, until: 1_000 };
    let id = insert_job::<T>(0, &committee, phase, (MAX_COMMITTEE, LAST));
    (id, committee)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// The only commit: all others were suspended before they made one, so that everybody's standing is asked for, and the job is
    /// closed for want of a quorum.
    #[benchmark]
    fn commit() {
        let (id, committee) = committing::<T>();
        Jobs::<T>::mutate(id, |job| {
            let statements = &mut job.as_mut().unwrap().statements;
            statements.iter_mut().for_each(|statement| statement.commit = None);
        });
        T::BenchmarkHelper::suspend(&committee[..LAST as usize]);

        #[extrinsic_call]
        _(RawOrigin::Authorized, id, LAST, Hash::repeat_byte(1), no_signature());

        assert!(matches!(Jobs::<T>::get(id).unwrap().phase, JobPhase::Closed { .. }));
    }

    #[benchmark]
    fn authorize_commit() {
        let (id, committee) = committing::<T>();
        let hash = Hash::repeat_byte(1);
        let message = payload::commit_payload(Pallet::<T>::genesis(), id, LAST, hash);
        let signature = committee[LAST as usize].key.sign(&message).unwrap();
        let checked;

        #[block]
        {
            checked = Pallet::<T>::authorize_commit(TransactionSource::External, &id, &LAST, &hash, &signature);
        }

        assert!(checked.is_ok());
    }

    /// The last reveal, which closes the job.
    #[benchmark]
    fn reveal() {
        let (id, _) = revealing::<T>();
        let outcome = T::BenchmarkHelper::outcome(LAST);

        #[extrinsic_call]
        _(RawOrigin::Authorized, id, LAST, outcome, SALT, no_signature());

        assert!(matches!(Jobs::<T>::get(id).unwrap().phase, JobPhase::Closed { .. }));
    }

    #[benchmark]
    fn authorize_reveal() {
        let (id, committee) = revealing::<T>();
        let outcome = T::BenchmarkHelper::outcome(LAST);
        let message = payload::reveal_payload(Pallet::<T>::genesis(), id, LAST, &outcome, SALT);
        let signature = committee[LAST as usize].key.sign(&message).unwrap();
        let checked;

        #[block]
        {
            checked =
                Pallet::<T>::authorize_reveal(TransactionSource::External, &id, &LAST, &outcome, &SALT, &signature);
        }

        assert!(checked.is_ok());
    }

    /// A full committee that revealed in the first attempt. One verdict changes and is reported; what more reports weigh is added from
    /// the sink's trait.
    #[benchmark]
    fn judge_first() {
        let (other, _) = revealing::<T>();
        let mut first = Jobs::<T>::get(other).unwrap();
        first.spec.attempt = 0;
        let id = payload::job_id(Pallet::<T>::genesis(), &first.spec);
        first.phase = JobPhase::Closed { at: 0 };
        first.statements[0].verdict = Some(Verdict::Unjudged);
        Jobs::<T>::insert(id, &first);
        let mut retry = first;
        retry.spec.attempt = 1;
        retry.agreed = Some(T::BenchmarkHelper::outcome(LAST));

        #[block]
        {
            Pallet::<T>::judge_first(Hash::zero(), &retry);
        }

        assert_eq!(Jobs::<T>::get(id).unwrap().statements[0].verdict, Some(Verdict::Wrong));
    }

    /// `a`: open jobs, of which none ends.
    #[benchmark]
    fn on_initialize(a: Linear<0, { T::MaxActiveJobs::get() }>) {
        let committee = T::BenchmarkHelper::committee(MAX_COMMITTEE);
        for number in 0..a {
            let phase = JobPhase::Reveal { since: 0, until: 1_000 };
            insert_job::<T>(number, &committee, phase, (MAX_COMMITTEE, MAX_COMMITTEE));
        }

        #[block]
        {
            Pallet::<T>::drive_deadlines();
        }

        assert_eq!(ActiveJobs::<T>::get().len() as u32, a);
    }

    /// As many jobs as may end in one block: one alone has no slope.
    #[benchmark]
    fn end_phases() {
        let committee = T::BenchmarkHelper::committee(MAX_COMMITTEE);
        for number in 0..T::MaxTransitions::get() {
            let phase = JobPhase::Reveal { since: 0, until: 0 };
            insert_job::<T>(number, &committee, phase, (MAX_COMMITTEE, MAX_COMMITTEE));
        }

        #[block]
        {
            Pallet::<T>::drive_deadlines();
        }

        assert!(ActiveJobs::<T>::get().is_empty());
    }

    /// `a`: open jobs, whose deadlines move.
    #[benchmark]
    fn on_initialize_paused(a: Linear<0, { T::MaxActiveJobs::get() }>) {
        let committee = T::BenchmarkHelper::committee(MAX_COMMITTEE);
        for number in 0..a {
            let phase = JobPhase::Commit { until: 1_000 };
            insert_job::<T>(number, &committee, phase, (MAX_COMMITTEE, 0));
        }

        #[block]
        {
            ActiveJobs::<T>::get().iter().for_each(|id| Pallet::<T>::shift(*id));
        }
    }
}
