//! How many streams are open: few of an organisation, and not too many in all.

use crate::Limits;
use quorate_primitives::OrganisationId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Streams that are open, by the organisations that read them.
#[derive(Debug, Default)]
pub(super) struct Opened(Mutex<HashMap<OrganisationId, usize>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Open {
    opened: Arc<Opened>,
    of: OrganisationId,
}

impl Opened {
    /// None where there are as many as there may be.
    pub fn enter(self: &Arc<Self>, of: OrganisationId, limits: &Limits) -> Option<Open> {
        let mut opened = self.0.lock().ok()?;
        let own = opened.get(&of).copied().unwrap_or(0);
        if own >= limits.streams_of_organisation || opened.values().sum::<usize>() >= limits.streams {
            return None;
        }
        opened.insert(of, own + 1);
        Some(Open {
            opened: self.clone(),
            of,
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Ok(mut opened) = self.opened.0.lock() {
            let left = opened.get(&self.of).map_or(0, |own| own.saturating_sub(1));
            match left {
                0 => opened.remove(&self.of),
                left => opened.insert(self.of, left),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_should_be_few_of_an_organisation_and_in_all() {
        let limits = Limits {
            streams: 3,
            streams_of_organisation: 2,
            ..Limits::default()
        };
        let opened = Arc::<Opened>::default();
        let first = opened.enter(1, &limits).unwrap();
        let _second = opened.enter(1, &limits).unwrap();
        assert!(opened.enter(1, &limits).is_none());
        let other = opened.enter(2, &limits).unwrap();
        assert!(opened.enter(3, &limits).is_none());
        drop(first);
        let _third = opened.enter(3, &limits).unwrap();
        assert!(opened.enter(1, &limits).is_none());
        drop(other);
        opened.enter(1, &limits).unwrap();
    }
}
