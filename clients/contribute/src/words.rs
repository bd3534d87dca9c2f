//! What happens on the way, in words.

use quorate_client::submission::Note;
use quorate_primitives::{refund::RefundReason, views::RoundView};

/// A step of a submission.
pub fn step(note: &Note<'_>) -> String {
    match note {
        Note::Committed(Some(block)) => format!("committed in block {block}"),
        Note::Committed(None) => "the commitment is on chain already".into(),
        Note::Uploaded { gateway } => format!("uploaded to {gateway}"),
        Note::NotYetUploaded(error) => {
            format!("the own organisation's gateway has not taken the file, others get it once all commitments are in: {error}")
        }
        Note::WaitingForCommitments => "waiting for all commitments".into(),
        Note::Revealed(block) => format!("revealed in block {block}"),
        Note::WaitingForVotes => "waiting for the validators' votes".into(),
        Note::Reconnecting(error) => format!("connecting again: {error}"),
    }
}

/// Why a round was refunded.
pub fn refund(round: &RoundView) -> String {
    let known = round.refund.map(|reason| match reason {
        RefundReason::Owner => "its owner aborted it".into(),
        RefundReason::Council => "the council aborted it".into(),
        RefundReason::TooFewUpdates { came, needed } => format!("{came} of {needed} needed updates came"),
        RefundReason::NoJob => "no job could be made of its updates".into(),
        RefundReason::NoQuorum => "no quorum of validators agreed on a result in two attempts".into(),
        RefundReason::NoRecord => "the registry did not take the version".into(),
        RefundReason::NotTolerated => {
            "its rule does not tolerate one faulty update of each organisation: more organisations, or more updates, are needed".into()
        }
        RefundReason::NoVotes => "no validators could be asked for votes".into(),
        RefundReason::Halted => "the chain stood still for too long".into(),
        RefundReason::BaseRevoked => "the version that it stands on was revoked".into(),
        RefundReason::VersionRevoked => "its version was revoked before it was paid".into(),
        RefundReason::Held => "its version did not pass the gate of the policy".into(),
        RefundReason::TooFewShards => "fewer sealed shards waited than the policy asks for".into(),
    });
    known.unwrap_or_else(|| "the chain gives no reason".into())
}
