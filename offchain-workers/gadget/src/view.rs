//! The gateway's view: read page by page beside the gadget's loop, and sent to the worker as a snapshot or as changes.

use crate::{
    chain::{Chain, Heads},
    once::Once,
};
use quorate_primitives::{
    views::{
        gateway::{GatewayEntry, Peer},
        Entry,
    },
    Hash,
};
use quorate_protocol::{
    view::{ViewSender, LARGEST_ENTRY},
    ToWorker,
};
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::{mpsc::UnboundedSender, watch};

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
    commands: UnboundedSender<ToWorker>,
    peers: watch::Sender<Vec<Peer>>,
) {
    let (mut sender, mut snapshot, mut once) = (ViewSender::default(), 0, Once::default());
    while wanted.changed().await.is_ok() {
        let want = *wanted.borrow_and_update();
        let (at, from, reader) = (want.heads.best, sender.at(), chain.clone());
        let read = tokio::task::spawn_blocking(move || {
            let read = read(&*reader, at.hash)?;
            let follows = from.is_some_and(|from| reader.route(from, at).is_ok_and(|route| route.retracted.is_empty()));
            Ok::<_, String>((read, follows))
        });
        let (Read { entries, left_out }, follows) = match read.await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => {
                once.log_once(format!(
                    "{SUBJECT} cannot be read, the worker goes on with what it knows: {error}"
                ));
                continue;
            }
            // The process ends.
            Err(_) => return,
        };
        match left_out {
            0 => once.forget(SUBJECT),
            _ => once.log_once(format!(
                "{SUBJECT} has {left_out} entries above {LARGEST_ENTRY} bytes: they are left out"
            )),
        }
        let found: Vec<Peer> = entries.iter().filter_map(peer).collect();
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
        for message in sender.update(at, want.heads.finalized.number, entries, follows) {
            if commands.send(message).is_err() {
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

struct Read {
    entries: BTreeSet<Entry>,
    left_out: usize,
}

fn read(chain: &impl Chain, at: Hash) -> Result<Read, String> {
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
            None => return Ok(Read { entries, left_out }),
            next if next == cursor => break,
            next => cursor = next,
        }
    }
    Err(format!("its pages have no end (cursor {cursor:?})"))
}
