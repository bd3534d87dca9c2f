//! Files that are read, and written, as a whole.

use crate::failure::{usage, Result};
use quorate_convert::Existing;
use std::path::Path;

/// A whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| usage(format!("{}: {error}", path.display())))
}

/// A file that appears when it is whole.
pub fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result {
    quorate_output::write(path, bytes, existing).map_err(|error| usage(error.to_string()))
}
