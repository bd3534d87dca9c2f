//! Why a network cannot be started, or broke.

use std::{path::PathBuf, time::Duration};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path} is missing: build it with `cargo build --release --workspace`, or name its folder")]
    NoProgram { path: PathBuf },
    #[error("port {port} ({what}) is taken: stop what listens there, or choose other ports")]
    PortTaken { port: u16, what: String },
    #[error("no free ports were found below those that the system hands out by itself")]
    NoPorts,
    #[error("the chain's specification could not be written ({status}): {reason}")]
    Spec { status: String, reason: String },
    #[error("the key {uri} cannot be derived: {reason}")]
    Key { uri: String, reason: String },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("a signal for {what} of validator {index}: {source}")]
    Signal {
        index: usize,
        what: &'static str,
        source: std::io::Error,
    },
    #[error("validator {index} ended ({status}); the end of {log}:\n{tail}")]
    Ended {
        index: usize,
        status: String,
        log: PathBuf,
        tail: String,
    },
    #[error("validator {index} did not {what} within {} s; the end of {log}:\n{tail}", limit.as_secs())]
    Late {
        index: usize,
        what: &'static str,
        limit: Duration,
        log: PathBuf,
        tail: String,
    },
}

pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io { path, source }
}
