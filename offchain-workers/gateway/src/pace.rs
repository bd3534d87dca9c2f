//! How fast the other side has to be.

use std::time::{Duration, Instant};

/// How long the other side may still be waited for: `window` at first. Waiting uses it up, and each byte that it then takes or gives
/// restores the time which it needs at the slowest rate, up to `window`. So a pause is forgiven, a lasting drip is not, whatever the
/// pauses between its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    left: Duration,
    window: Duration,
    /// Bytes a second.
    slowest: u64,
}

impl Patience {
    pub fn new(window: Duration, slowest: u64) -> Self {
        Self {
            left: window,
            window,
            slowest: slowest.max(1),
        }
    }

    pub fn left(&self) -> Duration {
        self.left
    }

    /// It was waited for.
    pub fn waited(&mut self, time: Duration) {
        self.left = self.left.saturating_sub(time);
    }

    /// So many bytes went one way or the other.
    pub fn moved(&mut self, bytes: usize) {
        let nanos = (bytes as u128 * 1_000_000_000) / u128::from(self.slowest);
        let earned = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.left = self.left.saturating_add(earned).min(self.window);
    }
}

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
    fn a_pause_should_be_forgiven_and_a_drip_should_not() {
        let mut patience = Patience::new(20 * SECOND, 1_000);
        patience.waited(19 * SECOND);
        assert_eq!(patience.left(), SECOND);
        patience.moved(500_000);
        assert_eq!(patience.left(), 20 * SECOND, "never more than the window");
        let mut drips = 0;
        while patience.left() >= SECOND {
            patience.waited(SECOND);
            patience.moved(1);
            drips += 1;
        }
        assert_eq!(drips, 20, "a byte a second is no longer waited for");
        let mut steady = Patience::new(20 * SECOND, 1_000);
        for _ in 0..1_000 {
            steady.waited(SECOND);
            steady.moved(1_000);
        }
        assert_eq!(steady.left(), 20 * SECOND);
    }

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
