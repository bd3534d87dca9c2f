// The gadget's own files, without the client's databases that the crate links. Included by the targets that read them.
#[path = "../../offchain-workers/gadget/src/disk.rs"]
#[allow(dead_code)]
mod disk;
#[path = "../../offchain-workers/gadget/src/journal.rs"]
#[allow(dead_code)]
mod journal;
#[path = "../../offchain-workers/gadget/src/archive/progress.rs"]
#[allow(dead_code)]
mod progress;

pub(crate) const LOG: &str = "quorate";

#[path = "../../offchain-workers/gadget/tests/replay/checks.rs"]
#[allow(dead_code)]
mod checks;
