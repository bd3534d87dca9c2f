//! How many submissions a second go through the pool into blocks, beside transfers.

use super::{blocks, contributors::DEADLINES, crowd::at_once, crowd::Crowd, models};
use crate::{scenario::Scenario, setup::Setup, wait, wait::MINUTE};
use anyhow::{ensure, Result};
use quorate_client::{calls, Account, Call};
use quorate_exact::Rule;
use quorate_primitives::{Hash, MAX_UPDATES};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

/// Most organisations that a consortium has.
const ORGANISATIONS: usize = quorate_primitives::MAX_ORGANISATIONS as usize;
/// As many of each organisation that all their submissions to two rounds are free.
const CONTRIBUTORS: usize = 15 * ORGANISATIONS;
/// Rounds, of a model each. What is beyond two is paid for.
const ROUNDS: usize = 4;
/// Transactions that are signed, or handed over, at the same time.
const AT_ONCE: usize = 128;
/// One token, with which a contributor pays for what is beyond the free calls.
const TOKEN: u128 = 1_000_000_000_000;
const SLOT: Duration = Duration::from_secs(2);

/// A transaction to come: who sends it, as which of its, and through which node.
struct Planned<'a> {
    account: &'a Account,
    later: u64,
    client: usize,
    call: Call,
}

/// Fills blocks with transfers, then with submissions.
pub async fn measure(seed: u64, validators: usize) -> Result<()> {
    let mut setup = Setup::new(seed, Rule::Median)?.validators(validators);
    if validators == 1 {
        // It has no peers whom it could ask whether its keys are at work elsewhere.
        setup = setup.argument("--take-over");
    }
    let mut scenario = setup.organisations(ORGANISATIONS).deadlines(DEADLINES).start().await?;
    let filled = fill(&mut scenario).await;
    scenario.keep_logs |= filled.is_err();
    filled
}

async fn fill(scenario: &mut Scenario) -> Result<()> {
    let mut crowd = Crowd::new(scenario, CONTRIBUTORS).await?;
    scenario.net.say("contributors are sponsored");
    crowd.sponsor(CONTRIBUTORS).await?;
    // All rounds stay open: there is room for more than come.
    scenario.policy.max_updates = MAX_UPDATES;
    scenario.policy.max_updates_per_organisation = (CONTRIBUTORS / ORGANISATIONS) as u32;
    scenario.set_policy().await?;
    let mut rounds = Vec::new();
    models::register(scenario, ROUNDS).await?;
    for model in 0..ROUNDS {
        rounds.push(models::open(scenario, model).await?);
    }
    println!("| nodes | call | sent | blocks | in a block: median | most | a second, if all were so | fullness: median | most |");
    println!("|---|---|---|---|---|---|---|---|---|");

    scenario.net.say("transfers");
    let organisations = ORGANISATIONS;
    let transfers = (0..ROUNDS * CONTRIBUTORS).map(|number| Planned {
        account: &crowd.organisations[number % organisations],
        later: (number / organisations) as u64,
        client: number % organisations % crowd.clients.len(),
        call: calls::balances::transfer(&crowd.accounts[number % CONTRIBUTORS].id(), TOKEN),
    });
    run(scenario, &crowd, "transfer_keep_alive", transfers.collect()).await?;

    scenario.net.say("submissions");
    let submissions = (0..ROUNDS * CONTRIBUTORS).map(|number| {
        let contributor = number % CONTRIBUTORS;
        Planned {
            account: &crowd.accounts[contributor],
            later: (number / CONTRIBUTORS) as u64,
            client: contributor % organisations % crowd.clients.len(),
            call: calls::rounds::submit(rounds[number / CONTRIBUTORS], commitment(number), 1),
        }
    });
    run(scenario, &crowd, "rounds.submit", submissions.collect()).await?;
    for round in rounds {
        let came = scenario.client.round(round).await?.updates.len();
        ensure!(came == CONTRIBUTORS, "round {round} has {came} updates");
    }
    Ok(())
}

/// Nobody reveals it.
fn commitment(number: usize) -> Hash {
    Hash::from_low_u64_be(number as u64 + 1)
}

async fn run(scenario: &Scenario, crowd: &Crowd, name: &str, planned: Vec<Planned<'_>>) -> Result<()> {
    let signing = planned.iter().map(|one| async move {
        let client = &crowd.clients[one.client];
        let nonce = client.nonce(&one.account.id()).await? + one.later;
        Ok(hex::encode(client.signed(one.account, &one.call, nonce).await?))
    });
    let signed = at_once(AT_ONCE, signing).await?;
    let (_, before) = blocks::now(&scenario.client).await?;
    let sending = planned.iter().zip(&signed).map(|(one, bytes)| async move {
        let sent = crowd.clients[one.client].request("author_submitExtrinsic", vec![json!(format!("0x{bytes}"))]);
        sent.await?;
        Ok(())
    });
    at_once(AT_ONCE, sending).await?;
    let mut left: BTreeSet<String> = signed.into_iter().map(|bytes| format!("0x{bytes}")).collect();
    let (sent, mut seen, mut next) = (left.len(), Vec::new(), before + 1);
    while !left.is_empty() {
        // A final one is read once.
        wait::until("finality does not move", 2 * MINUTE, || async {
            Ok((scenario.client.finalized().await?.number >= next).then_some(()))
        })
        .await?;
        let block = blocks::block(&scenario.client, next).await?;
        let mine = block.extrinsics.iter().filter(|bytes| left.remove(*bytes)).count();
        seen.push((mine, block));
        ensure!(seen.len() < 60, "{} of {sent} transactions are in no block", left.len());
        next += 1;
    }
    let first = seen.iter().position(|(mine, _)| *mine > 0).unwrap_or_default();
    let seen = &seen[first..];
    let slots = seen[seen.len() - 1].1.slot - seen[0].1.slot + 1;
    let mut counts: Vec<usize> = seen.iter().map(|(mine, _)| *mine).collect();
    let mut fullness: Vec<f64> = seen.iter().map(|(_, block)| block.full).collect();
    counts.sort_unstable();
    fullness.sort_unstable_by(f64::total_cmp);
    let most = counts[counts.len() - 1];
    println!(
        "| {} | `{name}` | {sent} | {} in {slots} slots | {} | {most} | {:.0} | {:.2} | {:.2} |",
        scenario.net.founders(),
        seen.len(),
        counts[counts.len() / 2],
        most as f64 / SLOT.as_secs_f64(),
        fullness[fullness.len() / 2],
        fullness[fullness.len() - 1],
    );
    Ok(())
}
