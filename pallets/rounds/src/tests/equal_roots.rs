//! Roots that more than one update has: in one round, and in rounds after each other.

use crate::{
    mock::*,
    types::{Offence, RootUse},
    Event, RootUses,
};
use frame_support::assert_ok;
use quorate_primitives::{update::UpdateStatus, Root, RoundId};

const EQUAL: Root = Root::repeat_byte(5);

/// Contributors that commit to the same root, by position, and one with a root of its own, so that the round stays open.
const WHO: [u32; 3] = [1_000, 2_000, 3_000];

fn equal() -> RoundId {
    let updates = WHO.map(|who| (who, EQUAL));
    revealing_roots(&[&updates[..], &[(4_000, root(6))]].concat())
}

fn statuses(id: RoundId) -> [UpdateStatus; 3] {
    [0, 1, 2].map(|position| update(id, position).status)
}

fn orders() -> Vec<[u32; 3]> {
    let all = (0..27u32).map(|n| [n / 9, n / 3 % 3, n % 3]);
    all.filter(|[a, b, c]| a != b && b != c && a != c).collect()
}

#[test]
fn earliest_commitment_should_count_in_whatever_order_roots_are_revealed_and_found() {
    use UpdateStatus::{Available, Duplicate};
    for (revealed, found) in orders().iter().flat_map(|a| orders().into_iter().map(move |b| (*a, b))) {
        run(|| {
            let id = equal();
            for position in revealed {
                assert_ok!(reveal_as(id, WHO[position as usize], EQUAL));
            }
            for position in found {
                hold_all(id, &[position]);
                Rounds::do_try_state().unwrap();
            }
            assert_eq!(
                statuses(id),
                [Available, Duplicate, Duplicate],
                "{revealed:?} {found:?}"
            );
            assert_eq!((round(id).available, round(id).revealed), (1, 0));
            assert_eq!([2, 3].map(|who| ledger().free_of(who)), [START; 2], "bonds are back");
            assert!(ledger().free_of(1) < START);
        });
    }
}

#[test]
fn duplicate_should_say_which_update_counts() {
    run(|| {
        let id = equal();
        reveal_all(id, &[(1_000, EQUAL), (2_000, EQUAL)]);
        hold_all(id, &[1]);
        hold_all(id, &[0]);
        let earlier = RootUse {
            round: id,
            position: 0,
            first: id,
        };
        let expected = Event::Duplicate {
            round: id,
            position: 1,
            contributor: account(2_000),
            root: EQUAL,
            earlier,
        };
        assert!(events().contains(&expected), "{:?}", events());
        assert_eq!(RootUses::<Test>::get(MODEL, EQUAL), Some(earlier));
    });
}

#[test]
fn root_without_its_bytes_should_take_nothing_from_whoever_has_them() {
    use UpdateStatus::{Available, Expired, Invalid, Revealed};
    run(|| {
        let id = equal();
        reveal_all(id, &[(1_000, EQUAL), (2_000, EQUAL), (3_000, EQUAL)]);
        // Neither what is not decided nor what is found not to be its contributor's.
        find_fault(id, 0);
        hold_all(id, &[2]);
        let [first, second, third] = statuses(id);
        assert!(matches!(first, Invalid(_)), "{first:?}");
        assert_eq!((second, third), (Revealed, Available));
        run_for(20);
        let [first, second, third] = statuses(id);
        assert!(matches!(first, Invalid(_)), "{first:?}");
        assert_eq!((second, third), (Expired, Available));
    });
}

#[test]
fn invalid_update_should_stay_invalid_when_its_root_is_held_by_another() {
    run(|| {
        let id = equal();
        reveal_all(id, &[(1_000, EQUAL), (2_000, EQUAL)]);
        find_fault(id, 1);
        hold_all(id, &[0]);
        assert!(matches!(update(id, 1).status, UpdateStatus::Invalid(_)));
        assert_eq!(update(id, 0).status, UpdateStatus::Available);
    });
}

/// A further round in which `who` has the root `known`, and 4_000 its own; both are revealed.
fn again(who: u32, known: Root) -> RoundId {
    let updates = [(who, known), (4_000, root(6))];
    let id = revealing_roots(&updates);
    reveal_all(id, &updates);
    id
}

#[test]
fn root_that_went_into_a_version_should_be_a_duplicate_later() {
    run(|| {
        let first = whole_round(&[1_000, 2_000]);
        let id = again(3_000, own_root(first, 1_000));
        assert_eq!(update(id, 0).status, UpdateStatus::Revealed);
        hold_all(id, &[0]);
        assert_eq!(update(id, 0).status, UpdateStatus::Duplicate);
        assert_eq!(Rounds::submission_at(id, 0).unwrap().offence, Some(Offence::Reused));
        assert_eq!(ledger().free_of(3), START);
    });
}

#[test]
fn root_that_went_into_a_version_should_be_no_excuse_for_not_having_the_bytes() {
    run(|| {
        let first = whole_round(&[1_000, 2_000]);
        let id = again(3_000, own_root(first, 1_000));
        hold_all(id, &[1]);
        run_for(20);
        assert_eq!(update(id, 0).status, UpdateStatus::Expired);
        assert_eq!(
            Rounds::submission_at(id, 0).unwrap().offence,
            Some(Offence::NeverAvailable)
        );
    });
}

/// The root of an update that was Available in a round that was aborted.
fn refunded() -> Root {
    let id = revealing(&[1_000, 2_000]);
    assert_ok!(reveal(id, 1_000));
    hold_all(id, &[0]);
    assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
    own_root(id, 1_000)
}

#[test]
fn root_of_a_refunded_round_should_be_free_again() {
    run(|| {
        let id = again(1_000, refunded());
        hold_all(id, &[0]);
        assert_eq!(update(id, 0).status, UpdateStatus::Available);
    });
}

#[test]
fn root_of_a_refunded_round_should_stay_its_contributors() {
    use UpdateStatus::{Available, Duplicate};
    run(|| {
        let known = refunded();
        // The copiers commit before and after it, and are found before and after it; it shows each time that it has the bytes.
        for found in orders() {
            let updates = [(3_000, known), (1_000, known), (5_000, known)];
            let id = revealing_roots(&updates);
            reveal_all(id, &updates);
            for position in found {
                hold_all(id, &[position]);
            }
            assert_eq!(statuses(id), [Duplicate, Available, Duplicate], "{found:?}");
            assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        }
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
        let id = again(1_000, own_root(first, 1_000));
        hold_all(id, &[0]);
        assert_eq!(update(id, 0).status, UpdateStatus::Available);
    });
}
