//! Random histories: whatever people and validators do, in whatever order, no unit of a bond or an escrow is lost or made,
//! and every round ends.

use crate::{mock::*, types::Stage, ActiveRounds, Tallies};
use quorate_exact::check::Malformed;
use quorate_primitives::{
    job::Verdict,
    update::{Subject, UpdateStatus},
};
use rand::{rngs::StdRng, Rng, SeedableRng};
use sp_runtime::DispatchResult;
use std::collections::BTreeSet;

const HISTORIES: u64 = 12;
const STEPS: u32 = 1_000;
/// A history that has not brought about every ending goes on, but not beyond this.
const MOST_STEPS: u32 = 20_000;
/// What every history must bring about, from whatever seed.
const ENDINGS: [&str; 12] = [
    "Withdrawn",
    "Duplicate",
    "Available",
    "Invalid",
    "Expired",
    "Retried",
    "Paid",
    "ScoresMissing",
    "Settled",
    "Aborted",
    "Failed",
    "Refunded",
];

/// Histories can be repeated: `QUORATE_SEED=<seed>` runs one.
fn seeds() -> Vec<u64> {
    match std::env::var("QUORATE_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => {
            let first = rand::random::<u32>().into();
            (first..first + HISTORIES).collect()
        }
    }
}

fn contributor(dice: &mut StdRng) -> u32 {
    FIRST * dice.random_range(1..=6) + dice.random_range(0..3)
}

/// What is wrong with an item; every fourth is malformed.
fn fault_of(id: u32, item: u32) -> Option<Malformed> {
    ((id + item) % 4 == 0).then_some(Malformed::Header)
}

/// A voter, or a stranger, says of most items that it may speak about what is true, and of some what comes to its mind.
fn vote_at_random(id: u32, dice: &mut StdRng) -> DispatchResult {
    let voter = dice.random_range(0..=VALIDATORS);
    let (mut held, mut faults) = (Vec::new(), Vec::new());
    for item in 0..round(id).submissions {
        let spoken = Tallies::<Test>::get(id, item).has_voted(voter);
        if update(id, item).root.is_none() || (spoken && dice.random_bool(0.98)) {
            continue;
        }
        let said = match dice.random_range(0..10) {
            0..8 => fault_of(id, item),
            8 => Some(Malformed::NonFinite { tensor: 0, index: 3 }),
            _ => continue,
        };
        match said {
            Some(fault) => faults.push((item, fault)),
            None => held.push(item),
        }
    }
    let _may_be_refused = vote(Subject::Round(id), voter, &held, &faults);
    Ok(())
}

fn job_at_random(id: u32, dice: &mut StdRng) -> DispatchResult {
    let verdicts = [Verdict::Agreed, Verdict::Wrong, Verdict::Silent];
    change(|world| world.verdicts = (0..VALIDATORS).map(|_| verdicts[dice.random_range(0..3)]).collect());
    let agreement = if id % 4 == 2 { 0.2 } else { 0.8 };
    if dice.random_bool(agreement) {
        agree(id);
    } else {
        disagree(id);
    }
    Ok(())
}

/// Of every third round nobody shows all pages.
fn page_at_random(id: u32, dice: &mut StdRng) -> DispatchResult {
    if id % 3 == 1 {
        return Ok(());
    }
    let available = round(id).available;
    let rows = if dice.random_bool(0.9) {
        available
    } else {
        available.saturating_sub(1)
    };
    let scores: Vec<u32> = (0..rows).map(|_| dice.random_range(0..=1_000_000)).collect();
    show_page(id, 0, &scores)
}

/// Roots are drawn from few, so that they meet.
fn drawn_root(id: u32, who: u32) -> quorate_primitives::Root {
    root((id / 2) * 10 + who % 7)
}

fn step(dice: &mut StdRng) {
    let active = ActiveRounds::<Test>::get();
    let Some(id) = (!active.is_empty()).then(|| active[dice.random_range(0..active.len())]) else {
        let _may_be_refused = Rounds::open_round(signed(1), MODEL);
        return;
    };
    let who = contributor(dice);
    let _most_may_be_refused = match (dice.random_range(0..20), round(id).stage) {
        (0..=5, Stage::Collecting { .. }) => submit_root(id, who, drawn_root(id, who)),
        (6, Stage::Collecting { .. }) => Rounds::withdraw(signed(who), id),
        (0..=9, Stage::Opening { .. }) => open_as(id, who, drawn_root(id, who)),
        (10..=14, Stage::Opening { .. }) => vote_at_random(id, dice),
        (17, _) if dice.random_bool(0.1) => Rounds::abort(RuntimeOrigin::root(), id),
        (0..=9, Stage::Computing) => job_at_random(id, dice),
        (0..=4, Stage::Scoring { .. }) => page_at_random(id, dice),
        (18, _) => Rounds::open_round(signed(1), MODEL),
        (15..=17, _) => {
            run_for(1);
            Ok(())
        }
        _ => Ok(()),
    };
}

/// Names of all events so far.
fn names() -> BTreeSet<String> {
    // `Event::Settled { … }`
    let name = |event: crate::Event<Test>| {
        let text = format!("{event:?}");
        let path = text.split([' ', '(']).next().unwrap_or_default();
        path.rsplit("::").next().unwrap_or_default().to_string()
    };
    events().into_iter().map(name).collect()
}

fn missing() -> Vec<&'static str> {
    let seen = names();
    ENDINGS.into_iter().filter(|ending| !seen.contains(*ending)).collect()
}

fn history(seed: u64) {
    run(|| {
        let mut dice = StdRng::seed_from_u64(seed);
        change(|world| {
            world.set_policy(|policy| {
                policy.max_updates = 12;
                policy.max_updates_per_organisation = 3;
                policy.max_organisation_share = dice.random_range(1..=1_000_000);
                policy.reward = dice.random_range(0..30_000);
                policy.challenge = dice.random_range(0..4);
            })
        });
        let units = world().units();
        for done in 0..MOST_STEPS {
            if done >= STEPS && done % 250 == 0 && missing().is_empty() {
                break;
            }
            step(&mut dice);
            assert_eq!(world().units(), units, "seed {seed}");
        }
        assert_eq!(missing(), Vec::<&str>::new(), "seed {seed}: never reached");
        Rounds::do_try_state().unwrap();
        for _ in 0..4 {
            run_for(40);
            for id in ActiveRounds::<Test>::get() {
                if round(id).stage == Stage::Computing {
                    disagree(id);
                }
            }
        }
        assert!(
            ActiveRounds::<Test>::get().is_empty(),
            "seed {seed}: a round never ends"
        );
        assert!(world().bonds.is_empty(), "seed {seed}: a bond never returns");
        assert!(
            world().escrows.values().all(|left| *left == 0),
            "seed {seed}: an escrow is never emptied"
        );
        check_ends(seed);
    });
}

/// Bonds were taken from Invalid updates and from no others.
fn check_ends(seed: u64) {
    let mut taken = 0;
    let rounds = crate::NextRound::<Test>::get();
    for id in 0..rounds {
        let invalid = |status| matches!(status, UpdateStatus::Invalid(_));
        let number = (0..round(id).submissions)
            .filter(|position| invalid(update(id, *position).status))
            .count();
        taken += number as u128 * round(id).policy.bond;
    }
    let free: u128 = world().free.values().sum();
    assert_eq!(free + taken, u128::from(ORGANISATIONS) * 100_000, "seed {seed}");
}

#[test]
fn no_unit_is_lost_or_made_and_every_round_ends_in_random_histories() {
    for seed in seeds() {
        println!("seed {seed}");
        history(seed);
    }
}
