//! Places for sockets, and for what runs over them. When all are taken, one that is asked nothing, or one of whoever holds more of them than
//! another who comes, goes: so that those who open many and ask nothing, or never end what they ask, keep nobody out.

use crate::rpc::gate::Site;
use parking_lot::Mutex;
use std::{cmp::Reverse, collections::HashMap, sync::Arc};
use tokio_util::sync::CancellationToken;

/// How many there are.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// For an address.
    pub each: u32,
    /// For all that come from elsewhere.
    pub strangers: u32,
    pub all: u32,
}

/// Whether it comes from this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Here,
    Elsewhere,
}

/// All that there are.
#[derive(Clone, Debug)]
pub struct Places {
    most: Most,
    /// Whether one that is asked nothing goes for whoever comes.
    idle_go: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    taken: HashMap<u64, Taken>,
    /// Counts what happens.
    now: u64,
}

#[derive(Debug)]
struct Taken {
    site: Site,
    from: From,
    running: u32,
    /// When it was last asked something.
    last: u64,
    close: CancellationToken,
}

/// One that is held until this is dropped.
#[derive(Debug)]
pub struct Place {
    of: Places,
    number: u64,
}

/// A request, until it is answered.
#[derive(Debug)]
pub struct Running(Arc<Place>);

impl Places {
    pub fn new(most: Most, idle_go: bool) -> Self {
        Self {
            most,
            idle_go,
            state: Arc::default(),
        }
    }

    /// Another one for this address, if it may have one; `close` is cancelled when it has to go.
    pub fn take(&self, site: Site, from: From, close: CancellationToken) -> Option<Arc<Place>> {
        let mut state = self.state.lock();
        let own = state.count(|taken| taken.site == site);
        if own >= self.most.each as usize {
            return None;
        }
        let is_stranger = |taken: &Taken| taken.from == From::Elsewhere;
        if from == From::Elsewhere && state.count(is_stranger) >= self.most.strangers as usize {
            state.close_one(self.idle_go, own, is_stranger)?;
        }
        if state.count(|_| true) >= self.most.all as usize {
            state.close_one(self.idle_go, own, |_| true)?;
        }
        let number = state.tick();
        let taken = Taken {
            site,
            from,
            running: 0,
            last: number,
            close,
        };
        state.taken.insert(number, taken);
        Some(Arc::new(Place {
            of: self.clone(),
            number,
        }))
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    fn count(&self, among: impl Fn(&Taken) -> bool) -> usize {
        self.taken.values().filter(|taken| among(taken)).count()
    }

    fn close_one(&mut self, idle_go: bool, own: usize, among: impl Fn(&Taken) -> bool) -> Option<()> {
        let idle = |taken: &Taken| taken.running == 0 && among(taken);
        let number = match idle_go {
            true => self.greedy(0, idle),
            false => None,
        };
        let number = number.or_else(|| self.greedy(own + 1, among))?;
        self.taken.remove(&number)?.close.cancel();
        Some(())
    }

    /// Of the address that holds most of them, and more than `others`, the one that was asked longest ago.
    fn greedy(&self, others: usize, among: impl Fn(&Taken) -> bool) -> Option<u64> {
        let mut sites: HashMap<Site, usize> = HashMap::new();
        for taken in self.taken.values().filter(|taken| among(taken)) {
            *sites.entry(taken.site).or_default() += 1;
        }
        let held = |taken: &Taken| sites.get(&taken.site).copied().unwrap_or_default();
        let those = self
            .taken
            .iter()
            .filter(|(_, taken)| among(taken) && held(taken) > others);
        those
            .max_by_key(|(_, taken)| (held(taken), taken.running == 0, Reverse(taken.last)))
            .map(|(number, _)| *number)
    }
}

impl Place {
    /// A request begins.
    pub fn run(self: &Arc<Self>) -> Running {
        if let Some(taken) = self.of.state.lock().taken.get_mut(&self.number) {
            taken.running += 1;
        }
        Running(self.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.of.state.lock();
        let now = state.tick();
        if let Some(taken) = state.taken.get_mut(&self.0.number) {
            taken.running -= 1;
            taken.last = now;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.of.state.lock().taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
