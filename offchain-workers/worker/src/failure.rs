//! Errors of this side.

use quorate_protocol::Failure;

/// A local failure: it never means that anything on chain is wrong.
pub(crate) fn local(error: impl std::fmt::Display) -> Failure {
    Failure::Local(error.to_string())
}
