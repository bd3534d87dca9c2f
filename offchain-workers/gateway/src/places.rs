//! Places for connections: some for each address, some for validators alone.
//!
//! Whose a connection is shows only when a request on it carries a token. So validators are let in by their addresses: those that
//! the chain names in the URLs of their gateways, and those from which their tokens came; a few from each, for whoever is at such an
//! address can do the same. A connection that has shown a validator's token counts as that validator's from then on, and no longer
//! in its address.

use crate::{
    address::Address,
    metrics::{Metrics, TurnedAway},
    seldom::Seldom,
    Limits, Snapshot,
};
use quorate_primitives::AccountId;
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex},
};

/// Addresses that are remembered of one validator, and of all.
const ADDRESSES: usize = 2;
const ALL_ADDRESSES: usize = 256;

/// All places.
#[derive(Debug)]
pub(crate) struct Places {
    limits: Limits,
    state: Mutex<State>,
    refusals: Seldom,
    metrics: Metrics,
}

#[derive(Debug, Default)]
struct State {
    all: usize,
    /// Those of nobody in particular.
    strangers: usize,
    /// Those that came in by a validator's address.
    neighbours: HashMap<Address, usize>,
    by_address: HashMap<Address, usize>,
    by_validator: HashMap<AccountId, usize>,
    /// Where tokens came from, the newest last.
    seen: VecDeque<(AccountId, Address)>,
}

/// Whom a connection counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    Stranger(Address),
    /// Not known yet, from an address of a validator.
    Neighbour(Address),
    Validator(AccountId),
}

impl Of {
    fn name(&self) -> &'static str {
        match self {
            Self::Stranger(_) => "stranger",
            Self::Neighbour(_) => "validators_address",
            Self::Validator(_) => "validator",
        }
    }
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    address: Address,
    of: Mutex<Of>,
}

impl Places {
    pub fn new(limits: Limits, metrics: Metrics) -> Self {
        Self {
            limits,
            state: Mutex::default(),
            refusals: Seldom::default(),
            metrics,
        }
    }

    /// A place for a connection from this address; a refusal is logged, seldom.
    pub fn enter(self: &Arc<Self>, from: IpAddr, snapshot: Option<&Snapshot>) -> Option<Place> {
        let address = Address::from(from);
        match self.take(address, snapshot) {
            Ok(of) => Some(Place {
                places: self.clone(),
                address,
                of: Mutex::new(of),
            }),
            Err(why) => {
                self.metrics.turn_away(why);
                let reason = why.reason();
                if let Some(more) = self.refusals.now() {
                    tracing::warn!(%from, reason, more, "connections to the gateway are turned away");
                }
                None
            }
        }
    }

    fn take(&self, address: Address, snapshot: Option<&Snapshot>) -> Result<Of, TurnedAway> {
        let mut state = self.state.lock().map_err(|_| TurnedAway::Failed)?;
        let neighbour = snapshot.is_some_and(|snapshot| {
            let seen = |(who, at): &(AccountId, Address)| *at == address && snapshot.allowed.peer(who).is_some();
            snapshot.allowed.is_peers(&address) || state.seen.iter().any(seen)
        });
        if state.all >= self.limits.connections {
            return Err(TurnedAway::All);
        }
        let open = state.by_address.get(&address).copied().unwrap_or(0);
        if open >= self.limits.connections_of_address {
            return Err(TurnedAway::Address);
        }
        let limits = &self.limits;
        let strangers = limits.connections.saturating_sub(limits.connections_for_validators);
        let neighbours = state.neighbours.get(&address).copied().unwrap_or(0);
        let of = match neighbour && neighbours < limits.connections_of_validator {
            true => Of::Neighbour(address),
            false if state.strangers < strangers => Of::Stranger(address),
            false => return Err(TurnedAway::Strangers),
        };
        state.all += 1;
        state.count(&of);
        self.metrics.connection(of.name(), true);
        Ok(of)
    }
}

impl State {
    fn count(&mut self, of: &Of) {
        match of {
            Of::Stranger(address) | Of::Neighbour(address) => *self.by_address.entry(*address).or_default() += 1,
            Of::Validator(who) => *self.by_validator.entry(who.clone()).or_default() += 1,
        }
        match of {
            Of::Stranger(_) => self.strangers += 1,
            Of::Neighbour(address) => *self.neighbours.entry(*address).or_default() += 1,
            Of::Validator(_) => (),
        }
    }

    fn discount(&mut self, of: &Of) {
        match of {
            Of::Stranger(address) | Of::Neighbour(address) => one_less(&mut self.by_address, address),
            Of::Validator(who) => one_less(&mut self.by_validator, who),
        }
        match of {
            Of::Stranger(_) => self.strangers -= 1,
            Of::Neighbour(address) => one_less(&mut self.neighbours, address),
            Of::Validator(_) => (),
        }
    }

    fn remember(&mut self, who: &AccountId, address: Address) {
        let known = (who.clone(), address);
        self.seen.retain(|seen| *seen != known);
        self.seen.push_back(known);
        if self.seen.iter().filter(|(seen, _)| seen == who).count() > ADDRESSES {
            let oldest = self.seen.iter().position(|(seen, _)| seen == who);
            oldest.and_then(|oldest| self.seen.remove(oldest));
        }
        if self.seen.len() > ALL_ADDRESSES {
            self.seen.pop_front();
        }
    }
}

fn one_less<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Place {
    /// Whether the connection is a validator's already.
    pub fn is_validators(&self) -> bool {
        self.of.lock().is_ok_and(|of| matches!(*of, Of::Validator(_)))
    }

    /// A validator's token came over this connection.
    pub fn shown(&self, who: &AccountId) {
        let (Ok(mut of), Ok(mut state)) = (self.of.lock(), self.places.state.lock()) else {
            return;
        };
        state.remember(who, self.address);
        let open = state.by_validator.get(who).copied().unwrap_or(0);
        if matches!(*of, Of::Validator(_)) || open >= self.places.limits.connections_of_validator {
            return;
        }
        state.discount(&of);
        self.places.metrics.connection(of.name(), false);
        *of = Of::Validator(who.clone());
        state.count(&of);
        self.places.metrics.connection(of.name(), true);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let (Ok(of), Ok(mut state)) = (self.of.get_mut(), self.places.state.lock()) {
            state.discount(of);
            self.places.metrics.connection(of.name(), false);
            state.all -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Allowed;
    use quorate_primitives::{
        views::{
            gateway::{GatewayEntry, Peer},
            Entry,
        },
        Hash,
    };

    const WHO: AccountId = AccountId::new([2; 32]);
    const LIMITS: Limits = Limits {
        connections: 8,
        connections_for_validators: 4,
        connections_of_validator: 1,
        connections_of_address: 3,
        uploads: 0,
        uploads_of_organisation: 0,
        uploads_of_account: 0,
        streams: 0,
        streams_of_organisation: 0,
        slowest: 1,
        fair: 1,
        idle: std::time::Duration::from_secs(1),
        keep_parts: std::time::Duration::from_secs(1),
        connection: std::time::Duration::from_secs(1),
    };

    fn snapshot(validators: &[AccountId]) -> Snapshot {
        let peer = |validator: &AccountId| {
            Entry::from(&GatewayEntry::Peer(Peer {
                validator: validator.clone(),
                organisation: 0,
                key: None,
                gateway: "http://10.0.0.2:1".into(),
                tls_key_hash: None,
            }))
        };
        let entries: Vec<Entry> = validators.iter().map(peer).collect();
        Snapshot {
            genesis: Hash::zero(),
            best: 1,
            finalized: 0,
            me: None,
            allowed: Arc::new(Allowed::new(&entries).0),
        }
    }

    #[test]
    fn one_validator_should_not_fill_the_places_of_all() {
        let (places, snapshot) = (Arc::new(Places::new(LIMITS, Metrics::default())), snapshot(&[WHO]));
        let enter = |last: u8| places.enter([10, 0, 0, last].into(), Some(&snapshot));
        // Its token came from more addresses than are remembered.
        for last in 20..24 {
            enter(last).unwrap().shown(&WHO);
        }
        let strangers: Vec<Place> = (30..34).map(|last| enter(last).unwrap()).collect();
        assert!(enter(34).is_none() && enter(20).is_none());
        let near: Vec<Place> = [2, 22, 23].map(|last| enter(last).unwrap()).into();
        assert!(
            [2, 22, 23].iter().all(|last| enter(*last).is_none()),
            "one from each address"
        );
        near[0].shown(&WHO);
        near[1].shown(&WHO);
        assert!(near[0].is_validators() && !near[1].is_validators());
        let _again = enter(2).unwrap();
        assert!(enter(23).is_none());
        drop((strangers, near));
        let state = places.state.lock().unwrap();
        assert_eq!((state.all, state.strangers), (1, 0));
        assert_eq!((state.by_address.len(), state.neighbours.len()), (1, 1));
        assert!(state.by_validator.is_empty());
    }

    #[test]
    fn who_is_no_validator_any_more_should_be_a_stranger() {
        let places = Arc::new(Places::new(LIMITS, Metrics::default()));
        places
            .enter([10, 0, 0, 9].into(), Some(&snapshot(&[WHO])))
            .unwrap()
            .shown(&WHO);
        let later = snapshot(&[]);
        let enter = |last: u8| places.enter([10, 0, 0, last].into(), Some(&later));
        let _strangers: Vec<Place> = (30..34).map(|last| enter(last).unwrap()).collect();
        assert!(enter(9).is_none() && enter(2).is_none());
        assert!(
            places.enter([10, 0, 0, 2].into(), None).is_none(),
            "before the node has spoken"
        );
    }
}
