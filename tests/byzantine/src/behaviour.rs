//! What a file beside the store says.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Behaviour {
    #[default]
    Honest,
    WrongResult,
    WrongScores,
    /// Aggregates right, and lies about what that is worth.
    WrongAssessment,
    /// Aggregates and measures right, and lies about what the updates are worth.
    WrongContributions,
    Silent,
    Late,
    /// Answers from the tokens that another one streamed.
    CopiesStream,
}

const NAMES: [(Behaviour, &str); 8] = [
    (Behaviour::Honest, "honest"),
    (Behaviour::WrongResult, "wrong-result"),
    (Behaviour::WrongScores, "wrong-scores"),
    (Behaviour::WrongAssessment, "wrong-assessment"),
    (Behaviour::WrongContributions, "wrong-contributions"),
    (Behaviour::Silent, "silent"),
    (Behaviour::Late, "late"),
    (Behaviour::CopiesStream, "copies-stream"),
];

impl Behaviour {
    /// The file of the worker with this store.
    pub fn file(store: &Path) -> PathBuf {
        store.with_file_name("behaviour")
    }

    /// # Panics
    /// On a name that is none: a test is wrong.
    pub fn read(file: &Path) -> Self {
        let Ok(text) = fs::read_to_string(file) else {
            return Self::Honest;
        };
        let found = NAMES.iter().find(|(_, name)| *name == text.trim());
        found.map_or_else(
            || panic!("no behaviour is called {text:?}"),
            |(behaviour, _)| *behaviour,
        )
    }

    /// Writes the file at once: nobody reads half of a name.
    pub fn write(self, file: &Path) -> io::Result<()> {
        let name = NAMES.iter().find(|(behaviour, _)| *behaviour == self);
        let new = file.with_extension("new");
        fs::write(&new, name.map_or("", |(_, name)| name))?;
        fs::rename(new, file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behaviour_should_be_what_the_file_says() {
        let dir = tempfile::tempdir().unwrap();
        let file = Behaviour::file(&dir.path().join("blobs"));
        assert_eq!(Behaviour::read(&file), Behaviour::Honest);
        for (behaviour, _) in NAMES {
            behaviour.write(&file).unwrap();
            assert_eq!(Behaviour::read(&file), behaviour);
        }
    }
}
