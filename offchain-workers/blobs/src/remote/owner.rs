//! One folder has a prefix: two would remove each other's blobs.

use super::Remote;
use crate::BlobError;
use futures::StreamExt;
use object_store::{path::Path, Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions};

/// Holds the id of the folder whose prefix it is.
const OWNER: &str = "owner";
/// An object that is never there.
const NONE: &str = "none";

impl Remote {
    /// Takes the prefix for the folder with this id, and makes sure that objects can be listed, written, read and deleted.
    ///
    /// # Errors
    /// `Location`, in words.
    pub(crate) async fn claim(&self, id: &str) -> Result<(), BlobError> {
        let objects: &dyn ObjectStore = self.objects();
        let prefix = (!self.prefix.as_ref().is_empty()).then_some(&self.prefix);
        if let Some(first) = objects.list(prefix).next().await {
            first.map_err(|error| self.explain("list", &error))?;
        }
        match objects.delete(&self.place(&Path::from(NONE))).await {
            Ok(()) | Err(Error::NotFound { .. }) => (),
            Err(error) => return Err(self.explain("delete", &error)),
        }
        let place = self.place(&Path::from(OWNER));
        let created = objects
            .put_opts(&place, id.to_owned().into(), PutOptions::from(PutMode::Create))
            .await;
        match created {
            Ok(_) => (),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                let read = async { objects.get(&place).await?.bytes().await };
                let owner = read.await.map_err(|error| self.explain("read", &error))?;
                if owner != id.as_bytes() {
                    return Err(self.wrong(format!(
                        "it belongs to another folder, {:?}, and this one is {id:?}: a prefix has one worker. If that one is gone for good, \
                         delete the object {place} and start this one again",
                        String::from_utf8_lossy(&owner.slice(..owner.len().min(64)))
                    )));
                }
                // To see that it can be written.
                let again = objects.put(&place, id.to_owned().into()).await;
                again.map_err(|error| self.explain("write", &error))?;
            }
            Err(error) => return Err(self.explain("write", &error)),
        }
        Ok(())
    }

    /// Why something cannot be done at the start, and what to do.
    fn explain(&self, what: &str, error: &Error) -> BlobError {
        // Of a list that was refused there is only the text.
        let text = error.to_string();
        let says = |codes: &[&str]| codes.iter().any(|code| text.contains(code));
        let denied = matches!(error, Error::PermissionDenied { .. } | Error::Unauthenticated { .. });
        let hint = if denied || says(&["403 Forbidden", "401 Unauthorized"]) {
            "these credentials may not do that: they need to list the bucket, and to get, put and delete objects and abort uploads in it"
        } else if matches!(error, Error::NotFound { .. }) || says(&["NoSuchBucket", "404 Not Found"]) {
            "the bucket does not exist, or not at this endpoint and region"
        } else {
            "is the endpoint right, and can this machine reach it? Are there credentials?"
        };
        self.wrong(format!("{what}: {hint} ({text})"))
    }
}
