//! What was asked and whose answer nobody was given yet. Asking the same again goes on with it: a program that was killed does not pay twice.
//!
//! A mark is a file that says so. It is written before the chain hears of the question, and removed when the answer is given out. As long as a
//! call lives that asked, its mark is locked: two calls that ask the same at the same time are two questions.

use quorate_client::{private, Account, Client, Error, Result};
use quorate_inference::SALT;
use quorate_output::{write_private, Existing};
use quorate_primitives::{job::infer::Task, ArtifactId, BlockNumber, ModelId, Root, VersionIndex};
use serde_json::json;
use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
    process,
};

/// Our own folder below the one that is given.
const FOLDER: &str = "quorate-asked";
/// Locked by whoever takes a mark away from another call.
const TURN: &str = "turn";

/// A folder of marks.
#[derive(Clone, Debug)]
pub struct Marks {
    folder: PathBuf,
}

/// What tells a question from others of the same account: everything of it but the random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Same(Root);

impl Same {
    /// A question to a program, of a version or, unless it is given, of whichever is the head. `input`: the bytes of its blob.
    pub fn question(
        (client, account): (&Client, &Account),
        (model, version, program): (ModelId, Option<VersionIndex>, ArtifactId),
        task: &Task,
        input: &[u8],
    ) -> Self {
        let mut all = json!([client.genesis(), account.id(), model, version, program, task]).to_string();
        // JSON has no such byte.
        all.push('\0');
        let values = input.get(SALT..).unwrap_or_default();
        Self(quorate_exact::root(&[all.as_bytes(), values].concat()).into())
    }

    /// An evaluation of a version by a program on a data set.
    pub fn evaluation(
        (client, account): (&Client, &Account),
        (model, version): (ModelId, VersionIndex),
        [program, data]: [ArtifactId; 2],
    ) -> Self {
        let all = json!([client.genesis(), account.id(), model, version, program, data]);
        Self(quorate_exact::root(all.to_string().as_bytes()).into())
    }

    fn name(self) -> String {
        hex::encode(self.0 .0)
    }
}

impl Marks {
    /// The marks below `state`: in a folder of its own, which nobody else can read or replace.
    ///
    /// # Errors
    /// `Input` when somebody else could read or replace the folder; `Io`.
    pub fn open(state: impl AsRef<Path>) -> Result<Self> {
        let folder = private::folder(state.as_ref(), FOLDER)?;
        Ok(Self { folder })
    }

    /// Mark a question, whose input has this root.
    ///
    /// # Errors
    /// `Io`.
    pub fn begin(&self, same: Same, root: Root) -> Result<Mark> {
        let path = self.path(same, root);
        write_private(&path, b"", Existing::Replace)?;
        let file = opened(&path).map_err(Error::io(&path))?;
        // Who found it in this moment sends the same input, which the chain takes once.
        is_locked_now(&file, &path)?;
        Ok(Mark::new(path, root, file))
    }

    /// The mark that an earlier call left of the same question, if there is one.
    ///
    /// # Errors
    /// `Io`.
    pub fn left(&self, same: Same) -> Result<Option<Mark>> {
        let prefix = format!("{}.", same.name());
        for (name, path) in self.files()? {
            let Some(root) = name.strip_prefix(&prefix).and_then(root_of) else {
                continue;
            };
            let file = match opened(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::io(&path)(error)),
            };
            // Whoever held it may have removed it meanwhile.
            if is_locked_now(&file, &path)? && path.exists() {
                return Ok(Some(Mark::new(path, root, file)));
            }
        }
        Ok(None)
    }

    /// Nobody goes on with the question whose input has this root: its answer was given out, or is not wanted any more.
    ///
    /// # Errors
    /// `Io`.
    pub fn forget(&self, root: Root) -> Result<()> {
        let suffix = format!(".{}", hex::encode(root.0));
        for (_, path) in self.files()?.into_iter().filter(|(name, _)| name.ends_with(&suffix)) {
            quorate_output::remove(&path)?;
        }
        Ok(())
    }

    /// Mark an evaluation, which is about to be sent after block `now`: that block, or the one that was noted by an earlier call which may
    /// have sent it.
    ///
    /// # Errors
    /// `Io`.
    pub fn evaluation(&self, same: Same, now: BlockNumber) -> Result<Marked> {
        let path = self.folder.join(same.name());
        match write_private(&path, now.to_string().as_bytes(), Existing::Keep) {
            Ok(()) => return Ok(Marked::Now),
            Err(quorate_output::OutputError::Exists(_)) => (),
            Err(error) => return Err(error.into()),
        }
        let noted = match fs::read_to_string(&path) {
            Ok(noted) => noted,
            // It is over in this moment.
            Err(error) if error.kind() == ErrorKind::NotFound => return self.evaluation(same, now),
            Err(error) => return Err(Error::io(&path)(error)),
        };
        // What cannot be read is as old as it can be.
        Ok(Marked::Before(noted.trim().parse().unwrap_or(now).min(now)))
    }

    /// Whether an evaluation is marked.
    pub fn has(&self, same: Same) -> bool {
        self.folder.join(same.name()).exists()
    }

    /// The evaluation that was marked after block `since` came into no block: its mark goes, and no newer one of somebody else.
    ///
    /// # Errors
    /// `Io`.
    pub fn lapsed(&self, same: Same, since: BlockNumber) -> Result<()> {
        let _turn = self.turn()?;
        let path = self.folder.join(same.name());
        let is_that = match fs::read_to_string(&path) {
            Ok(noted) => noted.trim().parse().map_or(true, |noted: BlockNumber| noted <= since),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(Error::io(&path)(error)),
        };
        match is_that {
            true => self.end(same),
            false => Ok(()),
        }
    }

    /// One at a time takes marks away from others.
    fn turn(&self) -> Result<File> {
        let path = self.folder.join(TURN);
        let mut options = fs::OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(Error::io(&path))?;
        file.lock().map_err(Error::io(&path))?;
        Ok(file)
    }

    /// The evaluation that was marked is known to be on chain, or never to come there.
    ///
    /// # Errors
    /// `Io`.
    pub fn end(&self, same: Same) -> Result<()> {
        Ok(quorate_output::remove(&self.folder.join(same.name()))?)
    }

    fn path(&self, same: Same, root: Root) -> PathBuf {
        self.folder.join(format!("{}.{}", same.name(), hex::encode(root.0)))
    }

    fn files(&self) -> Result<Vec<(String, PathBuf)>> {
        let io = |source| Error::io(&self.folder)(source);
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            if let Ok(name) = entry.file_name().into_string() {
                all.push((name, entry.path()));
            }
        }
        all.sort_unstable();
        Ok(all)
    }
}

/// File systems of networks lock only what may be written.
fn opened(path: &Path) -> std::io::Result<File> {
    fs::OpenOptions::new().read(true).write(true).open(path)
}

/// Locks it, unless somebody has it. Where nothing can be locked nobody could tell what is asked just now.
fn is_locked_now(file: &File, path: &Path) -> Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(Error::io(path)(error)),
    }
}

fn root_of(text: &str) -> Option<Root> {
    let mut root = Root::zero();
    hex::decode_to_slice(text, &mut root.0).ok().map(|()| root)
}

/// An evaluation's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// Nobody has sent it.
    Now,
    /// Another call marked it after this block.
    Before(BlockNumber),
}

/// A question's mark, which this process holds.
#[derive(Debug)]
pub struct Mark {
    path: PathBuf,
    /// Of the question's input.
    pub root: Root,
    file: File,
    process: u32,
}

impl Mark {
    fn new(path: PathBuf, root: Root, file: File) -> Self {
        Self {
            path,
            root,
            file,
            process: process::id(),
        }
    }

    /// The answer is given out, or will never come.
    ///
    /// # Errors
    /// `Io`.
    pub fn end(&self) -> Result<()> {
        Ok(quorate_output::remove(&self.path)?)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        // A child that is forked has the same open file, which would stay locked as long as it lives.
        if self.process == process::id() {
            let _ = self.file.unlock();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Same = Same(Root::repeat_byte(1));
    const OTHER: Same = Same(Root::repeat_byte(2));
    const INPUT: Root = Root::repeat_byte(7);

    fn marks() -> (tempfile::TempDir, Marks) {
        let folder = tempfile::tempdir().unwrap();
        let marks = Marks::open(folder.path()).unwrap();
        (folder, marks)
    }

    fn left(marks: &Marks, same: Same) -> Option<Root> {
        marks.left(same).unwrap().map(|mark| mark.root)
    }

    #[test]
    fn question_of_a_call_that_lives_should_be_nobody_elses() {
        let (_folder, marks) = marks();
        let mark = marks.begin(ONE, INPUT).unwrap();
        assert_eq!(left(&marks, ONE), None, "it is asked just now");
        drop(mark);
        assert_eq!(left(&marks, ONE), Some(INPUT));
        assert_eq!(left(&marks, OTHER), None, "it is another question");
        let taken = marks.left(ONE).unwrap();
        assert_eq!(left(&marks, ONE), None, "another call has taken it up");
        drop(taken);
        assert_eq!(left(&marks, ONE), Some(INPUT));
    }

    #[test]
    fn question_whose_answer_was_given_out_should_be_asked_anew() {
        let (_folder, marks) = marks();
        marks.begin(ONE, INPUT).unwrap().end().unwrap();
        assert_eq!(left(&marks, ONE), None);
        drop(marks.begin(ONE, INPUT).unwrap());
        drop(marks.begin(ONE, Root::repeat_byte(8)).unwrap());
        marks.forget(INPUT).unwrap();
        assert_eq!(left(&marks, ONE), Some(Root::repeat_byte(8)));
    }

    #[test]
    fn evaluation_should_be_sent_by_one_call() {
        let (_folder, marks) = marks();
        assert_eq!(marks.evaluation(ONE, 5).unwrap(), Marked::Now);
        assert_eq!(marks.evaluation(ONE, 9).unwrap(), Marked::Before(5));
        assert_eq!(
            marks.evaluation(ONE, 3).unwrap(),
            Marked::Before(3),
            "on a fork that is shorter"
        );
        assert_eq!(marks.evaluation(OTHER, 9).unwrap(), Marked::Now);
        marks.end(ONE).unwrap();
        assert_eq!(marks.evaluation(ONE, 9).unwrap(), Marked::Now);
        // Two waited for what came into no block: the second leaves the first one's new mark.
        marks.lapsed(ONE, 9).unwrap();
        assert_eq!(marks.evaluation(ONE, 140).unwrap(), Marked::Now);
        marks.lapsed(ONE, 9).unwrap();
        assert_eq!(marks.evaluation(ONE, 140).unwrap(), Marked::Before(140));
        marks.lapsed(ONE, 140).unwrap();
        assert_eq!(marks.evaluation(ONE, 141).unwrap(), Marked::Now);
        // A question's marks are others.
        drop(marks.begin(ONE, INPUT).unwrap());
        assert_eq!(left(&marks, ONE), Some(INPUT));
        marks.end(ONE).unwrap();
        assert_eq!(left(&marks, ONE), Some(INPUT));
    }
}
