//! The gateway's view: read beside the gadget's loop, and sent to the worker as a snapshot or as changes. Its pages, which have what may
//! change in any block, are read at each; what rounds share is most of it, and read only where it may have changed.

use crate::{
    chain::{Chain, Heads},
    link::queue::Views,
    once::Once,
    shares::Shares,
    shown::Shown,
};
use quorate_primitives::{
    views::{
        gateway::{GatewayEntry, Peer},
        Entry,
    },
    Hash,
};
use quorate_protocol::{
    view::{ViewChanges, ViewSender, LARGEST_ENTRY},
    BlockId,
};
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::watch;

/// The most pages of a view: beyond, the runtime's cursor does not get anywhere.
const MOST_PAGES: u32 = 1 << 20;
/// Errors of this file begin so.
const SUBJECT: &str = "The gateway's view";

/// What the view is wanted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub heads: Heads,
    /// Counts the connections to the worker and the snapshots that it asked for; 0 while there was none.
    pub snapshot: u64,
}

/// Reads the view at each wanted block, newest first, until the gadget ends. `peers` gets the validators in it.
pub async fn run(
    chain: Arc<impl Chain>,
    mut wanted: watch::Receiver<Wanted>,
    worker: Views,
    peers: watch::Sender<Vec<Peer>>,
) {
    let (mut sender, mut snapshot, mut once) = (ViewSender::default(), 0, Once::default());
    let mut view = View::default();
    while wanted.changed().await.is_ok() {
        let want = *wanted.borrow_and_update();
        let reader = chain.clone();
        let read = tokio::task::spawn_blocking(move || {
            let changes = view.read(&*reader, want.heads);
            (view, changes)
        });
        // The process ends.
        let Ok((read, changes)) = read.await else { return };
        view = read;
        let changes = match changes {
            Ok(changes) => changes,
            Err(error) => {
                once.log_once(format!(
                    "{SUBJECT} cannot be read, the worker goes on with what it knows: {error}"
                ));
                continue;
            }
        };
        let left_out = view.left_out;
        match left_out {
            0 => once.forget(SUBJECT),
            _ => once.log_once(format!(
                "{SUBJECT} has {left_out} entries above {LARGEST_ENTRY} bytes: they are left out"
            )),
        }
        let found: Vec<Peer> = view.pages.iter().filter_map(peer).collect();
        peers.send_if_modified(|known| {
            let new = *known != found;
            *known = found;
            new
        });
        if want.snapshot == 0 || wanted.borrow().snapshot != want.snapshot {
            // Nobody is there, or a worker that knows nothing: the next round is for that one.
            continue;
        }
        if snapshot != want.snapshot {
            snapshot = want.snapshot;
            sender.reset();
        }
        let session = worker.session();
        let (at, finalized) = (want.heads.best, want.heads.finalized.number);
        for message in sender.update(at, finalized, view.shown.entries(), changes) {
            if !worker.send(session, message).await {
                return;
            }
        }
    }
}

fn peer(entry: &Entry) -> Option<Peer> {
    match GatewayEntry::try_from(entry) {
        Ok(GatewayEntry::Peer(peer)) => Some(peer),
        _ => None,
    }
}

/// The view at the block that was read last.
#[derive(Default)]
struct View {
    at: Option<BlockId>,
    shown: Shown,
    /// What was on the pages.
    pages: BTreeSet<Entry>,
    /// So many entries of them were too large.
    left_out: usize,
    shares: Shares,
}

impl View {
    /// Reads the view at the best block. Returns the changes, if that block descends from the one that was read last. After an error
    /// the view is that of the block before.
    fn read(&mut self, chain: &impl Chain, heads: Heads) -> Result<Option<ViewChanges>, String> {
        let to = heads.best;
        let way = self.at.and_then(|at| Some((at, chain.route(at, to).ok()?)));
        // The block that was read last, whether the best one descends from it, and the last block that is on both ways.
        let known = way.map(|(at, route)| match route.retracted.last() {
            None => (at, true, at.number),
            Some(lowest) => (at, false, lowest.number.saturating_sub(1)),
        });
        let known = known.filter(|(_, _, common)| self.shares.reach(*common));
        if known.is_none() {
            *self = Self::default();
        }
        let common = known.map_or(0, |(_, _, common)| common);
        let (pages, left_out) = pages(chain, to.hash)?;
        let shares = self.shares.ask(chain, to, common)?;
        self.shares.take(shares, heads.finalized.number, &mut self.shown);
        pages.difference(&self.pages).for_each(|entry| self.shown.add(entry));
        self.pages.difference(&pages).for_each(|entry| self.shown.remove(entry));
        (self.at, self.pages, self.left_out) = (Some(to), pages, left_out);
        let (added, removed) = self.shown.changes();
        let follows = known.filter(|(_, follows, _)| *follows);
        Ok(follows.map(|(from, _, _)| ViewChanges { from, added, removed }))
    }
}

/// All pages, and how many of their entries are too large.
fn pages(chain: &impl Chain, at: Hash) -> Result<(BTreeSet<Entry>, usize), String> {
    let (mut cursor, mut entries, mut left_out) = (None, BTreeSet::new(), 0);
    for _ in 0..MOST_PAGES {
        let page = chain.gateway_page(at, cursor)?;
        for entry in page.entries {
            match entry.body.len() < LARGEST_ENTRY {
                true => drop(entries.insert(entry)),
                false => left_out += 1,
            }
        }
        match page.next {
            None => return Ok((entries, left_out)),
            next if next == cursor => break,
            next => cursor = next,
        }
    }
    Err(format!("its pages have no end (cursor {cursor:?})"))
}

#[cfg(test)]
mod tests;
