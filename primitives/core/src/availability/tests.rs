use super::*;
use crate::{possession::Shown, AccountId, Root};
use codec::DecodeAll;

fn fault(n: u32) -> Malformed {
    Malformed::NonFinite { tensor: n, index: 0 }
}

fn claim(byte: u8) -> Claim {
    let root = Root::repeat_byte(byte);
    let shown = Shown::Contributor(AccountId::new([byte + 100; 32]));
    Claim { root, shown }
}

/// A vote is about these files in these hands: on a fork the same item may be another one's.
#[test]
fn claims_should_differ_by_root_contributor_possession_and_organisation() {
    let version = |root, possession, organisation| {
        let [root, possession] = [root, possession].map(Root::repeat_byte);
        Named { root, possession }.by(organisation, Hash::zero())
    };
    let stolen = Claim {
        root: claim(1).root,
        ..claim(2)
    };
    let claims = [
        claim(1),
        claim(2),
        stolen,
        version(1, 1, 1),
        version(2, 1, 1),
        version(1, 2, 1),
        version(1, 1, 2),
    ];
    for (number, claim) in claims.iter().enumerate() {
        let voted = |claim: &Claim| voted_claims(core::slice::from_ref(claim));
        assert!(claims[number + 1..].iter().all(|other| voted(other) != voted(claim)));
    }
}

fn vote() -> AvailabilityVote {
    AvailabilityVote {
        subject: Subject::Round(7),
        ballot: 5,
        voter: 3,
        claims: voted_claims(&[claim(1), claim(2)]),
        held: bitmap([0]),
        malformed: BoundedVec::truncate_from(Vec::from([Fault {
            item: 9,
            reason: Malformed::Header,
        }])),
    }
}

#[test]
fn bitmap_should_hold_the_items_that_were_put_into_it() {
    let items = [0, 7, 8, 31, 32, 1_023];
    let set = bitmap(items);
    assert!((0..2_000).all(|item| bit(&set, item) == items.contains(&item)));
    assert_eq!(
        bitmap([MAX_UPDATES, u32::MAX]).len(),
        0,
        "items beyond the bound are left out"
    );
    assert_eq!(set.len(), 128);
    assert!(!bit(&set, u32::MAX));
}

#[test]
fn vote_should_have_a_frozen_encoding() {
    let claims: Vec<u8> = vote().claims.0.to_vec();
    let mut expected = Vec::from([1, 7, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0]);
    expected.extend(claims);
    expected.extend([4, 1, 4, 9, 0, 0, 0, 0]);
    assert_eq!(vote().encode(), expected);
    assert_eq!(AvailabilityVote::decode_all(&mut &expected[..]), Ok(vote()));
    let genesis = Hash::repeat_byte(9);
    let payload = vote_payload(genesis, &vote());
    assert!(payload.ends_with(&expected) && payload[1..].starts_with(b"quorate/vote/1"));
    assert_ne!(payload, vote_payload(Hash::zero(), &vote()));
}

#[test]
fn voter_should_state_one_thing_about_an_item() {
    let mut tally = Tally::default();
    assert!(tally.vote(0, None));
    assert!(!tally.vote(0, None) && !tally.vote(0, Some(fault(0))));
    assert!(tally.vote(31, Some(fault(0))) && !tally.vote(31, None));
    assert!(!tally.vote(MAX_COMMITTEE, None) && !tally.has_voted(MAX_COMMITTEE));
    assert!(tally.has_voted(0) && tally.has_voted(31) && !tally.has_voted(1));
}

#[test]
fn tally_should_have_room_when_every_voter_finds_another_fault() {
    let mut tally = Tally::default();
    assert!((0..MAX_COMMITTEE).all(|voter| tally.vote(voter, Some(fault(voter)))));
    assert_eq!(tally.result(MAX_COMMITTEE), TallyResult::Decided(Finding::Split));
}

#[test]
fn result_should_wait_while_a_quorum_is_possible() {
    for voters in 1..=MAX_COMMITTEE {
        let mut tally = Tally::default();
        for voter in 0..quorum(voters) {
            assert_eq!(tally.result(voters), TallyResult::Undecided, "{voter} of {voters}");
            assert!(tally.vote(voter, None));
        }
        assert_eq!(tally.result(voters), TallyResult::Decided(Finding::Held));
    }
}
