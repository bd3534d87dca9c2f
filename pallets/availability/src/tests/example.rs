use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{availability::Finding, traits::Availability as _};

#[test]
fn four_validators_should_find_out_which_updates_they_hold() {
    with_validators(4, || {
        // A round opens the votes on its updates and puts two of them.
        assert_ok!(Availability::open(ROUND, UNTIL));
        Availability::put_item(ROUND, 0, claim(0));
        Availability::put_item(ROUND, 1, claim(1));
        // The first validator holds both; the others could not read update 1.
        assert_eq!(waiting(0), [0, 1]);
        assert_ok!(send(statement(ROUND, 0, &[0, 1], &[])));
        for voter in 1..4 {
            assert_ok!(send(statement(ROUND, voter, &[0], &[(1, FAULT)])));
        }
        // Three of four are a quorum: the round is told of each update once.
        assert_eq!(
            told(),
            [
                Told::Found(ROUND, 0, Finding::Held),
                Told::Voted(ROUND),
                Told::Found(ROUND, 1, Finding::Malformed(FAULT)),
                Told::Voted(ROUND),
            ]
        );
    });
}
