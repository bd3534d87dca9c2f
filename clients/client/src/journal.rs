//! What a contributor must not lose between `submit` and `reveal_update`: the salt of the commitment.
//!
//! It lies in a file, synced before the commitment goes out: a process killed in between goes on where it stopped. Each commitment
//! has a file of its own: whichever of several the chain took, its salt is there.

use crate::{private, Error, Result};
use quorate_output::Existing;
use quorate_primitives::{payload::update_commitment, AccountId, Hash, ModelId, Root, RoundId};
use serde::de::DeserializeOwned;
use serde_json::{json, Value};
use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

/// Our own folder below the one that is given.
const FOLDER: &str = "quorate-salts";

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
    /// Where the update's file was; its root alone says which file is meant.
    pub file: PathBuf,
}

impl Entry {
    /// What stands on chain for it.
    pub fn commitment(&self) -> Hash {
        let Self {
            genesis,
            round,
            contributor,
            root,
            weight,
            salt,
            ..
        } = self;
        update_commitment(*genesis, *round, contributor, *root, *weight, *salt)
    }
}

/// A folder of entries.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// The journal below `state`: in a folder of its own, which nobody else can read or replace. `state` itself stays as it is.
    ///
    /// # Errors
    /// `Input` when somebody else could read or replace the folder; `Io`.
    pub fn open(state: impl AsRef<Path>) -> Result<Self> {
        let folder = private::folder(state.as_ref(), FOLDER)?;
        Ok(Self { folder })
    }

    /// Where the entries are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn stem(genesis: Hash, round: RoundId, contributor: &AccountId) -> String {
        format!("{}-{round}-{contributor}-", hex::encode(&genesis.0[..4]))
    }

    fn path(&self, entry: &Entry) -> PathBuf {
        let stem = Self::stem(entry.genesis, entry.round, &entry.contributor);
        let commitment = hex::encode(&entry.commitment().0[..8]);
        self.folder.join(format!("{stem}{commitment}.json"))
    }

    /// All entries of a contributor in a round.
    ///
    /// # Errors
    /// `Input` naming a file that cannot be read as an entry: it may hold the salt that is needed.
    pub fn entries(&self, genesis: Hash, round: RoundId, contributor: &AccountId) -> Result<Vec<Entry>> {
        let stem = Self::stem(genesis, round, contributor);
        let mut found = Vec::new();
        for file in fs::read_dir(&self.folder).map_err(Error::io(&self.folder))? {
            let name = file.map_err(Error::io(&self.folder))?.file_name();
            let ours = name
                .to_str()
                .is_some_and(|name| name.starts_with(&stem) && name.ends_with(".json"));
            if ours {
                found.push(read(&self.folder.join(name))?);
            }
        }
        // The four bytes of the file's name may be those of another chain.
        found.retain(|entry| (entry.genesis, entry.round, &entry.contributor) == (genesis, round, contributor));
        Ok(found)
    }

    /// Write an entry and sync it to disk.
    pub fn write(&self, entry: &Entry) -> Result<()> {
        let (path, text) = (self.path(entry), text(entry));
        Ok(quorate_output::write_private(
            &path,
            text.as_bytes(),
            Existing::Replace,
        )?)
    }
}

fn read(path: &Path) -> Result<Entry> {
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    parse(&text).ok_or_else(|| {
        Error::Input(format!(
            "{}: cannot be read; it holds the salt of a commitment",
            path.display()
        ))
    })
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
        "file": path_as_json(&entry.file),
    });
    format!("{value:#}\n")
}

fn parse(text: &str) -> Option<Entry> {
    let fields = Fields::parse(text)?;
    Some(Entry {
        genesis: fields.get("genesis")?,
        model: fields.get("model")?,
        round: fields.get("round")?,
        contributor: fields.get("contributor")?,
        root: fields.get("root")?,
        weight: fields.get("weight")?,
        salt: fields.get::<Hash>("salt")?.0,
        file: fields.path("file")?,
    })
}

/// What a file of a journal says, by its names.
pub(crate) struct Fields(Value);

impl Fields {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        T::deserialize(self.0.get(key)?).ok()
    }

    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        path_of(self.0.get(key)?)
    }
}

/// A path is bytes; as text where it is.
pub(crate) fn path_as_json(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => json!(text),
        None => json!(path.as_os_str().as_bytes()),
    }
}

fn path_of(value: &Value) -> Option<PathBuf> {
    match value {
        Value::String(text) => Some(text.into()),
        bytes => {
            let bytes: Vec<u8> = serde_json::from_value(bytes.clone()).ok()?;
            Some(OsString::from_vec(bytes).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            genesis: Hash::repeat_byte(1),
            model: 2,
            round: 3,
            contributor: AccountId::new([4; 32]),
            root: Root::repeat_byte(5),
            weight: 6,
            salt: [7; 32],
            file: "update.safetensors".into(),
        }
    }

    fn all(journal: &Journal) -> Vec<Entry> {
        let Entry {
            genesis,
            round,
            contributor,
            ..
        } = entry();
        journal.entries(genesis, round, &contributor).unwrap()
    }

    #[test]
    fn entry_should_come_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path().join("journal")).unwrap();
        assert_eq!(all(&journal), []);
        journal.write(&entry()).unwrap();
        assert_eq!(all(&journal), [entry()]);
    }

    #[test]
    fn path_that_is_no_text_should_come_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let file = OsString::from_vec(b"upd\xff\xfeate".to_vec()).into();
        let odd = Entry { file, ..entry() };
        journal.write(&odd).unwrap();
        assert_eq!(all(&journal), [odd]);
    }

    #[test]
    fn each_commitment_should_keep_its_salt() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let other = Entry { weight: 9, ..entry() };
        for entry in [&entry(), &other] {
            journal.write(entry).unwrap();
        }
        let found = all(&journal);
        assert!(found.contains(&entry()) && found.contains(&other), "{found:?}");
    }

    #[test]
    fn what_a_killed_process_left_half_written_should_be_no_entry() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        journal.write(&entry()).unwrap();
        fs::write(journal.folder().join(".abc.part"), "{ \"genesis\": \"0x01").unwrap();
        assert_eq!(all(&journal), [entry()]);
    }

    #[test]
    fn entry_that_cannot_be_read_should_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let path = journal.path(&entry());
        fs::write(&path, "{").unwrap();
        let error = journal.entries(entry().genesis, 3, &entry().contributor).unwrap_err();
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}
