//! How many bytes the server holds for those who ask: requests that came or are announced, and answers that wait to be read.
//!
//! Nobody is asked to wait for room: whoever holds most goes. So one that reads slowly, but little, stays however much others ask for.

use super::{places::From, LOG};
use crate::rpc::gate::Site;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How often it is told that connections were closed.
const TOLD_EACH: Duration = Duration::from_secs(10);

/// The most bytes that may be held.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connection: u64,
    pub address: u64,
    /// For all that come from elsewhere.
    pub strangers: u64,
    pub all: u64,
}

impl Limits {
    /// Eight shares of a connection in all, of which six are for strangers and two for an address. A share is 32 MiB, or what the largest
    /// request and the largest answer take together, if that is more.
    pub fn of(largest: u64) -> Self {
        let share = largest.max(32 << 20);
        let times = |number: u64| share.saturating_mul(number);
        Self {
            connection: share,
            address: times(2),
            strangers: times(6),
            all: times(8),
        }
    }
}

/// All that is held.
#[derive(Clone, Debug)]
pub struct Memory {
    limits: Limits,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    all: u64,
    strangers: u64,
    sites: HashMap<Site, u64>,
    holders: HashMap<u64, Holder>,
    numbers: u64,
    told: Option<Instant>,
    untold: u64,
}

#[derive(Debug)]
struct Holder {
    site: Site,
    from: From,
    bytes: u64,
    close: CancellationToken,
}

/// One connection's, or one request's over HTTP.
#[derive(Debug)]
pub struct Account {
    of: Memory,
    number: u64,
    close: CancellationToken,
}

/// Bytes that are held until this is dropped.
#[derive(Debug)]
pub struct Held {
    account: Arc<Account>,
    bytes: u64,
}

/// What counts for one message while its answers are made.
#[derive(Clone, Debug)]
pub struct Making(Arc<Mutex<Held>>);

impl Making {
    pub fn new(held: Held) -> Self {
        Self(Arc::new(Mutex::new(held)))
    }

    /// So many bytes more; whoever has to go is closed by its account.
    pub fn count(&self, bytes: usize) {
        let _may = self.0.lock().grow(bytes as u64);
    }

    /// What was counted is counted elsewhere, or gone.
    pub fn end(&self) {
        drop(self.0.lock().split(u64::MAX));
    }
}

impl Memory {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: Arc::default(),
        }
    }

    /// For one that comes from this address; `close` is cancelled when it has to go.
    pub fn account(&self, site: Site, from: From, close: CancellationToken) -> Arc<Account> {
        let mut state = self.state.lock();
        let number = state.numbers;
        state.numbers += 1;
        let holder = Holder {
            site,
            from,
            bytes: 0,
            close: close.clone(),
        };
        state.holders.insert(number, holder);
        Arc::new(Account {
            of: self.clone(),
            number,
            close,
        })
    }

    /// What is held in all.
    #[cfg(test)]
    pub fn held(&self) -> u64 {
        self.state.lock().all
    }
}

impl Account {
    /// So many bytes more; nothing, and the connection is closed, when it is the one that has to go.
    pub fn hold(self: &Arc<Self>, bytes: u64) -> Option<Held> {
        let may = self.of.state.lock().add(&self.of.limits, self.number, bytes);
        may.then(|| Held {
            account: self.clone(),
            bytes,
        })
    }

    /// Whether it had to go.
    pub async fn closed(&self) {
        self.close.cancelled().await;
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.of.state.lock().forget(self.number);
    }
}

impl Held {
    /// Holds more; false when it has to go.
    pub fn grow(&mut self, bytes: u64) -> bool {
        let more = self.account.hold(bytes);
        let may = more.is_some();
        if let Some(mut more) = more {
            self.bytes += std::mem::take(&mut more.bytes);
        }
        may
    }

    /// So many of these bytes for themselves.
    pub fn split(&mut self, bytes: u64) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Self {
            account: self.account.clone(),
            bytes,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.account.of.state.lock().give_back(self.account.number, self.bytes);
    }
}

impl State {
    fn add(&mut self, limits: &Limits, number: u64, bytes: u64) -> bool {
        loop {
            let Some(holder) = self.holders.get(&number) else {
                return false;
            };
            let (site, from) = (holder.site, holder.from);
            let after = |held: u64| held.saturating_add(bytes);
            let of_site = self.sites.get(&site).copied().unwrap_or_default();
            let (greedy, why) = if after(holder.bytes) > limits.connection {
                (Some(number), "more than a connection's share")
            } else if after(of_site) > limits.address {
                (
                    self.most(number, bytes, |other| other.site == site),
                    "its address has more than its share",
                )
            } else if from == From::Elsewhere && after(self.strangers) > limits.strangers {
                (
                    self.most(number, bytes, |other| other.from == From::Elsewhere),
                    "strangers hold all that they may",
                )
            } else if after(self.all) > limits.all {
                (self.most(number, bytes, |_| true), "all that may be held is")
            } else {
                break;
            };
            self.close(greedy.unwrap_or(number), why);
        }
        self.change(number, |held| held.saturating_add(bytes));
        true
    }

    /// Who holds most of those whose address holds most, if `number` held so many bytes more.
    fn most(&self, number: u64, bytes: u64, among: impl Fn(&Holder) -> bool) -> Option<u64> {
        let own = self.holders.get(&number)?.site;
        let holders = self.holders.iter().filter(|(_, holder)| among(holder));
        let key = |(other, holder): &(&u64, &Holder)| {
            let more = |is_own: bool| if is_own { bytes } else { 0 };
            let site = self.sites.get(&holder.site).copied().unwrap_or_default();
            (
                site.saturating_add(more(holder.site == own)),
                holder.site,
                holder.bytes.saturating_add(more(**other == number)),
                **other,
            )
        };
        holders.max_by_key(key).map(|(other, _)| *other)
    }

    fn change(&mut self, number: u64, to: impl FnOnce(u64) -> u64) {
        let Some(holder) = self.holders.get_mut(&number) else {
            return;
        };
        let before = holder.bytes;
        holder.bytes = to(before);
        let after = |held: u64| held.saturating_sub(before).saturating_add(holder.bytes);
        self.all = after(self.all);
        if holder.from == From::Elsewhere {
            self.strangers = after(self.strangers);
        }
        let site = self.sites.entry(holder.site).or_default();
        *site = after(*site);
        if *site == 0 {
            self.sites.remove(&holder.site);
        }
    }

    /// One that was closed has given all back already.
    fn give_back(&mut self, number: u64, bytes: u64) {
        self.change(number, |held| held.saturating_sub(bytes));
    }

    fn forget(&mut self, number: u64) -> Option<Holder> {
        let bytes = self.holders.get(&number)?.bytes;
        self.give_back(number, bytes);
        self.holders.remove(&number)
    }

    fn close(&mut self, number: u64, why: &str) {
        let bytes = self.holders.get(&number).map(|holder| holder.bytes);
        let (Some(bytes), Some(holder)) = (bytes, self.forget(number)) else {
            return;
        };
        holder.close.cancel();
        if self.told.is_some_and(|told| told.elapsed() < TOLD_EACH) {
            self.untold += 1;
            return;
        }
        let others = std::mem::take(&mut self.untold);
        self.told = Some(Instant::now());
        log::warn!(
            target: LOG,
            "Closed a JSON-RPC connection from {:?} with {bytes} bytes of requests and of answers that it did not read: {why} (and {others} \
             others since the last such line)",
            holder.site,
        );
    }
}

#[cfg(test)]
mod tests;
