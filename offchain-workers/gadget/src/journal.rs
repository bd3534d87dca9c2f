//! Salts and outcomes on disk: what a commit on chain is opened with.
//!
//! One file an entry, whole or not at all ([`crate::disk`]). Each file carries a checksum; one that does not match (a failing disk) is set
//! aside, so that the node starts and logs what it lost.

use crate::{
    disk::{self, Disk},
    LOG,
};
use codec::{Decode, DecodeAll, Encode};
use quorate_primitives::{AccountId, BlockNumber, JobId};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The most entries. Entries go when their job is closed and final, so only a chain that stopped finalizing gets here.
pub const CAPACITY: usize = 4_096;

const ENTRY: &str = "sealed";
const BROKEN: &str = "broken";

/// What opens one commit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Sealed {
    /// SCALE bytes of the outcome, of whatever kind the job is.
    pub outcome: Vec<u8>,
    pub salt: [u8; 32],
    /// The best block when the entry was made.
    pub at: BlockNumber,
}

/// Whose commit in which job.
pub type EntryId = (JobId, AccountId);

/// Why an entry is not on disk.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    #[error("{CAPACITY} outcomes are kept already: finality has stopped, or the journal's folder is not this chain's")]
    Full,
    #[error("another outcome of this job was sealed before")]
    Sealed,
}

/// The open journal.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    entries: BTreeMap<EntryId, Sealed>,
}

impl Journal {
    /// Open the journal in `folder`, making it if need be. What a kill left unfinished is removed: no commit was sent for it.
    pub fn open(folder: &Path, disk: Arc<dyn Disk>) -> Result<Self, JournalError> {
        let failed = |error| JournalError::Io(folder.to_path_buf(), error);
        disk.make_folder(folder).map_err(failed)?;
        disk::tidy(&*disk, folder).map_err(failed)?;
        let mut entries = BTreeMap::new();
        for path in disk.list(folder).map_err(failed)? {
            if path.extension().is_none_or(|extension| extension != ENTRY) {
                continue;
            }
            let bytes = disk
                .read(&path)
                .map_err(|error| JournalError::Io(path.clone(), error))?;
            match decode(&bytes) {
                Some((id, sealed)) => drop(entries.insert(id, sealed)),
                None => set_aside(&*disk, &path)?,
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            disk,
            entries,
        })
    }

    /// All entries.
    pub fn entries(&self) -> &BTreeMap<EntryId, Sealed> {
        &self.entries
    }

    /// Put an entry on disk. When this returns `Ok` the commit may be sent.
    pub fn seal(&mut self, id: EntryId, sealed: Sealed) -> Result<(), JournalError> {
        if let Some(known) = self.entries.get(&id) {
            return if *known == sealed {
                Ok(())
            } else {
                Err(JournalError::Sealed)
            };
        }
        if self.entries.len() >= CAPACITY {
            return Err(JournalError::Full);
        }
        let path = self.path(&id, ENTRY);
        let written = disk::write(&*self.disk, &path, &encode(&id, &sealed));
        written.map_err(|error| JournalError::Io(path, error))?;
        self.entries.insert(id, sealed);
        Ok(())
    }

    /// Remove an entry. One that stays on disk because the folder cannot be written is removed after the next start.
    pub fn forget(&mut self, id: &EntryId) {
        if self.entries.remove(id).is_some() {
            let path = self.path(id, ENTRY);
            if let Err(error) = self.disk.remove(&path) {
                log::warn!(target: LOG, "{}: {error}", path.display());
            }
        }
    }

    fn path(&self, (job, validator): &EntryId, extension: &str) -> PathBuf {
        let validator: &[u8] = validator.as_ref();
        let name = format!(
            "{job:?}-{}",
            validator.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        );
        self.folder.join(name).with_extension(extension)
    }
}

fn encode(id: &EntryId, sealed: &Sealed) -> Vec<u8> {
    let body = (id, sealed).encode();
    (sp_crypto_hashing::blake2_256(&body), body).encode()
}

/// `None`: the bytes are not what was written.
fn decode(bytes: &[u8]) -> Option<(EntryId, Sealed)> {
    let (checksum, body) = <([u8; 32], Vec<u8>)>::decode_all(&mut &*bytes).ok()?;
    let right = checksum == sp_crypto_hashing::blake2_256(&body);
    right.then(|| <(EntryId, Sealed)>::decode_all(&mut body.as_slice()).ok())?
}

fn set_aside(disk: &dyn Disk, path: &Path) -> Result<(), JournalError> {
    let aside = path.with_extension(BROKEN);
    log::error!(
        target: LOG,
        "{} is damaged and was renamed to {}: a commit made with it cannot be revealed. Check the disk.",
        path.display(),
        aside.display()
    );
    disk.rename(path, &aside)
        .map_err(|error| JournalError::Io(aside, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{
        volatile::{Volatile, LOSSES},
        UNFINISHED,
    };
    use quorate_primitives::Hash;
    use std::fs;

    fn id(n: u8) -> EntryId {
        (Hash::repeat_byte(n), AccountId::new([n; 32]))
    }

    fn sealed(n: u8) -> Sealed {
        Sealed {
            outcome: vec![n; 137],
            salt: [n; 32],
            at: n.into(),
        }
    }

    #[test]
    fn entries_should_be_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), disk::real()).unwrap();
        journal.seal(id(1), sealed(1)).unwrap();
        journal.seal(id(2), sealed(2)).unwrap();
        journal.forget(&id(1));
        drop(journal);
        let journal = Journal::open(folder.path(), disk::real()).unwrap();
        assert_eq!(journal.entries().iter().collect::<Vec<_>>(), [(&id(2), &sealed(2))]);
    }

    #[test]
    fn a_second_outcome_should_be_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), disk::real()).unwrap();
        journal.seal(id(1), sealed(1)).unwrap();
        journal.seal(id(1), sealed(1)).unwrap();
        assert!(matches!(journal.seal(id(1), sealed(2)), Err(JournalError::Sealed)));
        assert_eq!(journal.entries()[&id(1)], sealed(1));
    }

    #[test]
    fn a_kill_before_the_rename_should_leave_nothing_at_any_length() {
        let whole = encode(&id(1), &sealed(1));
        for length in 0..=whole.len() {
            let folder = tempfile::tempdir().unwrap();
            let mut journal = Journal::open(folder.path(), disk::real()).unwrap();
            journal.seal(id(2), sealed(2)).unwrap();
            fs::write(journal.path(&id(1), UNFINISHED), &whole[..length]).unwrap();
            let mut journal = Journal::open(folder.path(), disk::real()).unwrap();
            assert_eq!(journal.entries().keys().collect::<Vec<_>>(), [&id(2)]);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            journal.seal(id(1), sealed(1)).unwrap();
        }
    }

    #[test]
    fn a_damaged_file_should_be_set_aside_at_any_length_and_any_flipped_byte() {
        let whole = encode(&id(1), &sealed(1));
        let truncated = (0..whole.len()).map(|length| whole[..length].to_vec());
        let flipped = (0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            bytes
        });
        for bytes in truncated.chain(flipped) {
            let folder = tempfile::tempdir().unwrap();
            let mut journal = Journal::open(folder.path(), disk::real()).unwrap();
            journal.seal(id(2), sealed(2)).unwrap();
            fs::write(journal.path(&id(1), ENTRY), &bytes).unwrap();
            let journal = Journal::open(folder.path(), disk::real()).unwrap();
            assert_eq!(journal.entries().keys().collect::<Vec<_>>(), [&id(2)]);
            assert!(journal.path(&id(1), BROKEN).exists());
        }
    }

    fn on(disk: &Volatile) -> Journal {
        Journal::open(Path::new("/sealed"), Arc::new(disk.clone())).unwrap()
    }

    /// The power goes at each step of sealing an entry, and takes with it more or less of what was not synced.
    #[test]
    fn no_synced_entry_should_be_lost_and_none_be_half_there_whenever_the_power_goes() {
        let whole = {
            let disk = Volatile::default();
            let mut journal = on(&disk);
            journal.seal(id(1), sealed(1)).unwrap();
            let before = disk.steps();
            journal.seal(id(2), sealed(2)).unwrap();
            disk.steps() - before
        };
        assert_eq!(whole, 5, "begin, write, sync, rename, sync the folder");
        for (steps, loss) in (0..=whole).flat_map(|steps| LOSSES.map(|loss| (steps, loss))) {
            let disk = Volatile::default();
            let mut journal = on(&disk);
            journal.seal(id(1), sealed(1)).unwrap();
            disk.ends_after(Some(steps));
            let done = journal.seal(id(2), sealed(2));
            assert_eq!(done.is_ok(), steps == whole, "step {steps}");
            let found = disk.after(loss);
            let journal = on(&found);
            let at = format!("power lost at step {steps}, {loss:?} lost");
            assert_eq!(journal.entries().get(&id(1)), Some(&sealed(1)), "{at}");
            match journal.entries().get(&id(2)) {
                Some(entry) => assert_eq!(*entry, sealed(2), "{at}"),
                // Nobody was told that it is kept, so no commit went out.
                None => assert!(done.is_err(), "{at}"),
            }
            let files = found.list(Path::new("/sealed")).unwrap();
            let broken = |path: &PathBuf| path.extension().is_some_and(|extension| extension == BROKEN);
            assert!(!files.iter().any(broken), "{at}: {files:?}");
        }
    }

    /// A disk on which every write of an entry fails at some step, and then works again.
    #[test]
    fn entry_that_could_not_be_written_should_be_writable_again_with_another_salt() {
        for steps in 0..5 {
            let disk = Volatile::default();
            let mut journal = on(&disk);
            disk.ends_after(Some(steps));
            journal.seal(id(1), sealed(1)).unwrap_err();
            disk.ends_after(None);
            let other = Sealed {
                salt: [9; 32],
                ..sealed(1)
            };
            journal.seal(id(1), other.clone()).unwrap();
            for loss in LOSSES {
                assert_eq!(
                    on(&disk.after(loss)).entries().get(&id(1)),
                    Some(&other),
                    "{steps} {loss:?}"
                );
            }
        }
    }

    #[test]
    fn a_full_journal_should_refuse() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), disk::real()).unwrap();
        for n in 0..CAPACITY as u64 {
            journal
                .entries
                .insert((Hash::from_low_u64_be(n), AccountId::new([0; 32])), sealed(0));
        }
        assert!(matches!(journal.seal(id(1), sealed(1)), Err(JournalError::Full)));
    }
}
