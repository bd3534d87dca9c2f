//! A disk that loses what was not synced, and whose power goes at a step of choice.

use super::{Disk, Unfinished, UNFINISHED};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// One file's bytes, and how many of them are on disk for sure.
#[derive(Clone, Debug, Default)]
struct Inode {
    bytes: Vec<u8>,
    synced: bool,
}

#[derive(Debug, Default)]
struct State {
    inodes: BTreeMap<u64, Inode>,
    /// Names as the running system sees them, and as they are on disk for sure.
    names: BTreeMap<PathBuf, u64>,
    kept: BTreeMap<PathBuf, u64>,
    next: u64,
    steps: usize,
    /// The power goes before this step.
    ends: Option<usize>,
}

/// See the file's heading. Clones share the disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Volatile(Arc<Mutex<State>>);

/// What a loss of power leaves of steps that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// All of them are lost.
    Everything,
    /// Names were written, contents were not: an empty file has the new name.
    Contents,
    /// Half of each content was written, and all names.
    Halves,
    /// None is lost.
    Nothing,
}

pub(crate) const LOSSES: [Loss; 4] = [Loss::Everything, Loss::Contents, Loss::Halves, Loss::Nothing];

impl Volatile {
    /// The power goes when so many more steps are done; `None`: it stays.
    pub fn ends_after(&self, steps: Option<usize>) {
        let mut state = self.0.lock();
        state.ends = steps.map(|steps| state.steps + steps);
    }

    /// How many steps were done.
    pub fn steps(&self) -> usize {
        self.0.lock().steps
    }

    /// The disk as the next start finds it.
    pub fn after(&self, loss: Loss) -> Self {
        let state = self.0.lock();
        let names = match loss {
            Loss::Everything => &state.kept,
            _ => &state.names,
        };
        let mut found = State::default();
        for (path, number) in names {
            let mut inode = state.inodes[number].clone();
            if !inode.synced {
                match loss {
                    Loss::Everything | Loss::Contents => inode.bytes.clear(),
                    Loss::Halves => inode.bytes.truncate(inode.bytes.len() / 2),
                    Loss::Nothing => {}
                }
            }
            inode.synced = true;
            found.inodes.insert(*number, inode);
            found.names.insert(path.clone(), *number);
        }
        (found.kept, found.next) = (found.names.clone(), state.next);
        Self(Arc::new(Mutex::new(found)))
    }

    fn step<T>(&self, what: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.0.lock();
        if state.ends.is_some_and(|ends| state.steps >= ends) {
            return Err(io::Error::other("the power is gone"));
        }
        state.steps += 1;
        what(&mut state)
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Disk for Volatile {
    fn make_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let state = self.0.lock();
        let inside = state.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.cloned().collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let state = self.0.lock();
        let number = state.names.get(path).ok_or_else(missing)?;
        Ok(state.inodes[number].bytes.clone())
    }

    fn begin(&self, folder: &Path) -> io::Result<Box<dyn Unfinished>> {
        self.step(|state| {
            state.next += 1;
            let (number, path) = (state.next, folder.join(format!("{}.{UNFINISHED}", state.next)));
            state.inodes.insert(number, Inode::default());
            state.names.insert(path.clone(), number);
            Ok(Box::new(Begun {
                disk: self.clone(),
                path,
                number,
            }) as Box<dyn Unfinished>)
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|state| {
            let number = state.names.remove(from).ok_or_else(missing)?;
            state.names.insert(to.to_path_buf(), number);
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|state| state.names.remove(path).map(drop).ok_or_else(missing))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(|state| {
            let elsewhere = |path: &PathBuf| path.parent() != Some(folder);
            state.kept.retain(|path, _| elsewhere(path));
            let inside = state.names.iter().filter(|(path, _)| !elsewhere(path));
            state.kept.extend(inside.map(|(path, number)| (path.clone(), *number)));
            Ok(())
        })
    }
}

struct Begun {
    disk: Volatile,
    path: PathBuf,
    number: u64,
}

impl Unfinished for Begun {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.step(|state| {
            let inode = state.inodes.get_mut(&self.number).ok_or_else(missing)?;
            inode.bytes.extend_from_slice(bytes);
            inode.synced = false;
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.step(|state| {
            state.inodes.get_mut(&self.number).ok_or_else(missing)?.synced = true;
            Ok(())
        })
    }

    fn persist(self: Box<Self>, path: &Path) -> io::Result<()> {
        self.disk.rename(&self.path, path)
    }
}
