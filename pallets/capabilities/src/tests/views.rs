use crate::{mock::*, Entries};
use frame_support::assert_ok;
use quorate_primitives::views::CapabilityView;
use sp_core::Pair;

#[test]
fn every_validator_of_the_session_should_be_shown() {
    with_validators(2, || {
        assert_ok!(declare(1, 100));
        let nothing = CapabilityView {
            validator: account(0),
            organisation: 0,
            capability: None,
            declared_at: None,
            next_from: 0,
            again_from: 0,
            barred_until: None,
            asked: false,
        };
        let mut declared = CapabilityView {
            validator: account(1),
            organisation: 1,
            capability: Some(capability(100)),
            declared_at: Some(START),
            next_from: START + INTERVAL,
            again_from: START + ERA,
            barred_until: None,
            asked: true,
        };
        assert_eq!(Capabilities::capabilities(), [nothing, declared.clone()]);
        assert_eq!(Capabilities::view_of(&pair(1).public()), Some(declared.clone()));
        assert_eq!(Capabilities::view_of(&pair(2).public()), None);
        declared.barred_until = Some(START + INTERVAL + ERA);
        declared.asked = false;
        Entries::<Test>::mutate(account(1), |entry| {
            entry.as_mut().unwrap().barred_until = declared.barred_until;
        });
        assert_eq!(Capabilities::view_of(&pair(1).public()), Some(declared));
        System::set_block_number(START + INTERVAL + ERA);
        assert_eq!(Capabilities::capabilities()[1].barred_until, None);
    });
}
