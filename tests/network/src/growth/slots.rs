//! Slots without a block while clients ask all nodes for what runs the runtime, and while nobody does.

use super::blocks;
use crate::{scenario::Scenario, setup::Setup, wait, wait::MINUTE};
use anyhow::Result;
use quorate_client::{calls, Client};
use quorate_exact::Rule;
use serde_json::{json, Value};
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Clients of each node, each of which asks as soon as it is answered.
const CLIENTS: usize = 8;

/// What a load got, until it is told to end.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    refused: AtomicUsize,
    took: Mutex<Vec<Duration>>,
}

/// Counts over so many slots without, then with load, `times` in turn.
pub async fn measure(seed: u64, slots: u64, times: usize) -> Result<()> {
    let mut scenario = Setup::new(seed, Rule::Median)?.start().await?;
    let playing = scenario.play().await?;
    scenario.finish_settled(playing).await?;
    let questions = Arc::new(questions(&scenario).await?);
    println!("| load | slots | without a block | share | answers a second | median ms | 99th ms | refused |");
    println!("|---|---|---|---|---|---|---|---|");
    for _ in 0..times {
        println!("| none | {} | | | | |", count(&scenario, slots).await?);
        let load = Arc::new(Load::default());
        let mut clients = JoinSet::new();
        for index in 0..scenario.net.founders() {
            for first in 0..CLIENTS {
                let client = scenario.net.connect(index, MINUTE).await?;
                clients.spawn(ask(client, questions.clone(), first, load.clone()));
            }
        }
        let began = Instant::now();
        let counted = count(&scenario, slots).await?;
        load.over.store(true, Ordering::Relaxed);
        let seconds = began.elapsed().as_secs_f64();
        while clients.join_next().await.is_some() {}
        let mut took = load
            .took
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .clone();
        took.sort_unstable();
        let part = |percent: usize| took.get(took.len() * percent / 100).map_or(0, Duration::as_millis);
        println!(
            "| {} clients of each node | {counted} | {:.0} | {} | {} | {} |",
            CLIENTS,
            took.len() as f64 / seconds,
            part(50),
            part(99),
            load.refused.load(Ordering::Relaxed),
        );
    }
    Ok(())
}

/// Waits for so many slots, and says how many had no block.
async fn count(scenario: &Scenario, slots: u64) -> Result<String> {
    let (first, from) = blocks::now(&scenario.client).await?;
    // Each slot could come late.
    let limit = Duration::from_secs(4 * slots) + MINUTE;
    let (last, to) = wait::until("no block comes", limit, || async {
        let now = blocks::now(&scenario.client).await?;
        Ok((now.0 >= first + slots).then_some(now))
    })
    .await?;
    let (slots, blocks) = (last - first, u64::from(to - from));
    let missed = slots - blocks;
    Ok(format!(
        "{slots} | {missed} | {:.1} %",
        missed as f64 / slots as f64 * 100.0
    ))
}

/// What is asked for: all of it runs the runtime.
async fn questions(scenario: &Scenario) -> Result<Vec<(&'static str, Vec<Value>)>> {
    let (client, owner) = (&scenario.client, &scenario.owner);
    let transfer = calls::balances::transfer(&owner.id(), 1);
    let signed = client
        .signed(owner, &transfer, client.nonce(&owner.id()).await?)
        .await?;
    let signed = format!("0x{}", hex::encode(signed));
    Ok(vec![
        ("quorate_models", vec![]),
        ("quorate_rounds", vec![]),
        ("quorate_lineage", vec![json!(scenario.id), json!(1)]),
        ("quorate_standings", vec![]),
        ("quorate_blobEndpoints", vec![]),
        ("payment_queryInfo", vec![json!(signed)]),
        (
            "state_call",
            vec![json!("RoundsApi_rounds"), json!("0x0000000040000000")],
        ),
        ("state_call", vec![json!("Metadata_metadata"), json!("0x")]),
    ])
}

async fn ask(client: Client, questions: Arc<Vec<(&'static str, Vec<Value>)>>, first: usize, load: Arc<Load>) {
    for (method, parameters) in questions.iter().cycle().skip(first) {
        if load.over.load(Ordering::Relaxed) {
            return;
        }
        let began = Instant::now();
        match client.request(method, parameters.clone()).await {
            Ok(_) => load
                .took
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
                .push(began.elapsed()),
            Err(_) => {
                load.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
