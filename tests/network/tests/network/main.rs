//! Networks of validators: one file for each kind of test, one program for all.

mod access;
mod backup;
mod byzantine;
mod honest;
mod growth;
mod hostile;
mod keys;
mod kills;
mod links;
mod long;
mod outage;
mod outsiders;
mod pipeline;
mod polkadotjs;
mod silent;
mod soak;
mod stall;
mod storage;
