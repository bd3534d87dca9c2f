//! What the blocks of others tell of another node with this one's keys. Pure.

use sp_consensus_babe::Slot;

/// Blocks to watch, for each authority. Another node with the same keys makes one block of as many as there are authorities: that it makes
/// none of sixteen times as many has a chance of one in nine million.
const PER_AUTHORITY: u32 = 16;

/// What a block of another node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Other,
    /// Signed with this node's keys since it started, but not by it.
    Twin,
}

/// The watch of one run.
#[derive(Debug)]
pub struct Watch {
    started: Slot,
    /// The newest slot that was counted: of several blocks for one slot, or of an old fork, one counts.
    last: Slot,
    others: u32,
    said: String,
}

impl Watch {
    /// This run began in slot `started`: what is older it may have made itself, before it was stopped.
    pub fn new(started: Slot) -> Self {
        Self {
            started,
            last: started,
            others: 0,
            said: String::new(),
        }
    }

    /// How many slots with blocks of others are enough.
    pub fn enough(authorities: usize) -> u32 {
        u32::try_from(authorities)
            .unwrap_or(u32::MAX)
            .saturating_mul(PER_AUTHORITY)
    }

    /// A block that this node did not make.
    pub fn block(&mut self, own: bool, slot: Slot) -> Seen {
        if slot <= self.started {
            return Seen::Other;
        }
        if own {
            return Seen::Twin;
        }
        if slot > self.last {
            self.last = slot;
            self.others = self.others.saturating_add(1);
        }
        Seen::Other
    }

    /// Whether enough was seen to know that no other node uses the keys.
    pub fn is_alone(&self, authorities: usize) -> bool {
        self.others >= Self::enough(authorities)
    }

    /// Logs what is waited for, once.
    pub fn waits(&mut self, what: &str) {
        if self.said != what {
            log::warn!(target: super::LOG, "This validator's keys are held: {what}");
            what.clone_into(&mut self.said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: u64 = 1_000;

    #[test]
    fn block_by_its_own_keys_since_the_start_should_show_another_node() {
        let mut watch = Watch::new(STARTED.into());
        assert_eq!(
            watch.block(true, STARTED.into()),
            Seen::Other,
            "from before it was stopped"
        );
        assert_eq!(watch.block(false, (STARTED + 1).into()), Seen::Other);
        assert_eq!(watch.block(true, (STARTED + 2).into()), Seen::Twin);
    }

    #[test]
    fn keys_should_be_held_until_another_node_would_have_shown_itself() {
        let mut watch = Watch::new(STARTED.into());
        // Blocks of the past, as they come while the chain is synced, tell nothing.
        (0..STARTED).for_each(|slot| assert_eq!(watch.block(false, slot.into()), Seen::Other));
        assert!(!watch.is_alone(4));
        for slot in 1..=63 {
            watch.block(false, (STARTED + slot).into());
            assert!(!watch.is_alone(4), "{slot} blocks");
        }
        watch.block(false, (STARTED + 64).into());
        assert!(watch.is_alone(4));
        assert!(
            !watch.is_alone(7),
            "among more authorities a node shows itself more rarely"
        );
    }

    #[test]
    fn blocks_of_one_slot_should_count_once() {
        let mut watch = Watch::new(STARTED.into());
        for slot in [1, 2, 3] {
            (0..100).for_each(|_| assert_eq!(watch.block(false, (STARTED + slot).into()), Seen::Other));
        }
        (1..=3).for_each(|slot| assert_eq!(watch.block(false, (STARTED + slot).into()), Seen::Other));
        assert!(!watch.is_alone(1), "three slots, not three hundred blocks");
    }
}
