//! Roots that more than one update has: in one round, and in rounds after each other. An update's file names its contributor, so that
//! whoever takes another's root has not the file.

use crate::{mock::*, Event, Rounds as Stored};
use frame_support::assert_ok;
use quorate_exact::check::Malformed;
use quorate_primitives::{policy::MIN_RETENTION, possession::Shown, update::UpdateStatus, Root, RoundId};

const EQUAL: Root = Root::repeat_byte(5);

/// Contributors that commit to the same root, by position, and one with a root of its own, so that the round stays open.
const WHO: [u32; 3] = [1_000, 2_000, 3_000];
/// The one among them whose name the file has.
const AUTHOR: u32 = 2_000;

fn equal() -> RoundId {
    let updates = WHO.map(|who| (who, EQUAL));
    revealing_roots(&[&updates[..], &[(4_000, root(6))]].concat())
}

/// The validators compare what an item has to be with its file, which names the author.
fn judge(id: RoundId, item: u32) {
    let claim = ballot(id).items[&item].clone();
    assert_eq!(claim.root, EQUAL);
    let is_named = claim.shown == Shown::Contributor(account(AUTHOR));
    let fault = (!is_named).then_some(Malformed::OtherContributor);
    for voter in 0..3 {
        assert!(vote(id, voter, item, fault));
    }
}

fn orders() -> Vec<[u32; 3]> {
    let all = (0..27u32).map(|n| [n / 9, n / 3 % 3, n % 3]);
    all.filter(|[a, b, c]| a != b && b != c && a != c).collect()
}

#[test]
fn root_should_count_for_the_contributor_that_its_file_names_in_whatever_order_it_is_revealed_and_found() {
    let other = UpdateStatus::Invalid(Malformed::OtherContributor);
    for (revealed, found) in orders().iter().flat_map(|a| orders().into_iter().map(move |b| (*a, b))) {
        run(|| {
            let id = equal();
            for position in revealed {
                assert_ok!(reveal_as(id, WHO[position as usize], EQUAL));
            }
            for position in found {
                judge(id, position);
                Rounds::do_try_state().unwrap();
            }
            let statuses = [0, 1, 2].map(|position| update(id, position).status);
            assert_eq!(
                statuses,
                [other, UpdateStatus::Available, other],
                "{revealed:?} {found:?}"
            );
            assert_eq!((round(id).available, round(id).revealed), (1, 0));
            let bond = policy().bond;
            assert_eq!([1, 2, 3].map(|who| ledger().free_of(who)), [START - bond; 3]);
            assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
            run_for(1);
            let copied = [START - bond, START, START - bond];
            assert_eq!(
                [1, 2, 3].map(|who| ledger().free_of(who)),
                copied,
                "a copy costs its bond"
            );
        });
    }
}

/// A further round in which the author has the root, and 4_000 its own.
fn again() -> UpdateStatus {
    let updates = [(AUTHOR, EQUAL), (4_000, root(6))];
    let id = revealing_roots(&updates);
    reveal_all(id, &updates);
    judge(id, 0);
    hold_all(id, &[1]);
    idle();
    score(id, |_| 1);
    run_for(1);
    assert!(is_over(id, RoundEnd::Settled));
    update(id, 0).status
}

/// Honest training on the same base again may give the same bytes: after a round that made no version, and after one whose version is
/// not promoted or was revoked.
#[test]
fn root_should_count_again_for_its_contributor_in_later_rounds() {
    run(|| {
        let first = equal();
        assert_ok!(reveal_as(first, AUTHOR, EQUAL));
        judge(first, 1);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), first));
        run_for(1);
        assert_eq!(again(), UpdateStatus::Available);
        revoke_version(1);
        assert_eq!(again(), UpdateStatus::Available);
        run_for(MIN_RETENTION + 1);
        assert!(!Stored::<Test>::contains_key(first));
        assert_eq!(again(), UpdateStatus::Available);
        assert_eq!(count(|event| matches!(event, Event::Withheld { .. })), 0);
    });
}
