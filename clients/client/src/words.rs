//! What the chain's states and reasons are called, in plain words: nobody reads the names of our types.

use crate::registry::ValidatorState;
use quorate_primitives::{
    availability::ArtifactKind,
    job::{infer::AnswerStatus, Verdict},
    policy::Access,
    update::UpdateStatus,
    views::{
        inference::{RequestFailure, RequestState},
        ArtifactState, EvaluationFailure, Freezer, ModelState, RoundPhase,
    },
    OrganisationId,
};

/// Where a model stands.
pub fn model_state(state: ModelState) -> &'static str {
    match state {
        ModelState::Pending => "pending: version 0 awaits votes",
        ModelState::Active => "active",
        ModelState::Rejected => "rejected: no quorum held version 0",
        ModelState::Frozen(Freezer::Owner) => "frozen by its owner",
        ModelState::Frozen(Freezer::Council) => "frozen by the council",
        ModelState::Retired => "retired",
    }
}

/// What an artifact is.
pub fn artifact_kind(kind: ArtifactKind) -> &'static str {
    match kind {
        ArtifactKind::DataSet => "data set",
        ArtifactKind::Program => "program",
        ArtifactKind::Weights => "weights",
    }
}

/// Where an artifact stands.
pub fn artifact_state(state: &ArtifactState) -> String {
    match state {
        ArtifactState::Pending { until } => format!("pending: validators vote on its file until block {until}"),
        ArtifactState::Held { since } => format!("held since block {since}"),
        ArtifactState::Rejected { at } => format!("rejected in block {at}"),
        ArtifactState::Retired { at } => format!("retired in block {at}"),
    }
}

/// Who may read something.
pub fn access(access: Access, readers: &[OrganisationId]) -> String {
    let admitted = || match readers {
        [] => "none yet".into(),
        readers => readers.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
    };
    match access {
        Access::Public => "everybody".into(),
        Access::Validators => "its owner and validators".into(),
        Access::Contributors => format!(
            "its owner, validators, and accounts and contributors of the organisations that it admitted: {}",
            admitted()
        ),
        Access::Organisations => format!(
            "its owner, validators, and accounts of the organisations that it admitted: {}",
            admitted()
        ),
    }
}

/// The same in a word, as it is given on the command line.
pub fn access_kind(access: Access) -> &'static str {
    match access {
        Access::Public => "public",
        Access::Validators => "validators",
        Access::Contributors => "contributors",
        Access::Organisations => "organisations",
    }
}

/// Where a round stands.
pub fn round_phase(phase: RoundPhase) -> String {
    match phase {
        RoundPhase::Collecting { until } => format!("collecting until block {until}"),
        RoundPhase::Revealing {
            reveal_until,
            vote_until,
        } => format!("revealing until block {reveal_until}, votes until block {vote_until}"),
        RoundPhase::Computing => "computing".into(),
        RoundPhase::Assessing => "being assessed".into(),
        RoundPhase::Scoring { until } => format!("scoring until block {until} at most"),
        RoundPhase::Vesting { until } => format!("paid from block {until} on"),
        RoundPhase::Paying { next } => format!("paying: the first {next} updates are paid"),
        RoundPhase::Settled => "settled".into(),
        RoundPhase::Aborted => "aborted".into(),
        RoundPhase::Failed => "failed".into(),
    }
}

/// What became of an update.
pub fn update_status(status: &UpdateStatus) -> String {
    match status {
        UpdateStatus::Committed => "committed".into(),
        UpdateStatus::Revealed => "revealed".into(),
        UpdateStatus::Available => "available".into(),
        UpdateStatus::Invalid(reason) => format!("invalid: {reason}"),
        UpdateStatus::Expired => "expired".into(),
        UpdateStatus::Withdrawn => "withdrawn".into(),
        UpdateStatus::Surplus => "surplus: more than its organisation's share".into(),
    }
}

/// How a member of a committee was judged.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Agreed => "agreed",
        Verdict::Wrong => "wrong",
        Verdict::Silent => "silent",
        Verdict::Unjudged => "not judged",
    }
}

/// Where a validator stands.
pub fn validator_state(state: ValidatorState) -> &'static str {
    match state {
        ValidatorState::Registered => "registered",
        ValidatorState::Active => "active",
        ValidatorState::Leaving => "leaving",
    }
}

/// Why an evaluation came to nothing.
pub fn evaluation_failure(reason: EvaluationFailure) -> &'static str {
    match reason {
        EvaluationFailure::NoQuorum => "no quorum agreed in two attempts; the base fee is kept",
        EvaluationFailure::NoJob => "no quorum agreed, and there was no second attempt; the fee went back",
    }
}

/// Why a request came to nothing.
pub fn request_failure(reason: RequestFailure) -> &'static str {
    match reason {
        RequestFailure::NotHeld => "no quorum of validators came to hold its input in time; the base fee is kept",
        RequestFailure::Malformed => {
            "validators found its input malformed: it is not what the program reads, or not its organisation's; the base fee is kept"
        }
        RequestFailure::Expired => "no batch took it in time, or its version was withdrawn; the base fee is kept if its organisation had a turn meanwhile",
        RequestFailure::NoQuorum => "no quorum agreed in two attempts; the base fee and a quarter of that for operations are kept",
        RequestFailure::NoJob => "there was no second attempt, or nobody showed its row in time; the fee went back",
        RequestFailure::Cancelled => "it was cancelled; the base fee is kept",
    }
}

/// Where a request stands.
pub fn request_state(state: &RequestState) -> String {
    match state {
        RequestState::Pending { until } => format!("pending: validators fetch its input until block {until} at most"),
        RequestState::Waiting => "waiting for a batch".into(),
        RequestState::Computing { batch } => format!("computed in batch {batch}"),
        RequestState::Provisional { until, .. } => format!("provisional until block {until}"),
        RequestState::Answered { row, .. } => answer_status(row.status).into(),
        RequestState::Failed(reason) => format!("failed: {}", request_failure(*reason)),
    }
}

/// How an answer ended.
pub fn answer_status(status: AnswerStatus) -> &'static str {
    match status {
        AnswerStatus::Answered => "answered",
        AnswerStatus::Fault => "fault",
        AnswerStatus::Unfit => "unfit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::update::Malformed;

    #[test]
    fn states_should_be_said_as_people_say_them() {
        for said in [
            artifact_state(&ArtifactState::Held { since: 7 }),
            model_state(ModelState::Frozen(Freezer::Council)).into(),
            round_phase(RoundPhase::Revealing {
                reveal_until: 8,
                vote_until: 9,
            }),
            update_status(&UpdateStatus::Invalid(Malformed::NonFinite { tensor: 0, index: 17 })),
            access(Access::Organisations, &[1, 4]),
            access(Access::Contributors, &[]),
            request_state(&RequestState::Failed(RequestFailure::NoQuorum)),
            request_state(&RequestState::Computing { batch: 3 }),
        ] {
            assert!(!said.contains(['{', '}', '(', '[', '_']), "{said}");
            let plain = said.chars().next().is_some_and(char::is_lowercase);
            assert!(plain, "{said}: the name of a type");
        }
    }
}
