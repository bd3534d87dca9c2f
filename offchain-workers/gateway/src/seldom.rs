//! Log lines that outsiders cause: seldom, however often they do it.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

const INTERVAL: Duration = Duration::from_secs(60);

/// Lets one line pass in a minute.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    missed: u64,
}

impl Seldom {
    /// Whether a line is to be written now, and how often none was since the last one.
    pub fn now(&self) -> Option<u64> {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().ok()?;
        if state.last.is_some_and(|last| now.duration_since(last) < INTERVAL) {
            state.missed = state.missed.saturating_add(1);
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.missed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_should_be_counted_where_they_are_not_written() {
        let (seldom, start) = (Seldom::default(), Instant::now());
        assert_eq!(seldom.at(start), Some(0));
        for _ in 0..1_000 {
            assert_eq!(seldom.at(start + INTERVAL / 2), None);
        }
        assert_eq!(seldom.at(start + INTERVAL), Some(1_000));
        assert_eq!(seldom.at(start + INTERVAL), None);
    }
}
