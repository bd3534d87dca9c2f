//! How many of something an address holds at a time.

use crate::rpc::gate::Site;
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};

/// Counts by address.
#[derive(Clone, Debug)]
pub struct Seats {
    each: u32,
    taken: Arc<Mutex<HashMap<Site, u32>>>,
}

/// One that is held until it is dropped.
#[derive(Debug)]
pub struct Seat {
    of: Seats,
    site: Site,
}

impl Seats {
    /// At most so many for each address.
    pub fn new(each: u32) -> Self {
        Self {
            each,
            taken: Arc::default(),
        }
    }

    /// Another one for this address, if it may have one.
    pub fn take(&self, site: Site) -> Option<Seat> {
        let mut taken = self.taken.lock();
        let held = taken.entry(site).or_default();
        if *held >= self.each {
            return None;
        }
        *held += 1;
        Some(Seat { of: self.clone(), site })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock();
        if let Some(held) = taken.get_mut(&self.site) {
            *held -= 1;
            if *held == 0 {
                taken.remove(&self.site);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn address_should_hold_no_more_than_its_share_and_leave_nothing_behind() {
        let [one, other] = [1, 2].map(|last| Site::from(IpAddr::from([10, 0, 0, last])));
        let seats = Seats::new(2);
        let held = [seats.take(one).unwrap(), seats.take(one).unwrap()];
        assert!(seats.take(one).is_none());
        assert!(seats.take(other).is_some());
        drop(held);
        assert!(seats.taken.lock().is_empty());
        assert!(seats.take(one).is_some());
    }
}
