//! What a contributor must not lose between `submit` and `reveal_update`: the salt of the commitment.
//!
//! It lies in a file, synced before the commitment goes out: a process killed in between goes on where it stopped.

use crate::{Error, Result};
use quorate_primitives::{AccountId, Hash, ModelId, Root, RoundId};
use serde_json::{json, Value};
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// One commitment and what opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub genesis: Hash,
    pub model: ModelId,
    pub round: RoundId,
    pub contributor: AccountId,
    pub root: Root,
    pub weight: u32,
    pub salt: [u8; 32],
    /// The update's file.
    pub file: PathBuf,
}

/// A folder of entries.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// The journal in `folder`, which is made if need be, readable by its owner only.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let only_me = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(&folder, only_me).map_err(Error::io(&folder))?;
        Ok(Self { folder })
    }

    fn path(&self, genesis: Hash, round: RoundId, contributor: &AccountId) -> PathBuf {
        self.folder
            .join(format!("{}-{round}-{contributor}.json", hex::encode(&genesis.0[..4])))
    }

    /// The entry of a contributor in a round, if there is one.
    pub fn read(&self, genesis: Hash, round: RoundId, contributor: &AccountId) -> Result<Option<Entry>> {
        let path = self.path(genesis, round, contributor);
        match fs::read_to_string(&path) {
            Ok(text) => parse(&text).map(Some).ok_or_else(|| {
                Error::Input(format!(
                    "{}: cannot be read; it holds the salt of a commitment",
                    path.display()
                ))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(&path)(error)),
        }
    }

    /// Write an entry and sync it to disk.
    pub fn write(&self, entry: &Entry) -> Result<()> {
        let path = self.path(entry.genesis, entry.round, &entry.contributor);
        let part = path.with_extension("part");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .map_err(Error::io(&part))?;
        file.write_all(text(entry).as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(Error::io(&part))?;
        fs::rename(&part, &path).map_err(Error::io(&path))?;
        sync_folder(&self.folder)
    }
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io(folder))
}

fn text(entry: &Entry) -> String {
    let value = json!({
        "genesis": entry.genesis,
        "model": entry.model,
        "round": entry.round,
        "contributor": entry.contributor,
        "root": entry.root,
        "weight": entry.weight,
        "salt": Hash::from(entry.salt),
        "file": entry.file,
    });
    format!("{value:#}\n")
}

fn parse(text: &str) -> Option<Entry> {
    let value: Value = serde_json::from_str(text).ok()?;
    let number = |key: &str| value.get(key)?.as_u64()?.try_into().ok();
    let hash = |key: &str| serde_json::from_value::<Hash>(value.get(key)?.clone()).ok();
    Some(Entry {
        genesis: hash("genesis")?,
        model: number("model")?,
        round: number("round")?,
        contributor: serde_json::from_value(value.get("contributor")?.clone()).ok()?,
        root: hash("root")?,
        weight: number("weight")?,
        salt: hash("salt")?.0,
        file: value.get("file")?.as_str()?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_should_come_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path().join("journal")).unwrap();
        let entry = Entry {
            genesis: Hash::repeat_byte(1),
            model: 2,
            round: 3,
            contributor: AccountId::new([4; 32]),
            root: Root::repeat_byte(5),
            weight: 6,
            salt: [7; 32],
            file: "update.safetensors".into(),
        };
        assert_eq!(journal.read(entry.genesis, 3, &entry.contributor).unwrap(), None);
        journal.write(&entry).unwrap();
        assert_eq!(journal.read(entry.genesis, 3, &entry.contributor).unwrap(), Some(entry));
    }
}
