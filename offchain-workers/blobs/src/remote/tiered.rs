//! Objects that live in a remote store, with copies of some of them in a local folder.
//!
//! What lies here is what lies there: a copy is made after the object, and removed before it. So reading begins here, and lists come
//! from there.

use super::Remote;
use crate::layout::DATA;
use async_trait::async_trait;
use futures::{stream::BoxStream, StreamExt, TryStreamExt};
use object_store::{
    local::LocalFileSystem, path::Path, CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::sync::Arc;

/// Larger ones are not copied when they are read.
const SMALL: u64 = 1 << 20;

#[derive(Clone, Debug)]
pub(crate) struct Tiered {
    pub remote: Remote,
    pub copies: Arc<LocalFileSystem>,
}

impl std::fmt::Display for Tiered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} with copies in {}", self.remote.location(), self.copies)
    }
}

fn unless_missing(result: Result<()>) -> Result<()> {
    match result {
        Err(Error::NotFound { .. }) => Ok(()),
        other => other,
    }
}

impl Tiered {
    fn is_blob(path: &Path) -> bool {
        path.parts().next().is_some_and(|part| part.as_ref() == DATA)
    }

    async fn remove(&self, path: Path) -> Result<Path> {
        unless_missing(self.copies.delete(&path).await)?;
        unless_missing(self.remote.objects().delete(&self.remote.place(&path)).await)?;
        Ok(path)
    }
}

#[async_trait]
impl ObjectStore for Tiered {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        // An old copy must not outlive the object.
        unless_missing(self.copies.delete(path).await)?;
        let place = self.remote.place(path);
        let put = self.remote.objects().put_opts(&place, payload.clone(), options).await?;
        self.copies.put(path, payload).await?;
        Ok(put)
    }

    async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        unless_missing(self.copies.delete(path).await)?;
        let place = self.remote.place(path);
        self.remote.objects().put_multipart_opts(&place, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        match self.copies.get_opts(path, options.clone()).await {
            Err(Error::NotFound { .. }) => (),
            other => return other,
        }
        let whole = !options.head && options.range.is_none();
        let mut got = self
            .remote
            .objects()
            .get_opts(&self.remote.place(path), options)
            .await?;
        got.meta.location = path.clone();
        // Notes are looked at again and again.
        if whole && got.meta.size <= SMALL && !Self::is_blob(path) {
            let payload: PutPayload = got.bytes().await?.into();
            self.copies.put(path, payload).await?;
            return self.copies.get_opts(path, GetOptions::default()).await;
        }
        Ok(got)
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let tiered = self.clone();
        paths
            .and_then(move |path| {
                let tiered = tiered.clone();
                async move { tiered.remove(path).await }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let remote = self.remote.clone();
        let place = remote.place(prefix.unwrap_or(&Path::default()));
        let found = remote.objects().list(Some(&place));
        found
            .map_ok(move |mut meta| {
                meta.location = remote.relative(&meta.location);
                meta
            })
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let place = self.remote.place(prefix.unwrap_or(&Path::default()));
        let mut found = self.remote.objects().list_with_delimiter(Some(&place)).await?;
        for prefix in &mut found.common_prefixes {
            *prefix = self.remote.relative(prefix);
        }
        for meta in &mut found.objects {
            meta.location = self.remote.relative(&meta.location);
        }
        Ok(found)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        unless_missing(self.copies.delete(to).await)?;
        let (from, to) = (self.remote.place(from), self.remote.place(to));
        self.remote.objects().copy_opts(&from, &to, options).await
    }
}
