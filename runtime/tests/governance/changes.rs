//! Changes of who votes: proposed, cancelled, enacted, and the seats that follow.

use super::{
    admission,
    common::{motions::*, *},
};
use pallet_consortium::types::Target;
use quorate_primitives::traits::Consortium as _;
use quorate_runtime::{Consortium, Runtime, SafeMode};

#[test]
fn an_admitted_organisation_should_get_its_seat_after_the_delay() {
    on_local_chain(|chain| {
        council(
            chain,
            pallet_consortium::Call::propose_change {
                change: admission("//Org5"),
            },
            &[0, 1, 2, 3],
        );
        assert_eq!(Consortium::organisation_of(&account("//Org5")), None);
        let due = pallet_consortium::PendingChanges::<Runtime>::iter_values()
            .next()
            .unwrap()
            .enact_at;
        chain.jump_to(due);
        chain.pass(1);
        assert_eq!(Consortium::organisation_of(&account("//Org5")), Some(5));
        assert!(council_members().contains(&account("//Org5")));
    });
}

#[test]
fn a_majority_should_not_admit_and_should_be_able_to_cancel() {
    on_local_chain(|chain| {
        let propose = || pallet_consortium::Call::propose_change {
            change: admission("//Org5"),
        };
        council(chain, propose(), &[0, 1, 2]);
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 0);
        council(chain, propose(), &[0, 1, 2, 3]);
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 1);
        council(chain, pallet_consortium::Call::cancel_change { id: 0 }, &[4, 2, 3]);
        assert_eq!(pallet_consortium::PendingChanges::<Runtime>::iter().count(), 0);
    });
}

#[test]
fn technical_seats_should_follow_the_organisations() {
    on_local_chain(|chain| {
        assert_eq!(technical_members().len(), 3);
        endow("//New");
        chain.run(vec![signed(
            "//Org0",
            pallet_consortium::Call::rotate_account {
                account: account("//New"),
            },
        )]);
        chain.run(vec![signed(
            "//New",
            pallet_consortium::Call::accept_account { organisation: 0 },
        )]);
        assert!(technical_members().contains(&account("//New")));
        assert!(!technical_members().contains(&account("//Org0")));
        let target = Target::Organisation(1);
        council_by(
            chain,
            pallet_consortium::Call::suspend { target },
            &["//New", "//Org2", "//Org3"],
        );
        assert!(!technical_members().contains(&account("//Org1")));
        // One of three seats is suspended; two thirds of all three are the other two.
        technical_by(chain, pallet_safe_mode::Call::<Runtime>::force_enter {}, &["//New"]);
        assert!(!SafeMode::is_entered());
        technical_by(
            chain,
            pallet_safe_mode::Call::<Runtime>::force_enter {},
            &["//New", "//Org2"],
        );
        assert!(SafeMode::is_entered());
    });
}
