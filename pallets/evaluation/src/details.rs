//! Whose details validators keep for each other after the end.

use crate::{
    pallet::{Config, Details, Pallet},
    types::{Detailed, Evaluation, MAX_DETAILS_PER_ORGANISATION},
};
use alloc::collections::BTreeMap;
use quorate_primitives::{views::EvaluationState, EvaluationId, OrganisationId};

/// Whose oldest detail makes room for one of `organisation`: its own where it has as many as it may have; where all places are taken that of
/// whoever has most.
fn makes_room(shown: &[Detailed], organisation: OrganisationId, full: bool) -> Option<OrganisationId> {
    let mut counts = BTreeMap::<OrganisationId, u32>::new();
    for detailed in shown {
        let count = counts.entry(detailed.organisation).or_default();
        *count = count.saturating_add(1);
    }
    if counts.get(&organisation).copied().unwrap_or_default() >= MAX_DETAILS_PER_ORGANISATION {
        return Some(organisation);
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.filter(|_| full).map(|(organisation, _)| organisation)
}

impl<T: Config> Pallet<T> {
    /// Give an evaluation that has ended a place, if it has a detail: what failed or did not fit takes none.
    pub(crate) fn show_detail(id: EvaluationId, evaluation: &Evaluation) {
        let EvaluationState::Done(outcome) = evaluation.state else {
            return;
        };
        if outcome.detail().is_none() {
            return;
        }
        let organisation = evaluation.organisation;
        Details::<T>::mutate(|shown| {
            let full = shown.is_full();
            let oldest = makes_room(shown, organisation, full)
                .and_then(|of| shown.iter().position(|detailed| detailed.organisation == of));
            if let Some(position) = oldest {
                shown.remove(position);
            }
            // There is room now.
            let _refused = shown.try_push(Detailed { id, organisation });
        });
    }

    /// Its jobs go, and the detail with them.
    pub(crate) fn hide_detail(id: EvaluationId) {
        Details::<T>::mutate(|shown| shown.retain(|detailed| detailed.id != id));
    }
}
