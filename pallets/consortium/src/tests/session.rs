use crate::{mock::*, types::Target, Event};
use frame_support::assert_ok;
use pallet_session::SessionManager;
use quorate_primitives::traits::Consortium as _;

#[test]
fn an_unchanged_set_is_not_announced_anew() {
    run(|| {
        assert_eq!(<Consortium as SessionManager<_>>::new_session(1), None);
        rotate(5);
        let planned = |record: &frame_system::EventRecord<RuntimeEvent, _>| {
            matches!(record.event, RuntimeEvent::Consortium(Event::SetPlanned { .. }))
        };
        assert!(!System::events().iter().any(planned));
    });
}

#[test]
fn a_new_key_of_a_member_reaches_the_committee() {
    run(|| {
        let proof = {
            use codec::Encode;
            use sp_core::{proof_of_possession::statement_of_ownership, Pair};
            pair(77).sign(&statement_of_ownership(&account(1).encode())).encode()
        };
        assert_ok!(Session::set_keys(signed(1), Keys { aiwk: key(77) }, proof));
        rotate(2);
        assert_eq!(Consortium::committee()[0].key, key(77));
        assert_eq!(Consortium::validator_of(&key(77)), Some(account(1)));
    });
}

#[test]
fn a_rotation_that_finds_nobody_keeps_the_set() {
    run(|| {
        // Only the keys go, the registry still knows all three.
        for number in [1, 2] {
            assert_ok!(Consortium::remove_validator(root(), account(number)));
        }
        rotate(2);
        assert_eq!(committee(), accounts(&[3]));
        pallet_session::NextKeys::<Test>::remove(account(3));
        assert_eq!(<Consortium as SessionManager<_>>::new_session(9), None);
        assert_eq!(committee(), accounts(&[3]));
    });
}

#[test]
fn a_member_that_purges_its_keys_drops_out() {
    run(|| {
        assert_ok!(Session::purge_keys(signed(1)));
        rotate(2);
        assert_eq!(committee(), accounts(&[2, 3]));
    });
}

#[test]
fn a_reinstated_validator_comes_back_without_a_second_announcement() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Validator(account(1))));
        assert_ok!(Consortium::reinstate(root(), Target::Validator(account(1))));
        rotate(2);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}
