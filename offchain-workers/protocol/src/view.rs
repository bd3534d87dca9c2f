//! The gateway's view on its way from the node to the worker: both ends, without the stream between them.

use crate::{BlockId, ToWorker};
use codec::Encode;
use quorate_primitives::{views::Entry, BlockNumber};
use std::collections::BTreeSet;

/// Bytes of entries in one message; one that alone is larger has a message of its own.
const MESSAGE: usize = 1 << 20;
/// The largest entry, in bytes: with it a message still fits a frame.
pub const LARGEST_ENTRY: usize = 4 << 20;

/// What is another at a block than at one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewChanges {
    pub from: BlockId,
    pub added: Vec<Entry>,
    pub removed: Vec<Entry>,
}

/// The node's end: the block whose view the worker has been sent.
#[derive(Debug, Default)]
pub struct ViewSender(Option<BlockId>);

impl ViewSender {
    /// The worker has nothing, or cannot use what it has: the next messages are a snapshot.
    pub fn reset(&mut self) {
        self.0 = None;
    }

    /// The messages that bring the worker to the view at block `at`, which has these entries, each once: the changes, if they follow what
    /// the worker has and fit one message, else a snapshot. No entry may be larger than [`LARGEST_ENTRY`].
    pub fn update<'a>(
        &mut self,
        at: BlockId,
        finalized: BlockNumber,
        entries: impl IntoIterator<Item = &'a Entry>,
        changes: Option<ViewChanges>,
    ) -> Vec<ToWorker> {
        let sent = self.0.replace(at);
        let follows = |changes: &ViewChanges| sent == Some(changes.from) && fits(changes);
        match changes.filter(follows) {
            None => snapshot(at, finalized, entries),
            Some(ViewChanges { from, added, removed }) => vec![ToWorker::Changes {
                from,
                to: at,
                finalized,
                added,
                removed,
            }],
        }
    }
}

fn fits(changes: &ViewChanges) -> bool {
    let entries = changes.added.iter().chain(&changes.removed);
    entries.map(Encode::encoded_size).sum::<usize>() <= MESSAGE
}

fn snapshot<'a>(at: BlockId, finalized: BlockNumber, entries: impl IntoIterator<Item = &'a Entry>) -> Vec<ToWorker> {
    let (mut pages, mut size) = (vec![Vec::new()], 0);
    for entry in entries {
        let more = entry.encoded_size();
        if size + more > MESSAGE && size > 0 {
            pages.push(Vec::new());
            size = 0;
        }
        size += more;
        if let Some(page) = pages.last_mut() {
            page.push(entry.clone());
        }
    }
    let last = pages.len() - 1;
    let message = |(page, entries)| ToWorker::Snapshot {
        at,
        finalized,
        page: page as u32,
        last: page == last,
        entries,
    };
    pages.into_iter().enumerate().map(message).collect()
}

/// The worker's end.
#[derive(Debug, Default)]
pub struct ViewReceiver {
    whole: Option<View>,
    /// Pages of a snapshot that is not complete, and how many they are.
    arriving: Option<(View, u32)>,
}

/// What the gateway may take and show at one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub at: BlockId,
    /// The last final block before `at`.
    pub finalized: BlockNumber,
    pub entries: BTreeSet<Entry>,
}

/// What a message of the view came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// There is a view of another block, with the same entries as before or not.
    View { changed: bool },
    /// More pages are to come.
    Page,
    /// The message does not follow what was there: ask for a snapshot. What was there stays in use.
    Gap,
}

impl ViewReceiver {
    /// The newest complete view.
    pub fn view(&self) -> Option<&View> {
        self.whole.as_ref()
    }

    /// Takes a message of the view; nothing comes of any other one.
    pub fn take(&mut self, message: ToWorker) -> Option<Received> {
        match message {
            ToWorker::Snapshot {
                at,
                finalized,
                page,
                last,
                entries,
            } => Some(self.page(at, finalized, page, last, entries)),
            ToWorker::Changes {
                from,
                to,
                finalized,
                added,
                removed,
            } => Some(self.changes((from, to), finalized, added, &removed)),
            _ => None,
        }
    }

    /// A page of a snapshot.
    fn page(&mut self, at: BlockId, finalized: BlockNumber, page: u32, last: bool, entries: Vec<Entry>) -> Received {
        let (mut view, known) = match self.arriving.take() {
            Some((view, known)) if page > 0 && view.at == at => (view, known),
            _ => (
                View {
                    at,
                    finalized,
                    ..View::default()
                },
                0,
            ),
        };
        if page != known {
            return Received::Gap;
        }
        view.entries.extend(entries);
        if !last {
            self.arriving = Some((view, known + 1));
            return Received::Page;
        }
        self.whole = Some(view);
        Received::View { changed: true }
    }

    /// Changes between two blocks.
    fn changes(
        &mut self,
        (from, to): (BlockId, BlockId),
        finalized: BlockNumber,
        added: Vec<Entry>,
        removed: &[Entry],
    ) -> Received {
        self.arriving = None;
        let Some(view) = self.whole.as_mut().filter(|view| view.at == from) else {
            return Received::Gap;
        };
        let changed = !added.is_empty() || !removed.is_empty();
        for entry in removed {
            view.entries.remove(entry);
        }
        view.entries.extend(added);
        (view.at, view.finalized) = (to, finalized);
        Received::View { changed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAX_FRAME;
    use quorate_primitives::Hash;

    fn block(number: BlockNumber) -> BlockId {
        BlockId {
            number,
            hash: Hash::from_low_u64_be(number.into()),
        }
    }

    fn entries(numbers: impl IntoIterator<Item = u32>) -> BTreeSet<Entry> {
        numbers.into_iter().map(|number| Entry::new(2, &number)).collect()
    }

    fn take(receiver: &mut ViewReceiver, message: ToWorker) -> Received {
        receiver.take(message).expect("it is about the view")
    }

    /// A sender, and what it sent last.
    #[derive(Default)]
    struct Sender {
        sender: ViewSender,
        last: Option<(BlockId, BTreeSet<Entry>)>,
    }

    impl Sender {
        fn update(&mut self, at: BlockId, entries: BTreeSet<Entry>, follows: bool) -> Vec<ToWorker> {
            let changes = self.last.as_ref().filter(|_| follows).map(|(from, known)| ViewChanges {
                from: *from,
                added: entries.difference(known).cloned().collect(),
                removed: known.difference(&entries).cloned().collect(),
            });
            let messages = self.sender.update(at, 0, &entries, changes);
            self.last = Some((at, entries));
            messages
        }
    }

    #[test]
    fn view_should_be_followed_by_a_snapshot_and_then_by_changes() {
        let (mut sender, mut receiver) = (Sender::default(), ViewReceiver::default());
        for (number, named) in [(1, 0..5), (2, 2..5), (3, 2..9), (4, 2..9)] {
            let messages = sender.update(block(number), entries(named.clone()), true);
            let [message] = &messages[..] else {
                panic!("{messages:?}")
            };
            assert_eq!(matches!(message, ToWorker::Snapshot { .. }), number == 1);
            assert_eq!(
                take(&mut receiver, message.clone()),
                Received::View { changed: number < 4 }
            );
            let view = receiver.view().unwrap();
            assert_eq!((view.at, &view.entries), (block(number), &entries(named)));
        }
    }

    #[test]
    fn fork_should_take_a_snapshot() {
        let mut sender = Sender::default();
        sender.update(block(1), entries(0..5), true);
        let messages = sender.update(block(2), entries(0..6), false);
        let is_snapshot = |messages: &[ToWorker]| {
            matches!(
                messages,
                [ToWorker::Snapshot {
                    page: 0,
                    last: true,
                    ..
                }]
            )
        };
        assert!(is_snapshot(&messages));
        // Changes that follow another block than the one that was sent are of no use either.
        let changes = ViewChanges {
            from: block(1),
            added: Vec::new(),
            removed: Vec::new(),
        };
        let messages = sender.sender.update(block(3), 0, &entries(0..6), Some(changes));
        assert!(is_snapshot(&messages));
    }

    #[test]
    fn message_lost_on_the_way_should_be_noticed_and_change_nothing() {
        let (mut sender, mut receiver) = (Sender::default(), ViewReceiver::default());
        for message in sender.update(block(1), entries(0..5), true) {
            take(&mut receiver, message);
        }
        sender.update(block(2), entries(0..6), true);
        let late = sender.update(block(3), entries(0..7), true).remove(0);
        assert_eq!(take(&mut receiver, late), Received::Gap);
        assert_eq!(receiver.view().unwrap().entries, entries(0..5));
        sender.sender.reset();
        for message in sender.update(block(3), entries(0..7), true) {
            take(&mut receiver, message);
        }
        assert_eq!(receiver.view().unwrap().entries, entries(0..7));
    }

    #[test]
    fn other_messages_should_leave_the_view_as_it_is() {
        let mut receiver = ViewReceiver::default();
        for message in Sender::default().update(block(1), entries(0..5), true) {
            take(&mut receiver, message);
        }
        let view = receiver.view().cloned();
        assert_eq!(receiver.take(ToWorker::Ping), None);
        assert_eq!(receiver.view().cloned(), view);
    }

    /// Entries of 100,000 bytes.
    fn large(numbers: std::ops::Range<u32>) -> BTreeSet<Entry> {
        numbers
            .map(|number| Entry::new(9, &(number, vec![0u8; 100_000])))
            .collect()
    }

    #[test]
    fn frames_should_stay_bounded_whatever_the_size_of_the_view() {
        let (mut sender, mut receiver) = (Sender::default(), ViewReceiver::default());
        receiver.page(block(0), 0, 0, true, entries(0..1).into_iter().collect());
        let snapshot = sender.update(block(1), large(0..200), true);
        assert!(snapshot.len() > 10);
        for (index, message) in snapshot.iter().enumerate() {
            assert!(message.encoded_size() < MAX_FRAME / 4);
            assert_eq!(
                receiver.view().unwrap().at,
                block(0),
                "the old view stays until the last page"
            );
            let expected = match index + 1 == snapshot.len() {
                true => Received::View { changed: true },
                false => Received::Page,
            };
            assert_eq!(take(&mut receiver, message.clone()), expected);
        }
        assert_eq!(receiver.view().unwrap().entries, large(0..200));
        // Changes that are as large come as a snapshot, too.
        let all_new = sender.update(block(2), large(200..400), true);
        assert!(all_new.len() > 10 && all_new.iter().all(|message| message.encoded_size() < MAX_FRAME / 4));
        // A page that is missing is noticed.
        assert_eq!(take(&mut receiver, all_new[0].clone()), Received::Page);
        assert_eq!(take(&mut receiver, all_new[2].clone()), Received::Gap);
        assert_eq!(receiver.view().unwrap().at, block(1));
        // The largest entry fits a frame.
        let entry = Entry {
            kind: 9,
            body: vec![0; LARGEST_ENTRY],
        };
        let one = sender.update(block(3), BTreeSet::from([entry]), true);
        assert!(one.iter().all(|message| message.encoded_size() < MAX_FRAME));
    }
}
