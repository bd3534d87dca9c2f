use crate::{mock::*, types::Target, Event};
use codec::Encode;
use frame_support::assert_ok;
use pallet_session::SessionManager;
use quorate_primitives::traits::Consortium as _;
use sp_core::{proof_of_possession::statement_of_ownership, Pair};

/// Validator 1 registers this key.
fn change_key(number: u8) {
    let proof = pair(number)
        .sign(&statement_of_ownership(&account(1).encode()))
        .encode();
    assert_ok!(Session::set_keys(signed(1), Keys { aiwk: key(number) }, proof));
}

fn key_of(number: u8) -> quorate_primitives::crypto::AttestationId {
    let members = Consortium::committee();
    let member = members.iter().find(|member| member.validator == account(number));
    member.unwrap().key.clone()
}

#[test]
fn unchanged_set_should_not_be_announced_anew() {
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
fn new_key_of_a_member_should_reach_the_committee() {
    run(|| {
        change_key(77);
        rotate(2);
        assert_eq!(key_of(1), key(77));
        assert_eq!(Consortium::validator_of(&key(77)), Some(account(1)));
    });
}

#[test]
fn new_key_of_a_member_should_be_announced_once() {
    run(|| {
        change_key(77);
        let next = || <Consortium as SessionManager<_>>::new_session(1);
        assert_eq!(next(), Some(accounts(&[1, 2, 3])));
        assert_eq!(next(), None);
        change_key(78);
        change_key(77);
        assert_eq!(next(), None);
        change_key(78);
        assert_eq!(next(), Some(accounts(&[1, 2, 3])));
    });
}

#[test]
fn rotation_that_finds_nobody_should_keep_the_set() {
    run(|| {
        // Only the keys go, the registry still knows the last.
        for number in [1, 2] {
            assert_ok!(enact(removal(number)));
        }
        rotate(2);
        assert_eq!(committee(), accounts(&[3]));
        pallet_session::NextKeys::<Test>::remove(account(3));
        assert_eq!(<Consortium as SessionManager<_>>::new_session(9), None);
        assert_eq!(committee(), accounts(&[3]));
    });
}

#[test]
fn member_that_purges_its_keys_should_drop_out() {
    run(|| {
        assert_ok!(Session::purge_keys(signed(1)));
        rotate(2);
        assert_eq!(committee(), accounts(&[2, 3]));
        System::assert_has_event(Event::ValidatorDeactivated { validator: account(1) }.into());
    });
}

#[test]
fn validator_reinstated_before_the_rotation_should_stay_without_an_announcement() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Validator(account(1))));
        assert_ok!(Consortium::reinstate(root(), Target::Validator(account(1))));
        assert_eq!(<Consortium as SessionManager<_>>::new_session(1), None);
        rotate(2);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}
