//! The entries of a view, whoever they come from, and what became of them since they were last sent.

use quorate_primitives::views::Entry;
use std::collections::BTreeMap;

/// Entries, each as often as something has it: two rounds may share the same blob.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    counts: BTreeMap<Entry, u32>,
    /// Whether an entry that was added or removed had been there before.
    touched: BTreeMap<Entry, bool>,
}

impl Shown {
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.counts.keys()
    }

    pub fn add(&mut self, entry: &Entry) {
        let count = self.counts.entry(entry.clone()).or_default();
        self.touched.entry(entry.clone()).or_insert(*count > 0);
        *count += 1;
    }

    pub fn remove(&mut self, entry: &Entry) {
        let Some(count) = self.counts.get_mut(entry) else {
            return;
        };
        self.touched.entry(entry.clone()).or_insert(true);
        *count -= 1;
        if *count == 0 {
            self.counts.remove(entry);
        }
    }

    /// What was added and what was removed since the last time.
    pub fn changes(&mut self) -> (Vec<Entry>, Vec<Entry>) {
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for (entry, before) in std::mem::take(&mut self.touched) {
            match (before, self.counts.contains_key(&entry)) {
                (false, true) => added.push(entry),
                (true, false) => removed.push(entry),
                _ => (),
            }
        }
        (added, removed)
    }
}
