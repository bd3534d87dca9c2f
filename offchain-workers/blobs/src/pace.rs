//! How fast the other side has to be.

use std::time::Duration;

/// How long the other side may still be waited for: `window` at first. Waiting uses it up, and each byte that it then takes or gives
/// restores the time which it needs at the slowest rate, up to `window`. So a pause is forgiven, a lasting drip is not, whatever the
/// pauses between its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    left: Duration,
    window: Duration,
    /// Bytes a second.
    slowest: u64,
}

impl Patience {
    /// `slowest` is in bytes a second.
    pub fn new(window: Duration, slowest: u64) -> Self {
        Self {
            left: window,
            window,
            slowest: slowest.max(1),
        }
    }

    /// How long it may be waited for now.
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
}
