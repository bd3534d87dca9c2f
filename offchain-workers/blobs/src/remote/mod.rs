//! An object store on other machines, below a prefix of its own, in which blobs live: S3, or what speaks its protocol.

mod owner;
mod s3;
mod tiered;
mod upload;

pub use s3::{Credentials, S3};
pub(crate) use tiered::Tiered;
pub(crate) use upload::Upload;

use crate::BlobError;
use object_store::{multipart::MultipartStore, path::Path, ObjectStore};
use std::sync::Arc;

/// What a remote store has to be able to do.
pub trait Objects: ObjectStore + MultipartStore {}

impl<T: ObjectStore + MultipartStore> Objects for T {}

/// Objects below a prefix. Clones are the same.
#[derive(Clone)]
pub struct Remote {
    objects: Arc<dyn Objects>,
    prefix: Path,
    /// How people name it, such as `s3://bucket/prefix`.
    location: String,
}

impl Remote {
    /// What lies in `objects` below `prefix`; `location` names it in messages.
    pub fn new(objects: Arc<dyn Objects>, prefix: Path, location: impl Into<String>) -> Self {
        Self {
            objects,
            prefix,
            location: location.into(),
        }
    }

    /// How people name it.
    pub fn location(&self) -> &str {
        &self.location
    }

    pub(crate) fn objects(&self) -> &dyn Objects {
        &*self.objects
    }

    /// Where an object of the store lies in the bucket.
    pub(crate) fn place(&self, path: &Path) -> Path {
        self.prefix.parts().chain(path.parts()).collect()
    }

    /// The opposite.
    fn relative(&self, place: &Path) -> Path {
        match place.prefix_match(&self.prefix) {
            Some(rest) => rest.collect(),
            None => place.clone(),
        }
    }

    fn wrong(&self, reason: impl ToString) -> BlobError {
        BlobError::Location {
            location: self.location.clone(),
            reason: reason.to_string(),
        }
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Remote").field(&self.location).finish()
    }
}
