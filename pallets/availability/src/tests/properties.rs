//! Random votes: the tallies amount to what a count by hand says, each item is told once, and the state is sound.

use crate::mock::*;
use proptest::prelude::*;
use quorate_primitives::{
    availability::{Finding, Malformed, Tally, TallyResult},
    committee::quorum,
};
use std::collections::BTreeMap;

/// What one voter states about one item.
fn statements() -> impl Strategy<Value = Vec<(u32, u32, u8)>> {
    proptest::collection::vec((0..6u32, 0..40u32, 0..4u8), 0..120)
}

fn reason(n: u8) -> Option<Malformed> {
    (n > 0).then(|| Malformed::NonFinite {
        tensor: n.into(),
        index: 0,
    })
}

/// By hand: the first statement of each voter counts.
fn expected(voters: u32, statements: &BTreeMap<u32, u8>) -> Option<Finding> {
    let votes = |n: u8| statements.values().filter(|stated| **stated == n).count() as u32;
    if let Some(n) = (0..4).find(|n| votes(*n) >= quorum(voters)) {
        return Some(reason(n).map_or(Finding::Held, Finding::Malformed));
    }
    let silent = voters - statements.len() as u32;
    let best = (0..4).map(votes).max().unwrap_or(0);
    (best + silent < quorum(voters)).then_some(Finding::Split)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn findings_should_be_what_a_count_by_hand_says(voters in 1..6u32, stated in statements()) {
        let mut failure = Ok(());
        with_validators(voters, || {
            open_round(40);
            let mut by_hand: BTreeMap<u32, BTreeMap<u32, u8>> = BTreeMap::new();
            let mut findings: BTreeMap<u32, Finding> = BTreeMap::new();
            for (voter, item, n) in stated {
                let votes = by_hand.entry(item).or_default();
                let may = voter < voters && !votes.contains_key(&voter) && !findings.contains_key(&item);
                let vote = match reason(n) {
                    None => statement(ROUND, voter, &[item], &[]),
                    Some(reason) => statement(ROUND, voter, &[], &[(item, reason)]),
                };
                if send(vote).is_ok() != may {
                    failure = Err("a vote was taken or refused wrongly");
                    return;
                }
                if may {
                    votes.insert(voter, n);
                    if let Some(finding) = expected(voters, votes) {
                        findings.insert(item, finding);
                        if told() != [Told::Found(ROUND, item, finding), Told::Voted(ROUND)] {
                            failure = Err("another finding");
                            return;
                        }
                    }
                }
                if !told().is_empty() {
                    failure = Err("told of what is not decided, or twice");
                    return;
                }
                Availability::do_try_state().expect("the state is sound");
            }
        });
        prop_assert_eq!(failure, Ok(()));
    }

    #[test]
    fn decided_tally_should_stay_decided_in_the_same_way(
        voters in 1..=32u32,
        stated in proptest::collection::vec((0..32u32, 0..4u8), 0..64),
    ) {
        let (mut tally, mut decided) = (Tally::default(), None);
        for (voter, n) in stated {
            if voter < voters {
                let had = tally.has_voted(voter);
                prop_assert_eq!(tally.vote(voter, reason(n)), !had);
            }
            match (tally.result(voters), decided) {
                (TallyResult::Decided(finding), None) => decided = Some(finding),
                (result, Some(finding)) => prop_assert_eq!(result, TallyResult::Decided(finding)),
                (TallyResult::Undecided, None) => {}
            }
        }
    }
}
