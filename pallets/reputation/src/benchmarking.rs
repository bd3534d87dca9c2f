//! Worst cases: accounts of the highest rank, and a validator without a record, whose standing is asked for.
#![allow(clippy::expect_used)]

use crate::{types::*, *};
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Get};
use quorate_primitives::{
    job::{Requester, Verdict},
    traits::{DepartureSink, RankSink, VerdictSink},
    AccountId, OrganisationId, PPM,
};

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// A contributor and its organisation.
    fn contributor() -> (AccountId, OrganisationId);
    /// An active validator.
    fn validator() -> AccountId;
}

/// A contributor of the highest rank that is a validator too.
fn ranked<T: Config>() -> AccountId {
    let (who, organisation) = T::BenchmarkHelper::contributor();
    let rank = u16::try_from(T::RankThresholds::get().len()).expect("few ranks");
    T::RankSink::set_rank(&who, rank).expect("a contributor may have a rank");
    RankedCount::<T>::insert(organisation, 1);
    let record = ContributorRecord {
        reputation: PPM,
        rank,
        organisation,
    };
    Contributors::<T>::insert(&who, record);
    Validators::<T>::insert(&who, PPM);
    who
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin = T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Parameters::DEFAULT);

        Ok(())
    }

    #[benchmark]
    fn reset() -> Result<(), BenchmarkError> {
        let origin = T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let who = ranked::<T>();

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, who.clone());

        assert!(!Contributors::<T>::contains_key(&who));
        Ok(())
    }

    #[benchmark]
    fn judged() {
        let who = T::BenchmarkHelper::validator();

        #[block]
        {
            <Pallet<T> as VerdictSink>::judged(&who, Requester::Round(0), Verdict::Agreed);
        }

        assert!(Validators::<T>::contains_key(&who));
    }

    #[benchmark]
    fn left() {
        let who = ranked::<T>();

        #[block]
        {
            <Pallet<T> as DepartureSink>::contributor_left(&who);
        }

        assert!(!Contributors::<T>::contains_key(&who));
    }
}
