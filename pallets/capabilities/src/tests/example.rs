use crate::mock::*;
use frame_support::assert_ok;

#[test]
fn validators_should_be_asked_for_what_they_declared() {
    with_validators(4, || {
        assert_ok!(declare(0, 1_000));
        assert_ok!(declare(1, 4_000));
        assert_ok!(declare(3, 2_000));
        assert_eq!(capable(1_000), [0, 1, 3]);
        assert_eq!(capable(2_000), [1, 3]);
        // A request is taken while a quorum of all four could answer it.
        let count = Capabilities::capable_of(1_500);
        assert_eq!((count.capable, count.needed, count.validators), (2, 3, 4));
    });
}
