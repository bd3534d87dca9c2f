//! Safe mode, pauses and the call filter.

use super::{
    common::{motions::*, *},
    filtered,
};
use frame_support::{
    assert_err, assert_noop, assert_ok,
    traits::{Contains, Get},
};
use quorate_primitives::traits::Protected;
use quorate_runtime::{
    configs::safety::{CallFilter, Stopped},
    constants::UNIT,
    parameters, Balances, Runtime, RuntimeCall, SafeMode,
};

#[test]
fn safe_mode_should_stop_transfers_and_neither_the_protocol_nor_the_councils_levers() {
    on_local_chain(|chain| {
        assert!(!Stopped::no_submissions());
        technical(chain, pallet_safe_mode::Call::<Runtime>::force_enter {}, &[0, 1]);
        assert!(SafeMode::is_entered());
        assert!(Stopped::no_submissions() && !Stopped::no_transactions());
        let transfer = pallet_balances::Call::transfer_keep_alive {
            dest: account("//Eve").into(),
            value: UNIT,
        };
        assert_eq!(chain.block(vec![signed("//Org0", transfer)]), [filtered()]);
        assert_eq!(Balances::free_balance(account("//Eve")), 0);

        use pallet_attestation::Call as Job;
        use pallet_models::Call as Model;
        use pallet_rounds::Call as Round;
        let open: Vec<RuntimeCall> = vec![
            Round::reveal_update {
                round: 0,
                root: Default::default(),
                salt: [0; 32],
            }
            .into(),
            Round::settle {
                round: 0,
                page: 0,
                rows: Default::default(),
                pages: Default::default(),
            }
            .into(),
            Round::abort { round: 0 }.into(),
            Job::commit {
                job: Default::default(),
                member: 0,
                commit: Default::default(),
                signature: attestation_sign(VALIDATORS[0], b""),
            }
            .into(),
            Model::freeze { model: 0 }.into(),
            Model::revoke { model: 0, version: 0 }.into(),
        ];
        for call in open {
            assert!(CallFilter::contains(&call), "{call:?}");
        }
        let submit = Round::submit {
            round: 0,
            commitment: Default::default(),
            weight: 1,
        };
        assert!(!CallFilter::contains(&submit.into()));

        // A motion's call passes the filter, too, and fails only because there is no such model.
        let result = council(chain, Model::freeze { model: 0 }, &[0, 1, 2]);
        assert_ne!(result, filtered().err());
        assert_ne!(result, None);
        let voting = parameters::RuntimeParameters::Protocol(parameters::dynamic::protocol::Parameters::GenesisVoting(
            parameters::dynamic::protocol::GenesisVoting,
            Some(9_999),
        ));
        let result = council(
            chain,
            pallet_parameters::Call::<Runtime>::set_parameter { key_value: voting },
            &[0, 1, 2, 3],
        );
        assert_eq!(result, None);
        assert_eq!(parameters::GenesisVoting::get(), 9_999);

        technical(chain, pallet_safe_mode::Call::<Runtime>::force_exit {}, &[0, 1]);
        assert!(!SafeMode::is_entered());
    });
}

fn pause(pallet: &str, call: &str) -> pallet_tx_pause::Call<Runtime> {
    pallet_tx_pause::Call::<Runtime>::pause {
        full_name: (
            pallet.as_bytes().to_vec().try_into().unwrap(),
            call.as_bytes().to_vec().try_into().unwrap(),
        ),
    }
}

#[test]
fn consensus_governance_its_wrappers_and_attestation_should_not_be_pausable() {
    on_local_chain(|chain| {
        assert_ok!(as_root(pause("Balances", "transfer_allow_death")));
        for (pallet, call) in [
            ("Attestation", "commit"),
            ("Availability", "vote"),
            ("Rounds", "reveal_update"),
            ("Rounds", "settle"),
            ("Rounds", "abort"),
            ("Models", "freeze"),
            ("Models", "revoke"),
            ("Council", "vote"),
            ("Multisig", "as_multi"),
            ("Proxy", "proxy"),
            ("Utility", "batch_all"),
            ("Consortium", "reinstate"),
            ("System", "apply_authorized_upgrade"),
            ("Parameters", "set_parameter"),
        ] {
            let unpausable = pallet_tx_pause::Error::<Runtime>::Unpausable;
            assert_err!(as_root(pause(pallet, call)), unpausable);
        }
        chain.pass(1);
    });
}

#[test]
fn a_pause_of_submissions_should_shift_deadlines() {
    on_local_chain(|_| {
        assert!(!Stopped::no_submissions());
        assert_ok!(as_root(pause("Rounds", "submit")));
        assert!(Stopped::no_submissions());
    });
}

#[test]
fn the_filter_should_hold_before_storage_is_touched() {
    on_local_chain(|_| {
        let origin = <Runtime as frame_system::Config>::RuntimeOrigin::signed(account("//Org0"));
        let call: RuntimeCall = pallet_membership::Call::<Runtime, pallet_membership::Instance1>::clear_prime {}.into();
        assert_noop!(
            sp_runtime::traits::Dispatchable::dispatch(call, origin),
            frame_system::Error::<Runtime>::CallFiltered
        );
    });
}
