//! Evidence of settled versions, exported before the chain prunes it: one file a version, as `quorate verify --evidence` reads it.
//!
//! The chain keeps evidence for a policy's retention after settlement, and the roots that prove it for ever. What is here stays until
//! the operator removes it.

use crate::{chain::Chain, once::Once, LOG};
use quorate_primitives::{
    evidence::Evidence,
    version::Origin,
    views::{Lineage, ModelView, VersionView},
    BlockNumber, Hash, ModelId, VersionIndex,
};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// Blocks between two looks; the shortest retention is several times as long.
pub const EVERY: BlockNumber = 64;
/// Models and versions of one answer.
const PAGE: u32 = 64;
/// Errors of this file begin so.
const SUBJECT: &str = "Evidence";

/// The folder of the files.
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
    genesis: Hash,
    done: BTreeSet<(ModelId, VersionIndex)>,
    once: Once,
}

impl Archive {
    /// An archive in `folder`, which is made with the first file.
    pub fn open(folder: PathBuf, genesis: Hash) -> Self {
        let names = fs::read_dir(&folder).into_iter().flatten().flatten();
        let done = names.filter_map(|entry| parse(&entry.path())).collect();
        Self {
            folder,
            genesis,
            done,
            once: Once::default(),
        }
    }

    /// Exports what was settled up to the final block `at` and is not here yet. Looks at the newest versions of each model.
    pub fn export(&mut self, chain: &impl Chain, at: Hash) {
        if let Err(error) = self.try_export(chain, at) {
            self.once.log_once(format!(
                "{SUBJECT} is not exported to {}: {error}",
                self.folder.display()
            ));
        }
    }

    fn try_export(&mut self, chain: &impl Chain, at: Hash) -> Result<(), String> {
        let mut from = 0;
        loop {
            let models = chain.models(at, from, PAGE)?;
            for ModelView { id, latest, .. } in &models {
                let Some(latest) = latest else { continue };
                let first = latest.saturating_sub(PAGE - 1);
                for version in chain.versions(at, *id, first, PAGE)? {
                    self.one(chain, at, &version)?;
                }
            }
            match models.last() {
                Some(last) if models.len() as u32 == PAGE => from = last.id.saturating_add(1),
                _ => return Ok(()),
            }
        }
    }

    fn one(&mut self, chain: &impl Chain, at: Hash, version: &VersionView) -> Result<(), String> {
        let record = &version.record;
        let id = (record.model, record.version);
        let is_settled = record.origin != Origin::Genesis && version.settlement.is_some();
        if !is_settled || self.done.contains(&id) {
            return Ok(());
        }
        // `None` and no job: it was pruned before this node saw it.
        if let Some(Lineage {
            policy,
            updates,
            job: Some(job),
            ..
        }) = chain.lineage(at, id.0, id.1)?
        {
            let evidence = Evidence {
                genesis: self.genesis,
                model: id.0,
                version: id.1,
                policy,
                updates,
                job,
            };
            write(&self.folder, id, &evidence.to_bytes()).map_err(|error| error.to_string())?;
            log::info!(target: LOG, "Evidence of version {}@{} exported", id.0, id.1);
        }
        self.done.insert(id);
        Ok(())
    }
}

/// Whole or not at all.
fn write(folder: &Path, id: (ModelId, VersionIndex), bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}@{}.evidence", id.0, id.1));
    let unfinished = path.with_extension("part");
    fs::write(&unfinished, bytes)?;
    fs::File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, &path)
}

fn parse(path: &Path) -> Option<(ModelId, VersionIndex)> {
    let name = path.file_name()?.to_str()?.strip_suffix(".evidence")?;
    let (model, version) = name.split_once('@')?;
    Some((model.parse().ok()?, version.parse().ok()?))
}
