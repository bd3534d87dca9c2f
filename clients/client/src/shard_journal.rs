//! What a supplier must not lose between the commitment to a shard and its reveal: the salt. Without it the bond is lost.
//!
//! It lies in a file, synced before the commitment goes out. Each commitment has a file of its own: whichever of several the chain took,
//! its salt is there.

use crate::{
    journal::{path_as_json, Fields},
    private, Error, Result,
};
use quorate_output::Existing;
use quorate_primitives::{payload::shard_commitment, Hash, ModelId, OrganisationId, Root};
use serde_json::json;
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Our own folder below the one that is given.
const FOLDER: &str = "quorate-shards";

/// One commitment and what opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedShard {
    pub genesis: Hash,
    pub model: ModelId,
    pub supplier: OrganisationId,
    pub root: Root,
    /// Bytes of the data set.
    pub len: u64,
    pub rows: u32,
    pub salt: [u8; 32],
    /// Where the data set is; its root alone says which file is meant.
    pub file: PathBuf,
}

impl SealedShard {
    /// What stands on chain for it.
    pub fn commitment(&self) -> Hash {
        let Self {
            genesis,
            model,
            supplier,
            root,
            rows,
            salt,
            ..
        } = self;
        shard_commitment(*genesis, *model, *supplier, *root, *rows, *salt)
    }
}

/// A folder of commitments.
#[derive(Clone, Debug)]
pub struct ShardJournal {
    folder: PathBuf,
}

impl ShardJournal {
    /// The journal below `state`: in a folder of its own, which nobody else can read or replace. `state` itself stays as it is.
    ///
    /// # Errors
    /// `Input` when somebody else could read or replace the folder; `Io`.
    pub fn open(state: impl AsRef<Path>) -> Result<Self> {
        let folder = private::folder(state.as_ref(), FOLDER)?;
        Ok(Self { folder })
    }

    /// Where the file of a commitment is, or would be.
    pub fn path(&self, commitment: Hash) -> PathBuf {
        self.folder.join(format!("{}.json", hex::encode(commitment.0)))
    }

    /// What opens a commitment; None: it is not here.
    ///
    /// # Errors
    /// `Input` naming the file when it does not open the commitment; `Io`.
    pub fn read(&self, commitment: Hash) -> Result<Option<SealedShard>> {
        let path = self.path(commitment);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(&path)(error)),
        };
        let shard = parse(&text).filter(|shard| shard.commitment() == commitment);
        shard.map(Some).ok_or_else(|| {
            Error::Input(format!(
                "{}: it is damaged, and held the salt of a shard: bring it back from a copy",
                path.display()
            ))
        })
    }

    /// Write a commitment and sync it to disk.
    pub fn write(&self, shard: &SealedShard) -> Result<()> {
        let path = self.path(shard.commitment());
        quorate_output::write_private(&path, text(shard).as_bytes(), Existing::Replace)?;
        Ok(())
    }

    /// Remove a commitment that is on no chain, and never will be.
    pub fn forget(&self, commitment: Hash) -> Result<()> {
        Ok(quorate_output::remove(&self.path(commitment))?)
    }
}

fn text(shard: &SealedShard) -> String {
    let value = json!({
        "genesis": shard.genesis,
        "model": shard.model,
        "supplier": shard.supplier,
        "root": shard.root,
        "len": shard.len,
        "rows": shard.rows,
        "salt": Hash::from(shard.salt),
        "file": path_as_json(&shard.file),
    });
    format!("{value:#}\n")
}

fn parse(text: &str) -> Option<SealedShard> {
    let fields = Fields::parse(text)?;
    Some(SealedShard {
        genesis: fields.get("genesis")?,
        model: fields.get("model")?,
        supplier: fields.get("supplier")?,
        root: fields.get("root")?,
        len: fields.get("len")?,
        rows: fields.get("rows")?,
        salt: fields.get::<Hash>("salt")?.0,
        file: fields.path("file")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn shard(salt: u8) -> SealedShard {
        SealedShard {
            genesis: Hash::repeat_byte(1),
            model: 2,
            supplier: 3,
            root: Root::repeat_byte(4),
            len: 1 << 40,
            rows: 1_000,
            salt: [salt; 32],
            file: "shard.data".into(),
        }
    }

    #[test]
    fn each_commitment_should_come_back_with_its_salt_and_be_private() {
        let folder = tempfile::tempdir().unwrap();
        let journal = ShardJournal::open(folder.path().join("state")).unwrap();
        let (one, other) = (shard(5), shard(6));
        assert_ne!(one.commitment(), other.commitment());
        assert_eq!(journal.read(one.commitment()).unwrap(), None);
        for shard in [&one, &other] {
            journal.write(shard).unwrap();
            assert_eq!(journal.read(shard.commitment()).unwrap().as_ref(), Some(shard));
            let mode = fs::metadata(journal.path(shard.commitment())).unwrap().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(journal.read(one.commitment()).unwrap(), Some(one));
    }

    #[test]
    fn file_that_does_not_open_its_commitment_should_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let journal = ShardJournal::open(folder.path()).unwrap();
        let commitment = shard(5).commitment();
        let path = journal.path(commitment);
        for wrong in [
            "{".into(),
            text(&shard(6)),
            text(&SealedShard {
                rows: 1_001,
                ..shard(5)
            }),
        ] {
            fs::write(&path, wrong).unwrap();
            let error = journal.read(commitment).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
    }
}
