//! `quorate-worker` with an engine that lies.

use quorate_liar::Liar;
use std::{process::ExitCode, sync::Arc};

fn main() -> ExitCode {
    quorate_worker::run(|engine| Arc::new(Liar(engine)))
}
