#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod asking;
mod cache;
mod evaluation;
mod failure;
mod file;
mod memory;
mod net;
mod progress;
mod request;
mod roots;
mod submission;
mod waiting;

/// The package's part in Rust. Views of the chain are JSON texts here; the Python sources beside make classes of them.
#[pyo3::pymodule]
mod _quorate {
    #[pymodule_export]
    use crate::{
        account::PyAccount,
        asking::{bring, check, place, program, quote, Asked, Program},
        cache::{prune, scan},
        evaluation::{
            evaluate, evaluation_ended, evaluation_is_final, evaluation_of, evaluation_view, quote_evaluation, Sent,
        },
        file::{tensors, verify_frozen},
        memory::is_readable,
        net::{connect, Net},
        request::{
            answer_is_final, answered, cancel, forget, given, kept, prepare, request_numbered, request_view,
            request_with, send, upload, Request,
        },
        submission::{forked, Begun, Receipt},
        waiting::Stop,
    };
}
