use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{availability::Finding, policy::Access, traits::Artifacts as _};
use sp_runtime::DispatchResult;

fn set(by: u32, access: Access, readers: &[u32]) -> DispatchResult {
    Artifacts::set_access(signed(by), 0, access, organisations(readers))
}

#[test]
fn owner_should_widen_and_narrow_access() {
    run(|| {
        held_artifact();
        assert_ok!(set(OWNER, Access::Contributors, &[5, 2, 5]));
        let expected = Event::AccessSet {
            artifact: 0,
            access: Access::Contributors,
            readers: organisations(&[2, 5]),
        };
        assert_eq!(last_event(), expected);
        let shown = Artifacts::gateway_artifact(0).unwrap();
        assert_eq!((shown.access, shown.readers), (Access::Contributors, vec![2, 5]));
        // The next list replaces it.
        assert_ok!(set(OWNER, Access::Organisations, &[3]));
        assert_eq!(entry(0).readers, organisations(&[3]));
        assert_ok!(set(OWNER, Access::Validators, &[]));
        let shown = Artifacts::gateway_artifact(0).unwrap();
        assert_eq!((shown.access, shown.readers), (Access::Validators, vec![]));
        assert_eq!(Artifacts::held(0).unwrap().access, Access::Validators);
    });
}

#[test]
fn readers_should_be_admitted_organisations_where_access_asks_for_them() {
    run(|| {
        held_artifact();
        for access in [Access::Public, Access::Validators] {
            assert_noop!(set(OWNER, access, &[2]), Error::<Test>::ReadersWithoutUse);
        }
        assert_noop!(
            set(OWNER, Access::Organisations, &[2, 99]),
            Error::<Test>::OrganisationNotFound
        );
        // A suspended one stays admitted: whether it reads now is the gateways' matter.
        Suspended::set(vec![2]);
        assert_ok!(set(OWNER, Access::Organisations, &[2]));
    });
}

#[test]
fn only_the_owner_should_set_access_and_not_of_a_retired_artifact() {
    run(|| {
        assert_noop!(set(OWNER, Access::Public, &[]), Error::<Test>::ArtifactNotFound);
        assert_ok!(register(OWNER));
        assert_ok!(set(OWNER, Access::Validators, &[]));
        decide(0, Finding::Held);
        assert_noop!(set(OTHER, Access::Public, &[]), Error::<Test>::NotOwner);
        assert_noop!(set(OUTSIDER, Access::Public, &[]), Error::<Test>::NotAnOrganisation);
        assert_ok!(Artifacts::retire(signed(OWNER), 0));
        assert_noop!(set(OWNER, Access::Public, &[]), Error::<Test>::AlreadyRetired);
    });
}
