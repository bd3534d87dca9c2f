//! How far each model's evidence is exported, as a file of text beside it: after a line that names the chain, a line for each model
//! with its number, the lowest version that was never looked at, and the lower ones that are not done.

use crate::disk::{self, Disk};
use quorate_primitives::{Hash, ModelId, VersionIndex};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

/// Of one model: every version below `next` is done, but for those that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    pub next: VersionIndex,
    pub waiting: BTreeSet<VersionIndex>,
}

impl Done {
    /// Trusts nothing about versions that the chain does not have: `latest` is its newest.
    pub fn limit(&mut self, latest: VersionIndex) {
        self.next = self.next.min(latest.saturating_add(1));
        let next = self.next;
        self.waiting.retain(|version| *version < next);
    }

    fn line(&self, model: ModelId) -> String {
        let waiting: String = self.waiting.iter().map(|version| format!(" {version}")).collect();
        format!("{model} {}{waiting}\n", self.next)
    }

    fn parse(line: &str) -> Option<(ModelId, Self)> {
        let numbers: Option<Vec<u32>> = line.split(' ').map(|number| number.parse().ok()).collect();
        let numbers = numbers?;
        let (model, next, waiting) = match numbers.as_slice() {
            [model, next, waiting @ ..] => (*model, *next, waiting),
            _ => return None,
        };
        let done = Self {
            next,
            waiting: waiting.iter().copied().collect(),
        };
        let right = done.line(model).trim_end() == line && done.waiting.last().is_none_or(|last| *last < next);
        right.then_some((model, done))
    }
}

/// By model.
pub(super) type Progress = BTreeMap<ModelId, Done>;

fn head(genesis: Hash) -> String {
    format!("quorate/evidence/1 {genesis:?}")
}

/// What the file says; nothing when there is none.
///
/// # Errors
/// It cannot be read, or is not what [`write()`] writes for this chain.
pub(super) fn read(path: &Path, genesis: Hash) -> Result<Progress, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Progress::new()),
        Err(error) => return Err(error.to_string()),
    };
    let mut lines = text.lines();
    if lines.next() != Some(head(genesis).as_str()) {
        return Err("it is not of this chain".to_owned());
    }
    let mut progress = Progress::new();
    for (number, line) in (2..).zip(lines) {
        let known = Done::parse(line).and_then(|(model, done)| progress.insert(model, done).is_none().then_some(()));
        known.ok_or_else(|| format!("its line {number} is damaged"))?;
    }
    Ok(progress)
}

/// Whole or not at all.
pub(super) fn write(disk: &dyn Disk, path: &Path, genesis: Hash, progress: &Progress) -> io::Result<()> {
    let lines: String = progress.iter().map(|(model, done)| done.line(*model)).collect();
    disk::write(disk, path, format!("{}\n{lines}", head(genesis)).as_bytes())
}
