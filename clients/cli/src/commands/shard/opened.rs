//! What a reveal needs: the salt, and the file that was committed to.

use crate::failure::{usage, Result};
use quorate_client::{
    naming::name_of,
    shard_journal::{SealedShard, ShardJournal},
};
use quorate_primitives::{availability::Named, views::assessments::ShardView};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// A shard with what opens it.
pub struct Opened {
    pub sealed: SealedShard,
    /// Where its data set is.
    pub path: PathBuf,
}

impl Opened {
    /// `moved`: where the data set is now, unless it is where it was.
    ///
    /// # Errors
    /// Usage when the salt is not here.
    pub fn find(journal: &ShardJournal, shard: &ShardView, moved: Option<&Path>) -> Result<Self> {
        let sealed = journal.read(shard.commitment)?.ok_or_else(|| {
            usage(format!(
                "{} is not there, and holds the salt of organisation {}'s shard of model {}: bring it from the machine that committed, or \
                 give its folder with --state; without it the bond is lost",
                journal.path(shard.commitment).display(),
                shard.supplier,
                shard.model
            ))
        })?;
        let path = moved.map_or_else(|| sealed.file.clone(), Path::to_path_buf);
        Ok(Self { sealed, path })
    }

    /// The name of the data set, which is read as a whole.
    ///
    /// # Errors
    /// Usage when it is not the one that was committed to.
    pub fn name(&self) -> Result<Named> {
        let SealedShard {
            genesis,
            supplier,
            root,
            ..
        } = self.sealed;
        let file = File::open(&self.path).map_err(|error| {
            usage(format!(
                "{}: {error}. It is the data set that was committed to: bring it back, or name where it is now with --file; without it the bond is \
                 lost",
                self.path.display()
            ))
        })?;
        let (named, _) = name_of(&file, supplier, genesis)?;
        match named.root == root {
            true => Ok(named),
            false => Err(usage(format!(
                "{} is another file than the one that was committed to: its root is {:?}, not {root:?}. Bring that one back, or name \
                 where it is now with --file; without it the bond is lost",
                self.path.display(),
                named.root
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{views::assessments::ShardState, Hash, Root};

    fn committed(folder: &Path) -> (ShardJournal, ShardView) {
        let file = folder.join("shard.data");
        std::fs::write(&file, b"rows").unwrap();
        let journal = ShardJournal::open(folder).unwrap();
        let sealed = SealedShard {
            genesis: Hash::repeat_byte(1),
            model: 2,
            supplier: 3,
            root: Root::from(quorate_exact::root(b"rows")),
            len: 4,
            rows: 1_000,
            salt: [5; 32],
            file,
        };
        journal.write(&sealed).unwrap();
        let shard = ShardView {
            model: 2,
            supplier: 3,
            commitment: sealed.commitment(),
            rows: 1_000,
            round: Some(7),
            state: ShardState::Sealed,
            bond: 9,
            committed_at: 1,
            reveal_until: Some(20),
        };
        (journal, shard)
    }

    #[test]
    fn shard_should_be_opened_by_its_salt_and_its_file_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, shard) = committed(folder.path());
        let opened = Opened::find(&journal, &shard, None).unwrap();
        assert_eq!(
            opened.name().unwrap(),
            Named::new(Hash::repeat_byte(1), 3, b"rows"),
            "{:?}",
            opened.sealed.salt
        );
        let moved = folder.path().join("moved");
        std::fs::rename(&opened.path, &moved).unwrap();
        let error = opened.name().unwrap_err().text();
        assert!(error.contains("shard.data") && error.contains("--file"), "{error}");
        let opened = Opened::find(&journal, &shard, Some(&moved)).unwrap();
        assert!(opened.name().is_ok());
    }

    #[test]
    fn lost_salt_and_changed_file_should_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, shard) = committed(folder.path());
        let opened = Opened::find(&journal, &shard, None).unwrap();
        std::fs::write(&opened.path, b"other rows").unwrap();
        let error = opened.name().unwrap_err().text();
        assert!(error.contains("shard.data") && error.contains("--file"), "{error}");
        let other = ShardView {
            commitment: Hash::repeat_byte(8),
            ..shard
        };
        let error = Opened::find(&journal, &other, None).err().unwrap().text();
        let path = journal.path(other.commitment).display().to_string();
        assert!(error.contains(&path) && error.contains("--state"), "{error}");
    }
}
