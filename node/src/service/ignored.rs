//! Notices that the others take none of this validator's blocks. All but the watch is pure.
//!
//! A peer that is ignored by all others still receives what they send, so that nothing else looks wrong: it follows finality and its
//! votes count. Its blocks go nowhere.

use super::Client;
use futures::StreamExt;
use quorate_primitives::{BlockNumber, Hash};
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sp_consensus::BlockOrigin;
use sp_runtime::traits::Header;
use std::{
    collections::VecDeque,
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc,
    },
};

const LOG: &str = "quorate";
/// So many own blocks in a row that lose are no chance. One loses against another author's of the same time, which happens to a few of ten.
pub const MANY: u32 = 12;
/// Own blocks that are remembered while finality stands still.
const MOST: usize = 1_024;

/// Own blocks in a row, up to the last, that did not become final.
#[derive(Clone, Debug, Default)]
pub struct Lost(Arc<AtomicU32>);

impl Lost {
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The watch over own blocks.
#[derive(Debug, Default)]
struct Own {
    /// Made, and not yet won or lost.
    made: VecDeque<(BlockNumber, Hash)>,
    lost: u32,
}

impl Own {
    fn made(&mut self, number: BlockNumber, hash: Hash) {
        if self.made.len() >= MOST {
            self.made.pop_front();
        }
        self.made.push_back((number, hash));
    }

    /// Blocks up to `finalized` are final, those that `hash` names. How many own ones in a row lost.
    fn finalized(&mut self, finalized: BlockNumber, hash: impl Fn(BlockNumber) -> Option<Hash>) -> u32 {
        let (decided, open): (Vec<_>, Vec<_>) = self.made.drain(..).partition(|(number, _)| *number <= finalized);
        self.made.extend(open);
        for (number, own) in decided {
            // A final block that is not here tells nothing.
            if let Some(won) = hash(number) {
                self.lost = if won == own { 0 } else { self.lost.saturating_add(1) };
            }
        }
        self.lost
    }
}

/// Follows own blocks for as long as the node runs.
pub async fn watch(client: Arc<Client>, lost: Lost) {
    let (mut imports, mut finality) = (
        client.import_notification_stream(),
        client.finality_notification_stream(),
    );
    let mut own = Own::default();
    loop {
        tokio::select! {
            import = imports.next() => {
                let Some(import) = import else { return };
                if import.origin == BlockOrigin::Own {
                    own.made(*import.header.number(), import.hash);
                }
            }
            finalized = finality.next() => {
                let Some(finalized) = finalized else { return };
                let before = lost.count();
                let now = own.finalized(*finalized.header.number(), |number| client.hash(number).ok().flatten());
                lost.0.store(now, Ordering::Relaxed);
                match (before >= MANY, now >= MANY) {
                    (false, true) => log::warn!(target: LOG, "{}", in_words(now)),
                    (true, false) => log::info!(target: LOG, "A block of this validator is final again"),
                    _ => {}
                }
            }
        }
    }
}

/// What it means, and what to do.
pub fn in_words(lost: u32) -> String {
    format!(
        "the last {lost} blocks that this validator made did not become final, while others' did: its peers take none of them. Look at \
         its clock and that its peers are this chain's validators (`quorate doctor`), then start it again"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(number: BlockNumber) -> Hash {
        Hash::from_low_u64_be(number.into())
    }

    #[test]
    fn validator_whose_blocks_all_lose_should_be_noticed_and_one_that_wins_again_forgotten() {
        let mut watch = Own::default();
        (1..=20).for_each(|number| watch.made(number, own(number)));
        let others = |_| Some(Hash::repeat_byte(0xff));
        assert_eq!(watch.finalized(11, others), 11);
        assert_eq!(watch.finalized(11, others), 11, "none counts twice");
        assert_eq!(watch.finalized(12, others), MANY);
        assert_eq!(watch.finalized(19, others), 19);
        assert_eq!(watch.finalized(20, |number| Some(own(number))), 0);
    }

    #[test]
    fn validator_that_wins_one_of_three_should_be_left_alone() {
        let mut watch = Own::default();
        for number in 1..=300 {
            watch.made(number, own(number));
            let winner = |number: BlockNumber| {
                Some(if number.is_multiple_of(3) {
                    own(number)
                } else {
                    Hash::zero()
                })
            };
            assert!(watch.finalized(number, winner) < 3);
        }
    }

    #[test]
    fn stalled_finality_should_tell_nothing_and_cost_no_memory() {
        let mut watch = Own::default();
        for number in 1..=10_000 {
            watch.made(number, own(number));
            assert_eq!(watch.finalized(0, |_| None), 0);
        }
        assert_eq!(watch.made.len(), MOST);
        assert_eq!(watch.finalized(10_000, |number| Some(own(number))), 0);
    }

    #[test]
    fn several_blocks_of_one_height_should_each_be_judged() {
        let mut watch = Own::default();
        watch.made(7, own(70));
        watch.made(7, own(7));
        assert_eq!(watch.finalized(7, |number| Some(own(number))), 0);
        watch.made(8, own(8));
        watch.made(8, own(80));
        assert_eq!(watch.finalized(8, |number| Some(own(number))), 1);
    }
}
