use crate::{mock::*, types::RoundStage, ActiveRounds, Call, Error, Event, OpenRound, Usages};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::policy::{MIN_BOND, MIN_RETENTION};

/// Models 1 to `last` like the first one, each with a fund for one round, of these organisations in turn.
fn add_models(last: u32, owners: &[u32]) {
    for model in 1..=last {
        models::register(model, owners[model as usize % owners.len()], root(0));
        escrow::change(|ledger| {
            ledger.set_fund(MODEL, ledger.fund_of(MODEL) - policy().reward);
            ledger.set_fund(model, policy().reward);
        });
    }
}

fn feeless(who: u32, model: u32) -> bool {
    RuntimeCall::Rounds(Call::open_round { model }).is_feeless(&signed(who))
}

#[test]
fn owner_should_open_a_round_and_the_reward_should_move_into_its_escrow() {
    run(|| {
        assert_ok!(Rounds::open_round(signed(1), MODEL));
        assert_eq!(escrowed(0), policy().reward);
        let opened = round(0);
        assert_eq!(opened.stage, RoundStage::Collecting { until: 11 });
        assert_eq!(
            (
                opened.model,
                opened.owner,
                opened.base,
                opened.base_root,
                opened.previous_root
            ),
            (MODEL, 1, 0, root(0), None)
        );
        assert_eq!(OpenRound::<Test>::get(MODEL), Some(0));
        let expected = Event::RoundOpened {
            round: 0,
            model: MODEL,
            by: 1,
            base: 0,
            policy_hash: policy().hash(),
            until: 11,
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn round_should_keep_the_policy_that_was_in_force_when_it_was_opened() {
    run(|| {
        let id = open_round();
        set_policy(|policy| policy.bond = 2 * MIN_BOND);
        assert_eq!(round(id).policy, policy());
    });
}

#[test]
fn model_should_have_one_open_round_at_a_time() {
    run(|| {
        open_round();
        assert_noop!(Rounds::open_round(signed(1), MODEL), Error::<Test>::RoundAlreadyOpen);
    });
}

#[test]
fn only_the_owner_in_good_standing_should_open_a_round_on_a_model_that_is_ready() {
    run(|| {
        assert_noop!(Rounds::open_round(signed(2), MODEL), Error::<Test>::NotOwner);
        assert_noop!(Rounds::open_round(signed(1), 9), Error::<Test>::ModelNotFound);
        suspend(1);
        assert_noop!(Rounds::open_round(signed(1), MODEL), Error::<Test>::NotAnOrganisation);
        Suspended::kill();
        models::change(MODEL, |model| model.frozen = true);
        assert_noop!(Rounds::open_round(signed(1), MODEL), Error::<Test>::ModelNotReady);
    });
}

#[test]
fn fund_that_is_too_small_should_open_nothing_and_cost_a_fee() {
    run(|| {
        assert!(feeless(1, MODEL));
        escrow::change(|ledger| {
            ledger.treasury += ledger.fund_of(MODEL) - (policy().reward - 1);
            ledger.set_fund(MODEL, policy().reward - 1);
        });
        assert!(!feeless(1, MODEL));
        assert_noop!(Rounds::open_round(signed(1), MODEL), Error::<Test>::FundTooSmall);
        assert!(ActiveRounds::<Test>::get().is_empty());
    });
}

#[test]
fn rounds_that_run_at_once_should_be_bounded() {
    run(|| {
        add_models(6, &[2, 3, 4]);
        for model in 1..=6 {
            assert_ok!(Rounds::open_round(signed([2, 3, 4][model as usize % 3]), model));
        }
        assert_noop!(
            Rounds::open_round(signed(1), MODEL),
            Error::<Test>::MaxActiveRoundsExceeded
        );
    });
}

#[test]
fn one_organisation_should_leave_room_for_the_rounds_of_others() {
    run(|| {
        add_models(6, &[1]);
        models::change(6, |model| model.owner = 2);
        for model in 0..4 {
            assert_ok!(Rounds::open_round(signed(1), model));
        }
        assert_noop!(
            Rounds::open_round(signed(1), 4),
            Error::<Test>::OrganisationRoundsExceeded
        );
        assert!(!feeless(1, 4));
        assert_ok!(Rounds::open_round(signed(2), 6));
    });
}

#[test]
fn rounds_that_vest_should_leave_the_active_list_and_count_against_their_organisation_only() {
    run(|| {
        set_policy(|policy| policy.challenge = 300);
        for _ in 0..8 {
            let id = seal(&[1_000, 2_000]);
            score(id, |_| 1);
            assert!(matches!(round(id).stage, RoundStage::Vesting { .. }));
        }
        assert!(ActiveRounds::<Test>::get().is_empty());
        assert_eq!((Usages::<Test>::get(1).active, Usages::<Test>::get(1).rounds), (0, 8));
        assert_noop!(
            Rounds::open_round(signed(1), MODEL),
            Error::<Test>::OrganisationRoundsExceeded
        );
        run_for(320);
        assert_eq!(Usages::<Test>::get(1).rounds, 0);
        open_round();
    });
}

#[test]
fn opening_a_round_should_be_free_while_it_would_succeed() {
    run(|| {
        assert!(feeless(1, MODEL));
        assert!(!feeless(2, MODEL));
        assert!(!RuntimeCall::Rounds(Call::open_round { model: MODEL }).is_feeless(&RuntimeOrigin::none()));
        open_round();
        assert!(!feeless(1, MODEL));
    });
}

#[test]
fn free_rounds_should_be_limited_in_each_period() {
    run(|| {
        FreeCalls::set(3);
        for _ in 0..3 {
            assert!(feeless(1, MODEL));
            let id = open_round();
            assert_ok!(Rounds::abort(signed(1), id));
        }
        assert!(!feeless(1, MODEL));
        // Whoever pays goes on, and it does not renew the allowance.
        let id = open_round();
        assert_ok!(Rounds::abort(signed(1), id));
        run_for(49);
        assert!(!feeless(1, MODEL));
        run_for(1);
        assert!(feeless(1, MODEL));
    });
}

#[test]
fn rounds_that_are_over_should_count_until_their_evidence_is_removed() {
    run(|| {
        MaxKeptRounds::set(3);
        whole_round(&[1_000, 2_000]);
        whole_round(&[1_000, 2_000]);
        // One that is refunded at once is kept as well.
        let id = open_round();
        assert_ok!(Rounds::abort(signed(1), id));
        run_for(1);
        assert_eq!(
            (Usages::<Test>::get(1).rounds, Usages::<Test>::get(1).kept_rounds),
            (0, 3)
        );
        assert!(!feeless(1, MODEL));
        assert_noop!(
            Rounds::open_round(signed(1), MODEL),
            Error::<Test>::EvidenceQuotaReached
        );
        assert_eq!(Rounds::allowance_of(1).kept_rounds, 0);
        run_for(MIN_RETENTION);
        assert_eq!(Usages::<Test>::get(1).kept_rounds, 0);
        assert!(feeless(1, MODEL));
        open_round();
    });
}

#[test]
fn files_of_versions_and_updates_should_share_one_quota_of_bytes_that_are_kept() {
    run(|| {
        // Four updates may come; two do.
        let most = FILE_LEN + 4 * UPDATE_LEN;
        MaxKeptBytes::set(most + FILE_LEN + 2 * UPDATE_LEN - 1);
        let id = open_round();
        assert_eq!(Usages::<Test>::get(1).kept_bytes, most);
        assert_ok!(Rounds::abort(signed(1), id));
        assert_eq!(Usages::<Test>::get(1).kept_bytes, FILE_LEN);
        run_for(MIN_RETENTION + 1);
        whole_round(&[1_000, 2_000]);
        assert_eq!(Usages::<Test>::get(1).kept_bytes, FILE_LEN + 2 * UPDATE_LEN);
        assert!(!feeless(1, MODEL));
        assert_noop!(
            Rounds::open_round(signed(1), MODEL),
            Error::<Test>::EvidenceQuotaReached
        );
        run_for(MIN_RETENTION);
        open_round();
    });
}

#[test]
fn round_should_count_for_as_many_updates_as_may_come_until_they_have_come() {
    run(|| {
        MaxKeptUpdates::set(8);
        let kept = || Usages::<Test>::get(1).kept_updates;
        let id = open_round();
        // Four that stand, and as many that are withdrawn.
        assert_eq!((kept(), Rounds::allowance_of(1).kept_updates), (8, 0));
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        assert_ok!(Rounds::withdraw(signed(3_000), id));
        assert_eq!(kept(), 8, "submit does not look at what the owner has");
        run_for(10);
        assert_eq!(kept(), 3);
        for who in [1_000, 2_000] {
            assert_ok!(reveal(id, who));
        }
        hold_all(id, &[0, 1]);
        idle();
        score(id, |_| 1);
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
        assert_noop!(
            Rounds::open_round(signed(1), MODEL),
            Error::<Test>::EvidenceQuotaReached
        );
        run_for(MIN_RETENTION);
        assert!(!Usages::<Test>::contains_key(1), "nothing is open, kept or counted");
        open_round();
    });
}

#[test]
fn rounds_should_count_on_their_owner_and_on_nobody_else() {
    run(|| {
        whole_round(&[2_000, 3_000]);
        let (owner, other) = (Usages::<Test>::get(1), Usages::<Test>::get(2));
        assert_eq!((owner.kept_rounds, owner.kept_updates), (1, 2));
        assert_eq!((other.kept_rounds, other.kept_updates, other.kept_bytes), (0, 0, 0));
    });
}

#[test]
fn round_should_not_open_when_its_phases_have_become_too_short_for_its_updates() {
    run(|| {
        // Four updates of 2,048 bytes, and ten blocks more than the transfer are needed.
        set_policy(|policy| {
            policy.deadlines.reveal_updates = 14;
            policy.deadlines.vote = 14;
        });
        BytesPerBlock::set(4 * UPDATE_LEN / 5);
        assert_noop!(
            Rounds::open_round(signed(1), MODEL),
            Error::<Test>::PolicyTransferTooShort
        );
        BytesPerBlock::set(UPDATE_LEN);
        assert_ok!(Rounds::open_round(signed(1), MODEL));
    });
}
