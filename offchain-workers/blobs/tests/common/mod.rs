//! Stores of each kind. Each test program uses a part of it.
#![allow(dead_code)]

use bytes::Bytes;
use futures::{stream, StreamExt, TryStreamExt};
use quorate_blobs::{BlobError, BlobStore, Bounds, Credentials, Remote, Root, S3};
use quorate_s3_server::{Server, ACCESS_KEY, SECRET_KEY};
use std::path::PathBuf;
use tempfile::TempDir;

pub const BUCKET: &str = "bucket";
/// Copies that a folder may have.
pub const BOUNDS: Bounds = Bounds {
    max: 100 << 20,
    keep_free: 0,
};

/// A store, and what it lies in.
pub struct Place {
    pub store: BlobStore,
    _folder: TempDir,
    _s3: Option<Bucket>,
}

impl Place {
    pub async fn local() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: BlobStore::local(folder.path()).unwrap(),
            _folder: folder,
            _s3: None,
        }
    }

    pub async fn memory() -> Self {
        Self {
            store: BlobStore::open("memory:///").unwrap(),
            _folder: tempfile::tempdir().unwrap(),
            _s3: None,
        }
    }

    pub async fn s3() -> Self {
        let (s3, folder) = (Bucket::new(), tempfile::tempdir().unwrap());
        Self {
            store: BlobStore::cached(folder.path(), s3.remote(), BOUNDS).await.unwrap(),
            _folder: folder,
            _s3: Some(s3),
        }
    }
}

/// A server with a bucket.
pub struct Bucket {
    pub folder: TempDir,
    pub server: Server,
}

impl Bucket {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let server = Server::start(folder.path());
        Self { folder, server }
    }

    /// The same buckets in another process.
    pub fn restarted(self, hold_parts_from: Option<u32>) -> Self {
        let address = self.server.kill();
        Self {
            server: Server::at(self.folder.path(), address, hold_parts_from),
            folder: self.folder,
        }
    }

    pub fn settings(&self) -> S3 {
        settings(&self.server.url())
    }

    pub fn remote(&self) -> Remote {
        self.settings().connect().unwrap()
    }

    /// Where an object lies.
    pub fn path(&self, object: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join("prefix/of-one").join(object)
    }

    /// Names of what is left of uploads that have not ended.
    pub fn unfinished(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("upload")).count()
    }
}

pub fn settings(url: &str) -> S3 {
    S3 {
        location: format!("s3://{BUCKET}/prefix/of-one/"),
        endpoint: Some(url.into()),
        region: None,
        credentials: Some(Credentials {
            access_key_id: ACCESS_KEY.into(),
            secret_access_key: SECRET_KEY.into(),
            session_token: None,
        }),
        allow_plaintext: false,
    }
}

pub fn data(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8)
        .collect()
}

pub fn root(bytes: &[u8]) -> Root {
    *blake3::hash(bytes).as_bytes()
}

pub fn pieces(bytes: &[u8], size: usize) -> impl stream::Stream<Item = Result<Bytes, String>> + Unpin {
    stream::iter(
        bytes
            .chunks(size)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect::<Vec<_>>(),
    )
}

pub async fn collect(stream: impl stream::Stream<Item = Result<Bytes, BlobError>>) -> Result<Vec<u8>, BlobError> {
    stream
        .try_fold(Vec::new(), |mut all, bytes| async move {
            all.extend(bytes);
            Ok(all)
        })
        .await
}

pub async fn read(store: &BlobStore, root: &Root, len: usize) -> Result<Vec<u8>, BlobError> {
    collect(store.get_verified(root, 0..len as u64).await?.boxed()).await
}
