use crate::{mock::*, Event, Settlements};
use frame_support::assert_ok;
use quorate_primitives::{traits::Models as _, version::Settlement, Hash};

fn settlement(byte: u8) -> Settlement {
    Settlement {
        updates_root: Hash::repeat_byte(byte),
        statements_root: Hash::repeat_byte(byte),
        assessment_root: None,
        block: 1,
    }
}

#[test]
fn settlement_should_be_written_once_beside_the_record() {
    run(|| {
        let id = active_model();
        assert_ok!(record(id, 0, root(2)));
        Models::settled(id, 1, settlement(1));
        assert_eq!(
            last_event(),
            Event::VersionSettled {
                model: id,
                version: 1,
                settlement: settlement(1)
            }
        );
        Models::settled(id, 1, settlement(2));
        assert_eq!(Models::version(id, 1).unwrap().settlement, Some(settlement(1)));
    });
}

#[test]
fn version_that_does_not_exist_should_not_be_settled() {
    run(|| {
        Models::settled(3, 1, settlement(1));
        assert_eq!(Settlements::<Test>::iter().count(), 0);
    });
}
