//! Which entry of the journal a submission goes on with.

use super::{sending::may_pass_later, *};
use crate::{fixtures, nonces::Failure, policy::standard};
use quorate_exact::Rule;
use quorate_primitives::{Hash, Root};

const FOLDER: &str = "/somewhere/state";

fn entry(weight: u32, salt: u8) -> Entry {
    Entry {
        genesis: Hash::repeat_byte(1),
        model: 2,
        round: 3,
        contributor: AccountId::new([4; 32]),
        root: Root::repeat_byte(5),
        weight,
        salt: [salt; 32],
        file: "/old/update.safetensors".into(),
    }
}

fn round(phase: RoundPhase, updates: Vec<Update>) -> RoundView {
    RoundView {
        phase,
        updates,
        ..fixtures::collecting(3, (2, 0))
    }
}

fn collecting(updates: Vec<Update>) -> RoundView {
    round(RoundPhase::Collecting { until: 100 }, updates)
}

fn on_chain(entry: &Entry) -> Update {
    Update {
        commitment: entry.commitment(),
        weight: entry.weight,
        ..fixtures::update(&entry.contributor, UpdateStatus::Committed)
    }
}

fn chosen(view: &RoundView, known: Vec<Entry>, new: Entry) -> Result<Entry> {
    choose(view, known, new, Path::new(FOLDER))
}

#[test]
fn weight_should_be_checked_against_the_policy() {
    let policy = standard(Rule::Median, 10);
    for weight in [1, policy.max_weight] {
        check_weight(&policy, weight).unwrap();
    }
    for weight in [0, policy.max_weight + 1] {
        let error = check_weight(&policy, weight).unwrap_err();
        assert!(matches!(&error, Error::Input(_)));
        assert!(
            error.to_string().contains(&format!("the weight is {weight}")),
            "{error}"
        );
    }
}

#[test]
fn submission_that_was_begun_should_go_on_with_its_salt() {
    let begun = entry(6, 7);
    let found = chosen(&collecting(vec![]), vec![entry(9, 1), begun.clone()], entry(6, 8));
    assert_eq!(found.unwrap(), begun);
    let found = chosen(&collecting(vec![on_chain(&begun)]), vec![begun.clone()], entry(6, 8));
    assert_eq!(found.unwrap(), begun);
}

#[test]
fn what_the_chain_never_took_should_not_lock_out_another_update() {
    let new = entry(6, 8);
    let found = chosen(&collecting(vec![]), vec![entry(0, 7)], new.clone());
    assert_eq!(found.unwrap(), new);
}

#[test]
fn moved_file_should_be_the_same_update() {
    let begun = entry(6, 7);
    let moved = Entry {
        file: "/new/place".into(),
        ..entry(6, 8)
    };
    let found = chosen(&collecting(vec![on_chain(&begun)]), vec![begun.clone()], moved);
    assert_eq!(found.unwrap(), begun);
}

#[test]
fn another_update_than_the_committed_one_should_be_refused_by_name() {
    let begun = entry(6, 7);
    let error = chosen(&collecting(vec![on_chain(&begun)]), vec![begun], entry(9, 8)).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("weight 6") && error.contains("/old/update"), "{error}");
}

#[test]
fn commitment_without_its_salt_should_be_said_with_the_folder() {
    let error = chosen(&collecting(vec![on_chain(&entry(6, 7))]), vec![], entry(6, 8)).unwrap_err();
    assert!(error.to_string().contains(FOLDER), "{error}");
}

#[test]
fn round_that_takes_no_commitments_should_be_said_before_anything_is_sent() {
    for phase in [RoundPhase::Computing, RoundPhase::Settled, RoundPhase::Aborted] {
        let error = chosen(&round(phase, vec![]), vec![], entry(6, 8)).unwrap_err();
        assert!(error.to_string().contains(&format!("{phase:?}")), "{error}");
        assert!(
            matches!(error, Error::RoundClosed { .. }),
            "not the input is at fault: {error}"
        );
    }
}

#[test]
fn what_a_fork_lost_should_be_done_again_as_long_as_the_round_takes_it() {
    let after = |phase, status: Option<UpdateStatus>| {
        let update = status.map(|status| Update {
            status,
            ..on_chain(&entry(7, 1))
        });
        next(&round(phase, update.iter().cloned().collect()), update.as_ref(), true)
    };
    let (collecting, revealing) = (
        RoundPhase::Collecting { until: 100 },
        RoundPhase::Revealing {
            reveal_until: 100,
            vote_until: 120,
        },
    );
    let (committed, revealed) = (UpdateStatus::Committed, UpdateStatus::Revealed);
    // The fork set the round back: to before the commitment, to before the end of the collection, to before the reveal.
    assert_eq!(after(collecting, None).unwrap(), Next::Commit);
    assert_eq!(after(collecting, Some(committed)).unwrap(), Next::Wait);
    assert_eq!(after(revealing, Some(committed)).unwrap(), Next::Reveal);
    assert_eq!(after(revealing, Some(revealed)).unwrap(), Next::Upload);
    assert!(matches!(
        after(revealing, Some(UpdateStatus::Available)).unwrap(),
        Next::Decided(_)
    ));
    let error = after(revealing, None).unwrap_err();
    assert!(matches!(error, Error::RoundClosed { .. }), "{error}");
    let error = after(RoundPhase::Failed, Some(committed)).unwrap_err();
    assert!(
        matches!(&error, Error::RoundFailed { why, .. } if why.contains("Failed")),
        "{error}"
    );
}

#[test]
fn only_what_a_pool_refused_or_holds_should_be_sent_again() {
    let after = |error, pending| may_pass_later(&Failure { error, pending });
    // Its block may be older than the one that opened the round, or ended Collecting.
    assert!(after(Error::Rejected("free only when it would succeed".into()), false));
    assert!(after(Error::Rejected("it became invalid while it waited".into()), true));
    // It waits for a commitment that a fork took back, which has to be made again first.
    assert!(after(Error::Timeout("an earlier transaction is missing".into()), true));
    assert!(!after(Error::Network("broken".into()), true));
    assert!(!after(Error::Input("weight".into()), false));
}

#[test]
fn step_should_be_done_when_the_update_shows_it() {
    let of = |status| Update {
        status,
        ..on_chain(&entry(7, 1))
    };
    assert!(Step::Commit.is_done(&of(UpdateStatus::Committed)));
    assert!(!Step::Reveal.is_done(&of(UpdateStatus::Committed)));
    for status in [UpdateStatus::Revealed, UpdateStatus::Expired, UpdateStatus::Available] {
        assert!(Step::Reveal.is_done(&of(status)));
    }
}

fn contribution() -> Contribution {
    Contribution {
        account: Account::from_uri("//Alice").unwrap(),
        entry: entry(1, 1),
        file: "update.safetensors".into(),
        base: 0,
    }
}

/// A fork may bring back Collecting, with the commitment or without it.
#[test]
fn reveal_should_be_sent_only_where_the_round_takes_it() {
    let contribution = contribution();
    let committed = on_chain(&contribution.entry);
    let revealed = Update {
        status: UpdateStatus::Revealed,
        ..committed.clone()
    };
    let revealing = RoundPhase::Revealing {
        reveal_until: 100,
        vote_until: 120,
    };
    assert!(contribution.takes_reveal(&round(revealing, vec![committed.clone()])));
    for view in [
        collecting(vec![committed.clone()]),
        collecting(Vec::new()),
        round(revealing, Vec::new()),
        round(revealing, vec![revealed]),
        round(RoundPhase::Computing, vec![committed]),
    ] {
        assert!(!contribution.takes_reveal(&view), "{:?} {:?}", view.phase, view.updates);
    }
}

#[test]
fn commitment_should_be_made_only_while_the_round_is_that_of_the_update() {
    let contribution = contribution();
    let seen = collecting(Vec::new());
    contribution.check_round(&seen).unwrap();
    // What a fork makes of the number.
    for (model, base) in [(1, 0), (2, 1)] {
        let other = RoundView {
            model,
            base,
            ..seen.clone()
        };
        let error = contribution.check_round(&other).unwrap_err().to_string();
        assert!(
            error.contains(&format!("{model}@{base}")) && error.contains("2@0"),
            "{error}"
        );
    }
}
