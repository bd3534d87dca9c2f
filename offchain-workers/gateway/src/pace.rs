//! How fast an upload is.

use std::time::{Duration, Instant};

/// Bytes a second over the last one to two windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter {
    window: Duration,
    started: Instant,
    /// Begin of the present window, and what it brought.
    since: Instant,
    present: u64,
    /// What the window before it brought, if there was one.
    past: Option<u64>,
}

impl Meter {
    pub fn new(window: Duration, now: Instant) -> Self {
        Self {
            window: window.max(Duration::from_millis(1)),
            started: now,
            since: now,
            present: 0,
            past: None,
        }
    }

    pub fn add(&mut self, bytes: usize, now: Instant) {
        self.turn(now);
        self.present = self.present.saturating_add(bytes as u64);
    }

    /// `None` before the first window has passed.
    pub fn rate(&mut self, now: Instant) -> Option<u64> {
        self.turn(now);
        if now.duration_since(self.started) < self.window {
            return None;
        }
        let seen = now.duration_since(self.since) + self.past.map_or(Duration::ZERO, |_| self.window);
        let bytes = u128::from(self.present) + u128::from(self.past.unwrap_or(0));
        let rate = bytes * 1_000 / seen.as_millis().max(1);
        Some(u64::try_from(rate).unwrap_or(u64::MAX))
    }

    fn turn(&mut self, now: Instant) {
        let gone = now.duration_since(self.since);
        if gone < self.window {
            return;
        }
        // After a pause of two windows nothing of them counts.
        let one = gone < 2 * self.window;
        self.past = Some(if one { self.present } else { 0 });
        self.since = if one { self.since + self.window } else { now };
        self.present = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_rate_should_be_that_of_the_last_windows() {
        let start = Instant::now();
        let mut meter = Meter::new(10 * SECOND, start);
        meter.add(1_000_000, start + SECOND);
        assert_eq!(meter.rate(start + 9 * SECOND), None, "too early to judge");
        assert_eq!(meter.rate(start + 10 * SECOND), Some(100_000));
        meter.add(10_000, start + 15 * SECOND);
        assert_eq!(meter.rate(start + 15 * SECOND), Some(1_010_000 / 15));
        assert_eq!(meter.rate(start + 20 * SECOND), Some(1_000), "the burst is forgotten");
        assert_eq!(meter.rate(start + 90 * SECOND), Some(0));
    }
}
