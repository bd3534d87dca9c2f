//! The frozen base of a model of which only an adapter is trained.

use crate::{licence::Licence, views::BlobRef, Root};
use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a model of adapters stands on: a canonical file of tensors that no round changes. Given when the model is registered, and never
/// changed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct FrozenBase {
    /// BLAKE3 root and length, in bytes, of its file.
    pub root: Root,
    pub len: u64,
    pub licence: Licence,
}

impl FrozenBase {
    /// Its file.
    pub fn file(&self) -> BlobRef {
        BlobRef {
            root: self.root,
            len: self.len,
        }
    }
}

/// A frozen base as clients see it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FrozenBaseView {
    /// BLAKE3 root and length, in bytes, of its file.
    pub root: Root,
    pub len: u64,
    pub licence: String,
}

impl From<FrozenBase> for FrozenBaseView {
    fn from(base: FrozenBase) -> Self {
        Self {
            root: base.root,
            len: base.len,
            licence: String::from_utf8_lossy(&base.licence).into_owned(),
        }
    }
}
