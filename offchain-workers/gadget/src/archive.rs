//! Evidence of settled versions, exported before the chain prunes it: one file a version, as `quorate verify --evidence` reads it.
//!
//! The chain keeps evidence for a policy's retention after settlement, and the roots that prove it for ever. What is here stays until
//! the operator moves it away: the file `progress` beside it says what is done and is not written again.

#[cfg(test)]
pub(crate) mod made;
mod progress;
#[cfg(test)]
mod tests;

use crate::{
    chain::Chain,
    disk::{self, Disk},
    once::Once,
    LOG,
};
use progress::{Done, Progress};
use quorate_primitives::{
    evidence::Evidence,
    version::Origin,
    views::{Lineage, ModelView, VersionView},
    BlockNumber, Hash, ModelId, VersionIndex,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Blocks between two looks; the shortest retention is several times as long.
pub const EVERY: BlockNumber = 64;
/// Models and versions of one answer.
const PAGE: u32 = 64;
/// Versions that one look goes on by, and those not done earlier that it looks at again. More than all models together can record
/// between two looks.
const MOST: u32 = 1_024;
/// Name of the file that says what is done.
const PROGRESS: &str = "progress";
/// Errors of this file begin so.
const SUBJECT: &str = "Evidence";

/// The folder of the files.
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    genesis: Hash,
    progress: Progress,
    most: u32,
    /// The model with which the next look begins: there was no room for it in the last one.
    first: ModelId,
    once: Once,
}

/// What became of a version.
enum Found {
    /// It is not settled.
    Waits,
    /// Its file is there.
    Exported,
    /// The chain has pruned it.
    Pruned,
}

/// What one look may still do.
struct Room {
    next: u32,
    again: u32,
}

impl Archive {
    /// An archive in `folder`, which is made with the first file.
    pub fn open(folder: PathBuf, genesis: Hash) -> Self {
        let (path, disk) = (folder.join(PROGRESS), disk::real());
        let tidied = if folder.exists() {
            disk::tidy(&*disk, &folder)
        } else {
            Ok(())
        };
        if let Err(error) = tidied {
            log::warn!(target: LOG, "{}: {error}", folder.display());
        }
        let progress = progress::read(&path, genesis).unwrap_or_else(|error| {
            log::warn!(
                target: LOG,
                "{}: {error}. Every version is looked at again; files that were moved away are written again while the chain has the \
                 evidence",
                path.display()
            );
            Progress::new()
        });
        Self {
            folder,
            disk,
            genesis,
            progress,
            most: MOST,
            first: 0,
            once: Once::default(),
        }
    }

    /// Exports what was settled up to the final block `at` and is not done yet, in bounded work: the next look goes on. An error is
    /// logged, and the other models go on.
    pub fn export(&mut self, chain: &impl Chain, at: Hash) {
        let models = match models(chain, at) {
            Ok(models) => models,
            Err(error) => return self.once.log_once(format!("{SUBJECT} is not exported: {error}")),
        };
        let before = self.progress.clone();
        let mut room = Room {
            next: self.most,
            again: self.most,
        };
        let split = models.partition_point(|(model, _)| *model < self.first);
        let (earlier, later) = models.split_at(split);
        self.first = 0;
        for (model, latest) in later.iter().chain(earlier) {
            if room.next == 0 {
                self.first = *model;
                break;
            }
            let mut done = self.progress.remove(model).unwrap_or_default();
            done.limit(*latest);
            self.look(chain, at, (*model, *latest), &mut done, &mut room);
            self.progress.insert(*model, done);
        }
        if self.progress != before {
            self.store();
        }
    }

    /// Goes on with one model.
    fn look(
        &mut self,
        chain: &impl Chain,
        at: Hash,
        (model, latest): (ModelId, VersionIndex),
        done: &mut Done,
        room: &mut Room,
    ) {
        let again: Vec<VersionIndex> = done.waiting.iter().copied().take(room.again as usize).collect();
        room.again = room.again.saturating_sub(again.len() as u32);
        let mut pruned = Vec::new();
        for version in again {
            self.one(chain, at, (model, version), done, &mut pruned);
        }
        while done.next <= latest && room.next > 0 {
            let page = chain.versions(at, model, done.next, PAGE.min(room.next));
            let page = page.and_then(|page| match page.first() {
                Some(first) if first.record.version >= done.next => Ok(page),
                _ => Err(format!("no version from {} on is shown", done.next)),
            });
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    self.note(model, &error);
                    break;
                }
            };
            for VersionView { record, settlement, .. } in page {
                room.next = room.next.saturating_sub(1);
                done.next = record.version.saturating_add(1);
                match (record.origin, settlement) {
                    (Origin::Genesis, _) => {}
                    (Origin::Round(_), None) => drop(done.waiting.insert(record.version)),
                    (Origin::Round(_), Some(_)) => self.one(chain, at, (model, record.version), done, &mut pruned),
                }
            }
        }
        if let (Some(first), Some(last)) = (pruned.first(), pruned.last()) {
            log::warn!(
                target: LOG,
                "{SUBJECT} of {} versions of model {model} ({first} to {last}) was pruned by the chain before this node could export it: \
                 they are skipped",
                pruned.len()
            );
        }
    }

    /// Exports one version, or notes that it waits: what fails is tried again with the next look and holds up no other.
    fn one(
        &mut self,
        chain: &impl Chain,
        at: Hash,
        id: (ModelId, VersionIndex),
        done: &mut Done,
        pruned: &mut Vec<VersionIndex>,
    ) {
        match self.try_one(chain, at, id) {
            Ok(Found::Exported) => drop(done.waiting.remove(&id.1)),
            Ok(Found::Pruned) => {
                done.waiting.remove(&id.1);
                pruned.push(id.1);
            }
            Ok(Found::Waits) => drop(done.waiting.insert(id.1)),
            Err(error) => {
                done.waiting.insert(id.1);
                self.note(id.0, &error);
            }
        }
    }

    fn try_one(&self, chain: &impl Chain, at: Hash, id: (ModelId, VersionIndex)) -> Result<Found, String> {
        let path = self.folder.join(format!("{}@{}.evidence", id.0, id.1));
        if path.exists() {
            return Ok(Found::Exported);
        }
        let Some(Lineage {
            version,
            policy,
            updates,
            job,
            first_job,
            assessment,
            ..
        }) = chain.lineage(at, id.0, id.1)?
        else {
            return Ok(Found::Pruned);
        };
        // The updates go before the job does: without one of them nothing is proved.
        let Some(job) = job.filter(|_| !updates.is_empty()) else {
            return Ok(Found::Pruned);
        };
        if version.settlement.is_none() {
            return Ok(Found::Waits);
        }
        let evidence = Evidence {
            genesis: self.genesis,
            model: id.0,
            version: id.1,
            policy,
            updates,
            job,
            first_job,
            assessment,
        };
        self.write(&path, &evidence.to_bytes())?;
        log::info!(target: LOG, "Evidence of version {}@{} exported", id.0, id.1);
        Ok(Found::Exported)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), String> {
        let written = self
            .disk
            .make_folder(&self.folder)
            .and_then(|()| disk::write(&*self.disk, path, bytes));
        written.map_err(|error| format!("{}: {error}", self.folder.display()))
    }

    fn store(&mut self) {
        let path = self.folder.join(PROGRESS);
        let stored = self
            .disk
            .make_folder(&self.folder)
            .and_then(|()| progress::write(&*self.disk, &path, self.genesis, &self.progress));
        if let Err(error) = stored {
            self.once.log_once(format!(
                "{}: {error}. After a restart versions are looked at again",
                path.display()
            ));
        }
    }

    fn note(&mut self, model: ModelId, error: &str) {
        self.once.log_once(format!(
            "{SUBJECT} of model {model} is not exported, to be tried again: {error}"
        ));
    }
}

/// All models that have versions, with the newest, by number.
fn models(chain: &impl Chain, at: Hash) -> Result<Vec<(ModelId, VersionIndex)>, String> {
    let (mut found, mut from) = (Vec::new(), 0);
    loop {
        let page = chain.models(at, from, PAGE)?;
        let next = match page.last() {
            Some(last) if page.len() as u32 == PAGE && last.id >= from => last.id.checked_add(1),
            _ => None,
        };
        let with_versions = |ModelView { id, latest, .. }: ModelView| Some((id, latest?));
        found.extend(page.into_iter().filter_map(with_versions));
        match next {
            Some(next) => from = next,
            None => return Ok(found),
        }
    }
}
