//! The folder of one account's part in one model.

use crate::Failure;
use quorate_client::{private, Error, Hashed, Result};
use quorate_output::{write_private, Existing};
use quorate_primitives::{AccountId, Hash, ModelId, Root, RoundId};
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process,
    sync::{Arc, Mutex, PoisonError, Weak},
};

const UPDATE: &str = "update.safetensors";

/// An update that is ready.
pub struct Made {
    pub file: PathBuf,
    /// Where this process has just made it.
    pub hashed: Option<Hashed>,
    pub weight: u32,
}

/// A folder that this process alone uses, as long as a clone of this lives.
#[derive(Clone)]
pub struct Place {
    folder: PathBuf,
    _lock: Arc<Lock>,
}

/// A lock that is this process's: a child that is forked has the same open file, which would stay locked as long as it lives.
struct Lock {
    file: Mutex<Option<File>>,
    process: u32,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(file), true) = (file, self.process == process::id()) {
            // For the children, too; closing it is the second way.
            let _ = file.unlock();
        }
    }
}

/// The locks that this process holds.
static HELD: Mutex<Vec<Weak<Lock>>> = Mutex::new(Vec::new());

/// To be called in a child that was forked: what the process before holds stays locked as long as that process lives, and no longer.
pub fn forked() {
    // Whoever held these at the fork is not here to free them: the files stay open then, until this process ends.
    let Ok(mut held) = HELD.try_lock() else { return };
    for lock in held.drain(..).filter_map(|lock| lock.upgrade()) {
        if let Ok(mut file) = lock.file.try_lock() {
            drop(file.take());
        }
        // Its owners are another process's.
        std::mem::forget(lock);
    }
}

impl Place {
    /// # Errors
    /// `Busy` when another process takes part for the account in the model.
    pub fn open(state: &Path, (genesis, model, account): (Hash, ModelId, AccountId)) -> crate::Result<Self> {
        let name = format!("{}-{model}-{account}", hex::encode(genesis));
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
            Ok(()) => {
                let lock = Arc::new(Lock {
                    file: Mutex::new(Some(lock)),
                    process: process::id(),
                });
                let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
                held.retain(|lock| lock.strong_count() > 0);
                held.push(Arc::downgrade(&lock));
                Ok(Self { folder, _lock: lock })
            }
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
            true => Ok(Made {
                file,
                hashed: None,
                weight,
            }),
            false => Err(Error::Input(format!(
                "this account has committed in round {round}, and {} is not there: it was done elsewhere; end it there",
                file.display()
            ))),
        }
    }

    /// Rounds that something was made for, in their order.
    pub fn rounds(&self) -> Result<Vec<RoundId>> {
        let mut rounds = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(Error::io(&self.folder))? {
            let name = entry.map_err(Error::io(&self.folder))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("round-"));
            rounds.extend(number.and_then(|number| number.parse::<RoundId>().ok()));
        }
        rounds.sort_unstable();
        Ok(rounds)
    }

    /// Remove what was made for a round.
    pub fn forget(&self, round: RoundId) -> Result<()> {
        let path = self.path(round);
        fs::remove_dir_all(&path).map_err(Error::io(&path))
    }
}

/// An update that was just made against a base; removed again where that was not the same all the while.
///
/// # Errors
/// `Check`, `Io`.
pub fn made(base: &Hashed, file: PathBuf, root: Root) -> Result<Hashed> {
    if let Err(changed) = base.check() {
        quorate_output::remove(&file)?;
        return Err(changed);
    }
    Hashed::made(file, root)
}

/// The finished update in a round's folder: under this name only when it is whole.
pub fn update_in(folder: &Path) -> PathBuf {
    folder.join(UPDATE)
}

/// Its number of samples, in the same folder.
pub fn weight_in(folder: &Path) -> PathBuf {
    folder.join("weight")
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
    fn chains_that_differ_in_one_bit_should_have_places_of_their_own() {
        let state = tempfile::tempdir().unwrap();
        let on = |genesis: Hash| Place::open(state.path(), (genesis, 1, AccountId::new([1; 32])));
        let places: Vec<Place> = (0..Hash::len_bytes())
            .map(|byte| {
                let mut genesis = Hash::repeat_byte(7);
                genesis.0[byte] ^= 1;
                on(genesis).unwrap()
            })
            .collect();
        let mut folders: Vec<&PathBuf> = places.iter().map(|place| &place.folder).collect();
        folders.sort();
        folders.dedup();
        assert_eq!(folders.len(), places.len(), "the name has the whole genesis");
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
        place.folder(11).unwrap();
        assert_eq!(place.rounds().unwrap(), [7, 11]);
        place.forget(7).unwrap();
        assert!(place.made(7, 3).is_err());
        assert_eq!(place.rounds().unwrap(), [11]);
    }

    #[test]
    fn place_should_be_free_when_its_last_clone_is_dropped_whatever_children_have_its_file() {
        let state = tempfile::tempdir().unwrap();
        let first = open(state.path(), 1).unwrap();
        // What a fork gives a child: the same open file.
        let of_the_child = first._lock.file.lock().unwrap().as_ref().unwrap().try_clone().unwrap();
        let conversion = first.clone();
        drop(first);
        assert!(matches!(open(state.path(), 1), Err(Failure::Busy(_))));
        drop(conversion);
        let second = open(state.path(), 1).unwrap();
        drop(of_the_child);
        assert!(matches!(open(state.path(), 1), Err(Failure::Busy(_))));
        drop(second);
    }

    #[test]
    fn update_should_be_removed_where_its_base_was_written_to_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let put = |name: &str, bytes: &str| fs::write(at(name), bytes).unwrap();
        put("base", "before");
        put("update", "bytes");
        let (base, root) = (Hashed::made(at("base"), Root::zero()).unwrap(), Root::repeat_byte(1));
        assert_eq!(made(&base, at("update"), root).unwrap().root, root);
        put("base", "and after");
        let error = made(&base, at("update"), root).unwrap_err().to_string();
        assert!(error.contains("written to") && !at("update").exists(), "{error}");
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
