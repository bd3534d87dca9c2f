//! How many submissions and how many transfers one block takes.

use crate::{
    node::{digests, inherents, Node, Pool, Signer, PROPOSAL},
    open,
    report::{head, median, micros_each, ms, row},
    world::{root, World},
};
use anyhow::Context;
use codec::{Decode, Encode};
use frame_support::{
    dispatch::{DispatchClass, DispatchInfo, GetDispatchInfo},
    weights::Weight,
};
use frame_system::{ConsumedWeight, EventRecord};
use quorate_primitives::Hash;
use quorate_runtime::{
    configs::system::Limits, constants::SLOT_DURATION, opaque::Block, Header, Runtime, RuntimeCall, RuntimeEvent,
    UncheckedExtrinsic,
};
use sc_block_builder::BlockBuilderBuilder;
use sp_api::{ApiExt, CallContext, Core, ProvideRuntimeApi};
use sp_blockchain::{ApplyExtrinsicFailed, Error};
use sp_crypto_hashing::twox_128;
use sp_runtime::{transaction_validity::TransactionSource, OpaqueExtrinsic};
use sp_state_machine::StorageChanges;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// A slot.
const SLOT: Duration = Duration::from_millis(SLOT_DURATION);
/// Inherents of a block: the time.
const INHERENTS: usize = 1;
/// Transactions of which the pool's check is timed.
const VALIDATED: usize = 512;

/// Transactions of one call, in a pool of their own.
struct Kind {
    name: &'static str,
    transactions: Vec<OpaqueExtrinsic>,
    pool: Arc<Pool>,
    info: DispatchInfo,
    runs: Vec<Run>,
}

/// What was measured once.
#[derive(Clone, Copy)]
struct Run {
    /// In the block that the proposer made for a slot.
    block: usize,
    /// Of them without a fee.
    free: usize,
    /// How long the proposer took.
    proposed: Duration,
    /// Declared weight of ordinary transactions in it.
    weight: Weight,
    /// Entries of storage that the block changed.
    written: usize,
    /// Checking that block, as every other node does.
    checked: Duration,
    /// Applied one after another until blocks of them took a slot, and how long that took, without and with the state's root.
    applied: usize,
    applying: Duration,
    building: Duration,
    /// Of one transaction, by the pool.
    validated: Duration,
}

pub async fn measure(wasm: &[u8], runs: usize) -> anyhow::Result<()> {
    let world = open::world();
    println!(
        "{} organisations, {} contributors, {} validators, a round of each organisation is open. {runs} runs, alternating; medians.",
        world.organisations.len(),
        world.contributors.len(),
        world.validators.len(),
    );
    for (spent, title) in [
        (false, "Free calls left"),
        (true, "Free calls of all organisations used"),
    ] {
        println!("\n### {title}");
        let kinds = measure_on(&world, wasm, spent, runs).await?;
        print(&kinds)?;
    }
    Ok(())
}

async fn measure_on(world: &World, wasm: &[u8], spent: bool, runs: usize) -> anyhow::Result<[Kind; 3]> {
    let node = Node::start(open::state(world, wasm, spent)?)?;
    // The first block of a session holds nothing else.
    let first = node.propose(node.pool().await, &node.best()?).await?;
    node.import(first).await?;
    let parent = node.best()?;

    let mut kinds = [
        Kind::new("remark", remarks(world, node.genesis_hash())?, &node).await?,
        Kind::new("transfer_keep_alive", transfers(world, node.genesis_hash())?, &node).await?,
        Kind::new("submit", submissions(world, node.genesis_hash())?, &node).await?,
    ];
    // The first run warms the caches up.
    for run in 0..=runs {
        for kind in &mut kinds {
            let measured = kind.measure(&node, &parent).await.context(kind.name)?;
            if run > 0 {
                kind.runs.push(measured);
            }
        }
    }
    Ok(kinds)
}

/// Every contributor says nothing: what any signed transaction costs.
fn remarks(world: &World, genesis: Hash) -> anyhow::Result<Vec<OpaqueExtrinsic>> {
    let mut signer = Signer::new(genesis);
    let contributors = world.contributors.iter();
    contributors
        .map(|contributor| {
            let call = frame_system::Call::<Runtime>::remark { remark: Vec::new() };
            signer.sign(&contributor.pair, 0, RuntimeCall::from(call))
        })
        .collect()
}

/// Every contributor sends something to another one, which sends nothing in the same block.
fn transfers(world: &World, genesis: Hash) -> anyhow::Result<Vec<OpaqueExtrinsic>> {
    let mut signer = Signer::new(genesis);
    let receivers = world.contributors.iter().cycle().skip(world.contributors.len() / 2);
    let pairs = world.contributors.iter().zip(receivers);
    pairs
        .map(|(from, to)| {
            let call = pallet_balances::Call::<Runtime>::transfer_keep_alive {
                dest: to.account.clone().into(),
                value: 1_000_000,
            };
            signer.sign(&from.pair, 0, RuntimeCall::from(call))
        })
        .collect()
}

/// Every contributor submits to a round.
fn submissions(world: &World, genesis: Hash) -> anyhow::Result<Vec<OpaqueExtrinsic>> {
    let mut signer = Signer::new(genesis);
    let contributors = world.contributors.iter().enumerate();
    contributors
        .map(|(position, contributor)| {
            let round = open::round_of(world, position);
            let call = pallet_rounds::Call::<Runtime>::submit {
                round,
                commitment: root(round, crate::world::number(position)),
                weight: 100,
            };
            signer.sign(&contributor.pair, 0, RuntimeCall::from(call))
        })
        .collect()
}

impl Kind {
    async fn new(name: &'static str, transactions: Vec<OpaqueExtrinsic>, node: &Node) -> anyhow::Result<Self> {
        let pool = node.pool().await;
        node.offer(&pool, &transactions).await.context(name)?;
        let first = transactions.first().context("no transaction")?;
        let first = UncheckedExtrinsic::decode(&mut first.encode().as_slice())?;
        Ok(Self {
            name,
            info: first.get_dispatch_info(),
            transactions,
            pool,
            runs: Vec::new(),
        })
    }

    async fn measure(&self, node: &Node, parent: &Header) -> anyhow::Result<Run> {
        let started = Instant::now();
        let proposal = node.propose(self.pool.clone(), parent).await?;
        let proposed = started.elapsed();
        let outcome = Outcome::read(&proposal.storage_changes)?;
        let block = proposal.block.extrinsics.len() - INHERENTS;
        anyhow::ensure!(outcome.failed == 0, "{} of {block} calls failed", outcome.failed);
        anyhow::ensure!(block < self.transactions.len(), "the pool ran out of transactions");
        let checked = check(node, parent, proposal.block)?;
        let (applied, applying, building) = self.build(node, parent)?;
        Ok(Run {
            block,
            free: outcome.free,
            proposed,
            weight: outcome.weight,
            written: proposal.storage_changes.main_storage_changes.len(),
            checked,
            applied,
            applying,
            building,
            validated: self.validate(node, parent)?,
        })
    }

    /// Build full blocks on `parent` until a slot has gone by. How many transactions that were, how long applying them took, and how
    /// long that and the state's root.
    fn build(&self, node: &Node, parent: &Header) -> anyhow::Result<(usize, Duration, Duration)> {
        let (mut applied, mut applying, mut building) = (0, Duration::ZERO, Duration::ZERO);
        while building < SLOT {
            let mut builder = BlockBuilderBuilder::new(&*node.client)
                .on_parent_block(parent.hash())
                .with_parent_block_number(parent.number)
                .with_inherent_digests(digests(parent))
                .build()?;
            for inherent in builder.create_inherents(inherents(parent)?)? {
                builder.push(inherent)?;
            }
            let started = Instant::now();
            for transaction in &self.transactions {
                match builder.push(transaction.clone()) {
                    Ok(()) => applied += 1,
                    Err(Error::ApplyExtrinsicFailed(ApplyExtrinsicFailed::Validity(error)))
                        if error.exhausted_resources() =>
                    {
                        break
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            applying += started.elapsed();
            builder.build()?;
            building += started.elapsed();
        }
        Ok((applied, applying, building))
    }

    /// How long the pool takes to check one transaction.
    fn validate(&self, node: &Node, parent: &Header) -> anyhow::Result<Duration> {
        use sp_transaction_pool::runtime_api::TaggedTransactionQueue;
        let started = Instant::now();
        for transaction in self.transactions.iter().take(VALIDATED) {
            let hash = parent.hash();
            let validity = node.client.runtime_api().validate_transaction(
                hash,
                TransactionSource::External,
                transaction.clone(),
                hash,
            )?;
            validity.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        }
        Ok(started.elapsed() / u32::try_from(VALIDATED)?)
    }

    fn median<T: PartialOrd + Copy>(&self, of: impl Fn(&Run) -> T) -> anyhow::Result<T> {
        median(self.runs.iter().map(of)).context("no run")
    }
}

/// What a node does with the block of another one, before it stores the state.
fn check(node: &Node, parent: &Header, block: Block) -> anyhow::Result<Duration> {
    let mut api = node.client.runtime_api();
    api.set_call_context(CallContext::Onchain { import: true });
    let started = Instant::now();
    api.execute_block(parent.hash(), block.into())?;
    Ok(started.elapsed())
}

/// What a block did.
struct Outcome {
    weight: Weight,
    failed: usize,
    free: usize,
}

impl Outcome {
    fn read<H: sp_core::Hasher>(changes: &StorageChanges<H>) -> anyhow::Result<Self> {
        let value = |item: &str| {
            let key = [twox_128(b"System"), twox_128(item.as_bytes())].concat();
            let entry = changes.main_storage_changes.iter().find(|(known, _)| *known == key);
            let value = entry.and_then(|(_, value)| value.as_ref());
            value.with_context(|| format!("the block wrote no System.{item}"))
        };
        let consumed = ConsumedWeight::decode(&mut value("BlockWeight")?.as_slice())?;
        let events = Vec::<EventRecord<RuntimeEvent, Hash>>::decode(&mut value("Events")?.as_slice())?;
        let count = |wanted: fn(&RuntimeEvent) -> bool| events.iter().filter(|record| wanted(&record.event)).count();
        Ok(Self {
            weight: *consumed.get(DispatchClass::Normal),
            failed: count(|event| matches!(event, RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { .. }))),
            free: count(|event| {
                matches!(
                    event,
                    RuntimeEvent::SkipFeelessPayment(pallet_skip_feeless_payment::Event::FeeSkipped { .. })
                )
            }),
        })
    }
}

fn print(kinds: &[Kind; 3]) -> anyhow::Result<()> {
    let [remark, transfer, submit] = kinds;
    let most = Limits::get()
        .get(DispatchClass::Normal)
        .max_total
        .unwrap_or(Weight::MAX);
    println!(
        "\nA proposal may take {} ms, ordinary transactions may weigh {} ms.",
        PROPOSAL.as_millis(),
        most.ref_time() / 1_000_000_000
    );
    head(&["", remark.name, transfer.name, submit.name, "submit to transfer"]);
    let line = |what: &str, digits: usize, value: &dyn Fn(&Kind) -> anyhow::Result<f64>| -> anyhow::Result<f64> {
        let (floor, one, other) = (value(remark)?, value(transfer)?, value(submit)?);
        // What takes longer is worth less.
        let ratio = if what.contains("each,") {
            one / other
        } else {
            other / one
        };
        row(&[
            what.into(),
            format!("{floor:.digits$}"),
            format!("{one:.digits$}"),
            format!("{other:.digits$}"),
            format!("{ratio:.2}"),
        ]);
        Ok(ratio)
    };
    line("in one block of the proposer", 0, &|kind| {
        Ok(kind.median(|run| run.block)? as f64)
    })?;
    line("a second, a block each slot", 0, &|kind| {
        Ok(kind.median(|run| run.block)? as f64 / SLOT.as_secs_f64())
    })?;
    line("in a slot of building, weight aside", 0, &|kind| {
        kind.median(|run| run.applied as f64 * SLOT.as_secs_f64() / run.building.as_secs_f64())
    })?;
    line("to apply, each, µs", 1, &|kind| {
        kind.median(|run| micros_each(run.applying, run.applied))
    })?;
    line("to build a block, each, µs", 1, &|kind| {
        kind.median(|run| micros_each(run.building, run.applied))
    })?;
    line("to check a block, each, µs", 1, &|kind| {
        kind.median(|run| micros_each(run.checked, run.block))
    })?;
    line("to take into the pool, each, µs", 1, &|kind| {
        kind.median(|run| micros_each(run.validated, 1))
    })?;
    line("entries of storage written, each,", 2, &|kind| {
        kind.median(|run| run.written as f64 / run.block.max(1) as f64)
    })?;
    line("weight in the block, each, µs", 1, &|kind| {
        kind.median(|run| run.weight.ref_time() as f64 / 1e6 / run.block.max(1) as f64)
    })?;
    line("declared weight of the call, each, µs", 1, &|kind| {
        Ok(kind.info.call_weight.ref_time() as f64 / 1e6)
    })?;
    line("declared weight of the extensions, each, µs", 1, &|kind| {
        Ok(kind.info.extension_weight.ref_time() as f64 / 1e6)
    })?;
    for kind in kinds {
        let (least, most_of) = (
            kind.runs.iter().map(|run| run.block).min().unwrap_or_default(),
            kind.runs.iter().map(|run| run.block).max().unwrap_or_default(),
        );
        let each = kind.median(|run| run.weight.ref_time() / run.block.max(1) as u64)?;
        let full = kind.median(|run| run.weight.ref_time())?.saturating_add(each) > most.ref_time();
        println!(
            "\n`{}`: {least} to {most_of} in a block, {} of them free; ended by {}. The proposer, which looks for more that fit until half of its time is over, took \
             {:.0} ms.",
            kind.name,
            kind.median(|run| run.free)?,
            if full { "the block's weight" } else { "the deadline" },
            ms(kind.median(|run| run.proposed)?),
        );
    }
    Ok(())
}
