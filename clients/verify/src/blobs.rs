//! Where the blobs come from: folders, then gateways. Every file's root is computed before it is used; a copy that is damaged, or
//! cannot be read, proves nothing, and the next source is asked.

use crate::report::Unchecked;
use quorate_blobs::name;
use quorate_client::{
    gateways::{no_progress, Gateways, Reader},
    Client, Error, Result,
};
use quorate_engine::{BlobFile, Cancel, Control};
use quorate_primitives::{views::BlobRef, Root};
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::OnceCell;

/// Brings a file of this root and length to a path; called on a thread that may wait.
pub type Bring = Arc<dyn Fn(Root, u64, &Path) -> Result<()> + Send + Sync>;

/// Where files come from that no folder has.
enum Beyond {
    Gateways {
        reader: Option<Box<Reader>>,
        open: Box<OnceCell<Gateways>>,
    },
    /// From whoever embeds this, whose keys stay there.
    Brought(Bring),
}

/// Sources of blobs. When they are dropped, what is computed from them ends.
pub struct Blobs {
    /// Folders of blobs named by their roots, or validators' stores.
    folders: Vec<PathBuf>,
    beyond: Beyond,
    fetched: tempfile::TempDir,
    /// Fetched files, with the number of the version that needed each last.
    used: Mutex<Used>,
    cancel: Cancel,
}

impl Drop for Blobs {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Beyond {
    async fn fetch(&self, client: &Client, (root, len): (Root, u64), path: &Path) -> Result<()> {
        match self {
            Self::Gateways { reader, open } => {
                let gateways = open
                    .get_or_try_init(|| client.open_gateways(reader.as_deref().cloned()))
                    .await?;
                gateways.fetch(root, len, path, no_progress()).await
            }
            Self::Brought(bring) => {
                let (bring, path) = (bring.clone(), path.to_path_buf());
                let brought = tokio::task::spawn_blocking(move || bring(root, len, &path)).await;
                brought.map_err(|error| Error::Input(error.to_string()))?
            }
        }
    }
}

#[derive(Default)]
struct Used {
    turn: u64,
    files: BTreeMap<String, u64>,
}

impl Blobs {
    /// `folders` are looked into first, read only. `reader`: for updates, which gateways show to validators only, and for versions of
    /// a model whose access is restricted.
    pub fn new(folders: Vec<PathBuf>, reader: Option<Reader>) -> Result<Self> {
        let (reader, open) = (reader.map(Box::new), Box::default());
        Self::of(folders, Beyond::Gateways { reader, open })
    }

    /// The same with `bring` in the place of gateways.
    pub fn brought(folders: Vec<PathBuf>, bring: Bring) -> Result<Self> {
        Self::of(folders, Beyond::Brought(bring))
    }

    fn of(folders: Vec<PathBuf>, beyond: Beyond) -> Result<Self> {
        if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
            return Err(Error::Input(format!("{}: no such folder", missing.display())));
        }
        let fetched = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        Ok(Self {
            folders,
            beyond,
            fetched,
            used: Mutex::default(),
            cancel: Cancel::default(),
        })
    }

    /// For a computation, which ends when these are dropped.
    pub(crate) fn control(&self) -> Control<'static> {
        Control {
            cancel: self.cancel.clone(),
            ..Control::default()
        }
    }

    /// A folder for what is computed.
    pub(crate) fn scratch(&self) -> Result<tempfile::TempDir, Unchecked> {
        tempfile::tempdir_in(self.fetched.path()).map_err(|error| Unchecked(self.full(&error)))
    }

    /// Where temporary files go.
    pub(crate) fn folder(&self) -> &Path {
        self.fetched.path()
    }

    /// The next version begins: what the one before the last fetched, and the last did not use, goes. So many versions in a row take
    /// no more room than the files of two.
    pub(crate) fn next_version(&self) {
        let mut used = self.used();
        let turn = used.turn;
        used.files.retain(|name, last| {
            let keep = *last == turn;
            if !keep {
                // A file that stays takes room, and nothing else.
                let _ = std::fs::remove_file(self.fetched.path().join(name));
            }
            keep
        });
        used.turn += 1;
    }

    /// The file of a frozen base that there may be.
    ///
    /// # Errors
    /// Why no source has it.
    pub(crate) async fn open_frozen_base(
        &self,
        client: &Client,
        base: Option<&BlobRef>,
    ) -> Result<Option<BlobFile>, Unchecked> {
        match base {
            Some(base) => self.open(client, "frozen base", base.root, base.len).await.map(Some),
            None => Ok(None),
        }
    }

    /// A blob, its root and length checked.
    ///
    /// # Errors
    /// Why no source has it.
    pub(crate) async fn open(&self, client: &Client, what: &str, root: Root, len: u64) -> Result<BlobFile, Unchecked> {
        let name = name(&root.0);
        let mut reasons = match self.held(root, len) {
            Ok(file) => return Ok(file),
            Err(reasons) => reasons,
        };
        let path = self.fetched.path().join(&name);
        if !path.is_file() {
            match self.beyond.fetch(client, (root, len), &path).await {
                Ok(()) => (),
                Err(Error::Io { path, source }) => {
                    reasons.push(format!(
                        "{path}: {source}: give TMPDIR a folder with room for the files"
                    ));
                }
                Err(error) => reasons.push(format!(
                    "{error}. Gateways show updates, and versions that did not pass their gate, to validators only, inputs and answers to \
                     whoever asked as well: give a validator's store with --store, or its attestation key with --reader. Gateways drop \
                     them when their retention is over"
                )),
            }
        }
        if path.is_file() {
            match checked(&path, root, len) {
                Ok(file) => {
                    let mut used = self.used();
                    let turn = used.turn;
                    used.files.insert(name, turn);
                    return Ok(file);
                }
                // This machine's disk: fetched again when it is asked for again.
                Err(reason) => {
                    let _ = std::fs::remove_file(&path);
                    reasons.push(reason);
                }
            }
        }
        Err(Unchecked(format!("{what} {name}: {}", reasons.join("; "))))
    }

    /// A blob of the folders; else what is wrong with each copy there.
    fn held(&self, root: Root, len: u64) -> Result<BlobFile, Vec<String>> {
        let name = name(&root.0);
        let places = self
            .folders
            .iter()
            .flat_map(|folder| [folder.join("blobs").join(&name), folder.join(&name)]);
        let mut reasons = Vec::new();
        for path in places.filter(|path| path.is_file()) {
            match checked(&path, root, len) {
                Ok(file) => return Ok(file),
                Err(reason) => reasons.push(reason),
            }
        }
        Err(reasons)
    }

    fn full(&self, error: &std::io::Error) -> String {
        format!(
            "{}: {error}: give TMPDIR a folder with room for the files",
            self.fetched.path().display()
        )
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn checked(path: &Path, root: Root, len: u64) -> Result<BlobFile, String> {
    let shown = path.display();
    let file = File::open(path).and_then(BlobFile::of);
    let file = file.map_err(|error| format!("{shown}: {error}"))?;
    match file.root() == root.0 && file.len() == len {
        true => Ok(file),
        false => Err(format!(
            "{shown} is damaged: its {} bytes have the root {}, and {len} bytes were expected",
            file.len(),
            name(&file.root())
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(bytes: &[u8]) -> Root {
        Root::from(quorate_exact::root(bytes))
    }

    #[test]
    fn a_damaged_copy_should_be_named_and_the_next_one_be_read() {
        let (bad, good) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let bytes = vec![7; 5_000];
        let (root, len) = (root(&bytes), bytes.len() as u64);
        let mut flipped = bytes.clone();
        flipped[4_000] ^= 1;
        std::fs::write(bad.path().join(name(&root.0)), flipped).unwrap();
        std::fs::create_dir(good.path().join("blobs")).unwrap();
        std::fs::write(good.path().join("blobs").join(name(&root.0)), &bytes).unwrap();
        let folders = |all: &[&tempfile::TempDir]| {
            let all = all.iter().map(|folder| folder.path().to_path_buf()).collect();
            Blobs::new(all, None).unwrap()
        };
        for order in [[&bad, &good], [&good, &bad]] {
            assert_eq!(folders(&order).held(root, len).unwrap().root(), root.0);
        }
        let reasons = folders(&[&bad]).held(root, len).unwrap_err();
        assert!(reasons.len() == 1 && reasons[0].contains("damaged"), "{reasons:?}");
        let reasons = folders(&[&good]).held(root, len + 1).unwrap_err();
        assert!(reasons[0].contains("5001 bytes were expected"), "{reasons:?}");
        assert!(folders(&[]).held(root, len).unwrap_err().is_empty());
        assert!(Blobs::new(vec!["/no/such/folder".into()], None).is_err());
    }

    #[test]
    fn computation_should_end_with_its_sources() {
        let blobs = Blobs::new(Vec::new(), None).unwrap();
        let control = blobs.control();
        assert!(!control.cancel.is_cancelled());
        drop(blobs);
        assert!(control.cancel.is_cancelled());
    }

    #[test]
    fn files_that_no_version_needs_any_more_should_go() {
        let blobs = Blobs::new(Vec::new(), None).unwrap();
        let put = |name: &str| {
            std::fs::write(blobs.fetched.path().join(name), b"x").unwrap();
            let mut used = blobs.used();
            let turn = used.turn;
            used.files.insert(name.into(), turn);
        };
        let there = |name: &str| blobs.fetched.path().join(name).is_file();
        put("base");
        put("update");
        blobs.next_version();
        assert!(there("base") && there("update"), "the next version may use them");
        put("base");
        blobs.next_version();
        assert!(there("base") && !there("update"));
        blobs.next_version();
        assert!(!there("base"));
    }
}
