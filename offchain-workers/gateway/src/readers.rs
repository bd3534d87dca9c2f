//! Who may read a blob.

use codec::{Decode, Encode};
use quorate_primitives::{policy::Access, ArtifactId, ModelId, RequestId, VersionIndex};

/// Who may read a blob.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReadableBy {
    #[default]
    Nobody,
    /// Validators, and these readers.
    Some(Vec<ReadersOf>),
    Anyone,
}

impl ReadableBy {
    /// Of a version that is recorded, or an artifact that is held.
    pub fn of(owned: Owned, access: Access) -> Self {
        match access {
            Access::Public => Self::Anyone,
            Access::Contributors | Access::Organisations => Self::Some(vec![ReadersOf {
                owned,
                contributors: access == Access::Contributors,
            }]),
            Access::Validators => Self::Some(vec![]),
        }
    }

    /// Whoever may read either.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Anyone, _) | (_, Self::Anyone) => Self::Anyone,
            (Self::Nobody, by) | (by, Self::Nobody) => by,
            (Self::Some(mut readers), Self::Some(more)) => {
                readers.extend(more);
                Self::Some(readers)
            }
        }
    }
}

/// A version that the chain has recorded, of which a blob is the file or the optimiser's state.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Recorded {
    pub model: ModelId,
    pub version: VersionIndex,
    pub access: Access,
}

/// The recorded versions of a model that the view names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Window {
    /// The oldest one.
    pub first: VersionIndex,
    /// The widest access to any of them: that of the model's policy, unless all of them are hidden.
    pub access: Access,
}

/// What has an owner, who admits readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owned {
    Model(ModelId),
    Artifact(ArtifactId),
    /// Input and answer of a request: whoever asked.
    Request(RequestId),
}

/// The readers whom an owner admits: accounts of organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadersOf {
    pub owned: Owned,
    /// Whether the organisations' contributors are readers, too.
    pub contributors: bool,
}

/// How many may read, in an order.
fn rank(access: Access) -> u8 {
    match access {
        Access::Validators => 0,
        Access::Organisations => 1,
        Access::Contributors => 2,
        Access::Public => 3,
    }
}

/// Of two the one that lets more read.
pub(crate) fn wider(a: Access, b: Access) -> Access {
    if rank(a) < rank(b) {
        b
    } else {
        a
    }
}

/// Of two the one that lets fewer read.
pub(crate) fn narrower(a: Access, b: Access) -> Access {
    if rank(a) < rank(b) {
        a
    } else {
        b
    }
}
