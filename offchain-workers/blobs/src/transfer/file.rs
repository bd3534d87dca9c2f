//! A download into a file.

use crate::{part::Part, BlobError, Root};
use std::path::{Path, PathBuf};

/// Writes `<path>.part`, or a file of its own while another download has that, and renames it when every byte is there and verified.
pub(super) struct FileWriter {
    path: PathBuf,
    root: Root,
    part: Part,
}

impl FileWriter {
    /// Goes on with what an earlier try left, unless `fresh`.
    pub async fn open(path: &Path, root: Root, len: u64, fresh: bool) -> Result<Self, BlobError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let part = match Part::open(Path::new(&name), len).await? {
            Some(mut part) => {
                if fresh {
                    part.clear(len).await?;
                }
                part
            }
            None => Part::beside(path, len)?,
        };
        Ok(Self {
            path: path.into(),
            root,
            part,
        })
    }

    pub fn seen(&self) -> u64 {
        self.part.seen()
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.part.write(bytes).await
    }

    pub async fn finish(self) -> Result<(), BlobError> {
        let whole = self.part.finish(self.root).await?;
        whole.move_to(&self.path)
    }

    /// Keeps what came for the next try.
    pub async fn keep(self) {
        self.part.keep().await;
    }
}
