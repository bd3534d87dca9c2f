//! What rounds share. The runtime's answer on a round names the block before which it holds on every fork that the block is part of: a
//! round is asked for again in that block, or when the block that answered is not on the chain any more. Nothing depends on what is
//! final, on how many blocks were missed, or on how many rounds there were.

use crate::{chain::Chain, shown::Shown};
use quorate_primitives::{views::gateway::RoundShare, views::Entry, BlockNumber, Hash, RoundId};
use quorate_protocol::{view::LARGEST_ENTRY, BlockId};
use std::collections::{BTreeMap, BTreeSet};

/// The most pages of answers: beyond, the runtime does not get anywhere.
const MOST_PAGES: u32 = 1 << 20;
/// Forks from farther back take a new snapshot: rounds that share nothing any more are forgotten after as many blocks, or once that
/// is final.
const DEEPEST: BlockNumber = 1_024;

/// A round's answer.
#[derive(Debug)]
struct Share {
    /// The number of the block that answered, on the way to the last one that was read.
    read: BlockNumber,
    until: Option<BlockNumber>,
    entries: Vec<Entry>,
}

/// All answers that hold at the block that was read last.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    rounds: BTreeMap<RoundId, Share>,
    /// By the blocks that were read: from which number on rounds were not known after it.
    next: BTreeMap<BlockNumber, RoundId>,
    /// Nothing is known any more of blocks before this one.
    floor: BlockNumber,
}

/// What a block answered.
pub(crate) struct Answers {
    at: BlockId,
    /// The last block on the way from the block that was read before that is also on the way to this one.
    common: BlockNumber,
    /// From this number on nothing was known there.
    from: RoundId,
    rounds: Vec<RoundShare>,
    next: RoundId,
}

impl Shares {
    /// Whether a fork that begins at block `common` can be followed.
    pub fn reach(&self, common: BlockNumber) -> bool {
        common >= self.floor
    }

    /// Asks for what may be another at block `at` than at the block that was read last, whose way to it goes through block `common`.
    pub fn ask(&self, chain: &impl Chain, at: BlockId, common: BlockNumber) -> Result<Answers, String> {
        let from = self.next.range(..=common).next_back().map_or(0, |(_, next)| *next);
        let is_due = |share: &Share| share.read > common || share.until.is_some_and(|until| until <= at.number);
        let known = self.rounds.range(..from);
        let due = known.filter(|(_, share)| is_due(share)).map(|(round, _)| *round);
        let (rounds, next) = answers(chain, at.hash, due.collect(), from)?;
        Ok(Answers {
            at,
            common,
            from,
            rounds,
            next,
        })
    }

    /// Takes the answers up; `shown` has what rounds share, before and after.
    pub fn take(&mut self, answers: Answers, finalized: BlockNumber, shown: &mut Shown) {
        let Answers {
            at,
            common,
            from,
            rounds,
            next,
        } = answers;
        let undone = self.rounds.split_off(&from).into_values();
        undone.for_each(|share| share.entries.iter().for_each(|entry| shown.remove(entry)));
        for RoundShare { round, until, entries } in rounds {
            let entries: Vec<Entry> = entries
                .into_iter()
                .filter(|entry| entry.body.len() < LARGEST_ENTRY)
                .collect();
            entries.iter().for_each(|entry| shown.add(entry));
            let share = Share {
                read: at.number,
                until,
                entries,
            };
            if let Some(before) = self.rounds.insert(round, share) {
                before.entries.iter().for_each(|entry| shown.remove(entry));
            }
        }
        self.next.split_off(&common.saturating_add(1));
        self.next.insert(at.number, next);
        self.forget(finalized.min(at.number).max(at.number.saturating_sub(DEEPEST)));
    }

    /// No fork begins before block `floor`, or it is not followed.
    fn forget(&mut self, floor: BlockNumber) {
        self.floor = self.floor.max(floor);
        let is_gone = |share: &Share| share.read <= self.floor && share.until.is_none() && share.entries.is_empty();
        self.rounds.retain(|_, share| !is_gone(share));
        let last = self.next.range(..=self.floor).next_back().map(|(number, _)| *number);
        if let Some(last) = last {
            self.next = self.next.split_off(&last);
        }
    }
}

/// All answers on the rounds that are due and on those from number `from` on, and the number from which on there are none.
fn answers(
    chain: &impl Chain,
    at: Hash,
    mut due: BTreeSet<RoundId>,
    mut from: RoundId,
) -> Result<(Vec<RoundShare>, RoundId), String> {
    let mut rounds = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = chain.gateway_shares(at, due.iter().copied().collect(), from)?;
        for share in &page.rounds {
            due.remove(&share.round);
        }
        let stands = page.rounds.is_empty();
        rounds.extend(page.rounds);
        from = page.next;
        if page.ended {
            return Ok((rounds, from));
        }
        if stands {
            break;
        }
    }
    Err(format!("what rounds share has no end (round {from})"))
}
