//! Notices that peers are connected and nothing comes from them. Pure.
//!
//! A peer that has sent what could not be taken, such as blocks of a clock that is ahead, is ignored for about a minute. Reserved peers stay
//! connected meanwhile, and the network library then waits, on both sides, for answers that never come: only a new connection helps.

use quorate_primitives::BlockNumber;
use std::time::Duration;

/// So long nothing comes from a chain that is well: many times what a block takes.
const PATIENCE: Duration = Duration::from_secs(40);
/// The longest pause between two new connections, for a chain on which nothing happens.
const LONGEST: Duration = Duration::from_secs(640);

/// What is seen of the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// Whether any peer is connected.
    pub connected: bool,
    /// Blocks that peers have sent so far, those of a first synchronization too.
    pub blocks: usize,
    pub finalized: BlockNumber,
}

/// The watch; all times are since any fixed point.
#[derive(Debug, Default)]
pub struct Standstill {
    seen: Seen,
    since: Duration,
    /// New connections since anything came.
    tries: u32,
}

impl Standstill {
    /// Whether all connections are to be made anew.
    pub fn look(&mut self, now: Duration, seen: Seen) -> bool {
        if seen != self.seen || !seen.connected {
            let came = (seen.blocks, seen.finalized) != (self.seen.blocks, self.seen.finalized);
            self.tries = if came { 0 } else { self.tries };
            (self.seen, self.since) = (seen, now);
            return false;
        }
        let patience = PATIENCE.saturating_mul(1 << self.tries.min(8)).min(LONGEST);
        if now.saturating_sub(self.since) < patience {
            return false;
        }
        self.tries = self.tries.saturating_add(1);
        self.since = now;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(blocks: usize, finalized: BlockNumber) -> Seen {
        Seen {
            connected: true,
            blocks,
            finalized,
        }
    }

    /// Seconds at which new connections are made, of so many.
    fn tries(watch: &mut Standstill, seconds: std::ops::Range<u32>, what: impl Fn(u32) -> Seen) -> Vec<u32> {
        seconds
            .filter(|second| watch.look(SECOND * *second, what(*second)))
            .collect()
    }

    #[test]
    fn chain_that_goes_on_should_be_left_alone() {
        // Blocks of others without finality; finality without blocks of others, as the only validator has it.
        let blocks = tries(&mut Standstill::default(), 0..2_000, |second| {
            seen(second as usize / 20, 0)
        });
        let finality = tries(&mut Standstill::default(), 0..2_000, |second| seen(0, second / 20));
        assert_eq!((blocks, finality), (vec![], vec![]));
    }

    #[test]
    fn peers_from_which_nothing_comes_should_be_connected_anew_ever_more_rarely() {
        let mut watch = Standstill::default();
        let silent = |_| seen(7, 5);
        assert_eq!(
            tries(&mut watch, 1..2_600, silent),
            [41, 121, 281, 601, 1_241, 1_881, 2_521]
        );
        // What came begins it again.
        assert_eq!(tries(&mut watch, 2_600..2_700, |_| seen(8, 5)), [2_640]);
    }

    #[test]
    fn node_without_peers_should_wait_for_them() {
        let alone = |_| Seen {
            connected: false,
            ..seen(7, 5)
        };
        assert_eq!(tries(&mut Standstill::default(), 0..2_000, alone), Vec::<u32>::new());
    }

    #[test]
    fn connections_that_come_and_go_should_not_forget_how_often_it_was_tried() {
        let mut watch = Standstill::default();
        assert_eq!(tries(&mut watch, 1..42, |_| seen(7, 5)), [41]);
        let closed = Seen {
            connected: false,
            ..seen(7, 5)
        };
        assert!(!watch.look(SECOND * 42, closed));
        assert_eq!(tries(&mut watch, 43..200, |_| seen(7, 5)), [123]);
    }
}
