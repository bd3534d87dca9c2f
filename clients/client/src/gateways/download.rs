//! Downloads into files.

use super::{expires, Gateway, Gateways, Progress};
use crate::{Error, Result};
use quorate_blobs::transfer::Source;
use quorate_primitives::Root;
use std::path::Path;

impl Gateways {
    /// Fetch a blob of `len` bytes into the file `path`, verified. The file has its name only when it is whole; several processes
    /// may fetch the same at the same time.
    pub async fn fetch(&self, root: Root, len: u64, path: &Path, progress: Progress) -> Result<()> {
        let expires = expires();
        let source = |gateway: &Gateway| Source {
            gateway: gateway.endpoint.clone(),
            authorization: self
                .reader
                .as_ref()
                .map(|reader| reader.token(self.genesis, &gateway.validator, expires)),
        };
        let usable = self.all.iter().filter(|gateway| gateway.usable);
        let sources: Vec<Source> = usable.map(source).collect();
        if let (true, Some(gateway)) = (sources.is_empty(), self.all.first()) {
            gateway.check_way()?;
        }
        let fetched = self.http.fetch_to_file(path, &sources, root.0, len, &*progress);
        fetched.await.map_err(Error::from)
    }
}
