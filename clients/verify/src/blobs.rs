//! Where the blobs come from: folders, then gateways. Every file's root is computed before it is used.

use quorate_blobs::name;
use quorate_client::{
    gateways::{no_progress, Gateways, Reader},
    Client, Error, Result,
};
use quorate_primitives::Root;
use std::{
    fs::File,
    path::{Path, PathBuf},
};
use tokio::sync::OnceCell;

/// Sources of blobs.
pub struct Blobs {
    /// Folders of blobs named by their roots, or validators' stores.
    folders: Vec<PathBuf>,
    reader: Option<Reader>,
    gateways: OnceCell<Gateways>,
    fetched: tempfile::TempDir,
}

impl Blobs {
    /// `folders` are looked into first, read only. `reader`: for updates, which gateways show to validators only, and for versions of
    /// a model whose access is restricted.
    pub fn new(folders: Vec<PathBuf>, reader: Option<Reader>) -> Result<Self> {
        if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
            return Err(Error::Input(format!("{}: no such folder", missing.display())));
        }
        let fetched = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        Ok(Self {
            folders,
            reader,
            gateways: OnceCell::new(),
            fetched,
        })
    }

    /// A folder for what is computed.
    pub fn scratch(&self) -> Result<tempfile::TempDir> {
        tempfile::tempdir_in(self.fetched.path()).map_err(Error::io(self.fetched.path()))
    }

    /// A blob as a file, its root and length checked.
    pub async fn open(&self, client: &Client, what: &str, root: Root, len: u64) -> Result<File> {
        let name = name(&root.0);
        let places = self
            .folders
            .iter()
            .flat_map(|folder| [folder.join("blobs").join(&name), folder.join(&name)]);
        for path in places.chain([self.fetched.path().join(&name)]) {
            if path.is_file() {
                return checked(&path, root, len);
            }
        }
        let gateways = self
            .gateways
            .get_or_try_init(|| client.open_gateways(self.reader.clone()))
            .await?;
        let path = self.fetched.path().join(&name);
        match gateways.fetch(root, len, &path, no_progress()).await {
            Ok(()) => checked(&path, root, len),
            Err(error) => Err(Error::NotFound(format!(
                "{what} {name}: in none of the folders, and {error}. Gateways show updates to validators only: give a \
                 validator's store with --store, or its attestation key with --reader. Gateways drop updates when the \
                 policy's retention is over"
            ))),
        }
    }
}

fn checked(path: &Path, root: Root, len: u64) -> Result<File> {
    let file = File::open(path).map_err(Error::io(path))?;
    let quorate_hash_tree::Hashed {
        root: got,
        len: got_len,
        ..
    } = quorate_hash_tree::of_file(&file, None).map_err(Error::io(path))?;
    match got == root.0 && got_len == len {
        true => Ok(file),
        false => Err(Error::Check(format!(
            "{} has root {} and {got_len} bytes; {} and {len} were expected",
            path.display(),
            name(&got),
            name(&root.0)
        ))),
    }
}
