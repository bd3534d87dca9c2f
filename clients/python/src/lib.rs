#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod asking;
mod cache;
mod failure;
mod file;
mod net;
mod progress;
mod roots;
mod submission;
mod waiting;

/// The package's part in Rust. Views of the chain are JSON texts here; the Python sources beside make classes of them.
#[pyo3::pymodule]
mod _quorate {
    #[pymodule_export]
    use crate::{
        account::PyAccount,
        asking::{
            answer_is_final, bring, cancel, check, ended, evaluation_ended, evaluation_is_final, evaluation_view,
            fetch_answer, forget, is_kept, place, program, quote, quote_evaluation, request_view, send,
            send_evaluation, upload, Asked, Program, Streams,
        },
        cache::{prune, scan},
        file::{tensors, verify_frozen},
        net::{connect, Net},
        submission::{forked, Begun, Receipt},
        waiting::Stop,
    };
}
