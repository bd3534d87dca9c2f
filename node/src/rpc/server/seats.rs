//! How many of something an address holds at a time, and all together.

use crate::rpc::gate::Site;
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};

/// Counts by address.
#[derive(Clone, Debug)]
pub struct Seats {
    each: u32,
    strangers: u32,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    sites: HashMap<Site, u32>,
    strangers: u32,
}

/// Whether it comes from this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Here,
    Elsewhere,
}

/// One that is held until it is dropped.
#[derive(Debug)]
pub struct Seat {
    of: Seats,
    site: Site,
    from: From,
}

impl Seats {
    /// At most so many for each address, and for all that come from elsewhere.
    pub fn new(each: u32, strangers: u32) -> Self {
        Self {
            each,
            strangers,
            taken: Arc::default(),
        }
    }

    /// Another one for this address, if it may have one.
    pub fn take(&self, site: Site, from: From) -> Option<Seat> {
        let mut taken = self.taken.lock();
        let strangers = taken.strangers + u32::from(from == From::Elsewhere);
        let held = taken.sites.get(&site).copied().unwrap_or_default();
        if held >= self.each || (from == From::Elsewhere && strangers > self.strangers) {
            return None;
        }
        taken.strangers = strangers;
        taken.sites.insert(site, held + 1);
        Some(Seat {
            of: self.clone(),
            site,
            from,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock();
        taken.strangers -= u32::from(self.from == From::Elsewhere);
        if let Some(held) = taken.sites.get_mut(&self.site) {
            *held -= 1;
            if *held == 0 {
                taken.sites.remove(&self.site);
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
        let [one, other] = sites();
        let seats = Seats::new(2, 9);
        let take = |site| seats.take(site, From::Elsewhere);
        let held = [take(one).unwrap(), take(one).unwrap()];
        assert!(take(one).is_none());
        assert!(take(other).is_some());
        drop(held);
        let empty = |taken: &Taken| taken.sites.is_empty() && taken.strangers == 0;
        assert!(empty(&seats.taken.lock()));
        assert!(take(one).is_some());
    }

    #[test]
    fn some_should_be_left_for_this_machine_however_many_come_from_elsewhere() {
        let [one, other] = sites();
        let seats = Seats::new(2, 3);
        let _held: Vec<_> = [one, one, other]
            .map(|site| seats.take(site, From::Elsewhere).unwrap())
            .into();
        assert!(seats.take(other, From::Elsewhere).is_none());
        let here = Site::from(IpAddr::from([127, 0, 0, 1]));
        assert!(seats.take(here, From::Here).is_some());
    }

    fn sites() -> [Site; 2] {
        [1, 2].map(|last| Site::from(IpAddr::from([10, 0, 0, last])))
    }
}
