use crate::{mock::*, types::RootUse, Call, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::update::UpdateStatus;

#[test]
fn root_that_fits_its_commitment_should_be_taken() {
    run(|| {
        let id = revealing(&[1_000, 2_000]);
        assert_ok!(reveal(id, 1_000));
        let root = own_root(id, 1_000);
        assert_eq!(
            last_event(),
            Event::Revealed {
                round: id,
                position: 0,
                contributor: account(1_000),
                root
            }
        );
        assert_eq!(
            (update(id, 0).status, update(id, 0).root),
            (UpdateStatus::Revealed, Some(root))
        );
        assert_noop!(reveal(id, 1_000), Error::<Test>::NotCommitted);
    });
}

#[test]
fn another_root_salt_or_weight_should_be_refused() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        let heavy = commitment(id, 2_000, own_root(id, 2_000), 11);
        assert_ok!(Rounds::submit(signed(2_000), id, heavy, 10));
        run_for(10);
        assert_noop!(reveal_as(id, 1_000, root(5)), Error::<Test>::CommitmentMismatch);
        let other_salt = Rounds::reveal_update(signed(1_000), id, own_root(id, 1_000), POSSESSION, [9; 32]);
        assert_noop!(other_salt, Error::<Test>::CommitmentMismatch);
        assert_noop!(reveal(id, 2_000), Error::<Test>::CommitmentMismatch);
    });
}

#[test]
fn copied_commitment_should_open_for_nobody_else() {
    run(|| {
        let id = open_round();
        let stolen = commitment(id, 1_000, own_root(id, 1_000), 10);
        assert_ok!(submit(id, 1_000));
        assert_ok!(Rounds::submit(signed(2_000), id, stolen, 10));
        run_for(10);
        let refused = Rounds::reveal_update(signed(2_000), id, own_root(id, 1_000), POSSESSION, salt(1_000));
        assert_noop!(refused, Error::<Test>::CommitmentMismatch);
    });
}

#[test]
fn root_should_be_taken_only_while_revealing_and_before_the_deadline() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        assert_noop!(reveal(id, 1_000), Error::<Test>::NotRevealing);
        run_to(11);
        assert_noop!(reveal(id, 3_000), Error::<Test>::NotSubmitted);
        run_to(20);
        assert_ok!(reveal(id, 1_000));
        run_to(21);
        assert_noop!(reveal(id, 2_000), Error::<Test>::NotRevealing);
    });
}

#[test]
fn contributor_that_lost_the_sponsor_should_reveal_nothing_and_expire() {
    run(|| {
        let id = revealing(&[1_000, 2_000, 3_000]);
        unsponsor(1_000);
        assert_noop!(reveal(id, 1_000), Error::<Test>::NotSponsored);
        assert_ok!(reveal(id, 2_000));
        assert_ok!(reveal(id, 3_000));
        hold_all(id, &[1, 2]);
        run_to(20);
        assert!(!is_computing(id));
        run_to(21);
        assert_eq!(update(id, 0).status, UpdateStatus::Expired);
        assert!(is_computing(id));
    });
}

#[test]
fn withdrawn_submission_should_not_be_revealed() {
    run(|| {
        let id = open_round();
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        assert_ok!(Rounds::withdraw(signed(1_000), id));
        run_to(11);
        assert_noop!(reveal(id, 1_000), Error::<Test>::NotCommitted);
    });
}

#[test]
fn earliest_commitment_of_equal_roots_should_count_when_it_is_revealed_first() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_ok!(reveal_as(id, 1_000, root(5)));
        assert_ok!(reveal_as(id, 2_000, root(5)));
        let earlier = RootUse {
            round: id,
            position: 0,
            first: id,
        };
        let contributor = account(2_000);
        let expected = Event::Duplicate {
            round: id,
            position: 1,
            contributor,
            root: root(5),
            earlier,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(update(id, 1).status, UpdateStatus::Duplicate);
        assert_eq!(ledger().free_of(2), START);
        assert_eq!(update(id, 0).status, UpdateStatus::Revealed);
    });
}

#[test]
fn earliest_commitment_of_equal_roots_should_count_when_it_is_revealed_last() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_ok!(reveal_as(id, 2_000, root(5)));
        hold(id, 0, &[1]);
        assert_ok!(reveal_as(id, 1_000, root(5)));
        assert_eq!(update(id, 0).status, UpdateStatus::Revealed);
        assert_eq!(update(id, 1).status, UpdateStatus::Duplicate);
        assert_eq!(ledger().free_of(2), START);
        assert!(!ballot(id).items.contains_key(&1));
        assert_eq!(round(id).revealed, 1);
    });
}

#[test]
fn available_update_should_give_way_to_an_earlier_commitment_to_its_root() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_ok!(reveal_as(id, 2_000, root(5)));
        hold_all(id, &[1]);
        assert_eq!(round(id).available, 1);
        assert_ok!(reveal_as(id, 1_000, root(5)));
        assert_eq!(update(id, 1).status, UpdateStatus::Duplicate);
        assert_eq!((round(id).available, round(id).revealed), (0, 1));
    });
}

#[test]
fn invalid_update_should_stay_invalid_when_its_root_is_revealed_again() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_ok!(reveal_as(id, 2_000, root(5)));
        find_fault(id, 1);
        assert_ok!(reveal_as(id, 1_000, root(5)));
        assert!(matches!(update(id, 1).status, UpdateStatus::Invalid(_)));
        assert_eq!(update(id, 0).status, UpdateStatus::Revealed);
    });
}

#[test]
fn root_that_went_into_a_version_should_be_a_duplicate_later() {
    run(|| {
        let first = whole_round(&[1_000, 2_000]);
        let id = open_round();
        assert_ok!(submit_root(id, 3_000, own_root(first, 1_000)));
        assert_ok!(submit(id, 4_000));
        run_for(10);
        assert_ok!(reveal_as(id, 3_000, own_root(first, 1_000)));
        assert_eq!(update(id, 0).status, UpdateStatus::Duplicate);
        assert_eq!(ledger().free_of(3), START);
    });
}

#[test]
fn root_of_a_refunded_round_should_be_free_again() {
    run(|| {
        let first = revealing(&[1_000, 2_000]);
        assert_ok!(reveal(first, 1_000));
        hold_all(first, &[0]);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), first));
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, own_root(first, 1_000)));
        assert_ok!(submit(id, 2_000));
        run_for(10);
        assert_ok!(reveal_as(id, 1_000, own_root(first, 1_000)));
        assert_eq!(update(id, 0).status, UpdateStatus::Revealed);
    });
}

#[test]
fn root_of_a_refunded_round_should_stay_its_contributors() {
    run(|| {
        let first = revealing(&[1_000, 2_000]);
        assert_ok!(reveal(first, 1_000));
        hold_all(first, &[0]);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), first));
        let known = own_root(first, 1_000);
        // The copiers commit before and after it, and reveal before and after it.
        for (copiers, revealed) in [
            ([3_000, 4_000], [3_000, 1_000, 4_000]),
            ([4_000, 3_000], [1_000, 4_000, 3_000]),
        ] {
            let id = open_round();
            for who in [copiers[0], 1_000, copiers[1]] {
                assert_ok!(submit_root(id, who, known));
            }
            run_for(10);
            for who in revealed {
                assert_ok!(reveal_as(id, who, known));
            }
            let status = |position| update(id, position).status;
            assert_eq!(status(1), UpdateStatus::Revealed, "its contributor's");
            assert_eq!([status(0), status(2)], [UpdateStatus::Duplicate; 2], "others'");
            // It shows each time that it has the bytes.
            hold_all(id, &[1]);
            assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        }
    });
}

#[test]
fn root_that_was_found_invalid_should_be_free() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        // Whoever does not have the bytes takes nothing from whoever does.
        assert_ok!(reveal_as(id, 1_000, root(5)));
        find_fault(id, 0);
        assert_ok!(reveal_as(id, 2_000, root(5)));
        assert_eq!(update(id, 1).status, UpdateStatus::Revealed);
    });
}

#[test]
fn root_that_expired_should_be_free_again() {
    run(|| {
        let first = revealing(&[1_000, 2_000, 3_000]);
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(reveal(first, who));
        }
        hold_all(first, &[1, 2]);
        run_for(20);
        assert_eq!(update(first, 0).status, UpdateStatus::Expired);
        agree(first);
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, own_root(first, 1_000)));
        assert_ok!(submit(id, 2_000));
        run_for(10);
        assert_ok!(reveal_as(id, 1_000, own_root(first, 1_000)));
        assert_eq!(update(id, 0).status, UpdateStatus::Revealed);
    });
}

#[test]
fn round_should_be_sealed_at_the_end_of_the_block_in_which_all_is_decided() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(6)));
        assert_ok!(submit_root(id, 3_000, root(5)));
        run_to(11);
        assert_ok!(reveal_as(id, 1_000, root(5)));
        assert_ok!(reveal_as(id, 2_000, root(6)));
        hold_all(id, &[0, 1]);
        assert_ok!(reveal_as(id, 3_000, root(5)));
        assert!(!is_computing(id));
        idle();
        assert!(is_computing(id));
        assert_eq!(round(id).available, 2);
    });
}

#[test]
fn revealing_should_be_free_while_it_would_succeed() {
    run(|| {
        let id = revealing(&[1_000, 2_000]);
        let call = |root| {
            RuntimeCall::Rounds(Call::reveal_update {
                round: id,
                root,
                possession: POSSESSION,
                salt: salt(1_000),
            })
        };
        assert!(call(own_root(id, 1_000)).is_feeless(&signed(1_000)));
        assert!(!call(root(5)).is_feeless(&signed(1_000)));
        assert!(!call(own_root(id, 1_000)).is_feeless(&signed(3_000)));
    });
}
