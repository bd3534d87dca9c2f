//! View functions, called as polkadot.js calls them: by the id that the metadata gives for a name.

use super::{
    admission,
    common::{flow, motions::*, *},
};
use codec::{Decode, DecodeAll, Encode};
use frame_support::{
    traits::Get,
    view_functions::{runtime_api::runtime_decl_for_runtime_view_function::RuntimeViewFunction, ViewFunctionId},
};
use pallet_attestation::JobReport;
use pallet_availability::SubjectStatus;
use pallet_consortium::types::{OrganisationStatus, WaitingChange};
use pallet_incentives::types::{EarningsStatus, PurposeStatus};
use pallet_reputation::types::ReputationStatus;
use quorate_primitives::{
    availability::Subject,
    job::{JobPhase, Outcome, Work},
    purpose::Purpose,
    Balance,
};
use quorate_runtime::{constants::UNIT, Attestation, Availability, Block, Consortium, Incentives, Reputation, Runtime};

fn answer<R: Decode>(id: [u8; 32], input: Vec<u8>) -> R {
    let id = ViewFunctionId::decode(&mut &id[..]).expect("an id has 32 bytes");
    let output = <Runtime as RuntimeViewFunction<Block>>::execute_view_function(id, input);
    R::decode_all(&mut &output.expect("the function answers")[..]).expect("it answers with its type")
}

macro_rules! ask {
    ($pallet:ident, $name:literal, $arguments:expr) => {{
        let functions = $pallet::pallet_view_functions_metadata();
        let function = functions.iter().find(|function| function.name == $name);
        answer(function.expect("the metadata names it").id, $arguments.encode())
    }};
}

fn waiting() -> Vec<WaitingChange> {
    ask!(Consortium, "waiting_changes", ())
}

#[test]
fn a_pending_change_should_be_shown_with_its_block_until_it_is_cancelled() {
    on_local_chain(|chain| {
        let change = admission("//Org5");
        let propose = pallet_consortium::Call::propose_change { change: change.clone() };
        council(chain, propose, &[0, 1, 2, 3]);
        let changes = waiting();
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].id, &changes[0].pending.change), (0, &change));
        let due = changes[0].pending.proposed_at + quorate_runtime::constants::DAYS;
        assert_eq!((changes[0].pending.enact_at, changes[0].carried), (due, true));
        council(chain, pallet_consortium::Call::cancel_change { id: 0 }, &[4, 2, 3]);
        assert_eq!(waiting(), []);
    });
}

#[test]
fn members_and_what_is_kept_for_them_should_be_shown() {
    on_local_chain(|chain| {
        let model = flow::prepare(chain);
        let status: Option<OrganisationStatus> = ask!(Consortium, "organisation_status", 0u32);
        let status = status.expect("it is admitted");
        assert_eq!(
            (status.contributors, status.organisation.account),
            (1, account("//Org0"))
        );
        let left: Option<u32> = ask!(Consortium, "free_calls_left", account("//Org0"));
        let allowed: u32 = <Runtime as pallet_consortium::Config>::FreeCalls::get();
        assert_eq!(left, Some(allowed - 1), "it sponsored one contributor");
        let fund: PurposeStatus = ask!(Incentives, "purpose_status", Purpose::Model(model));
        assert_eq!((fund.owner, fund.fund, fund.escrow), (Some(0), 1_000 * UNIT, None));
    });
}

#[test]
fn a_round_should_be_shown_from_its_votes_to_its_pay() {
    on_local_chain(|chain| {
        let model = flow::prepare(chain);
        let subject: Option<SubjectStatus> = ask!(Availability, "subject_status", (Subject::Genesis(model), 0u32));
        assert_eq!(subject, None, "the votes on version 0 are over");
        let (round, job) = flow::whole_round(chain, model, Some(VALIDATORS[2]));
        let report: Option<JobReport<Work, Outcome>> = ask!(Attestation, "job_report", job);
        let report = report.expect("it is kept");
        assert!(matches!(report.phase, JobPhase::Closed { .. }));
        assert_eq!(report.agreed, Some(flow::outcome(round, true)));
        assert_eq!(report.members.len(), VALIDATORS.len());
        let staked: Balance = ask!(Incentives, "bonded", (Purpose::Round(round), 0u32));
        assert_eq!(staked, 0, "the bonds have returned");

        let liar = VALIDATORS[2].to_account_id();
        let trusted: ReputationStatus = ask!(Reputation, "reputation_status", account(&flow::contributor(4)));
        let mistrusted: ReputationStatus = ask!(Reputation, "reputation_status", liar.clone());
        assert!(trusted.contributor > 500_000 && mistrusted.validator < 500_000);
        let earned: EarningsStatus = ask!(Incentives, "earnings_status", account(&flow::contributor(4)));
        assert!(earned.amount > 0 && earned.payable);
        let nothing: EarningsStatus = ask!(Incentives, "earnings_status", liar);
        assert_eq!((nothing.amount, nothing.payable), (0, false));
    });
}
