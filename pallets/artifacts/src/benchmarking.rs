//! Worst cases: a full registry, full snapshots of voters, the longest licence.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use crate::{types::*, *};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{traits::Get, BoundedVec};
use frame_system::RawOrigin;
use quorate_primitives::{
    availability::{ArtifactKind, Finding, Subject},
    policy::Access,
    traits::AvailabilityHandler,
    views::ArtifactState,
    AccountId, ArtifactId, OrganisationId, Root, MAX_COMMITTEE, MAX_ORGANISATIONS,
};
use sp_runtime::traits::UniqueSaturatedFrom;

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// An organisation in good standing with tokens. There are [`MAX_ORGANISATIONS`] of them at most.
    fn organisation(number: u32) -> (OrganisationId, AccountId);
    /// Make the session's validators this many.
    fn committee(size: u32);
}

const LEN: u64 = 4_096;

fn owner<T: Config>() -> AccountId {
    T::BenchmarkHelper::organisation(0).1
}

fn root() -> Root {
    Root::repeat_byte(1)
}

fn licence() -> Licence {
    Licence::truncate_from(vec![b'l'; MAX_LICENCE as usize])
}

/// An artifact that awaits votes, in a registry with room for one more.
fn pending<T: Config>() -> ArtifactId {
    T::BenchmarkHelper::committee(MAX_COMMITTEE);
    let others = (2..T::MaxArtifacts::get()).map(|number| number + 1_000_000);
    Kept::<T>::put(BoundedVec::truncate_from(others.collect()));
    let id = NextArtifact::<T>::get();
    let origin = RawOrigin::Signed(owner::<T>()).into();
    Pallet::<T>::register(
        origin,
        ArtifactKind::Weights,
        root(),
        root(),
        LEN,
        licence(),
        Access::Organisations,
    )
    .unwrap();
    id
}

fn decided<T: Config>(finding: Finding) -> ArtifactId {
    let id = pending::<T>();
    Pallet::<T>::found(Subject::Artifact(id), 0, finding);
    id
}

fn state<T: Config>(id: ArtifactId) -> ArtifactState {
    Artifacts::<T>::get(id).unwrap().state
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register() {
        decided::<T>(Finding::Held);
        let id = NextArtifact::<T>::get();

        #[extrinsic_call]
        _(
            RawOrigin::Signed(owner::<T>()),
            ArtifactKind::DataSet,
            root(),
            root(),
            LEN,
            licence(),
            Access::Organisations,
        );

        assert!(Artifacts::<T>::contains_key(id));
    }

    #[benchmark]
    fn retry() {
        let id = decided::<T>(Finding::Split);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>()), id, root(), root(), LEN);

        assert!(matches!(state::<T>(id), ArtifactState::Pending { .. }));
    }

    /// `o`: organisations.
    #[benchmark]
    fn set_access(o: Linear<0, { MAX_ORGANISATIONS - 8 }>) {
        let id = decided::<T>(Finding::Held);
        let organisations = (0..o).map(|number| T::BenchmarkHelper::organisation(number).0);
        let organisations = Organisations::truncate_from(organisations.collect());

        #[extrinsic_call]
        _(
            RawOrigin::Signed(owner::<T>()),
            id,
            Access::Organisations,
            organisations,
        );

        assert_eq!(Artifacts::<T>::get(id).unwrap().readers.len() as u32, o);
    }

    #[benchmark]
    fn retire() {
        let id = decided::<T>(Finding::Held);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>()), id);

        assert!(matches!(state::<T>(id), ArtifactState::Retired { .. }));
    }

    /// A rejected one, whose deposit returns.
    #[benchmark]
    fn prune() {
        let id = decided::<T>(Finding::Split);
        let later = T::Retention::get() + 1_000;
        frame_system::Pallet::<T>::set_block_number(
            frame_system::pallet_prelude::BlockNumberFor::<T>::unique_saturated_from(later),
        );

        #[extrinsic_call]
        _(RawOrigin::Signed(owner::<T>()), id);

        assert!(!Artifacts::<T>::contains_key(id));
    }

    #[benchmark]
    fn found() {
        let id = pending::<T>();

        #[block]
        {
            <Pallet<T> as AvailabilityHandler>::found(Subject::Artifact(id), 0, Finding::Held);
        }

        assert!(matches!(state::<T>(id), ArtifactState::Held { .. }));
    }

    #[benchmark]
    fn ended() {
        let id = pending::<T>();

        #[block]
        {
            <Pallet<T> as AvailabilityHandler>::ended(Subject::Artifact(id));
        }

        assert!(matches!(state::<T>(id), ArtifactState::Rejected { .. }));
    }
}
