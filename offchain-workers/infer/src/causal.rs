//! Whether a program can go on from a kept past.

use quorate_program::Program;

/// The dimension over which a program is causal, so that its rows can be computed in pieces.
///
/// # Errors
/// What stands against it, for people.
pub(crate) fn dimension(program: &Program) -> Result<String, String> {
    program.causal().map(str::to_owned)
}
