//! Who may do what, on the real runtime.

mod common;

use codec::Encode;
use common::*;
use frame_support::{assert_err, assert_ok, traits::Contains};
use quorate_primitives::{
    policy::{Access, Deadlines, Split},
    traits::{Consortium as _, Models},
};
use quorate_runtime::{
    configs::safety::CallFilter, constants::UNIT, Balances, Consortium, Runtime, RuntimeCall, SafeMode,
};
use sp_runtime::traits::{BlakeTwo256, Hash as _};

/// Carry a motion of the council with the votes of the first `ayes` organisations.
fn council(chain: &mut Chain, call: impl Into<RuntimeCall>, ayes: u32) {
    let call: RuntimeCall = call.into();
    let (hash, length) = (BlakeTwo256::hash_of(&call), call.encoded_size() as u32);
    let index = pallet_collective::ProposalCount::<Runtime, pallet_collective::Instance1>::get();
    let propose = pallet_collective::Call::<Runtime, pallet_collective::Instance1>::propose {
        threshold: ayes,
        proposal: Box::new(call),
        length_bound: length,
    };
    chain.run(vec![signed("//Org0", propose)]);
    let vote = |number: u32| {
        let call = pallet_collective::Call::<Runtime, pallet_collective::Instance1>::vote {
            proposal: hash,
            index,
            approve: true,
        };
        signed(&format!("//Org{number}"), call)
    };
    let mut votes: Vec<_> = (0..ayes).map(vote).collect();
    let close = pallet_collective::Call::<Runtime, pallet_collective::Instance1>::close {
        proposal_hash: hash,
        index,
        proposal_weight_bound: frame_support::weights::Weight::from_parts(400_000_000_000, 1_000_000),
        length_bound: length,
    };
    votes.push(signed_ahead("//Org0", close, 1));
    chain.run(votes);
}

/// The same of the technical committee, with two of its three members.
fn technical(chain: &mut Chain, call: impl Into<RuntimeCall>) {
    let call: RuntimeCall = call.into();
    let (hash, length) = (BlakeTwo256::hash_of(&call), call.encoded_size() as u32);
    let index = pallet_collective::ProposalCount::<Runtime, pallet_collective::Instance2>::get();
    let propose = pallet_collective::Call::<Runtime, pallet_collective::Instance2>::propose {
        threshold: 2,
        proposal: Box::new(call),
        length_bound: length,
    };
    chain.run(vec![signed("//Org0", propose)]);
    let vote = |number: u32| {
        let call = pallet_collective::Call::<Runtime, pallet_collective::Instance2>::vote {
            proposal: hash,
            index,
            approve: true,
        };
        signed(&format!("//Org{number}"), call)
    };
    let close = pallet_collective::Call::<Runtime, pallet_collective::Instance2>::close {
        proposal_hash: hash,
        index,
        proposal_weight_bound: frame_support::weights::Weight::from_parts(400_000_000_000, 1_000_000),
        length_bound: length,
    };
    chain.run(vec![vote(0), vote(1), signed_ahead("//Org0", close, 1)]);
}

fn admission(path: &str) -> pallet_consortium::Call<Runtime> {
    pallet_consortium::Call::admit {
        name: b"Newcomer".to_vec().try_into().unwrap(),
        account: account(path),
    }
}

#[test]
fn an_admitted_organisation_gets_its_seat() {
    on_local_chain(|chain| {
        council(chain, admission("//Org5"), 3);
        assert_eq!(Consortium::organisation_of(&account("//Org5")), Some(5));
        assert!(
            pallet_collective::Members::<Runtime, pallet_collective::Instance1>::get().contains(&account("//Org5"))
        );
    });
}

#[test]
fn half_of_the_council_is_not_a_majority() {
    on_local_chain(|chain| {
        council(chain, admission("//Org5"), 2);
        assert_eq!(Consortium::organisation_of(&account("//Org5")), None);
    });
}

#[test]
fn nobody_moves_a_seat_past_the_consortium() {
    on_local_chain(|chain| {
        let call = pallet_membership::Call::<Runtime, pallet_membership::Instance1>::change_key {
            new: account("//Eve").into(),
        };
        let result = chain.block(vec![signed("//Org0", call)]);
        assert_eq!(
            result[0],
            Err(Failure::Failed(frame_system::Error::<Runtime>::CallFiltered.into()))
        );
    });
}

#[test]
fn root_takes_the_technical_committee_and_two_thirds_of_the_council() {
    on_local_chain(|chain| {
        let stalled: RuntimeCall = pallet_grandpa::Call::<Runtime>::note_stalled {
            delay: 10,
            best_finalized_block_number: 1,
        }
        .into();
        let call_hash = BlakeTwo256::hash_of(&stalled);
        let dispatch = pallet_whitelist::Call::<Runtime>::dispatch_whitelisted_call_with_preimage {
            call: Box::new(stalled),
        };
        technical(chain, pallet_whitelist::Call::<Runtime>::whitelist_call { call_hash });
        council(chain, dispatch, 4);
        assert!(pallet_grandpa::Stalled::<Runtime>::get().is_some());
    });
}

#[test]
fn safe_mode_stops_transfers_and_not_the_protocol() {
    on_local_chain(|chain| {
        technical(chain, pallet_safe_mode::Call::<Runtime>::force_enter {});
        assert!(SafeMode::is_entered());
        let transfer = pallet_balances::Call::transfer_keep_alive {
            dest: account("//Eve").into(),
            value: UNIT,
        };
        let result = chain.block(vec![signed("//Org0", transfer)]);
        assert_eq!(
            result[0],
            Err(Failure::Failed(frame_system::Error::<Runtime>::CallFiltered.into()))
        );
        assert_eq!(Balances::free_balance(account("//Eve")), 0);

        let open = pallet_rounds::Call::<Runtime>::open {
            round: 0,
            root: Default::default(),
            salt: [0; 32],
        };
        let submit = pallet_rounds::Call::<Runtime>::submit {
            round: 0,
            commitment: Default::default(),
            weight: 1,
        };
        let settle = pallet_attestation::Call::<Runtime>::settle {
            job: Default::default(),
            page: 0,
            rows: Default::default(),
            pages: Default::default(),
        };
        assert!(CallFilter::contains(&open.into()));
        assert!(CallFilter::contains(&settle.into()));
        assert!(!CallFilter::contains(&submit.into()));

        technical(chain, pallet_safe_mode::Call::<Runtime>::force_exit {});
        assert!(!SafeMode::is_entered());
    });
}

#[test]
fn consensus_governance_and_attestation_cannot_be_paused() {
    on_local_chain(|chain| {
        let pause = |pallet: &str, call: &str| pallet_tx_pause::Call::<Runtime>::pause {
            full_name: (
                pallet.as_bytes().to_vec().try_into().unwrap(),
                call.as_bytes().to_vec().try_into().unwrap(),
            ),
        };
        assert_ok!(as_root(pause("Balances", "transfer_allow_death")));
        let unpausable = pallet_tx_pause::Error::<Runtime>::Unpausable;
        assert_err!(as_root(pause("Attestation", "commit")), unpausable);
        let unpausable = pallet_tx_pause::Error::<Runtime>::Unpausable;
        assert_err!(as_root(pause("Rounds", "vote_available")), unpausable);
        let unpausable = pallet_tx_pause::Error::<Runtime>::Unpausable;
        assert_err!(as_root(pause("Council", "vote")), unpausable);
        chain.pass(1);
    });
}

#[test]
fn an_outsider_can_set_no_keys_and_a_registered_validator_can() {
    on_local_chain(|chain| {
        assert_ok!(as_root(pallet_balances::Call::<Runtime>::force_set_balance {
            who: account("//Eve").into(),
            new_free: 10 * UNIT
        }));
        let set_keys = || pallet_session::Call::<Runtime>::set_keys {
            keys: session_keys("//Eve"),
            proof: ownership_proof("//Eve", &account("//Eve")),
        };
        let refused = pallet_session::Error::<Runtime>::NoAssociatedValidatorId;
        assert_eq!(
            chain.block(vec![signed("//Eve", set_keys())]),
            [Err(Failure::Failed(refused.into()))]
        );

        let registration = pallet_consortium::Call::register_validator {
            validator: account("//Eve"),
            organisation: 4,
            peer_id: b"12D3KooWJvyP3VJYymTqG7eH4PM5rN4T2agk5cdNCfNymAqwqcvZ"
                .to_vec()
                .try_into()
                .unwrap(),
            gateway: b"http://127.0.0.1:9105".to_vec().try_into().unwrap(),
            tls_key_hash: None,
        };
        council(chain, registration, 3);
        let stolen = pallet_session::Call::<Runtime>::set_keys {
            keys: session_keys("//Eve"),
            proof: ownership_proof("//Eve", &account("//Ferdie")),
        };
        let unproven = pallet_session::Error::<Runtime>::InvalidProof;
        assert_eq!(
            chain.block(vec![signed("//Eve", stolen)]),
            [Err(Failure::Failed(unproven.into()))]
        );
        chain.run(vec![signed("//Eve", set_keys())]);
        // Planned at the next rotation, in the set at the one after.
        chain.pass(65);
        assert!(Consortium::committee()
            .iter()
            .any(|member| member.validator == account("//Eve")));
    });
}

#[test]
fn a_validator_cannot_purge_its_keys() {
    on_local_chain(|chain| {
        let purge = pallet_session::Call::<Runtime>::purge_keys {};
        let filtered = frame_system::Error::<Runtime>::CallFiltered;
        assert_eq!(
            chain.block(vec![signed("//Alice", purge)]),
            [Err(Failure::Failed(filtered.into()))]
        );
    });
}

#[test]
fn an_outsider_cannot_submit() {
    on_local_chain(|chain| {
        let policy = quorate_primitives::policy::Policy {
            pipeline: quorate_exact::Rule::WeightedMean.into(),
            min_updates: 1,
            max_updates: 4,
            max_weight: 10,
            max_updates_per_organisation: 4,
            deadlines: Deadlines {
                collect: 20,
                open: 10,
                vote: 10,
                commit: 10,
                reveal: 10,
            },
            bond: 0,
            reward: 0,
            split: Split {
                contributors: 1_000_000,
                validators: 0,
                treasury: 0,
            },
            max_organisation_share: 1_000_000,
            retention: 10,
            challenge: 0,
            access: Access::Public,
        };
        let register = pallet_models::Call::register {
            name: b"model".to_vec().try_into().unwrap(),
            header_hash: Default::default(),
            header_len: 1_024,
            group_len: 4,
            file_len: 1_028,
            root: Default::default(),
            policy,
            parent: None,
        };
        chain.run(vec![signed("//Org0", register)]);
        <quorate_runtime::Models as Models>::genesis_decided(0, true);
        chain.run(vec![signed("//Org0", pallet_rounds::Call::open_round { model: 0 })]);
        let submit = || pallet_rounds::Call::<Runtime>::submit {
            round: 0,
            commitment: Default::default(),
            weight: 1,
        };
        let refused = pallet_rounds::Error::<Runtime>::NotSponsored;
        // Bob validates and has tokens; nobody sponsors him.
        assert_eq!(
            chain.block(vec![signed("//Bob", submit())]),
            [Err(Failure::Failed(refused.into()))]
        );
        chain.run(vec![signed(
            "//Org1",
            pallet_consortium::Call::sponsor {
                contributor: account("//Bob"),
            },
        )]);
        chain.run(vec![signed("//Bob", submit())]);
    });
}

#[test]
fn an_account_without_tokens_or_sponsor_cannot_send() {
    on_local_chain(|chain| {
        let claim = pallet_incentives::Call::<Runtime>::claim {};
        assert!(chain.pool(signed("//Nobody", claim)).is_err());
    });
}
