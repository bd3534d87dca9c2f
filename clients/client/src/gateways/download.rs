//! Downloads into files, also by several processes at once.

use super::{expires, Gateway, Gateways, Progress};
use crate::{Error, Result};
use quorate_blobs::transfer::Source;
use quorate_primitives::Root;
use rand::Rng;
use std::{
    fs::File,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

impl Gateways {
    /// Fetch a blob of `len` bytes into the file `path`, verified, from the first gateway that gives it. The file has its name only
    /// when it is whole. One process goes on where an earlier one stopped; others that fetch the same at the same time write files
    /// of their own.
    pub async fn fetch(&self, root: Root, len: u64, path: &Path, progress: Progress) -> Result<()> {
        let claim = Claim::new(path)?;
        let fetched = self.fetch_to(root, len, claim.target(), progress).await;
        match fetched {
            Ok(()) => claim.keep(),
            Err(error) => {
                claim.give_up();
                Err(error)
            }
        }
    }

    async fn fetch_to(&self, root: Root, len: u64, path: &Path, progress: Progress) -> Result<()> {
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

/// Where a process writes what will be `path`.
enum Claim<'a> {
    /// Beside the file itself, where an earlier process may have begun; the lock says that no other one does.
    First { path: &'a Path, lock: PathBuf, _file: File },
    /// Beside it, under a name of its own.
    Other { path: &'a Path, own: PathBuf },
}

impl<'a> Claim<'a> {
    fn new(path: &'a Path) -> Result<Self> {
        let lock = with_suffix(path, ".lock");
        loop {
            let file = File::create(&lock).map_err(Error::io(&lock))?;
            match file.try_lock() {
                // Unless its last holder removed it meanwhile, when another process may hold the lock of a new one.
                Ok(()) if is_file(&file, &lock) => {
                    return Ok(Self::First {
                        path,
                        lock,
                        _file: file,
                    })
                }
                Ok(()) => (),
                // Held, or the file system has no locks.
                Err(_) => {
                    let name = format!(".{}-{:08x}", std::process::id(), rand::rng().random::<u32>());
                    let own = with_suffix(path, &name);
                    return Ok(Self::Other { path, own });
                }
            }
        }
    }

    fn target(&self) -> &Path {
        match self {
            Self::First { path, .. } => path,
            Self::Other { own, .. } => own,
        }
    }

    /// The file is whole: it gets its name.
    fn keep(self) -> Result<()> {
        match self {
            Self::First { lock, .. } => std::fs::remove_file(&lock).map_err(Error::io(&lock)),
            Self::Other { path, own } => std::fs::rename(&own, path).map_err(Error::io(path)),
        }
    }

    /// What came is kept for the next try, unless nobody would find it.
    fn give_up(self) {
        let needless = match self {
            Self::First { lock, .. } => lock,
            Self::Other { own, .. } => with_suffix(&own, ".part"),
        };
        // It may not be there.
        let _ = std::fs::remove_file(needless);
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn is_file(file: &File, path: &Path) -> bool {
    let place = |meta: std::fs::Metadata| (meta.dev(), meta.ino());
    let (open, named) = (file.metadata().ok().map(place), std::fs::metadata(path).ok().map(place));
    open.is_some() && open == named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downloads_at_the_same_time_should_have_names_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("version");
        let all: Vec<Claim<'_>> = (0..4).map(|_| Claim::new(&path).unwrap()).collect();
        let mut targets: Vec<PathBuf> = all.iter().map(|claim| claim.target().into()).collect();
        assert_eq!(targets[0], path);
        targets.sort();
        targets.dedup();
        assert_eq!(targets.len(), 4);
        for (number, claim) in all.into_iter().enumerate() {
            std::fs::write(claim.target(), format!("bytes of {number}")).unwrap();
            claim.keep().unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("bytes of {number}"));
        }
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn the_next_download_should_go_on_where_one_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("version");
        for _ in 0..2 {
            let claim = Claim::new(&path).unwrap();
            assert_eq!(claim.target(), path);
            claim.give_up();
        }
        // Killed: nobody holds the lock of the file that is left.
        File::create(with_suffix(&path, ".lock")).unwrap();
        assert_eq!(Claim::new(&path).unwrap().target(), path);
    }
}
