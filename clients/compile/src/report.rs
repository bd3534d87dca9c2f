//! What a compilation did, for people.

use std::collections::BTreeMap;

use crate::build::Finished;

/// How initializers were found among a model's tensors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// By their name.
    Name,
    /// By their bytes.
    Bytes,
    /// By their bytes with both axes changed.
    Transposed,
}

/// What a compilation did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Recognised patterns, and how many nodes stand for them.
    pub recognised: BTreeMap<&'static str, usize>,
    /// Initializers that were found in the model.
    pub found: BTreeMap<Source, usize>,
    /// Initializers whose bytes several tensors have: they stayed constants.
    pub ambiguous: Vec<(String, Vec<String>)>,
    /// Inputs of the model on which nothing depends, and which the program does not have.
    pub dropped: Vec<String>,
}

impl Report {
    pub(crate) fn found(&mut self, how: Source) {
        *self.found.entry(how).or_default() += 1;
    }

    pub(crate) fn of(&mut self, finished: &Finished) {
        for pattern in &finished.patterns {
            *self.recognised.entry(pattern).or_default() += 1;
        }
        self.dropped.clone_from(&finished.dropped);
    }
}
