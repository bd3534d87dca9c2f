//! Worst cases: a full session whose validators each have an organisation of their own and have declared something.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use crate::{types::Entry, *};
use codec::Decode;
use frame_benchmarking::v2::*;
use frame_support::{pallet_prelude::TransactionSource, traits::Get};
use frame_system::RawOrigin;
use quorate_primitives::{
    capability::{Capability, Declaration},
    committee::Committee,
    crypto::AttestationSignature,
    job::infer::EXACT_VERSION,
    payload,
    traits::{Capabilities, DepartureSink},
    MAX_COMMITTEE,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::traits::TrailingZeroInput;

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// Active validators, each of another organisation, whose keys are in the keystore.
    fn committee(size: u32) -> Committee;
}

/// The validator that acts.
const LAST: usize = MAX_COMMITTEE as usize - 1;

/// A full session whose validators declared something an era ago.
fn declared<T: Config>() -> Committee {
    let committee = T::BenchmarkHelper::committee(MAX_COMMITTEE);
    for member in &committee {
        let entry = Entry {
            capability: Capability {
                memory: 1,
                speed: T::MinSpeed::get(),
                exact_version: EXACT_VERSION,
            },
            at: 0,
            accepted_at: 0,
            silent_at: None,
            barred_until: None,
        };
        Entries::<T>::insert(&member.validator, entry);
    }
    frame_system::Pallet::<T>::set_block_number((2 * T::Era::get()).into());
    committee
}

fn declaration<T: Config>(committee: &Committee) -> Declaration {
    Declaration {
        validator: committee[LAST].validator.clone(),
        capability: Capability {
            memory: 2,
            speed: 2,
            exact_version: EXACT_VERSION,
        },
        at: Pallet::<T>::now(),
    }
}

fn no_signature() -> AttestationSignature {
    AttestationSignature::decode(&mut TrailingZeroInput::zeroes()).expect("zeroes are a signature")
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn declare() {
        let declaration = declaration::<T>(&declared::<T>());

        #[extrinsic_call]
        _(RawOrigin::Authorized, declaration.clone(), no_signature());

        let entry = Entries::<T>::get(&declaration.validator).unwrap();
        assert_eq!(entry.capability, declaration.capability);
    }

    #[benchmark]
    fn authorize_declare() {
        let committee = declared::<T>();
        let declaration = declaration::<T>(&committee);
        let message = payload::declaration_payload(Pallet::<T>::genesis_hash(), &declaration);
        let signature = committee[LAST].key.sign(&message).unwrap();
        let checked;

        #[block]
        {
            checked = Pallet::<T>::authorize_declare(TransactionSource::External, &declaration, &signature);
        }

        assert!(checked.is_ok());
    }

    /// `s`: validators of one committee that are silent for the second time, which bars as many of them as may be spared.
    #[benchmark]
    fn silent(s: Linear<1, { MAX_COMMITTEE }>) {
        let committee = declared::<T>();
        let before = Pallet::<T>::now().saturating_sub(T::MinInterval::get());
        for member in &committee {
            Entries::<T>::mutate_extant(&member.validator, |entry| entry.silent_at = Some(before));
        }

        #[block]
        {
            for member in committee.iter().take(s as usize) {
                <Pallet<T> as Capabilities>::silent(&member.validator);
            }
        }

        let first = Entries::<T>::get(&committee[0].validator).unwrap();
        assert!(first.barred_until.is_some());
    }

    #[benchmark]
    fn left() {
        let committee = declared::<T>();
        let validator = &committee[LAST].validator;

        #[block]
        {
            <Pallet<T> as DepartureSink>::validator_left(validator);
        }

        assert!(Entries::<T>::get(validator).is_none());
    }
}
