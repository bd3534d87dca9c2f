use crate::{mock::*, types::Actor, ArtifactCount, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{availability::Finding, policy::Access, traits::Artifacts as _, views::ArtifactState};

#[test]
fn retired_artifact_should_be_of_no_use_and_keep_its_deposit_while_validators_keep_its_bytes() {
    run(|| {
        let id = held_artifact();
        run_to(4);
        assert_ok!(Artifacts::retire(signed(OWNER), id));
        let by = Actor::Organisation(1);
        assert_eq!(last_event(), Event::Retired { artifact: id, by });
        assert_eq!(state(id), ArtifactState::Retired { at: 4 });
        assert_eq!((purse(1), deposit(id)), (RICH - FEE - DEPOSIT, Some((1, DEPOSIT))));
        assert_eq!(Artifacts::held(id), None);
        assert_eq!(ArtifactCount::<Test>::get(1), 1, "until it is pruned");
        // Validators keep its bytes for a while, and show them to nobody else.
        let shown = Artifacts::gateway_artifact(id).unwrap();
        assert_eq!((shown.access, shown.pending), (Access::Validators, false));
        run_to(4 + RETENTION);
        assert_eq!(Artifacts::gateway_artifact(id), None);
    });
}

#[test]
fn artifact_should_retire_once_and_not_while_it_awaits_votes() {
    run(|| {
        assert_ok!(register(OWNER));
        assert_noop!(Artifacts::retire(signed(OWNER), 0), Error::<Test>::AwaitsVotes);
        decide(0, Finding::Split);
        assert_ok!(Artifacts::retire(signed(OWNER), 0));
        assert_noop!(Artifacts::retire(signed(OWNER), 0), Error::<Test>::AlreadyRetired);
    });
}

#[test]
fn rejected_artifact_should_not_be_named_to_gateways_when_it_is_retired() {
    run(|| {
        assert_ok!(register(OWNER));
        decide(0, Finding::Split);
        assert_eq!(Artifacts::gateway_artifact(0), None);
        assert_ok!(Artifacts::retire(signed(OWNER), 0));
        assert_eq!(Artifacts::gateway_artifact(0), None);
        assert_eq!(deposit(0), Some((1, DEPOSIT)), "it returns when the record goes");
        run_to(1 + RETENTION);
        assert_ok!(Artifacts::prune(signed(OUTSIDER), 0));
        assert_eq!((purse(1), deposit(0)), (RICH - FEE, None));
    });
}

#[test]
fn only_the_owner_should_retire_an_artifact() {
    run(|| {
        let id = held_artifact();
        assert_noop!(Artifacts::retire(signed(OTHER), id), Error::<Test>::NotOwner);
        assert_noop!(
            Artifacts::retire(signed(OUTSIDER), id),
            Error::<Test>::NotAnOrganisation
        );
        assert_noop!(Artifacts::retire(RuntimeOrigin::root(), id), Error::<Test>::NotOwner);
        assert_noop!(
            Artifacts::retire(RuntimeOrigin::root(), 9),
            Error::<Test>::ArtifactNotFound
        );
        assert_noop!(
            Artifacts::retire(RuntimeOrigin::none(), id),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn artifact_of_an_organisation_that_left_should_stay_until_the_council_retires_it() {
    run(|| {
        let id = held_artifact();
        consortium::remove(OWNER);
        assert!(Artifacts::held(id).is_some() && Artifacts::gateway_artifact(id).is_some());
        assert_noop!(Artifacts::retire(signed(OWNER), id), Error::<Test>::NotAnOrganisation);
        assert_ok!(Artifacts::retire(RuntimeOrigin::root(), id));
        let by = Actor::Council;
        assert_eq!(last_event(), Event::Retired { artifact: id, by });
    });
}
