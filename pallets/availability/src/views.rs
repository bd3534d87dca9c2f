//! What a validator has to vote on, found by its key in the snapshots, whatever its session keys are now; and what the view function
//! shows.

use crate::{
    types::{count, Item, ItemStatus, OpenSubject, OpenVote, SubjectStatus},
    Ballots, Config, Items, Open, Pallet,
};
use alloc::vec::Vec;
use quorate_primitives::{
    availability::{Claim, Subject, TallyResult},
    committee::{position, quorum},
    crypto::AttestationId,
    traits::Consortium,
    AccountId,
};

impl<T: Config> Pallet<T> {
    /// What the holder of `key` may vote on in the next block: items that are not decided and that it has not voted on. Subjects
    /// in the order in which they were opened. At most `MaxOpen` ballots and 32 pages of each are read.
    pub fn duties(key: &AttestationId) -> Vec<OpenVote> {
        let next = Self::now().saturating_add(1);
        let open = Open::<T>::get().into_iter().filter(|open| next < open.until);
        open.filter_map(|open| Self::duty(key, open)).collect()
    }

    /// The validator that `key` belongs to in an open snapshot.
    pub fn holder_of(key: &AttestationId) -> Option<AccountId> {
        Open::<T>::get().iter().find_map(|open| {
            let ballot = Ballots::<T>::get(open.subject)?;
            let member = ballot.committee.into_iter().find(|member| member.key == *key)?;
            Some(member.validator)
        })
    }

    fn duty(key: &AttestationId, open: OpenSubject) -> Option<OpenVote> {
        let ballot = Ballots::<T>::get(open.subject)?;
        let voter = position(&ballot.committee, key)?;
        let member = ballot.committee.get(usize::try_from(voter).ok()?)?;
        if !T::Consortium::is_active(&member.validator) {
            return None;
        }
        let items = Self::waiting(open.subject, voter, count(ballot.committee.len()));
        (!items.is_empty()).then_some(OpenVote {
            subject: open.subject,
            ballot: ballot.number,
            voter,
            items,
            until: open.until,
        })
    }

    fn waiting(subject: Subject, voter: u32, voters: u32) -> Vec<(u32, Claim)> {
        let mut items: Vec<(u32, Claim)> = Items::<T>::iter_prefix_values(subject)
            .flatten()
            .filter(|(_, item)| !item.tally.has_voted(voter) && item.tally.result(voters) == TallyResult::Undecided)
            .map(|(number, item)| (number, item.claim))
            .collect();
        items.sort_unstable_by_key(|(number, _)| *number);
        items
    }

    pub(crate) fn status_of(subject: Subject, page: u32) -> Option<SubjectStatus> {
        let ballot = Ballots::<T>::get(subject)?;
        let voters = count(ballot.committee.len());
        let items = Items::<T>::get(subject, page).into_iter();
        Some(SubjectStatus {
            ballot: ballot.number,
            opened_at: ballot.opened_at,
            until: Self::deadline_of(subject)?,
            voters,
            quorum: quorum(voters),
            items: items.map(|(number, item)| item_status(number, &item, voters)).collect(),
        })
    }
}

fn item_status(number: u32, item: &Item, voters: u32) -> ItemStatus {
    let malformed = item.tally.malformed.iter();
    ItemStatus {
        item: number,
        root: item.claim.root,
        held: item.tally.held.count_ones(),
        malformed: malformed.map(|(reason, votes)| (*reason, votes.count_ones())).collect(),
        finding: match item.tally.result(voters) {
            TallyResult::Decided(finding) => Some(finding),
            TallyResult::Undecided => None,
        },
    }
}
