use crate::{mock::*, types::Stage, Call, Error, Event, Snapshots, SubmissionsOf};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::{update::UpdateStatus, Hash};
use sp_runtime::DispatchError;

#[test]
fn a_sponsored_contributor_commits_and_the_organisation_bonds() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_eq!(world().free_of(1), 100_000 - policy().bond);
        let stored = update(id, 0);
        assert_eq!(
            (stored.contributor, stored.organisation, stored.weight),
            (account(1_000), 1, 10)
        );
        assert_eq!((stored.status, stored.root), (UpdateStatus::Committed, None));
        let expected = Event::Submitted {
            round: id,
            position: 0,
            contributor: account(1_000),
            organisation: 1,
            commitment: commitment(id, 1_000, own_root(id, 1_000), 10),
            weight: 10,
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn an_outsider_submits_nothing() {
    run(|| {
        let id = open_round();
        assert_noop!(submit(id, 999_000), Error::<Test>::NotSponsored);
        change(|world| world.unsponsor(1_000));
        assert_noop!(submit(id, 1_000), Error::<Test>::NotSponsored);
    });
}

#[test]
fn a_weight_is_at_least_one_and_at_most_what_the_policy_allows() {
    run(|| {
        let id = open_round();
        for weight in [0, policy().max_weight + 1, u32::MAX] {
            let refused = Rounds::submit(signed(1_000), id, Hash::zero(), weight);
            assert_noop!(refused, Error::<Test>::WeightOutOfRange);
        }
        assert_ok!(Rounds::submit(signed(1_000), id, Hash::zero(), policy().max_weight));
    });
}

#[test]
fn a_contributor_submits_once_per_round() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_noop!(submit_root(id, 1_000, root(5)), Error::<Test>::AlreadySubmitted);
    });
}

#[test]
fn an_organisation_submits_no_more_than_its_cap() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 1_001));
        assert_noop!(submit(id, 1_002), Error::<Test>::OrganisationCapReached);
        assert_ok!(submit(id, 2_000));
    });
}

#[test]
fn withdrawn_submissions_count_against_the_cap() {
    run(|| {
        let id = open_round();
        for who in [1_000, 1_001] {
            assert_ok!(submit(id, who));
            assert_ok!(Rounds::withdraw(signed(who), id));
        }
        assert_noop!(submit(id, 1_002), Error::<Test>::OrganisationCapReached);
    });
}

#[test]
fn an_organisation_that_cannot_cover_the_bond_submits_nothing() {
    run(|| {
        let id = open_round();
        change(|world| {
            let free = world.free.insert(account(1).into(), 49).unwrap();
            world.treasury += free - 49;
        });
        assert_noop!(submit(id, 1_000), DispatchError::Other("no bond"));
    });
}

#[test]
fn the_last_commitment_that_fits_starts_opening_at_once() {
    run(|| {
        let id = open_round();
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        run_to(3);
        assert_ok!(submit(id, 4_000));
        assert_eq!(
            round(id).stage,
            Stage::Opening {
                open_until: 8,
                vote_until: 13
            }
        );
        assert_eq!(Snapshots::<Test>::get(id).unwrap().len(), 4);
        assert!(!SubmissionsOf::<Test>::contains_key(id));
        let expected = Event::OpeningStarted {
            round: id,
            commitments: 4,
            open_until: 8,
            vote_until: 13,
        };
        assert_eq!(last_event(), expected);
        assert_noop!(submit(id, 5_000), Error::<Test>::NotCollecting);
    });
}

#[test]
fn nothing_is_taken_at_the_deadline_or_for_an_unknown_round() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        run_to(10);
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_noop!(submit(id, 4_000), Error::<Test>::NotCollecting);
        assert_noop!(submit(id + 1, 4_000), Error::<Test>::RoundNotFound);
    });
}

#[test]
fn a_contributor_without_a_token_submits_for_free_while_it_would_succeed() {
    run(|| {
        let id = open_round();
        let call = |weight| {
            RuntimeCall::Rounds(Call::submit {
                round: id,
                commitment: Hash::zero(),
                weight,
            })
        };
        assert!(call(10).is_feeless(&signed(1_000)));
        assert!(!call(0).is_feeless(&signed(1_000)));
        assert!(!call(10).is_feeless(&signed(999_000)));
        assert_ok!(submit(id, 1_000));
        assert!(!call(10).is_feeless(&signed(1_000)));
    });
}
