use crate::{mock::*, Call, Error, Event};
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
        let other_salt = Rounds::reveal_update(signed(1_000), id, own_root(id, 1_000), [9; 32]);
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
        let refused = Rounds::reveal_update(signed(2_000), id, own_root(id, 1_000), salt(1_000));
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
fn round_should_be_sealed_at_the_end_of_the_block_in_which_all_is_decided() {
    run(|| {
        let who = [1_000, 2_000, 3_000];
        let id = revealing(&who);
        for who in who {
            assert_ok!(reveal(id, who));
        }
        hold_all(id, &[0, 1]);
        idle();
        assert!(!is_computing(id));
        hold_all(id, &[2]);
        assert!(!is_computing(id));
        idle();
        assert!(is_computing(id));
        assert_eq!(round(id).available, 3);
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
                salt: salt(1_000),
            })
        };
        assert!(call(own_root(id, 1_000)).is_feeless(&signed(1_000)));
        assert!(!call(root(5)).is_feeless(&signed(1_000)));
        assert!(!call(own_root(id, 1_000)).is_feeless(&signed(3_000)));
    });
}
