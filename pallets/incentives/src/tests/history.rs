//! Random histories: not one unit is lost or made.

use crate::mock::*;
use frame_support::{assert_ok, traits::fungible::Inspect};
use quorate_primitives::{traits::Escrow, Balance};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const HISTORIES: u64 = 24;
const STEPS: usize = 400;
const ROUNDS: u32 = 6;

/// Set the variable to replay a history; the seed of each is printed.
fn first_seed() -> u64 {
    std::env::var("QUORATE_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random)
}

/// Amounts around the bounds are as frequent as all others together.
fn amount(random: &mut ChaCha8Rng) -> Balance {
    match random.random_range(0..8) {
        0 => 0,
        1 => 1,
        2 => ED - 1,
        3 => ED,
        4 => Balance::MAX,
        _ => random.random_range(0..RICH),
    }
}

/// Rich accounts, and as many that start with nothing.
fn anyone(random: &mut ChaCha8Rng) -> u8 {
    random.random_range(0..2 * RICH_ACCOUNTS)
}

/// Do something, possible or not. Returns whether it was possible.
fn step(random: &mut ChaCha8Rng) -> bool {
    let (who, other) = (anyone(random), anyone(random));
    let (model, round, amount) = (
        random.random_range(0..=MODELS),
        random.random_range(0..ROUNDS),
        amount(random),
    );
    match random.random_range(0..12) {
        0 | 1 => Incentives::fund(signed(who), model, amount).is_ok(),
        2 => Incentives::withdraw_fund(signed(who), model, amount).is_ok(),
        3 => Incentives::claim(signed(who)).is_ok(),
        4 => Incentives::claim_for(signed(who), account(other)).is_ok(),
        5 => Incentives::lock(model, round, amount).is_ok(),
        6 | 7 => Incentives::pay(round, &account(who), amount.min(Incentives::escrowed(round) + 1)).is_ok(),
        8 => {
            Incentives::close(round);
            true
        }
        9 => {
            Incentives::refund(model, round);
            true
        }
        10 => Incentives::hold_bond(&account(who), round, &account(other), amount).is_ok(),
        _ => {
            let settle = if random.random() {
                Incentives::slash_bond
            } else {
                Incentives::release_bond
            };
            settle(round, &account(other));
            true
        }
    }
}

/// Tokens of all accounts that a history can touch.
fn everything() -> Balance {
    let accounts = (0..2 * RICH_ACCOUNTS)
        .chain([TREASURY])
        .map(account)
        .chain([Incentives::pot()]);
    accounts.map(|who| Balances::total_balance(&who)).sum()
}

#[test]
fn no_history_loses_or_makes_a_unit() {
    let first = first_seed();
    let mut possible = 0;
    for seed in (0..HISTORIES).map(|history| first.wrapping_add(history)) {
        println!("QUORATE_TEST_SEED={seed}");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        run(|| {
            let issued = Balances::total_issuance();
            for number in 0..STEPS {
                possible += u32::from(step(&mut random));
                assert_eq!(Balances::total_issuance(), issued, "seed {seed}, step {number}");
                assert_eq!(everything(), issued, "seed {seed}, step {number}");
                assert_eq!(Incentives::surplus(), Some(0), "seed {seed}, step {number}");
                assert_ok!(Incentives::do_try_state());
            }
        });
    }
    println!("{possible} of {} steps were possible", HISTORIES as usize * STEPS);
    assert!(
        possible as usize > HISTORIES as usize * STEPS / 4,
        "too few steps do anything"
    );
}
