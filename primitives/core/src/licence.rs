//! Under what files may be used.

use alloc::vec::Vec;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Longest licence, in bytes.
pub const MAX_LICENCE: u32 = 1_024;

/// UTF-8 text of a licence, or its SPDX identifier.
pub type Licence = BoundedVec<u8, ConstU32<MAX_LICENCE>>;

/// Whether a text can be shown to people as it is: UTF-8 with some visible text, and no control characters beside line breaks and tabs.
pub fn is_licence(licence: &[u8]) -> bool {
    let hidden = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    core::str::from_utf8(licence).is_ok_and(|text| !text.trim().is_empty() && !text.contains(hidden))
}

/// A licence of this text; `None` for one that is too long, or that [`is_licence`] refuses.
pub fn licence(text: &str) -> Option<Licence> {
    let bytes: Vec<u8> = text.as_bytes().to_vec();
    Licence::try_from(bytes).ok().filter(|licence| is_licence(licence))
}
