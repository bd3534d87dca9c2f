//! How often an address may ask: one limit for all its connections, old and new.

use crate::rpc::gate::Site;
use parking_lot::Mutex;
use sc_rpc_server::MiddlewareLayer;
use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

/// Addresses whose limits are remembered. The one that came longest ago is forgotten first.
const MOST_REMEMBERED: usize = 4_096;

/// The limits of those who asked last.
#[derive(Clone)]
pub struct Limits {
    per_minute: Option<NonZeroU32>,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    came: u64,
    limits: HashMap<Site, (u64, MiddlewareLayer)>,
}

impl Limits {
    /// So many requests of each address in a minute; without a number, any.
    pub fn new(per_minute: Option<NonZeroU32>) -> Self {
        Self {
            per_minute,
            known: Arc::default(),
        }
    }

    /// What counts this address's requests.
    pub fn of(&self, site: Site) -> Option<MiddlewareLayer> {
        let per_minute = self.per_minute?;
        let mut known = self.known.lock();
        known.came += 1;
        let came = known.came;
        if known.limits.len() >= MOST_REMEMBERED && !known.limits.contains_key(&site) {
            let oldest = known.limits.iter().min_by_key(|(_, (came, _))| *came);
            if let Some(oldest) = oldest.map(|(site, _)| *site) {
                known.limits.remove(&oldest);
            }
        }
        let fresh = || (came, MiddlewareLayer::new().with_rate_limit_per_minute(per_minute));
        let limit = known.limits.entry(site).or_insert_with(fresh);
        limit.0 = came;
        Some(limit.1.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn what_is_remembered_of_addresses_should_be_bounded() {
        let limits = Limits::new(NonZeroU32::new(1));
        for number in 0..5_000u32 {
            assert!(limits.of(IpAddr::from(number.to_be_bytes()).into()).is_some());
        }
        assert_eq!(limits.known.lock().limits.len(), MOST_REMEMBERED);
        assert!(Limits::new(None).of(IpAddr::from([10, 0, 0, 1]).into()).is_none());
    }
}
