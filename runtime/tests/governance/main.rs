//! Who may do what, on the real runtime.

mod accounts;
mod capture;
mod changes;
#[path = "../common/mod.rs"]
mod common;
mod levers;
mod members;
mod motions;
mod polls;
mod proxies;
mod root;
mod safety;
mod views;

use common::{motions::*, *};
use pallet_consortium::types::Change;
use quorate_runtime::Runtime;

fn admission(path: &str) -> Change {
    Change::Admit {
        name: path.as_bytes().to_vec().try_into().unwrap(),
        account: account(path),
        recovery: None,
    }
}

fn filtered() -> Result<(), Failure> {
    Err(Failure::Failed(frame_system::Error::<Runtime>::CallFiltered.into()))
}

/// Two thirds of all decide on it, and its delay passes.
fn enact(chain: &mut Chain, change: Change, ayes: &[u32]) {
    council(chain, pallet_consortium::Call::propose_change { change }, ayes);
    let due = pallet_consortium::PendingChanges::<Runtime>::iter_values()
        .map(|pending| pending.enact_at)
        .max()
        .expect("the change is pending");
    chain.jump_to(due);
    chain.pass(1);
}
