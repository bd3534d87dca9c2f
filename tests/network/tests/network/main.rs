//! Networks of validators: one file for each kind of test, one program for all.

/// Plays a part of a test, whose name it prints; a failure has it too.
macro_rules! part {
    ($scenario:ident, $part:path $(, $more:expr)*) => {{
        $scenario.net.say(concat!("part: ", stringify!($part)));
        $part(&mut $scenario $(, $more)*).await.context(stringify!($part))?
    }};
}

mod access;
mod artifacts;
mod asked;
mod assessed;
mod backup;
mod byzantine;
mod committees;
mod contributions;
mod evaluation;
mod faults;
mod forks;
mod gates;
mod growth;
mod honest;
mod hostile;
mod inference;
mod keys;
mod kills;
mod links;
mod long;
mod outage;
mod outsiders;
mod pipeline;
mod polkadotjs;
mod rounds;
mod silent;
mod soak;
mod stall;
mod storage;
mod worth;
