//! What stands on the chain.

use quorate_primitives::{views::RoundPhase, EvaluationId, ModelId, RoundId};
use quorate_runtime::Runtime;
use quorate_runtime_api::{runtime_decl_for_capabilities_api::CapabilitiesApi, runtime_decl_for_rounds_api::RoundsApi};

pub fn organisation(number: u64) -> String {
    format!("//Org{number}")
}

pub fn contributor(number: u64) -> String {
    format!("//Contributor{number}")
}
pub fn models() -> Vec<ModelId> {
    pallet_models::LiveModels::<Runtime>::get().into_inner()
}

pub fn phases() -> Vec<(RoundId, RoundPhase)> {
    Runtime::rounds(0, 64)
        .into_iter()
        .map(|view| (view.id, view.phase))
        .collect()
}

pub fn rounds() -> Vec<RoundId> {
    phases().into_iter().map(|(id, _)| id).collect()
}

pub fn unsettled() -> usize {
    let over = |phase: &RoundPhase| matches!(phase, RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed);
    phases().iter().filter(|(_, phase)| !over(phase)).count()
}

pub fn open_evaluations() -> Vec<EvaluationId> {
    let open = pallet_evaluation::Open::<Runtime>::get().into_iter();
    open.map(|running| running.id).collect()
}

/// Requests that have not ended, without those that wait until more validators can answer.
pub fn open_requests() -> u32 {
    let waits = |memory| {
        let count = Runtime::capable(memory);
        count.capable < count.needed
    };
    let list = pallet_inference::WaitingList::<Runtime>::get();
    let waiting = list.iter().filter(|request| waits(request.memory)).count() as u32;
    pallet_inference::OpenTotals::<Runtime>::get().open - waiting
}

/// Whether something goes on that has to end.
pub fn is_busy() -> bool {
    let batches = pallet_inference::OpenBatches::<Runtime>::get();
    unsettled() > 0 || !open_evaluations().is_empty() || open_requests() > 0 || !batches.is_empty()
}
