//! The worker's program; see the crate's documentation.

use std::process::ExitCode;

fn main() -> ExitCode {
    quorate_worker::run(|engine| engine)
}
