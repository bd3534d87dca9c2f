//! The folder of one account's part in one model.

use crate::Failure;
use quorate_client::{private, Error, Result};
use quorate_output::{write_private, Existing};
use quorate_primitives::{AccountId, Hash, ModelId, RoundId};
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

const UPDATE: &str = "update.safetensors";

/// An update that is ready.
pub struct Made {
    pub file: PathBuf,
    pub weight: u32,
}

/// A folder that this process alone uses, as long as it lives.
pub struct Place {
    folder: PathBuf,
    _lock: File,
}

impl Place {
    /// # Errors
    /// `Busy` when another process takes part for the account in the model.
    pub fn open(state: &Path, (genesis, model, account): (Hash, ModelId, AccountId)) -> crate::Result<Self> {
        let name = format!("{}-{model}-{account}", hex::encode(&genesis.0[..4]));
        let folder = private::folder(state, &name)?;
        let path = folder.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path);
        let lock = lock.map_err(Error::io(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Failure::Busy(format!(
                "another process takes part in model {model} for {account} (it holds {}): one is enough",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(Error::io(&path)(error).into()),
        }
    }

    fn path(&self, round: RoundId) -> PathBuf {
        self.folder.join(format!("round-{round}"))
    }

    /// Where the update of a round is made.
    pub fn folder(&self, round: RoundId) -> Result<PathBuf> {
        let path = self.path(round);
        fs::create_dir_all(&path).map_err(Error::io(&path))?;
        Ok(path)
    }

    /// The update that was made for a round and committed to with this weight.
    pub fn made(&self, round: RoundId, weight: u32) -> Result<Made> {
        let file = update_in(&self.path(round));
        match file.exists() {
            true => Ok(Made { file, weight }),
            false => Err(Error::Input(format!(
                "this account has committed in round {round}, and {} is not there: it was done elsewhere; end it there",
                file.display()
            ))),
        }
    }

    /// Remove what was made for other rounds.
    pub fn forget_all_but(&self, round: RoundId) -> Result<()> {
        let kept = self.path(round);
        for entry in fs::read_dir(&self.folder).map_err(Error::io(&self.folder))? {
            let path = entry.map_err(Error::io(&self.folder))?.path();
            if path != kept && path.is_dir() {
                fs::remove_dir_all(&path).map_err(Error::io(&path))?;
            }
        }
        Ok(())
    }
}

/// The finished update in a round's folder: under this name only when it is whole.
pub fn update_in(folder: &Path) -> PathBuf {
    folder.join(UPDATE)
}

/// The number of samples in a file.
///
/// # Errors
/// `Input` when the file holds no number.
pub fn read_weight(path: &Path) -> Result<Option<u32>> {
    match fs::read_to_string(path) {
        Ok(text) => match text.trim().parse() {
            Ok(weight) => Ok(Some(weight)),
            Err(_) => Err(Error::Input(format!(
                "{}: {:?} is no number of samples",
                path.display(),
                text.trim()
            ))),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path)(error)),
    }
}

/// Keep the number of samples beside an update.
pub fn write_weight(path: &Path, weight: u32) -> Result<()> {
    Ok(write_private(
        path,
        format!("{weight}\n").as_bytes(),
        Existing::Replace,
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(state: &Path, model: ModelId) -> crate::Result<Place> {
        Place::open(state, (Hash::default(), model, AccountId::new([1; 32])))
    }

    #[test]
    fn second_process_of_the_same_account_and_model_should_be_refused() {
        let state = tempfile::tempdir().unwrap();
        let first = open(state.path(), 1).unwrap();
        let second = open(state.path(), 1).err().unwrap();
        assert!(
            second.to_string().contains("another process takes part in model 1"),
            "{second}"
        );
        open(state.path(), 2).unwrap();
        drop(first);
        open(state.path(), 1).unwrap();
    }

    #[test]
    fn update_that_was_made_should_be_found_after_a_restart() {
        let state = tempfile::tempdir().unwrap();
        let place = open(state.path(), 1).unwrap();
        assert!(place.made(7, 3).is_err());
        let file = update_in(&place.folder(7).unwrap());
        fs::write(&file, "bytes").unwrap();
        drop(place);
        let place = open(state.path(), 1).unwrap();
        let made = place.made(7, 3).unwrap();
        assert_eq!((made.file, made.weight), (file, 3));
        place.forget_all_but(7).unwrap();
        assert!(place.made(7, 3).is_ok());
        place.forget_all_but(8).unwrap();
        assert!(place.made(7, 3).is_err());
    }

    #[test]
    fn number_of_samples_should_be_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weight");
        assert_eq!(read_weight(&path).unwrap(), None);
        write_weight(&path, 1_437).unwrap();
        assert_eq!(read_weight(&path).unwrap(), Some(1_437));
        fs::write(&path, "many").unwrap();
        assert!(read_weight(&path).unwrap_err().to_string().contains("\"many\""));
    }
}
