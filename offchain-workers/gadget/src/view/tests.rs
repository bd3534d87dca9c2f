//! The view over a made-up chain whose rounds open, end and expire as the real ones do: what is read of it, and that it is the same as
//! read anew whatever blocks and forks went before.

use super::*;
use crate::chain::{
    partial::{self, Partial},
    Route,
};
use parking_lot::Mutex;
use quorate_primitives::{
    views::{
        gateway::{GatewayCursor, GatewayPage, RoundShare, SharePage},
        BlobRef,
    },
    BlockNumber, RoundId,
};
use quorate_protocol::{
    view::{Received, ViewReceiver},
    ToWorker,
};
use rand::{
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
    Rng, SeedableRng,
};
use std::collections::BTreeMap;

/// Blocks for which what a round shares stays after it is over.
const RETENTION: BlockNumber = 12;
/// Before that it stays for at least so many.
const STEADY: BlockNumber = RETENTION / 2;
/// Rounds of one page.
const PAGE: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Active,
    /// It is scored and paid, or refunded.
    Waits,
    Over {
        until: BlockNumber,
    },
}

#[derive(Clone, Debug)]
struct Round {
    stage: Stage,
    entries: BTreeSet<Entry>,
}

/// What the chain holds after one block.
#[derive(Clone, Default, Debug)]
struct State {
    rounds: BTreeMap<RoundId, Round>,
    next: RoundId,
    pages: BTreeSet<Entry>,
}

impl State {
    fn open(&mut self) -> RoundId {
        let round = Round {
            stage: Stage::Active,
            entries: BTreeSet::new(),
        };
        self.rounds.insert(self.next, round);
        self.next += 1;
        self.next - 1
    }

    fn reveal(&mut self, round: RoundId, blob: u32) {
        let round = self.rounds.get_mut(&round).expect("a round");
        assert_eq!(round.stage, Stage::Active);
        round.entries.insert(shared(blob));
    }

    fn record(&mut self, round: RoundId) {
        self.rounds.get_mut(&round).expect("a round").stage = Stage::Waits;
    }

    /// Nothing of it is shared any more.
    fn abort(&mut self, round: RoundId) {
        self.rounds.remove(&round);
    }

    fn end(&mut self, round: RoundId, now: BlockNumber) {
        let until = now + RETENTION;
        self.rounds.get_mut(&round).expect("a round").stage = Stage::Over { until };
    }

    /// The whole view.
    fn view(&self, now: BlockNumber) -> BTreeSet<Entry> {
        let shares = self.rounds.keys().flat_map(|round| self.share(*round, now).entries);
        self.pages.iter().cloned().chain(shares).collect()
    }

    fn share(&self, id: RoundId, now: BlockNumber) -> RoundShare {
        let round = self.rounds.get(&id);
        let until = round.map(|round| match round.stage {
            Stage::Active => now + 1,
            Stage::Waits => now + STEADY + id % STEADY,
            Stage::Over { until } => until,
        });
        let until = until.filter(|until| now < *until);
        RoundShare {
            round: id,
            until,
            entries: (round.filter(|_| until.is_some()).into_iter())
                .flat_map(|round| round.entries.iter().cloned())
                .collect(),
        }
    }
}

fn shared(blob: u32) -> Entry {
    Entry::from(&GatewayEntry::Shared(BlobRef {
        root: Hash::from_low_u64_be(blob.into()),
        len: 5,
    }))
}

#[derive(Default)]
struct Asked {
    /// Rounds of each reading's answers, and pages.
    rounds: Vec<RoundId>,
    pages: usize,
}

#[derive(Default)]
struct Made {
    parents: BTreeMap<Hash, BlockId>,
    states: BTreeMap<Hash, State>,
    numbers: BTreeMap<Hash, BlockNumber>,
    /// So many questions are answered before one fails.
    fails_after: Option<u32>,
    without_route: bool,
    asked: Asked,
}

impl Made {
    fn answers(&mut self) -> Result<(), String> {
        match &mut self.fails_after {
            Some(0) => Err("not now".to_owned()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

struct MadeChain(Mutex<Made>);

impl Partial for MadeChain {
    fn route(&self, from: BlockId, to: BlockId) -> Result<Route, String> {
        let made = self.0.lock();
        if made.without_route {
            return Err("no way".to_owned());
        }
        Ok(partial::route(&made.parents, from, to))
    }

    /// Two entries a page.
    fn gateway_page(&self, at: Hash, cursor: Option<GatewayCursor>) -> Result<GatewayPage, String> {
        let mut made = self.0.lock();
        made.answers()?;
        made.asked.pages += 1;
        let pages = &made.states[&at].pages;
        let from = cursor.map_or(0, |cursor| cursor.position as usize);
        let next = (from + 2 < pages.len()).then_some(GatewayCursor {
            part: 0,
            id: 0,
            position: from as u32 + 2,
        });
        Ok(GatewayPage {
            entries: pages.iter().skip(from).take(2).cloned().collect(),
            next,
        })
    }

    fn gateway_shares(&self, at: Hash, due: Vec<RoundId>, from: RoundId) -> Result<SharePage, String> {
        let mut made = self.0.lock();
        made.answers()?;
        let (state, now) = (made.states[&at].clone(), made.numbers[&at]);
        assert!(from <= state.next && due.iter().all(|round| *round < from));
        let kept: Vec<RoundId> = state.rounds.range(from..).map(|(round, _)| *round).collect();
        let all: Vec<RoundId> = due.iter().chain(&kept).copied().collect();
        let answered: Vec<RoundId> = all.iter().take(PAGE).copied().collect();
        made.asked.rounds.extend(&answered);
        let last = answered.last().copied().filter(|last| *last >= from);
        let ended = answered.len() == all.len();
        Ok(SharePage {
            rounds: answered.iter().map(|round| state.share(*round, now)).collect(),
            next: match ended {
                true => state.next,
                false => last.map_or(from, |last| last + 1),
            },
            ended,
        })
    }
}

/// A chain, its reader, and a worker at the other end.
struct World {
    chain: MadeChain,
    best: BlockId,
    finalized: BlockId,
    view: View,
    sender: ViewSender,
    receiver: ViewReceiver,
    made: u64,
}

impl World {
    fn new() -> Self {
        let genesis = BlockId::default();
        let mut made = Made::default();
        made.states.insert(genesis.hash, State::default());
        made.numbers.insert(genesis.hash, 0);
        Self {
            chain: MadeChain(Mutex::new(made)),
            best: genesis,
            finalized: genesis,
            view: View::default(),
            sender: ViewSender::default(),
            receiver: ViewReceiver::default(),
            made: 0,
        }
    }

    /// Another block on top of `parent`; it becomes the best one.
    fn block_on(&mut self, parent: BlockId, change: impl FnOnce(&mut State, BlockNumber)) -> BlockId {
        self.made += 1;
        let block = BlockId {
            number: parent.number + 1,
            hash: Hash::from_low_u64_be(self.made),
        };
        let made = self.chain.0.get_mut();
        let mut state = made.states[&parent.hash].clone();
        change(&mut state, block.number);
        // What is removed for good is removed a while later.
        let is_kept = |round: &Round| !matches!(round.stage, Stage::Over { until } if block.number > until + 2);
        state.rounds.retain(|_, round| is_kept(round));
        made.parents.insert(block.hash, parent);
        made.numbers.insert(block.hash, block.number);
        made.states.insert(block.hash, state);
        self.best = block;
        block
    }

    fn block(&mut self, change: impl FnOnce(&mut State, BlockNumber)) -> BlockId {
        self.block_on(self.best, change)
    }

    fn ancestor(&self, of: BlockId, back: usize) -> BlockId {
        let way = partial::ancestry(&self.chain.0.lock().parents, of);
        way[back.min(way.len() - 1)]
    }

    fn heads(&self) -> Heads {
        Heads {
            best: self.best,
            finalized: self.finalized,
        }
    }

    /// Reads at the best block and sends it: both ends must have what the chain has. Returns which rounds were asked for and whether the
    /// worker got a snapshot.
    fn read(&mut self) -> (Vec<RoundId>, bool) {
        self.chain.0.get_mut().asked = Asked::default();
        let changes = self.view.read(&self.chain, self.heads()).expect("the chain answers");
        let made = self.chain.0.get_mut();
        let expected = made.states[&self.best.hash].view(self.best.number);
        let found: BTreeSet<Entry> = self.view.shown.entries().cloned().collect();
        assert_eq!(found, expected, "at block {}", self.best.number);
        let mut snapshot = false;
        let messages = self
            .sender
            .update(self.best, self.finalized.number, self.view.shown.entries(), changes);
        for message in messages {
            snapshot |= matches!(message, ToWorker::Snapshot { .. });
            let received = self.receiver.take(message).expect("it is about the view");
            assert_ne!(received, Received::Gap);
        }
        let received = self.receiver.view().expect("a view");
        assert_eq!((received.at, &received.entries), (self.best, &expected));
        (made.asked.rounds.clone(), snapshot)
    }

    /// A chain with so many rounds that are over and one that is active, read once.
    fn with_rounds(over: u32) -> (Self, RoundId) {
        let mut world = Self::new();
        world.block(|state, _| {
            for round in 0..over {
                assert_eq!(state.open(), round);
                state.reveal(round, round);
                state.record(round);
            }
            state.pages = (100_000..100_005).map(shared).collect();
        });
        let mut active = 0;
        world.block(|state, now| {
            (0..over).for_each(|round| state.end(round, now));
            active = state.open();
        });
        let (asked, snapshot) = world.read();
        assert_eq!((asked.len() as u32, snapshot), (over + 1, true));
        (world, active)
    }
}

#[test]
fn blocks_should_ask_for_nothing_of_the_rounds_that_are_over() {
    let (mut world, active) = World::with_rounds(50);
    for blob in 1_000..1_005 {
        world.block(|state, _| state.reveal(active, blob));
        assert_eq!(world.read(), (vec![active], false));
        assert_eq!(world.chain.0.lock().asked.pages, 3);
    }
    // The same block once more: a worker that is new wants it.
    assert_eq!(world.read(), (vec![], false));
    world.sender.reset();
    assert_eq!(world.read(), (vec![], true));
}

#[test]
fn round_that_ends_should_stay_shared_until_its_retention_ends_and_then_go() {
    let (mut world, round) = World::with_rounds(5);
    world.block(|state, _| state.reveal(round, 77));
    world.read();
    world.block(|state, _| state.record(round));
    assert_eq!(world.read().0, [round]);
    let mut asked = 0;
    for _ in 0..3 * RETENTION {
        world.block(|_, _| ());
        let rounds = world.read().0;
        asked += rounds.iter().filter(|id| **id == round).count();
        assert!(world.view.shown.entries().any(|entry| *entry == shared(77)));
    }
    assert!(asked as u32 <= 3 * RETENTION / STEADY, "{asked}");
    let end = world.block(|state, now| state.end(round, now)).number;
    world.read();
    for number in end + 1..end + 2 * RETENTION {
        world.block(|_, _| ());
        world.read();
        let is_shared = world.view.shown.entries().any(|entry| *entry == shared(77));
        assert_eq!(is_shared, number < end + RETENTION, "{number}");
    }
    assert!(world.read().0.is_empty());
}

#[test]
fn fork_that_undoes_an_ending_and_reuses_numbers_should_be_followed_without_reading_everything() {
    let (mut world, round) = World::with_rounds(40);
    world.block(|state, _| state.reveal(round, 77));
    world.read();
    let fork = world.best;
    // Here the round ends, and the next number is a round that is over at once.
    world.block(|state, now| {
        state.record(round);
        state.end(round, now);
        let next = state.open();
        state.reveal(next, 78);
        state.record(next);
        state.end(next, now);
    });
    world.read();
    // There it is aborted, and the next number is another round.
    world.block_on(fork, |state, _| state.abort(round));
    world.block(|state, _| {
        let next = state.open();
        state.reveal(next, 79);
    });
    let (asked, snapshot) = world.read();
    assert_eq!((asked, snapshot), (vec![round, round + 1], true));
    // And back, to a block that neither ends it nor opens another.
    world.block_on(fork, |_, _| ());
    assert_eq!(world.read(), (vec![round], true));
}

#[test]
fn gaps_should_be_bridged_where_there_is_a_way_and_else_take_a_snapshot() {
    let (mut world, round) = World::with_rounds(10);
    for blob in 0..9 {
        world.block(|state, _| state.reveal(round, blob));
    }
    assert_eq!(world.read(), (vec![round], false), "nine blocks at once");
    world.chain.0.get_mut().without_route = true;
    world.block(|_, _| ());
    let (asked, snapshot) = world.read();
    assert_eq!((asked.len(), snapshot), (11, true));
    world.chain.0.get_mut().without_route = false;
    // As after a start.
    world.view = View::default();
    let (asked, snapshot) = world.read();
    assert_eq!((asked.len(), snapshot), (11, true));
}

#[test]
fn fork_from_before_what_is_final_should_take_a_snapshot() {
    let (mut world, _) = World::with_rounds(10);
    let fork = world.best;
    for _ in 0..3 {
        world.block(|_, _| ());
    }
    world.finalized = world.best;
    world.read();
    // The database was reverted.
    (world.finalized, world.best) = (fork, fork);
    world.block(|_, _| ());
    let (asked, snapshot) = world.read();
    assert_eq!((asked.len(), snapshot), (11, true));
}

#[test]
fn view_should_not_grow_with_history() {
    let mut world = World::new();
    let kept = |world: &World| format!("{:?}", world.view.shares).matches("read:").count();
    for block in 0..1_500u32 {
        world.block(|state, now| {
            let round = state.open();
            state.reveal(round, block);
            state.record(round);
            match round % 2 {
                0 => state.abort(round),
                _ => state.end(round, now),
            }
        });
        // From then on finality stands still.
        if block < 200 {
            world.finalized = world.best;
            assert!(kept(&world) <= RETENTION as usize + 2);
        }
        world.read();
    }
    // Every second round was aborted before it was seen.
    assert!((512..600).contains(&kept(&world)), "{}", kept(&world));
    for _ in 0..RETENTION + 2 {
        world.block(|_, _| ());
        world.finalized = world.best;
        world.read();
    }
    assert_eq!(kept(&world), 0);
}

/// One block with random events.
fn random(state: &mut State, now: BlockNumber, rng: &mut StdRng) {
    for _ in 0..rng.random_range(0..4) {
        let rounds: Vec<RoundId> = state.rounds.keys().copied().collect();
        let chosen = rounds.choose(rng).copied();
        match (rng.random_range(0..8), chosen) {
            (0, _) | (_, None) => drop(state.open()),
            (1, Some(_)) => {
                let entry = shared(rng.random_range(0..40));
                if !state.pages.remove(&entry) {
                    state.pages.insert(entry);
                }
            }
            (event, Some(round)) => match state.rounds[&round].stage {
                Stage::Active if event < 5 => state.reveal(round, rng.random_range(0..40)),
                Stage::Active if event == 5 => state.abort(round),
                Stage::Active => state.record(round),
                Stage::Waits if event < 4 => state.end(round, now),
                _ => (),
            },
        }
    }
}

#[test]
fn view_should_be_what_is_read_anew_after_any_blocks_and_forks() {
    for seed in 0..150u64 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut world = World::new();
        let mut tips = Vec::new();
        for step in 0..80 {
            println!("seed {seed}, step {step}");
            let back = rng.random_range(0..8usize);
            let unfinal = (world.best.number - world.finalized.number) as usize;
            let parent = match rng.random_range(0..10) {
                0 | 1 => world.ancestor(world.best, back.min(unfinal)),
                // A branch that was the best one before.
                2 => {
                    let finalized = world.finalized;
                    let stands =
                        |tip: &BlockId| partial::ancestry(&world.chain.0.lock().parents, *tip).contains(&finalized);
                    tips.iter().rev().take(9).copied().find(stands).unwrap_or(world.best)
                }
                _ => world.best,
            };
            world.best = parent;
            for _ in 0..*[0, 1, 1, 1, 1, 2, 5, 20].choose(&mut rng).unwrap() {
                world.block(|state, now| random(state, now, &mut rng));
            }
            tips.push(world.best);
            tips.shuffle(&mut rng);
            if rng.random_bool(0.3) {
                let unfinal = (world.best.number - world.finalized.number) as usize;
                world.finalized = world.ancestor(world.best, rng.random_range(0..=unfinal));
            }
            // A runtime that does not answer everything, and a worker that wants a snapshot.
            if rng.random_bool(0.1) {
                world.chain.0.get_mut().fails_after = Some(rng.random_range(0..4));
                drop(world.view.read(&world.chain, world.heads()));
                world.chain.0.get_mut().fails_after = None;
            }
            if rng.random_bool(0.05) {
                world.sender.reset();
            }
            world.chain.0.get_mut().without_route = rng.random_bool(0.02);
            world.read();
            world.chain.0.get_mut().without_route = false;
        }
    }
}
