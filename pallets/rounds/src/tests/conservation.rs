//! Random histories: whatever people and validators do, in whatever order, no unit of a bond or an escrow is lost or made,
//! and every round ends.

use crate::{mock::*, types::RoundStage, ActiveRounds, Agenda, Expiries, Rounds as Stored};
use quorate_exact::check::Malformed;
use quorate_primitives::{
    job::{aggregate::ScoreRow, Verdict},
    traits::RevocationSink,
    Ppm,
};
use rand::{rngs::StdRng, Rng, SeedableRng};
use sp_runtime::DispatchResult;
use std::collections::BTreeSet;

const HISTORIES: u64 = 12;
const STEPS: u32 = 1_000;
/// A history that has not brought about every ending goes on, but not beyond this. One round in 2,000 steps records a version, and
/// of a third of those nobody shows the scores: shorter histories may miss some ending by chance.
const MOST_STEPS: u32 = 60_000;
/// What every history must bring about, from whatever seed.
const ENDINGS: [&str; 18] = [
    "Withdrawn",
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
    "Surplus",
    "Excused",
    "Withheld",
    "ShiftStarted",
    "ShiftEnded",
    "RetentionEnded",
    "ValidatorUnpaid",
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
    (id + item).is_multiple_of(4).then_some(Malformed::Header)
}

/// A voter, or a stranger, says of most items that it may speak about what is true, and of some what comes to its mind.
fn vote_at_random(id: u32, dice: &mut StdRng) -> DispatchResult {
    let voter = dice.random_range(0..=VALIDATORS);
    for item in 0..round(id).submissions {
        let spoken = has_voted(id, voter, item);
        if spoken && dice.random_bool(0.98) {
            continue;
        }
        let fault = match dice.random_range(0..10) {
            0..8 => fault_of(id, item),
            8 => Some(Malformed::NonFinite { tensor: 0, index: 3 }),
            _ => continue,
        };
        let _may_be_refused = vote(id, voter, item, fault);
    }
    Ok(())
}

fn job_at_random(id: u32, dice: &mut StdRng) -> DispatchResult {
    let verdicts = [Verdict::Agreed, Verdict::Wrong, Verdict::Silent];
    Verdicts::set((0..VALIDATORS).map(|_| verdicts[dice.random_range(0..3)]).collect());
    let agreement = if id % 4 == 2 { 0.2 } else { 0.8 };
    if dice.random_bool(agreement) {
        agree_on(id, outcome_of(&random_rows(id)));
    } else {
        disagree(id);
    }
    Ok(())
}

/// The rows that a round's job agrees on, always the same.
fn random_rows(id: u32) -> Vec<ScoreRow> {
    let mut dice = StdRng::seed_from_u64(id.into());
    let scores: Vec<Ppm> = (0..1_024).map(|_| dice.random_range(0..=1_000_000)).collect();
    rows_of(id, |position| scores[position as usize])
}

/// Of every third round nobody shows the page.
fn page_at_random(id: u32, dice: &mut StdRng) -> DispatchResult {
    if id % 3 == 1 {
        return Ok(());
    }
    let mut rows = random_rows(id);
    if dice.random_bool(0.1) {
        rows.pop();
    }
    let _may_be_refused = show_page(id, 0, &rows);
    Ok(())
}

/// Sometimes the last version is revoked, and sometimes nobody but the pallet itself notices.
fn revoke_at_random(dice: &mut StdRng) -> DispatchResult {
    let last = model(MODEL).versions.len() as u32 - 1;
    if last > 0 && dice.random_bool(0.05) {
        revoke_version(last);
        if dice.random_bool(0.7) {
            Rounds::revoked(MODEL, last);
        }
    }
    Ok(())
}

/// Roots are drawn from few, so that they meet.
fn drawn_root(id: u32, who: u32) -> quorate_primitives::Root {
    root((id / 2) * 10 + who % 7)
}

fn step(dice: &mut StdRng) {
    // Rounds that are over matter no more.
    let mut open: Vec<u32> = Stored::<Test>::iter()
        .filter(|(_, round)| !round.is_over())
        .map(|(id, _)| id)
        .collect();
    open.sort();
    let Some(id) = (!open.is_empty()).then(|| open[dice.random_range(0..open.len())]) else {
        let _may_be_refused = Rounds::open_round(signed(1), MODEL);
        return run_for(1);
    };
    let who = contributor(dice);
    let _most_may_be_refused = match (dice.random_range(0..22), round(id).stage) {
        (0..=5, RoundStage::Collecting { .. }) => submit_root(id, who, drawn_root(id, who)),
        (6, RoundStage::Collecting { .. }) => Rounds::withdraw(signed(who), id),
        (0..=9, RoundStage::Revealing { .. }) => reveal_as(id, who, drawn_root(id, who)),
        (10..=14, RoundStage::Revealing { .. }) => vote_at_random(id, dice),
        (17, _) if dice.random_bool(0.1) => Rounds::abort(RuntimeOrigin::root(), id),
        (0..=9, RoundStage::Computing { .. }) => job_at_random(id, dice),
        (0..=4, RoundStage::Scoring { .. }) => page_at_random(id, dice),
        (5, RoundStage::Scoring { .. }) if dice.random_bool(0.5) => {
            run_for(policy().retention);
            Ok(())
        }
        (18, _) => Rounds::open_round(signed(1), MODEL),
        (19, _) => revoke_at_random(dice),
        (20, _) if dice.random_bool(0.3) => {
            NoTransactions::set(dice.random_bool(0.3));
            NoSubmissions::set(dice.random_bool(0.3));
            run_for(dice.random_range(1..4));
            NoTransactions::set(false);
            NoSubmissions::set(false);
            Ok(())
        }
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
        set_policy(|policy| {
            policy.pipeline = quorate_exact::Rule::TrimmedMean { trim_ppm: 250_000 }.into();
            policy.min_updates = 4;
            policy.max_updates = 12;
            policy.max_updates_per_organisation = 3;
            policy.max_organisation_share = dice.random_range(1..=1_000_000);
            policy.reward = dice.random_range(0..30_000);
            policy.challenge = dice.random_range(0..4);
        });
        set_reputation(account(900), 50_000);
        let units = ledger().units();
        for done in 0..MOST_STEPS {
            if done >= STEPS && done % 250 == 0 && missing().is_empty() {
                break;
            }
            step(&mut dice);
            assert_eq!(ledger().units(), units, "seed {seed}");
            Rounds::do_try_state().unwrap();
        }
        assert_eq!(missing(), Vec::<&str>::new(), "seed {seed}: never reached");
        for _ in 0..4 {
            run_for(40);
            for id in ActiveRounds::<Test>::get() {
                if is_computing(id) {
                    disagree(id);
                }
            }
        }
        assert!(
            ActiveRounds::<Test>::get().is_empty(),
            "seed {seed}: a round waits for ever"
        );
        // Scores that never come, then the evidence's retention.
        run_for(2 * policy().retention + 10);
        assert!(ledger().bonds.is_empty(), "seed {seed}: a bond never returns");
        assert!(
            ledger().escrows.values().all(|(_, left)| *left == 0),
            "seed {seed}: an escrow is never emptied"
        );
        assert_eq!(
            (
                Stored::<Test>::iter().count(),
                Agenda::<Test>::iter_keys().count(),
                Expiries::<Test>::iter_keys().count()
            ),
            (0, 0, 0),
            "seed {seed}: a round is kept for ever"
        );
        let recorded = count(|event| matches!(event, crate::Event::VersionRecorded { .. }));
        assert_eq!(
            recorded,
            Settled::get().len(),
            "seed {seed}: one settlement for each version"
        );
    });
}

#[test]
fn no_unit_should_be_lost_or_made_and_every_round_should_end_in_random_histories() {
    for seed in seeds() {
        println!("seed {seed}");
        history(seed);
    }
}
