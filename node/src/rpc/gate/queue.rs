//! Who waits, and whose turn is next. Pure.
//!
//! Turns go round: first the address that was served longest ago, of its connections the one that was served longest ago, of its queries
//! the oldest. One that was never served counts as served when it came: whoever comes under a new name, again and again, is never before
//! those who wait already. When all places are taken, whoever has most of them loses one to whoever has fewer, addresses before connections.

use super::{Caller, Site};
use std::{collections::HashMap, hash::Hash};

/// Queries that may wait, of all callers together.
pub const MOST_WAITING: usize = 512;
/// Addresses and connections whose last turn is remembered.
const MOST_REMEMBERED: usize = 1_024;

/// All places are taken, by callers with no more of them than this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// One who waits.
#[derive(Debug)]
struct Waiting<T> {
    caller: Caller,
    /// The turn in which it came.
    arrived: u64,
    place: T,
}

/// Those who wait, with what each waits on.
#[derive(Debug)]
pub struct Queue<T> {
    waiting: Vec<Waiting<T>>,
    turn: u64,
    sites: HashMap<Option<Site>, u64>,
    connections: HashMap<u64, u64>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            waiting: Vec::new(),
            turn: 0,
            sites: HashMap::new(),
            connections: HashMap::new(),
        }
    }
}

impl<T> Queue<T> {
    /// Another one waits; whoever had to go for it.
    ///
    /// # Errors
    /// [`Full`]: nobody had to, for nobody has more places.
    pub fn push(&mut self, caller: Caller, place: T) -> Result<Option<T>, Full> {
        let mut out = None;
        if self.waiting.len() >= MOST_WAITING {
            let (mut sites, mut connections) = (HashMap::new(), HashMap::new());
            for other in self.waiting.iter().map(|other| &other.caller).chain([&caller]) {
                *sites.entry(other.address).or_insert(0usize) += 1;
                *connections.entry(other.connection).or_insert(0usize) += 1;
            }
            let held = |of: &Caller| (sites[&of.address], connections[&of.connection]);
            let most = (0..self.waiting.len()).max_by_key(|at| (held(&self.waiting[*at].caller), *at));
            let greedy = most.filter(|at| {
                let other = &self.waiting[*at].caller;
                let ((site, connection), (own_site, own_connection)) = (held(other), held(&caller));
                match other.address == caller.address {
                    true => connection > own_connection,
                    false => site > own_site,
                }
            });
            out = Some(self.waiting.remove(greedy.ok_or(Full)?).place);
        }
        self.waiting.push(Waiting {
            caller,
            arrived: self.turn,
            place,
        });
        Ok(out)
    }

    /// Forgets those who wait no more.
    pub fn retain(&mut self, waits: impl Fn(&T) -> bool) {
        self.waiting.retain(|one| waits(&one.place));
    }

    /// The one whose turn it is.
    pub fn next(&mut self) -> Option<T> {
        let turn = |one: &Waiting<T>| {
            // Of two with the same number, one had that turn and the other had none.
            let key = |served: Option<&u64>| served.map_or((one.arrived, 0), |turn| (*turn, 1));
            (
                key(self.sites.get(&one.caller.address)),
                key(self.connections.get(&one.caller.connection)),
            )
        };
        let next = (0..self.waiting.len()).min_by_key(|at| (turn(&self.waiting[*at]), *at))?;
        let Waiting { caller, place, .. } = self.waiting.remove(next);
        self.served(caller);
        Some(place)
    }

    /// The caller has its turn now.
    pub fn served(&mut self, caller: Caller) {
        self.turn += 1;
        remember(&mut self.sites, caller.address, self.turn);
        remember(&mut self.connections, caller.connection, self.turn);
    }
}

fn remember<K: Hash + Eq + Copy>(turns: &mut HashMap<K, u64>, who: K, turn: u64) {
    turns.insert(who, turn);
    if turns.len() > MOST_REMEMBERED {
        let oldest = turns.iter().min_by_key(|(_, turn)| **turn).map(|(who, _)| *who);
        oldest.map(|who| turns.remove(&who));
    }
}
