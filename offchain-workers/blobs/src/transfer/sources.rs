//! What is remembered of sources, across all transfers of a client: how well they behaved, and how many transfers each has just now.

use super::Endpoint;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Instant,
};
use tokio::sync::Semaphore;

/// Sources that are remembered: more than a chain has validators.
const REMEMBERED: usize = 1_024;
/// Blobs that are fetched from one source at the same time. The others that are wanted come from others, or wait: whatever a source
/// does with its own, it holds up no other's.
const SLOTS: usize = 2;
/// Seconds in which half of what a source did is forgotten.
const HALF_LIFE: f64 = 300.0;
/// Beyond this nothing is added, so that nobody is last for longer than an hour.
const WORST: f64 = 32.0;

/// What a source did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// It gave the blob.
    Gave,
    /// Another one was faster.
    Slower,
    /// It could not be reached, or broke off.
    Failed,
    /// It stood still, or dripped.
    Idle,
    /// It sent bytes that are not those of the blob.
    Wrong,
}

impl Deed {
    fn penalty(self) -> f64 {
        match self {
            Self::Gave => 0.0,
            Self::Slower | Self::Failed => 1.0,
            Self::Idle => 4.0,
            Self::Wrong => 16.0,
        }
    }
}

/// All sources that a client has met.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<HashMap<Endpoint, Known>>);

#[derive(Debug)]
struct Known {
    slots: Arc<Semaphore>,
    /// Penalties, as of the time beside them.
    score: f64,
    at: Instant,
}

impl Known {
    fn new(now: Instant) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(SLOTS)),
            score: 0.0,
            at: now,
        }
    }

    fn score(&self, now: Instant) -> f64 {
        self.score * (-now.duration_since(self.at).as_secs_f64() / HALF_LIFE).exp2()
    }
}

impl Sources {
    /// Slots of a source.
    pub fn slots(&self, source: &Endpoint) -> Arc<Semaphore> {
        let new = || Arc::new(Semaphore::new(SLOTS));
        self.with(source, |known| known.slots.clone()).unwrap_or_else(new)
    }

    /// How badly a source behaved of late: 0 for most. Sources of one rank are as good as each other.
    pub fn rank(&self, source: &Endpoint) -> u32 {
        let now = Instant::now();
        let score = self.0.lock().ok().and_then(|all| Some(all.get(source)?.score(now)));
        // Not below one: a single failure may be of this side.
        score.map_or(0, |score| (1.0 + score).log2() as u32)
    }

    pub fn note(&self, source: &Endpoint, deed: Deed) {
        let now = Instant::now();
        let _ = self.with(source, |known| {
            let score = known.score(now);
            known.score = match deed {
                Deed::Gave => score / 2.0,
                _ => (score + deed.penalty()).min(WORST),
            };
            known.at = now;
        });
    }

    fn with<T>(&self, source: &Endpoint, work: impl FnOnce(&mut Known) -> T) -> Option<T> {
        let now = Instant::now();
        let mut all = self.0.lock().ok()?;
        if all.len() >= REMEMBERED && !all.contains_key(source) {
            // The best one that nothing is fetched from: what is forgotten of it matters least.
            let idle = all.iter().filter(|(_, known)| known.slots.available_permits() == SLOTS);
            let best = idle.min_by(|(_, a), (_, b)| a.score(now).total_cmp(&b.score(now)));
            let best = best.map(|(endpoint, _)| endpoint.clone());
            best.and_then(|best| all.remove(&best));
        }
        Some(work(all.entry(source.clone()).or_insert_with(|| Known::new(now))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_sources_should_rank_behind_until_it_is_forgotten() {
        let sources = Sources::default();
        let [wrong, idle, good] = ["http://a", "http://b", "http://c"].map(Endpoint::from);
        sources.note(&wrong, Deed::Wrong);
        sources.note(&idle, Deed::Idle);
        sources.note(&good, Deed::Gave);
        let ranks = || [&wrong, &idle, &good].map(|source| sources.rank(source));
        assert_eq!(ranks(), [4, 2, 0]);
        for _ in 0..100 {
            sources.note(&wrong, Deed::Wrong);
        }
        assert_eq!(ranks()[0], 5);
        let age = |source: &Endpoint, half_lives: u32| {
            let past = std::time::Duration::from_secs_f64(HALF_LIFE * f64::from(half_lives));
            sources.with(source, |known| known.score *= (-past.as_secs_f64() / HALF_LIFE).exp2());
        };
        age(&wrong, 6);
        age(&idle, 3);
        assert_eq!(ranks(), [0, 0, 0]);
    }

    #[test]
    fn what_is_remembered_should_be_bounded_and_keep_the_bad_ones() {
        let sources = Sources::default();
        let bad = Endpoint::from("http://bad");
        sources.note(&bad, Deed::Wrong);
        let _slot = sources.slots(&"http://busy".into()).try_acquire_owned().unwrap();
        for n in 0..2 * REMEMBERED {
            sources.note(&Endpoint::from(format!("http://{n}")), Deed::Failed);
        }
        assert_eq!(sources.0.lock().unwrap().len(), REMEMBERED);
        assert_eq!(sources.rank(&bad), 4);
        assert_eq!(sources.slots(&"http://busy".into()).available_permits(), SLOTS - 1);
    }
}
