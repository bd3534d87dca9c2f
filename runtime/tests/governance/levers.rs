//! What the council must be able to do, whatever it weighs.

use super::common::model::policy;
use frame_support::dispatch::GetDispatchInfo;
use pallet_consortium::types::{Change, Target};
use quorate_primitives::Root;
use quorate_runtime::{Runtime, RuntimeCall};

/// Everything that only the council, or two thirds of all organisations, may decide about models, rounds and members.
fn levers() -> Vec<RuntimeCall> {
    use pallet_consortium::Call as Consortium;
    use pallet_models::Call as Models;
    let (model, version, target) = (0, 1, Target::Organisation(0));
    let root = Root::zero();
    vec![
        Models::<Runtime>::freeze { model }.into(),
        Models::<Runtime>::unfreeze { model }.into(),
        Models::<Runtime>::retire { model }.into(),
        Models::<Runtime>::set_policy {
            model,
            policy: policy(),
        }
        .into(),
        Models::<Runtime>::revoke { model, version }.into(),
        Models::<Runtime>::unrevoke { model, version }.into(),
        Models::<Runtime>::new_genesis {
            model,
            root,
            possession: root,
        }
        .into(),
        Models::<Runtime>::promote { model, version }.into(),
        pallet_rounds::Call::<Runtime>::abort { round: 0 }.into(),
        Consortium::<Runtime>::propose_change {
            change: Change::Remove { organisation: 0 },
        }
        .into(),
        Consortium::<Runtime>::cancel_change { id: 0 }.into(),
        Consortium::<Runtime>::suspend { target: target.clone() }.into(),
        Consortium::<Runtime>::reinstate { target }.into(),
    ]
}

/// The council refuses a proposal that weighs more than this, and what it cannot propose it cannot do.
#[test]
fn levers_should_fit_into_a_proposal() {
    let most = <Runtime as pallet_collective::Config<pallet_collective::Instance1>>::MaxProposalWeight::get();
    for lever in levers() {
        let weight = lever.get_dispatch_info().call_weight;
        assert!(weight.all_lte(most), "{lever:?} weighs {weight:?}");
    }
}
