//! Who may do what, on the real runtime.

mod common;

use common::{flow, model, motions::*, *};
use frame_support::{
    assert_err, assert_noop, assert_ok,
    traits::{Contains, Get},
};
use pallet_consortium::types::{Change, Endpoint, Target};
use quorate_primitives::traits::{Consortium as _, Protected};
use quorate_runtime::{
    configs::safety::{CallFilter, Stopped},
    constants::UNIT,
    parameters, Balances, Consortium, Runtime, RuntimeCall, SafeMode,
};
use sp_runtime::traits::{BlakeTwo256, Hash as _};

fn admission(path: &str) -> Change {
    Change::Admit {
        name: path.as_bytes().to_vec().try_into().unwrap(),
        account: account(path),
        recovery: None,
    }
}

fn filtered() -> Result<(), Failure> {
    Err(Failure::Failed(frame_system::Error::<Runtime>::CallFiltered.into()))
}

/// Two thirds of all decide on it, and its delay passes.
fn enact(chain: &mut Chain, change: Change, ayes: &[u32]) {
    council(chain, pallet_consortium::Call::propose_change { change }, ayes);
    let due = pallet_consortium::PendingChanges::<Runtime>::iter_values()
        .map(|pending| pending.enact_at)
        .max()
        .expect("the change is pending");
    chain.jump_to(due);
    chain.pass(1);
}

#[test]
fn an_admitted_organisation_should_get_its_seat_after_the_delay() {
    on_local_chain(|chain| {
        council(
            chain,
            pallet_consortium::Call::propose_change {
                change: admission("//Org5"),
            },
            &[0, 1, 2, 3],
        );
        assert_eq!(Consortium::organisation_of(&account("//Org5")), None);
        let due = pallet_consortium::PendingChanges::<Runtime>::iter_values()
            .next()
            .unwrap()
            .enact_at;
        chain.jump_to(due);
        chain.pass(1);
        assert_eq!(Consortium::organisation_of(&account("//Org5")), Some(5));
        assert!(council_members().contains(&account("//Org5")));
    });
}

#[test]
fn a_majority_should_not_admit_and_should_be_able_to_cancel() {
    on_local_chain(|chain| {
        let propose = || pallet_consortium::Call::propose_change {
            change: admission("//Org5"),
        };
        council(chain, propose(), &[0, 1, 2]);
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 0);
        council(chain, propose(), &[0, 1, 2, 3]);
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 1);
        council(chain, pallet_consortium::Call::cancel_change { id: 0 }, &[4, 2, 3]);
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 0);
    });
}

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

#[test]
fn technical_seats_should_follow_the_organisations() {
    on_local_chain(|chain| {
        assert_eq!(technical_members().len(), 3);
        endow("//New");
        chain.run(vec![signed(
            "//Org0",
            pallet_consortium::Call::rotate_account {
                account: account("//New"),
            },
        )]);
        chain.run(vec![signed(
            "//New",
            pallet_consortium::Call::accept_account { organisation: 0 },
        )]);
        assert!(technical_members().contains(&account("//New")));
        assert!(!technical_members().contains(&account("//Org0")));
        let target = Target::Organisation(1);
        council_by(
            chain,
            pallet_consortium::Call::suspend { target },
            &["//New", "//Org2", "//Org3"],
        );
        assert!(!technical_members().contains(&account("//Org1")));
        // One of three seats is suspended; two thirds of all three are the other two.
        technical_by(chain, pallet_safe_mode::Call::<Runtime>::force_enter {}, &["//New"]);
        assert!(!SafeMode::is_entered());
        technical_by(
            chain,
            pallet_safe_mode::Call::<Runtime>::force_enter {},
            &["//New", "//Org2"],
        );
        assert!(SafeMode::is_entered());
    });
}

#[test]
fn a_member_that_fills_its_share_of_the_motions_should_be_removable() {
    on_local_chain(|chain| {
        let remark = |n: u8| RuntimeCall::from(frame_system::Call::<Runtime>::remark { remark: vec![n] });
        for n in 0..3 {
            propose(chain, 4, remark(n), 3);
        }
        let refused = pallet_collective::Error::<Runtime, pallet_collective::Instance1>::TooManyProposals;
        let too_many = |chain: &mut Chain| chain.block(vec![signed("//Org4", proposal(remark(9), 3))]);
        assert_eq!(too_many(chain), [Err(Failure::Failed(refused.into()))]);
        // Nor with another account.
        endow("//Other");
        chain.run(vec![signed(
            "//Org4",
            pallet_consortium::Call::rotate_account {
                account: account("//Other"),
            },
        )]);
        chain.run(vec![signed(
            "//Other",
            pallet_consortium::Call::accept_account { organisation: 4 },
        )]);
        let refused = pallet_collective::Error::<Runtime, pallet_collective::Instance1>::TooManyProposals;
        assert_eq!(
            chain.block(vec![signed("//Other", proposal(remark(9), 3))]),
            [Err(Failure::Failed(refused.into()))]
        );
        enact(chain, Change::Remove { organisation: 4 }, &[0, 1, 2, 3]);
        assert_eq!(council_members().len(), 4);
    });
}

#[test]
fn motions_of_all_organisations_should_fit_and_closed_ones_should_leave_nothing_behind() {
    on_local_chain(|chain| {
        let remark = |n: u8| RuntimeCall::from(frame_system::Call::<Runtime>::remark { remark: vec![n] });
        let tickets = || pallet_collective::CostOf::<Runtime, pallet_collective::Instance1>::iter().count();
        for number in 0..5u8 {
            for n in 0..3 {
                propose(chain, number.into(), remark(number * 3 + n), 3);
            }
        }
        assert_eq!(tickets(), 15);
        chain.jump_to(chain.number() + 7 * quorate_runtime::constants::DAYS);
        chain.pass(1);
        let motions = open_motions();
        for motion in motions {
            if !chain.has_room() {
                chain.pass(1);
            }
            chain.run(vec![close("//Org0", motion)]);
        }
        propose(chain, 0, remark(99), 3);
        assert_eq!(tickets(), 1);
    });
}

#[test]
fn the_contributors_of_an_organisation_should_have_a_bounded_number_of_polls_open() {
    on_local_chain(|chain| {
        use frame_support::traits::StorePreimage;
        use quorate_primitives::traits::RankSink;
        let accounts = ["//Ranked0", "//Ranked1"];
        for path in accounts {
            endow(path);
            chain.run(vec![signed("//Org0", sponsor(path, 0))]);
            assert_ok!(quorate_runtime::governance::RankedSeats::set_rank(&account(path), 1));
        }
        let call: RuntimeCall = frame_system::Call::<Runtime>::remark { remark: vec![1] }.into();
        let proposal = quorate_runtime::Preimage::bound(call).unwrap();
        let submit = || pallet_referenda::Call::<Runtime>::submit {
            proposal_origin: Box::new(quorate_runtime::OriginCaller::system(frame_system::RawOrigin::Signed(
                quorate_runtime::governance::tracks::track_account(1),
            ))),
            proposal: proposal.clone(),
            enactment_moment: frame_support::traits::schedule::DispatchTime::After(1),
        };
        for path in ["//Ranked0", "//Ranked0", "//Ranked1"] {
            chain.run(vec![signed(path, submit())]);
        }
        for path in accounts {
            // Nor after its rank was lost and won again.
            assert_ok!(quorate_runtime::governance::RankedSeats::set_rank(&account(path), 0));
            assert_ok!(quorate_runtime::governance::RankedSeats::set_rank(&account(path), 1));
            assert_eq!(
                chain.block(vec![signed(path, submit())]),
                [Err(Failure::Failed(sp_runtime::DispatchError::BadOrigin))]
            );
        }
        // One that ended makes room.
        council(
            chain,
            pallet_referenda::Call::<Runtime>::cancel { index: 0 },
            &[0, 1, 2],
        );
        chain.run(vec![signed("//Ranked1", submit())]);
    });
}

#[test]
fn a_promotion_should_record_who_voted_for_the_version() {
    use quorate_primitives::version::Promoter;
    use sp_runtime::traits::Dispatchable;
    on_local_chain(|chain| {
        let promoted = |version| pallet_models::Promotions::<Runtime>::get(0, version).map(|promotion| promotion.by);
        let promote = |version| pallet_models::Call::<Runtime>::promote { model: 0, version };
        let model = flow::prepare(chain);
        flow::whole_round(chain, model, None);
        flow::whole_round(chain, model, None);
        council(chain, promote(1), &[0, 1]);
        assert_eq!(promoted(1), None, "two of five are no majority");
        assert_eq!(council(chain, promote(1), &[0, 1, 2]), None);
        assert_eq!(promoted(1), Some(Promoter::Council { ayes: 3, of: 5 }));

        // A poll is carried out by the account of its track.
        let by = |who| {
            let origin = <Runtime as frame_system::Config>::RuntimeOrigin::signed(who);
            RuntimeCall::from(promote(2)).dispatch(origin)
        };
        assert!(by(account("//Org0")).is_err());
        assert_eq!(promoted(2), None);
        assert_ok!(by(quorate_runtime::governance::tracks::track_account(2)));
        assert_eq!(promoted(2), Some(Promoter::Poll { rank: 2 }));
    });
}

#[test]
fn nobody_should_move_a_seat_past_the_consortium() {
    on_local_chain(|chain| {
        let council = pallet_membership::Call::<Runtime, pallet_membership::Instance1>::change_key {
            new: account("//Eve").into(),
        };
        assert_eq!(chain.block(vec![signed("//Org0", council)]), [filtered()]);
        let technical = pallet_membership::Call::<Runtime, pallet_membership::Instance2>::change_key {
            new: account("//Eve").into(),
        };
        assert_eq!(chain.block(vec![signed("//Org0", technical)]), [filtered()]);
    });
}

fn note_stalled() -> RuntimeCall {
    pallet_grandpa::Call::<Runtime>::note_stalled {
        delay: 10,
        best_finalized_block_number: 1,
    }
    .into()
}

fn dispatch_whitelisted(call: RuntimeCall) -> pallet_whitelist::Call<Runtime> {
    pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage { call: Box::new(call) }
}

#[test]
fn root_should_take_the_technical_committee_and_two_thirds_of_all_organisations() {
    on_local_chain(|chain| {
        let call_hash = BlakeTwo256::hash_of(&note_stalled());
        technical(
            chain,
            pallet_whitelist::Call::<Runtime>::whitelist_call { call_hash },
            &[0, 1],
        );
        council(chain, dispatch_whitelisted(note_stalled()), &[0, 1, 2]);
        assert!(pallet_grandpa::Stalled::<Runtime>::get().is_none());
        council(chain, dispatch_whitelisted(note_stalled()), &[0, 1, 2, 3]);
        assert!(pallet_grandpa::Stalled::<Runtime>::get().is_some());
    });
}

#[test]
fn a_dispatch_before_the_committees_word_should_not_be_carried_out_later() {
    on_local_chain(|chain| {
        council(chain, dispatch_whitelisted(note_stalled()), &[0, 1, 2, 3]);
        let call_hash = BlakeTwo256::hash_of(&note_stalled());
        technical(
            chain,
            pallet_whitelist::Call::<Runtime>::whitelist_call { call_hash },
            &[0, 1],
        );
        let by_anybody = signed("//Org4", dispatch_whitelisted(note_stalled()));
        let expired = pallet_whitelist::Error::<Runtime>::DeferredDispatchExpired;
        assert_eq!(chain.block(vec![by_anybody]), [Err(Failure::Failed(expired.into()))]);
        // Two thirds of now have to say it again.
        council(chain, dispatch_whitelisted(note_stalled()), &[0, 1, 2, 3]);
        assert!(pallet_grandpa::Stalled::<Runtime>::get().is_some());
    });
}

#[test]
fn parameters_should_have_floors() {
    use parameters::{
        dynamic::{preimages, protocol},
        RuntimeParameters::*,
    };
    on_local_chain(|chain| {
        let zero = [
            Protocol(protocol::Parameters::GenesisVoting(protocol::GenesisVoting, Some(0))),
            Protocol(protocol::Parameters::ChangeDelay(protocol::ChangeDelay, Some(0))),
            Preimages(preimages::Parameters::BaseDeposit(preimages::BaseDeposit, Some(0))),
            Preimages(preimages::Parameters::ByteDeposit(preimages::ByteDeposit, Some(0))),
        ];
        for key_value in zero {
            council(
                chain,
                pallet_parameters::Call::<Runtime>::set_parameter { key_value },
                &[0, 1, 2, 3],
            );
        }
        assert_eq!(protocol::GenesisVoting::get(), 0, "what was set is set");
        assert_eq!(parameters::GenesisVoting::get(), parameters::LeastGenesisVoting::get());
        assert_eq!(parameters::ChangeDelay::get(), parameters::LeastChangeDelay::get());
        assert_eq!(
            parameters::PreimageBaseDeposit::get(),
            parameters::LeastBaseDeposit::get()
        );
        assert_eq!(
            parameters::PreimageByteDeposit::get(),
            parameters::LeastByteDeposit::get()
        );
        let most = Protocol(protocol::Parameters::ChangeDelay(protocol::ChangeDelay, Some(u32::MAX)));
        council(
            chain,
            pallet_parameters::Call::<Runtime>::set_parameter { key_value: most },
            &[0, 1, 2, 3],
        );
        assert_eq!(parameters::ChangeDelay::get(), parameters::MostChangeDelay::get());
    });
}

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
                signature: aiwk_sign(VALIDATORS[0], b""),
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
fn an_outsider_should_set_no_keys_and_a_registered_validator_should() {
    on_local_chain(|chain| {
        endow("//Eve");
        let set_keys = || pallet_session::Call::<Runtime>::set_keys {
            keys: session_keys("//Eve"),
            proof: ownership_proof("//Eve", &account("//Eve")),
        };
        let refused = pallet_session::Error::<Runtime>::NoAssociatedValidatorId;
        assert_eq!(
            chain.block(vec![signed("//Eve", set_keys())]),
            [Err(Failure::Failed(refused.into()))]
        );

        let registration = Change::RegisterValidator {
            validator: account("//Eve"),
            organisation: 4,
            endpoint: Endpoint {
                peer_id: b"12D3KooWJvyP3VJYymTqG7eH4PM5rN4T2agk5cdNCfNymAqwqcvZ"
                    .to_vec()
                    .try_into()
                    .unwrap(),
                gateway: b"http://127.0.0.1:9105".to_vec().try_into().unwrap(),
                tls_key_hash: None,
            },
        };
        enact(chain, registration, &[0, 1, 2, 3]);
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
        let in_committee = |path: &str| {
            Consortium::committee()
                .iter()
                .any(|member| member.validator == account(path))
        };
        assert!(in_committee("//Eve"));

        // It leaves with its keys: registered again, it has none.
        enact(
            chain,
            Change::RemoveValidator {
                validator: account("//Eve"),
            },
            &[0, 1, 2, 3],
        );
        assert!(!in_committee("//Eve"));
        chain.pass(95);
        assert!(!pallet_consortium::Validators::<Runtime>::contains_key(account(
            "//Eve"
        )));
        assert_eq!(pallet_session::NextKeys::<Runtime>::get(account("//Eve")), None);
    });
}

#[test]
fn a_validator_should_not_purge_its_keys() {
    on_local_chain(|chain| {
        let purge = pallet_session::Call::<Runtime>::purge_keys {};
        assert_eq!(chain.block(vec![signed("//Alice", purge)]), [filtered()]);
    });
}

#[test]
fn only_a_sponsored_account_should_submit_and_only_with_its_consent_be_sponsored() {
    on_local_chain(|chain| {
        let model = model::active(chain, 0);
        chain.run(vec![signed("//Org0", pallet_rounds::Call::open_round { model })]);
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
        let for_another = pallet_consortium::Call::sponsor {
            contributor: account("//Bob"),
            consent: consent("//Bob", 2),
        };
        let bad = pallet_consortium::Error::<Runtime>::BadConsent;
        assert_eq!(
            chain.block(vec![signed("//Org1", for_another)]),
            [Err(Failure::Failed(bad.into()))]
        );
        chain.run(vec![signed("//Org1", sponsor("//Bob", 1))]);
        chain.run(vec![signed("//Bob", submit())]);
    });
}

#[test]
fn an_account_without_tokens_or_sponsor_should_not_send() {
    on_local_chain(|chain| {
        let claim = pallet_incentives::Call::<Runtime>::claim {};
        assert!(chain.pool(signed("//Nobody", claim)).is_err());
    });
}

#[test]
fn no_proxy_but_any_should_pass_tokens_or_hand_the_account_over() {
    use frame_support::traits::InstanceFilter;
    use quorate_primitives::purpose::Purpose;
    use quorate_runtime::configs::accounts::ProxyType::{self, *};
    let (eve, amount) = (account("//Eve"), UNIT);
    let tokens: Vec<RuntimeCall> = vec![
        pallet_balances::Call::transfer_allow_death {
            dest: eve.clone().into(),
            value: amount,
        }
        .into(),
        pallet_incentives::Call::fund {
            purpose: Purpose::Model(7),
            amount,
        }
        .into(),
        pallet_incentives::Call::withdraw_fund {
            purpose: Purpose::Model(7),
            amount,
        }
        .into(),
        pallet_treasury::Call::spend {
            asset_kind: Box::new(()),
            amount,
            beneficiary: Box::new(eve.clone().into()),
            valid_from: None,
        }
        .into(),
        pallet_consortium::Call::rotate_account { account: eve.clone() }.into(),
        pallet_consortium::Call::set_recovery_account { recovery: eve.clone() }.into(),
        pallet_consortium::Call::recover_account {
            organisation: 0,
            account: eve.clone(),
        }
        .into(),
        pallet_proxy::Call::add_proxy {
            delegate: eve.clone().into(),
            proxy_type: Any,
            delay: 0,
        }
        .into(),
        pallet_multisig::Call::as_multi_threshold_1 {
            other_signatories: vec![eve.clone()],
            call: Box::new(frame_system::Call::remark { remark: vec![] }.into()),
        }
        .into(),
        pallet_identity::Call::clear_identity {}.into(),
    ];
    let lists: [ProxyType; 4] = [NonTransfer, Governance, Contributor, Organisation];
    for call in tokens {
        assert!(Any.filter(&call));
        for list in lists {
            assert!(!list.filter(&call), "{list:?} passes {call:?}");
        }
    }
    let submit = RuntimeCall::from(pallet_rounds::Call::submit {
        round: 0,
        commitment: Default::default(),
        weight: 1,
    });
    let open = RuntimeCall::from(pallet_rounds::Call::open_round { model: 0 });
    let batch = RuntimeCall::from(pallet_utility::Call::batch_all { calls: vec![] });
    let may = |call: &RuntimeCall| lists.map(|list| list.filter(call));
    assert_eq!(may(&submit), [true, false, true, false]);
    assert_eq!(may(&open), [true, false, false, true]);
    assert_eq!(may(&batch), [true; 4]);
}

#[test]
fn nobody_should_act_for_the_account_of_a_track() {
    use frame_support::traits::InstanceFilter;
    use quorate_runtime::{configs::accounts::ProxyType, governance::tracks::track_account};
    let proxy = |real| {
        RuntimeCall::from(pallet_proxy::Call::proxy {
            real: sp_runtime::MultiAddress::Id(real),
            force_proxy_type: None,
            call: Box::new(frame_system::Call::remark { remark: vec![] }.into()),
        })
    };
    on_local_chain(|_| {
        for rank in 1..=3 {
            assert!(!CallFilter::contains(&proxy(track_account(rank))));
        }
        assert!(CallFilter::contains(&proxy(account("//Org0"))));
    });
    // A policy says where a model's fund goes.
    let policy = pallet_models::Call::set_policy {
        model: 0,
        policy: model::policy(),
    };
    let policy = RuntimeCall::from(policy);
    assert!(!ProxyType::Organisation.filter(&policy) && !ProxyType::NonTransfer.filter(&policy));
}

#[test]
fn a_non_transfer_proxy_should_not_fund_a_foreign_model() {
    use quorate_primitives::purpose::Purpose;
    use quorate_runtime::configs::accounts::ProxyType;
    on_local_chain(|chain| {
        let model = model::active(chain, 1);
        endow("//Machine");
        let add = pallet_proxy::Call::add_proxy {
            delegate: account("//Machine").into(),
            proxy_type: ProxyType::NonTransfer,
            delay: 0,
        };
        chain.run(vec![signed("//Org0", add)]);
        let fund = pallet_incentives::Call::fund {
            purpose: Purpose::Model(model),
            amount: 100 * UNIT,
        };
        let by_proxy = pallet_proxy::Call::proxy {
            real: account("//Org0").into(),
            force_proxy_type: None,
            call: Box::new(RuntimeCall::from(pallet_utility::Call::batch_all {
                calls: vec![fund.into()],
            })),
        };
        let before = Balances::free_balance(account("//Org0"));
        chain.run(vec![signed("//Machine", by_proxy)]);
        assert_eq!(Balances::free_balance(account("//Org0")), before);
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
