//! What was made for earlier rounds, and when it is not needed any more.
//!
//! An update that was committed to is needed until validators hold it: without its file the bond is lost. Whether they do is a node's word,
//! and a node that lies would have it removed in time. So a final block's word is asked for, the last update that was committed to stays in any case, and what is not
//! known to be over stays, up to a number of rounds.

use crate::place::Place;
use quorate_client::{
    contribution::{is_decided, update_of},
    journal::Journal,
    Client, Result,
};
use quorate_primitives::{
    views::{RoundPhase, RoundView},
    AccountId, RoundId,
};

/// Earlier rounds whose updates are kept at most.
const MOST: usize = 8;

/// Remove what earlier rounds than `current` left behind.
///
/// # Errors
/// Those of the node, and `Io`.
pub async fn forget_earlier(
    place: &Place,
    journal: &Journal,
    client: &Client,
    account: &AccountId,
    current: RoundId,
) -> Result<()> {
    let rounds = place.rounds()?.into_iter().filter(|round| *round != current);
    let (mut committed, last) = (Vec::new(), client.finalized().await?);
    for round in rounds {
        // Nothing of it ever went out.
        if journal.entries(client.genesis(), round, account)?.is_empty() {
            place.forget(round)?;
            continue;
        }
        let known = client.own_round_at(round, account, Some(last.hash)).await?;
        committed.push((round, known.is_some_and(|known| is_over(&known, account))));
    }
    for round in not_needed(&committed) {
        place.forget(round)?;
    }
    Ok(())
}

/// Whether a round needs nothing more of an account's update.
fn is_over(round: &RoundView, account: &AccountId) -> bool {
    let decided = update_of(round, account).is_some_and(is_decided);
    decided
        || matches!(
            round.phase,
            RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed
        )
}

/// Of earlier rounds in their order, each with whether it is over by a final block's word, those whose updates can go.
fn not_needed(rounds: &[(RoundId, bool)]) -> Vec<RoundId> {
    let Some((_, earlier)) = rounds.split_last() else {
        return Vec::new();
    };
    let left = earlier.iter().filter(|(_, is_over)| !is_over).count();
    // With the last one.
    let mut too_many = (left + 1).saturating_sub(MOST);
    let mut go = Vec::new();
    for (round, is_over) in earlier {
        if !is_over && too_many == 0 {
            continue;
        }
        too_many -= usize::from(!is_over);
        go.push(*round);
    }
    go
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::fixtures::{collecting, update};
    use quorate_primitives::update::UpdateStatus;

    #[test]
    fn last_committed_update_should_stay_whatever_a_node_says() {
        assert_eq!(not_needed(&[]), Vec::<RoundId>::new());
        assert_eq!(not_needed(&[(3, true)]), Vec::<RoundId>::new());
        assert_eq!(not_needed(&[(3, true), (5, true), (9, false)]), [3, 5]);
    }

    #[test]
    fn update_of_a_round_that_is_not_over_should_stay_among_so_many() {
        assert_eq!(not_needed(&[(3, false), (5, true), (9, true)]), [5]);
        let open: Vec<_> = (0..20).map(|round| (round, false)).collect();
        let go = not_needed(&open);
        assert_eq!((open.len() - go.len(), go[0], go.last()), (MOST, 0, Some(&11)));
    }

    #[test]
    fn round_should_be_over_when_the_update_is_decided() {
        let account = AccountId::new([1; 32]);
        let mut round = collecting(7, (0, 3));
        assert!(!is_over(&round, &account));
        round.updates = vec![update(&account, UpdateStatus::Revealed)];
        round.phase = RoundPhase::Computing;
        assert!(!is_over(&round, &account));
        round.updates = vec![update(&account, UpdateStatus::Available)];
        assert!(is_over(&round, &account));
        round.updates.clear();
        round.phase = RoundPhase::Failed;
        assert!(is_over(&round, &account));
    }
}
