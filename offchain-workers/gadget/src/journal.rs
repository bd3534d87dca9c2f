//! Salts and outcomes on disk: what a commit on chain is opened with.
//!
//! One file an entry. A file is written under another name, synced, renamed, and the folder is synced: at any instant the
//! entry is there whole or not at all. Each file carries a checksum; one that does not match (a failing disk) is set
//! aside, so that the node starts and logs what it lost.

use crate::LOG;
use codec::{Decode, DecodeAll, Encode};
use quorate_primitives::{AccountId, BlockNumber, JobId};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The most entries. Entries go when their job is closed and final, so only a chain that stopped finalizing gets here.
pub const CAPACITY: usize = 4_096;

const ENTRY: &str = "sealed";
const UNFINISHED: &str = "part";
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
    entries: BTreeMap<EntryId, Sealed>,
}

impl Journal {
    /// Open the journal in `folder`, making it if need be. What a kill left unfinished is removed: no commit was sent for it.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let failed = |error| JournalError::Io(folder.to_path_buf(), error);
        fs::create_dir_all(folder).map_err(failed)?;
        let mut entries = BTreeMap::new();
        for found in fs::read_dir(folder).map_err(failed)? {
            let path = found.map_err(failed)?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some(UNFINISHED) => fs::remove_file(&path).map_err(|error| JournalError::Io(path, error))?,
                Some(ENTRY) => match read(&path) {
                    Ok(Some((id, sealed))) => {
                        entries.insert(id, sealed);
                    }
                    Ok(None) => set_aside(&path)?,
                    Err(error) => return Err(JournalError::Io(path, error)),
                },
                _ => {}
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
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
        let (path, unfinished) = (self.path(&id, ENTRY), self.path(&id, UNFINISHED));
        let failed = |error| JournalError::Io(path.clone(), error);
        let mut file = private_file(&unfinished).map_err(failed)?;
        file.write_all(&encode(&id, &sealed)).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&unfinished, &path).map_err(failed)?;
        sync_folder(&self.folder).map_err(failed)?;
        self.entries.insert(id, sealed);
        Ok(())
    }

    /// Remove an entry. One that stays on disk because the folder cannot be written is removed after the next start.
    pub fn forget(&mut self, id: &EntryId) {
        if self.entries.remove(id).is_some() {
            let path = self.path(id, ENTRY);
            if let Err(error) = fs::remove_file(&path) {
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

/// `None`: the file is not what was written.
fn read(path: &Path) -> io::Result<Option<(EntryId, Sealed)>> {
    let bytes = fs::read(path)?;
    let Ok((checksum, body)) = <([u8; 32], Vec<u8>)>::decode_all(&mut bytes.as_slice()) else {
        return Ok(None);
    };
    if checksum != sp_crypto_hashing::blake2_256(&body) {
        return Ok(None);
    }
    Ok(<(EntryId, Sealed)>::decode_all(&mut body.as_slice()).ok())
}

fn set_aside(path: &Path) -> Result<(), JournalError> {
    let aside = path.with_extension(BROKEN);
    log::error!(
        target: LOG,
        "{} is damaged and was renamed to {}: a commit made with it cannot be revealed. Check the disk.",
        path.display(),
        aside.display()
    );
    fs::rename(path, &aside).map_err(|error| JournalError::Io(aside, error))
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::Hash;

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
        let mut journal = Journal::open(folder.path()).unwrap();
        journal.seal(id(1), sealed(1)).unwrap();
        journal.seal(id(2), sealed(2)).unwrap();
        journal.forget(&id(1));
        drop(journal);
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.entries().iter().collect::<Vec<_>>(), [(&id(2), &sealed(2))]);
    }

    #[test]
    fn a_second_outcome_should_be_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
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
            let mut journal = Journal::open(folder.path()).unwrap();
            journal.seal(id(2), sealed(2)).unwrap();
            fs::write(journal.path(&id(1), UNFINISHED), &whole[..length]).unwrap();
            let mut journal = Journal::open(folder.path()).unwrap();
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
            let mut journal = Journal::open(folder.path()).unwrap();
            journal.seal(id(2), sealed(2)).unwrap();
            fs::write(journal.path(&id(1), ENTRY), &bytes).unwrap();
            let journal = Journal::open(folder.path()).unwrap();
            assert_eq!(journal.entries().keys().collect::<Vec<_>>(), [&id(2)]);
            assert!(journal.path(&id(1), BROKEN).exists());
        }
    }

    #[test]
    fn a_full_journal_should_refuse() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        for n in 0..CAPACITY as u64 {
            journal
                .entries
                .insert((Hash::from_low_u64_be(n), AccountId::new([0; 32])), sealed(0));
        }
        assert!(matches!(journal.seal(id(1), sealed(1)), Err(JournalError::Full)));
    }
}
