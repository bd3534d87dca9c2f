//! A majority that wants to become the whole, and a consortium that has nearly lost its say.

use super::{
    admission,
    common::{motions::*, *},
    enact,
};
use frame_support::traits::Get;
use pallet_consortium::types::{Change, Target};
use quorate_primitives::traits::Consortium as _;
use quorate_runtime::{parameters, Consortium, Runtime, RuntimeCall};
use sp_runtime::traits::{BlakeTwo256, Hash as _};

/// Three of five suspend the other two. Of those that are left they are all, of all that are admitted they are three fifths.
fn capture(chain: &mut Chain) {
    for victim in [3, 4] {
        let target = Target::Organisation(victim);
        council(chain, pallet_consortium::Call::suspend { target }, &[0, 1, 2]);
    }
    assert_eq!(council_members().len(), 3, "the other two are suspended");
    assert_eq!(Consortium::admitted(), 5);
}

#[test]
fn three_of_five_that_suspend_the_others_should_have_no_more_power_than_before() {
    on_local_chain(|chain| {
        capture(chain);
        let all = [0, 1, 2];

        // Admit puppets, and get rid of the others for good.
        for change in [
            admission("//Puppet"),
            Change::Remove { organisation: 3 },
            Change::Suspend {
                target: Target::Organisation(3),
            },
            Change::SetAccount {
                organisation: 3,
                account: account("//Puppet"),
            },
            Change::SetTechnicalSeats {
                seats: vec![0].try_into().unwrap(),
            },
            Change::RemoveValidator {
                validator: account("//Dave"),
            },
        ] {
            council(chain, pallet_consortium::Call::propose_change { change }, &all);
        }
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 0);

        // Root, by each way.
        let remark: RuntimeCall = frame_system::Call::<Runtime>::set_storage {
            items: vec![(b"captured".to_vec(), b"yes".to_vec())],
        }
        .into();
        technical(
            chain,
            pallet_whitelist::Call::<Runtime>::whitelist_call {
                call_hash: BlakeTwo256::hash_of(&remark),
            },
            &[0, 1],
        );
        council(
            chain,
            pallet_whitelist::Call::<Runtime>::dispatch_whitelisted_call_with_preimage {
                call: Box::new(remark.clone()),
            },
            &all,
        );
        council(
            chain,
            pallet_scheduler::Call::<Runtime>::schedule {
                when: chain.number() + 10,
                maybe_periodic: None,
                priority: 0,
                call: Box::new(remark),
            },
            &all,
        );
        council(
            chain,
            pallet_parameters::Call::<Runtime>::set_parameter {
                key_value: quorate_runtime::parameters::RuntimeParameters::Protocol(
                    parameters::dynamic::protocol::Parameters::ChangeDelay(
                        parameters::dynamic::protocol::ChangeDelay,
                        Some(1),
                    ),
                ),
            },
            &all,
        );
        council(
            chain,
            frame_system::Call::<Runtime>::authorize_upgrade {
                code_hash: Default::default(),
            },
            &all,
        );
        chain.pass(12);
        assert_eq!(sp_io::storage::get(b"captured"), None);
        let upgrade = frame_support::storage::storage_prefix(b"System", b"AuthorizedUpgrade");
        assert_eq!(sp_io::storage::get(&upgrade), None);
        assert_eq!(parameters::ChangeDelay::get(), quorate_runtime::constants::DAYS);

        // Silence is no aye, however long they wait.
        let call: RuntimeCall = pallet_consortium::Call::propose_change {
            change: admission("//Puppet"),
        }
        .into();
        let motion = propose(chain, 0, call, 4);
        chain.run((0..3).map(|number| vote(number, motion)).collect());
        chain.jump_to(chain.number() + 7 * quorate_runtime::constants::DAYS);
        chain.pass(1);
        chain.run(vec![close("//Org0", motion)]);
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 0);
    });
}

#[test]
fn a_fast_suspension_should_end_by_itself_and_not_be_renewed_by_the_majority() {
    on_local_chain(|chain| {
        capture(chain);
        let until = chain.number() + quorate_runtime::configs::protocol::FastSuspension::get();
        // The first of the two was suspended a few blocks before.
        chain.jump_to(until - 10);
        chain.pass(12);
        assert_eq!(council_members().len(), 5, "both are back");
        let target = Target::Organisation(3);
        council(chain, pallet_consortium::Call::suspend { target }, &[0, 1, 2]);
        assert_eq!(council_members().len(), 5, "the majority may do it once");
    });
}

#[test]
fn nine_organisations_with_three_suspended_and_one_key_lost_should_find_the_way_out() {
    on_local_chain(|chain| {
        for number in 5..9 {
            let ayes: Vec<u32> = (0..number).collect();
            let propose = pallet_consortium::Call::propose_change {
                change: admission(&format!("//Org{number}")),
            };
            endow(&format!("//Org{number}"));
            council(chain, propose, &ayes);
            let due = pallet_consortium::PendingChanges::<Runtime>::iter_values()
                .next()
                .unwrap()
                .enact_at;
            chain.jump_to(due);
            chain.pass(1);
        }
        assert_eq!((Consortium::admitted(), council_members().len()), (9, 9));
        for victim in [6, 7, 8] {
            let target = Target::Organisation(victim);
            council(chain, pallet_consortium::Call::suspend { target }, &[0, 1, 2, 3, 4]);
        }
        assert_eq!(council_members().len(), 6);
        // The key of number 5 is lost: five can still vote, and two thirds of nine are six.
        let able = [0, 1, 2, 3, 4];
        let new_account = || Change::SetAccount {
            organisation: 5,
            account: account("//Found"),
        };
        council(
            chain,
            pallet_consortium::Call::propose_change { change: new_account() },
            &able,
        );
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 0);
        // Five are a majority of nine, and a majority lifts a suspension.
        let target = Target::Organisation(6);
        council(chain, pallet_consortium::Call::reinstate { target }, &able);
        enact(chain, new_account(), &[0, 1, 2, 3, 4, 6]);
        endow("//Found");
        chain.run(vec![signed(
            "//Found",
            pallet_consortium::Call::accept_account { organisation: 5 },
        )]);
        assert_eq!(Consortium::organisation_of(&account("//Found")), Some(5));
        assert!(council_members().contains(&account("//Found")));
    });
}
