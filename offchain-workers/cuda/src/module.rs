//! PTX.

/// A file of PTX: name and text. It is loaded when its first kernel is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Module(pub &'static str, pub &'static str);
