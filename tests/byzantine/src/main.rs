//! `quorate-worker` with an engine that errs as it is told.

use quorate_byzantine::Byzantine;
use std::{path::PathBuf, process::ExitCode, sync::Arc};

fn main() -> ExitCode {
    // The worker reads its arguments itself; the store's place is all that is needed here.
    let mut arguments = std::env::args_os().skip_while(|argument| argument != "--store");
    let store = arguments.nth(1).map(PathBuf::from).unwrap_or_default();
    quorate_worker::run(|engine| Arc::new(Byzantine::new(engine, &store)))
}
