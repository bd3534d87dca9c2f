//! Worst cases: a full registry, full snapshots of voters, full lists of revoked and promoted versions.
//!
//! No tree that a benchmark could grow is as deep as the deepest that may come to be. A walk is therefore measured by the places
//! that it reads, and calls that walk add as many steps as their walks may take.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use crate::{ancestry::LONGEST_WALK, types::*, *};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{EnsureOrigin, Get},
    BoundedVec,
};
use frame_system::RawOrigin;
use quorate_primitives::{
    availability::{Finding, Subject},
    frozen::FrozenBase,
    job::{AggregateOutcome, AssessOutcome},
    licence::MAX_LICENCE,
    policy::{Assessment, Gate, Policy},
    traits::{AvailabilityHandler, Models as ModelsTrait},
    version::{AssessmentRecord, Origin, RoundOrigin, VersionRecord},
    views::{Freezer, ModelState},
    AccountId, Hash, ModelId, OrganisationId, Root, VersionIndex, MAX_COMMITTEE, MAX_ORGANISATIONS,
};

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// An organisation in good standing with tokens. There are [`MAX_ORGANISATIONS`] of them at most.
    fn organisation(number: u32) -> (OrganisationId, AccountId);
    /// Make the session's validators this many.
    fn committee(size: u32);
    /// A policy that may be set.
    fn policy() -> Policy;
}

const FILE_LEN: u64 = 4_096;
/// Versions of a model that each call works on: every promoted one, and version 0.
const VERSIONS: VersionIndex = MAX_PROMOTED + 1;

fn owner<T: Config>() -> (OrganisationId, AccountId) {
    T::BenchmarkHelper::organisation(0)
}

fn root() -> Root {
    Root::repeat_byte(1)
}

/// With the longest licence.
fn frozen_base() -> FrozenBase {
    FrozenBase {
        root: root(),
        len: FILE_LEN,
        licence: BoundedVec::truncate_from(vec![b'l'; MAX_LICENCE as usize]),
    }
}

fn name() -> Name {
    Name::truncate_from(vec![b'm'; MAX_NAME as usize])
}

/// A model that awaits votes, in a registry with room for one more.
fn pending<T: Config>() -> ModelId {
    T::BenchmarkHelper::committee(MAX_COMMITTEE);
    let others = (2..T::MaxModels::get()).map(|number| number + 1_000_000);
    LiveModels::<T>::put(BoundedVec::truncate_from(others.collect()));
    let id = NextModel::<T>::get();
    let origin = RawOrigin::Signed(owner::<T>().1).into();
    let policy = T::BenchmarkHelper::policy();
    Pallet::<T>::register(
        origin,
        name(),
        Hash::zero(),
        1_024,
        1_024,
        FILE_LEN,
        root(),
        root(),
        policy,
        None,
        Some(frozen_base()),
    )
    .unwrap();
    id
}

/// A model with version 0.
fn active<T: Config>() -> ModelId {
    let id = pending::<T>();
    Pallet::<T>::found(Subject::Genesis(id), 0, Finding::Held);
    assert_eq!(Models::<T>::get(id).unwrap().state, ModelState::Active);
    id
}

fn set_state<T: Config>(id: ModelId, change: impl FnOnce(&mut Model)) {
    Models::<T>::mutate(id, |model| change(model.as_mut().unwrap()));
}

/// A model with a chain of versions without jumps, so that a walk from the last one reads each. Of as many revoked ones as there may
/// be, `revoked` is the only one that exists.
fn chain<T: Config>(versions: VersionIndex, revoked: Option<VersionIndex>) -> ModelId {
    let id = active::<T>();
    for version in 1..versions {
        let parent = version - 1;
        let place = Ancestry {
            parent: Some(parent),
            depth: version,
            jump: parent,
            run: 0,
            before: Some(parent),
        };
        Ancestries::<T>::insert(id, version, place);
    }
    let latest = versions - 1;
    let record = VersionRecord {
        model: id,
        version: latest,
        root: root(),
        len: FILE_LEN,
        policy_hash: T::BenchmarkHelper::policy().hash(),
        origin: Origin::Round(round_origin(latest.saturating_sub(1))),
        block: 0,
        history_root: Hash::zero(),
    };
    Versions::<T>::insert(id, latest, record);
    set_state::<T>(id, |model| {
        model.latest = Some(latest);
        model.standing = Some(latest);
        model.head = Some(latest);
    });
    let others = (1..MAX_REVOKED).map(|number| VersionIndex::MAX - MAX_REVOKED + number);
    let all = revoked.into_iter().chain(others);
    Revoked::<T>::insert(id, RevokedVersions::truncate_from(all.collect()));
    id
}

/// A model of which every version may be promoted, and all but the last one are.
fn promoted<T: Config>(revoked: Option<VersionIndex>) -> ModelId {
    let id = chain::<T>(VERSIONS, revoked);
    let list = (0..MAX_PROMOTED).collect();
    Promoted::<T>::insert(id, PromotedVersions::truncate_from(list));
    id
}

fn round_origin(parent: VersionIndex) -> RoundOrigin {
    RoundOrigin {
        parent,
        round: 0,
        job: Hash::zero(),
        inputs_root: Hash::zero(),
        outcome: AggregateOutcome {
            output: root(),
            output_len: FILE_LEN,
            optimiser: Some(root()),
            detail: root(),
            scores: Hash::zero(),
        },
    }
}

fn admin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

fn two_thirds<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::TwoThirdsOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register() {
        let parent = active::<T>();
        let id = NextModel::<T>::get();
        let policy = T::BenchmarkHelper::policy();

        #[extrinsic_call]
        _(
            RawOrigin::Signed(owner::<T>().1),
            name(),
            Hash::zero(),
            1_024,
            1_024,
            FILE_LEN,
            root(),
            root(),
            policy,
            Some(parent),
            Some(frozen_base()),
        );

        assert!(Models::<T>::contains_key(id));
    }

    #[benchmark]
    fn set_policy() {
        let id = active::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>().1), id, T::BenchmarkHelper::policy());
    }

    #[benchmark]
    fn freeze() {
        let id = active::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>().1), id);

        assert_eq!(Models::<T>::get(id).unwrap().state, ModelState::Frozen(Freezer::Owner));
    }

    #[benchmark]
    fn unfreeze() {
        let id = active::<T>();
        set_state::<T>(id, |model| model.state = ModelState::Frozen(Freezer::Owner));

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>().1), id);

        assert_eq!(Models::<T>::get(id).unwrap().state, ModelState::Active);
    }

    #[benchmark]
    fn retire() {
        let id = active::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>().1), id);

        assert_eq!(Models::<T>::get(id).unwrap().state, ModelState::Retired);
    }

    #[benchmark]
    fn retry_genesis() {
        let id = pending::<T>();
        Pallet::<T>::found(Subject::Genesis(id), 0, Finding::Split);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>().1), id, root(), root());

        assert_eq!(Models::<T>::get(id).unwrap().state, ModelState::Pending);
    }

    /// Without the walks; what rounds do is added from their trait.
    #[benchmark]
    fn revoke() -> Result<(), BenchmarkError> {
        let origin = admin::<T>()?;
        let id = promoted::<T>(None);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, 0);

        assert_eq!(Models::<T>::get(id).unwrap().head, None);
        Ok(())
    }

    /// Without the walks.
    #[benchmark]
    fn unrevoke() -> Result<(), BenchmarkError> {
        let origin = two_thirds::<T>()?;
        let id = promoted::<T>(Some(0));

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, 0);

        assert_eq!(Models::<T>::get(id).unwrap().head, Some(VERSIONS - 1));
        Ok(())
    }

    #[benchmark]
    fn new_genesis() -> Result<(), BenchmarkError> {
        let origin = two_thirds::<T>()?;
        let id = active::<T>();
        set_state::<T>(id, |model| model.head = None);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, root(), root());

        assert!(Models::<T>::get(id).unwrap().candidate.is_some());
        Ok(())
    }

    /// Without the walk. The list of promoted ones is full.
    #[benchmark]
    fn promote() -> Result<(), BenchmarkError> {
        let origin = T::PromoteOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let id = promoted::<T>(None);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, VERSIONS - 1);

        assert!(Promotions::<T>::contains_key(id, VERSIONS - 1));
        Ok(())
    }

    /// `s`: versions whose places are read, down to one that is revoked.
    #[benchmark]
    fn walk(s: Linear<1, LONGEST_WALK>) {
        let id = chain::<T>(s, Some(0));
        let clean;

        #[block]
        {
            clean = Pallet::<T>::clean(id, s - 1);
        }

        assert!(!clean);
    }

    /// `o`: organisations.
    #[benchmark]
    fn admit_readers(o: Linear<0, { MAX_ORGANISATIONS - 8 }>) {
        let id = active::<T>();
        let organisations = (0..o).map(|number| T::BenchmarkHelper::organisation(number).0);
        let organisations = Organisations::truncate_from(organisations.collect());

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>().1), id, organisations);

        assert_eq!(Readers::<T>::get(id).len() as u32, o);
    }

    #[benchmark]
    fn found() {
        let id = pending::<T>();

        #[block]
        {
            <Pallet<T> as AvailabilityHandler>::found(Subject::Genesis(id), 0, Finding::Held);
        }

        assert_eq!(Models::<T>::get(id).unwrap().state, ModelState::Active);
    }

    #[benchmark]
    fn ended() {
        let id = pending::<T>();

        #[block]
        {
            <Pallet<T> as AvailabilityHandler>::ended(Subject::Genesis(id));
        }

        assert_eq!(Models::<T>::get(id).unwrap().state, ModelState::Rejected);
    }

    /// The version passes its gate; the walk along its ancestors comes on top.
    #[benchmark]
    fn assessed() {
        let id = active::<T>();
        let mut policy = T::BenchmarkHelper::policy();
        policy.assessment = Some(Assessment {
            program: 0,
            benchmark: Some(1),
            operations: 1,
            gate: Some(Gate {
                max_increase: 0,
                min_correct: 0,
            }),
            contribution: None,
        });
        let version = <Pallet<T> as ModelsTrait>::record(id, round_origin(0), &policy).unwrap();
        let assessment = AssessmentRecord {
            job: Some(Hash::zero()),
            outcome: Some(AssessOutcome::Unfit),
            passed: true,
            block: 0,
        };

        #[block]
        {
            <Pallet<T> as ModelsTrait>::assessed(id, version, assessment);
        }

        assert_eq!(Models::<T>::get(id).unwrap().head, Some(version));
    }
}
