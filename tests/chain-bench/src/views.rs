//! How long the calls of the runtime API take when every list is at its bound.

use crate::{
    bounds::{self, Active},
    node::{Client, Node},
    report::{head, median, ms, row},
    world::World,
};
use anyhow::Context;
use codec::Encode;
use quorate_primitives::{crypto::AttestationId, views::gateway::GatewayCursor, Hash, RoundId, MAX_UPDATES};
use quorate_runtime::{
    configs::protocol::{MAX_ACTIVE_ROUNDS, MAX_MODELS},
    opaque::Block,
    RuntimeApi,
};
use quorate_runtime_api::{DutiesApi, GatewayApi, JobsApi, ModelsApi, RoundsApi, StandingsApi};
use sp_api::{ApiError, ConstructRuntimeApi, ProvideRuntimeApi};
use sp_core::Pair;
use std::time::{Duration, Instant};

/// The goal of duties and of the gateway's pages.
const GOAL: Duration = Duration::from_millis(100);
/// Most entries of a list that is asked for by `limit`.
const LIMIT: u32 = 64;

type Api = <RuntimeApi as ConstructRuntimeApi<Block, Client>>::RuntimeApi;

/// What a call took.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Taken {
    time: Duration,
    bytes: usize,
}

/// Asks the API at a block, and encodes the answer as the node would get it.
type Ask<'a> = Box<dyn Fn(&Api, Hash) -> Result<Vec<u8>, ApiError> + 'a>;

/// A call that is measured.
struct Call<'a> {
    name: String,
    /// Whether the goal is about it.
    goal: bool,
    ask: Ask<'a>,
}

pub async fn measure(wasm: &[u8], runs: usize) -> anyhow::Result<()> {
    let world = bounds::world();
    println!(
        "{} organisations with {} contributors, {} validators, {MAX_MODELS} models of 65 versions, {MAX_ACTIVE_ROUNDS} active rounds of {MAX_UPDATES} updates, \
         {} rounds that await scores, {} + {} settled and {} aborted rounds that are kept. First: with nothing in the state's cache, as after a start; else medians of {runs}.",
        world.organisations.len(),
        world.contributors.len() / world.organisations.len(),
        world.validators.len(),
        bounds::SCORING,
        bounds::THIN,
        bounds::FULL,
        bounds::ABORTED,
    );
    for (active, title) in [
        (Active::Votes, "Every active round awaits votes"),
        (Active::Jobs, "Every active round awaits its job"),
    ] {
        println!("\n### {title}");
        let node = Node::start(bounds::state(&world, wasm, active)?)?;
        let hash = node.genesis_hash();
        // Compiles the Wasm.
        node.client.runtime_api().registered_peers(hash)?;
        head(&["call", "bytes", "first, ms", "ms", ""]);
        let (first_pages, pages) = pages(&node, runs)?;
        let (first_all, all) = shares(&node, runs, None)?;
        let changing = changing(&node)?;
        let (first_live, live) = shares(&node, runs, Some(&changing))?;
        let both = |pages: Taken, shares: Taken| Taken {
            time: pages.time.saturating_add(shares.time),
            bytes: pages.bytes.saturating_add(shares.bytes),
        };
        print(
            "the gateway's view, after a start",
            false,
            both(first_pages, first_all),
            both(pages, all),
        );
        print(
            "of it what every block reads",
            false,
            both(first_pages, first_live),
            both(pages, live),
        );
        for call in calls(&world) {
            one(&node, runs, &call).with_context(|| call.name.clone())?;
        }
    }
    Ok(())
}

fn timed(node: &Node, ask: impl FnOnce(&Api, Hash) -> Result<Vec<u8>, ApiError>) -> anyhow::Result<Taken> {
    let hash = node.genesis_hash();
    let api = node.client.runtime_api();
    let started = Instant::now();
    let answer = ask(&api, hash)?;
    Ok(Taken {
        time: started.elapsed(),
        bytes: answer.len(),
    })
}

fn print(name: &str, goal: bool, first: Taken, rest: Taken) {
    let note = match (goal, rest.time > GOAL, first.time > GOAL) {
        (true, true, _) => "**missed**",
        (true, false, true) => "met, but for the first",
        (true, false, false) => "met",
        (false, true, _) => "above 100 ms, no goal",
        (false, false, _) => "",
    };
    row(&[
        name.into(),
        rest.bytes.to_string(),
        format!("{:.1}", ms(first.time)),
        format!("{:.1}", ms(rest.time)),
        note.into(),
    ]);
}

fn one(node: &Node, runs: usize, call: &Call<'_>) -> anyhow::Result<()> {
    let first = timed(node, &call.ask)?;
    let rest = (0..runs)
        .map(|_| timed(node, &call.ask))
        .collect::<anyhow::Result<Vec<_>>>()?;
    print(&call.name, call.goal, first, median(rest).unwrap_or(first));
    Ok(())
}

/// All pages of the gateway's view, and the longest of each part. Returns what all of them took first, and then.
fn pages(node: &Node, runs: usize) -> anyhow::Result<(Taken, Taken)> {
    let mut cursors = vec![None];
    let mut walks: Vec<Vec<Taken>> = Vec::new();
    for run in 0..=runs {
        let mut walk = Vec::new();
        let mut cursor: Option<GatewayCursor> = None;
        loop {
            let mut next = None;
            walk.push(timed(node, |api, hash| {
                let page = api.gateway_page(hash, cursor)?;
                next = page.next;
                Ok(page.encode())
            })?);
            let Some(at) = next else { break };
            if run == 0 {
                cursors.push(Some(at));
            }
            cursor = Some(at);
        }
        walks.push(walk);
    }
    let (first, rest) = walks.split_first().context("no walk")?;
    let part = |page: usize| {
        cursors
            .get(page)
            .and_then(|cursor| *cursor)
            .map_or(0, |cursor| cursor.part)
    };
    let warm: Vec<Taken> = (0..first.len())
        .filter_map(|page| median(rest.iter().filter_map(|walk| walk.get(page).copied())))
        .collect();
    for (number, name) in (0u8..).zip(["peers", "uploads", "versions", "readers", "members"]) {
        let of = |walk: &[Taken]| {
            let pages = walk.iter().enumerate().filter(|(page, _)| part(*page) == number);
            pages.map(|(_, taken)| *taken).max_by_key(|taken| taken.time)
        };
        if let (Some(first), Some(warm)) = (of(first), of(&warm)) {
            let count = (0..cursors.len()).filter(|page| part(*page) == number).count();
            print(
                &format!("`gateway_page`, longest of {count} that begin in {name}"),
                true,
                first,
                warm,
            );
        }
    }
    print(&format!("all {} pages", cursors.len()), false, sum(first), sum(&warm));
    Ok((sum(first), sum(&warm)))
}

fn sum(walk: &[Taken]) -> Taken {
    Taken {
        time: walk.iter().map(|taken| taken.time).sum(),
        bytes: walk.iter().map(|taken| taken.bytes).sum(),
    }
}

/// Rounds that the next block asks for again.
fn changing(node: &Node) -> anyhow::Result<Vec<RoundId>> {
    let (hash, api) = (node.genesis_hash(), node.client.runtime_api());
    let (mut rounds, mut from) = (Vec::new(), 0);
    loop {
        let page = api.gateway_shares(hash, Vec::new(), from)?;
        let due = page.rounds.iter().filter(|share| share.until == Some(1));
        rounds.extend(due.map(|share| share.round));
        from = page.next;
        if page.ended {
            return Ok(rounds);
        }
    }
}

/// What these rounds share, or all of them. Returns what all answers took first, and then.
fn shares(node: &Node, runs: usize, due: Option<&[RoundId]>) -> anyhow::Result<(Taken, Taken)> {
    let mut walks: Vec<Vec<Taken>> = Vec::new();
    for _ in 0..=runs {
        let (mut walk, mut left) = (Vec::new(), due.unwrap_or_default().to_vec());
        let mut from = due.map_or(0, |_| RoundId::MAX);
        loop {
            let (mut ended, asked) = (true, left.clone());
            walk.push(timed(node, |api, hash| {
                let page = api.gateway_shares(hash, asked, from)?;
                left.retain(|round| page.rounds.iter().all(|share| share.round != *round));
                (from, ended) = (page.next, page.ended);
                Ok(page.encode())
            })?);
            if ended {
                break;
            }
        }
        walks.push(walk);
    }
    let (first, rest) = walks.split_first().context("no walk")?;
    let warm: Vec<Taken> = (0..first.len())
        .filter_map(|page| median(rest.iter().filter_map(|walk| walk.get(page).copied())))
        .collect();
    let longest = |walk: &[Taken]| walk.iter().copied().max_by_key(|taken| taken.time);
    let whose = due.map_or("all rounds".to_owned(), |due| format!("{} active rounds", due.len()));
    if let (Some(longest_first), Some(longest_warm)) = (longest(first), longest(&warm)) {
        let name = format!("`gateway_shares` of {whose}, longest of {} answers", first.len());
        print(&name, true, longest_first, longest_warm);
    }
    print(&format!("all of them, {whose}"), false, sum(first), sum(&warm));
    Ok((sum(first), sum(&warm)))
}

fn call<'a, T: Encode>(
    name: impl Into<String>,
    goal: bool,
    ask: impl Fn(&Api, Hash) -> Result<T, ApiError> + 'a,
) -> Call<'a> {
    Call {
        name: name.into(),
        goal,
        ask: Box::new(move |api, hash| ask(api, hash).map(|answer| answer.encode())),
    }
}

fn calls(world: &World) -> Vec<Call<'_>> {
    let key = |position: usize| -> AttestationId {
        let validator = world.validators.get(position).or(world.organisations.first());
        validator
            .map(|validator| validator.pair.public().into())
            .expect("somebody has a key")
    };
    let (first, last, stranger) = (key(0), key(world.validators.len() - 1), key(usize::MAX));
    let job = bounds::job_id(bounds::IDS.active);
    let validator = world
        .validators
        .first()
        .map(|validator| validator.account.clone())
        .expect("a validator");
    let somebody = validator.clone();
    let contributor = world
        .contributors
        .first()
        .map(|contributor| contributor.account.clone())
        .expect("a contributor");
    vec![
        call("`duties`", true, move |api, hash| api.duties(hash, last.clone())),
        call("`validator_of`", false, move |api, hash| {
            api.validator_of(hash, first.clone())
        }),
        call("`validator_of` a stranger's key", false, move |api, hash| {
            api.validator_of(hash, stranger.clone())
        }),
        call("`job_status`", false, move |api, hash| {
            api.job_status(hash, job, validator.clone())
        }),
        call("`registered_peers`", false, |api, hash| api.registered_peers(hash)),
        call("`models`, 64", false, |api, hash| api.models(hash, 0, LIMIT)),
        call("`versions`, 64", false, |api, hash| api.versions(hash, 0, 0, LIMIT)),
        call("`lineage` of a full round", false, |api, hash| {
            api.lineage(hash, 0, LIMIT)
        }),
        call("`round`, full", false, |api, hash| api.round(hash, bounds::IDS.full)),
        call("`own_round` of 1,024 updates", false, move |api, hash| {
            api.own_round(hash, bounds::IDS.full, contributor.clone())
        }),
        call("`rounds`, 64 full ones", false, |api, hash| {
            api.rounds(hash, bounds::IDS.full, LIMIT)
        }),
        call("`active_jobs`", false, |api, hash| api.active_jobs(hash)),
        call("`standing`", false, move |api, hash| {
            api.standing(hash, somebody.clone())
        }),
        call("`standings`, 64", false, |api, hash| api.standings(hash, LIMIT)),
    ]
}
