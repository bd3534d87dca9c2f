//! Random histories: not one unit is lost or made.

use crate::mock::*;
use frame_support::{assert_ok, traits::fungible::Inspect};
use quorate_primitives::{purpose::Purpose, traits::Escrow, Balance, OrganisationId};
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
fn anyone(random: &mut ChaCha8Rng) -> u32 {
    random.random_range(0..2 * RICH_ACCOUNTS)
}

/// Let an organisation have another account, be suspended, or leave and come back.
fn change_organisations(random: &mut ChaCha8Rng, organisation: OrganisationId, who: u32) {
    match random.random_range(0..4) {
        0 => remove(organisation),
        1 => Suspended::set(vec![organisation]),
        _ if !Organisations::get().values().any(|used| *used == account(who)) => admit(organisation, who),
        _ => Suspended::set(Vec::new()),
    }
}

fn any_purpose(random: &mut ChaCha8Rng) -> Purpose {
    match random.random_range(0..4) {
        0 => model(random.random_range(0..=MODELS)),
        _ => round(random.random_range(0..ROUNDS)),
    }
}

/// Do something, possible or not. Returns whether it was possible.
fn step(random: &mut ChaCha8Rng) -> bool {
    let (who, other) = (anyone(random), anyone(random));
    let (fund, purpose, amount) = (
        model(random.random_range(0..=MODELS)),
        any_purpose(random),
        amount(random),
    );
    let organisation = random.random_range(0..=ORGANISATIONS);
    match random.random_range(0..15) {
        0 | 1 => Incentives::fund(signed(who), fund, amount).is_ok(),
        2 if random.random_range(0..4) == 0 => Incentives::forfeit_fund(signed(who), fund).is_ok(),
        2 => Incentives::withdraw_fund(signed(who), fund, amount).is_ok(),
        3 => Incentives::claim(signed(who)).is_ok(),
        4 => Incentives::claim_for(signed(who), account(other)).is_ok(),
        5 | 6 => {
            let can = Incentives::can_lock(fund, amount);
            let locked = Incentives::lock(fund, purpose, amount);
            // Only an escrow that came from another fund may be in the way.
            assert!(can || locked.is_err() || amount == 0);
            locked.is_ok()
        }
        7 | 8 => Incentives::pay(purpose, &account(who), amount.min(Incentives::escrowed(purpose) + 1)).is_ok(),
        9 => {
            Incentives::close(purpose);
            true
        }
        10 => {
            if random.random() {
                Incentives::refund(purpose);
            } else {
                Incentives::give_back(purpose, amount);
            }
            true
        }
        11 | 12 => {
            let can = Incentives::can_bond(organisation, amount);
            let free = !crate::Bonds::<Test>::contains_key(purpose, account(other));
            let held = Incentives::hold_bond(organisation, purpose, &account(other), amount);
            assert!(amount == 0 || held.is_ok() == (can && free));
            held.is_ok()
        }
        13 => {
            change_organisations(random, organisation.min(ORGANISATIONS - 1), who);
            Incentives::charge(organisation, amount).is_ok()
        }
        _ => {
            let settle = if random.random() {
                Incentives::slash_bond
            } else {
                Incentives::release_bond
            };
            settle(purpose, &account(other));
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
fn random_histories_should_neither_lose_nor_make_a_unit() {
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
