//! Votes on items: who may speak about what, and what a quorum decides.

use crate::{
    collecting::count,
    pallet::{Config, Error, Event, GenesisBallots, Pallet, Rounds, Snapshots, Tallies, Updates},
    types::{Round, Stage},
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{
    ensure,
    pallet_prelude::{TransactionSource, TransactionValidityWithRefund, ValidTransaction, Weight},
};
use quorate_primitives::{
    crypto::AttestationSignature,
    job::{Committee, Member},
    payload,
    traits::{Consortium, Escrow, Models},
    update::{bit, AvailabilityVote, Finding, Malformed, Subject, UpdateStatus},
    Root, RoundId,
};
use sp_runtime::{
    transaction_validity::{InvalidTransaction, TransactionValidityError},
    DispatchError, RuntimeAppPublic,
};

/// Blocks for which a vote may wait in a pool.
const LONGEVITY: u64 = 64;
/// Votes go before transfers: rounds wait for them.
const PRIORITY: u64 = 1 << 32;

/// Why a vote is refused; see the README for the codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    NotVoting,
    NotAVoter,
    Signature,
    NoItem,
    NamedTwice,
    ItemNotOpen,
    AlreadyVoted,
    OtherRoots,
}

impl From<Fault> for TransactionValidityError {
    fn from(fault: Fault) -> Self {
        Self::Invalid(match fault {
            Fault::NotVoting => InvalidTransaction::Stale,
            Fault::NotAVoter => InvalidTransaction::BadSigner,
            Fault::Signature => InvalidTransaction::BadProof,
            Fault::NoItem => InvalidTransaction::Custom(1),
            Fault::NamedTwice => InvalidTransaction::Custom(2),
            Fault::ItemNotOpen => InvalidTransaction::Custom(3),
            Fault::AlreadyVoted => InvalidTransaction::Custom(4),
            Fault::OtherRoots => InvalidTransaction::Custom(5),
        })
    }
}

impl<T: Config> From<Fault> for Error<T> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotVoting => Self::NotVoting,
            Fault::NotAVoter | Fault::Signature => Self::NotAVoter,
            _ => Self::ItemsInvalid,
        }
    }
}

/// What is said of each item, ascending.
type Statements = BTreeMap<u32, Option<Malformed>>;

/// Items of a vote with what is said of each.
fn statements(vote: &AvailabilityVote) -> Result<Statements, Fault> {
    let items = count(vote.held.len()).saturating_mul(8);
    let mut said: Statements = (0..items)
        .filter(|item| bit(&vote.held, *item))
        .map(|item| (item, None))
        .collect();
    for fault in &vote.malformed {
        ensure!(said.insert(fault.item, Some(fault.reason)).is_none(), Fault::NamedTwice);
    }
    ensure!(!said.is_empty(), Fault::NoItem);
    Ok(said)
}

fn held(vote: &AvailabilityVote) -> u32 {
    vote.held
        .iter()
        .fold(0u32, |sum, byte| sum.saturating_add(byte.count_ones()))
}

impl<T: Config> Pallet<T> {
    /// Number of items that a vote names as malformed.
    pub(crate) fn named_faults(vote: &AvailabilityVote) -> u32 {
        count(vote.malformed.len())
    }

    /// Number of items that a vote names.
    pub(crate) fn named(vote: &AvailabilityVote) -> u32 {
        held(vote).saturating_add(Self::named_faults(vote))
    }

    pub(crate) fn authorize_vote(
        _source: TransactionSource,
        vote: &AvailabilityVote,
        signature: &AttestationSignature,
    ) -> TransactionValidityWithRefund {
        Self::check_vote(vote, signature)?;
        let validity = ValidTransaction::with_tag_prefix("QuorateVote")
            .priority(PRIORITY)
            .and_provides((vote.subject, vote.voter, vote.roots))
            .longevity(LONGEVITY)
            .propagate(true)
            .build()?;
        Ok((validity, Weight::zero()))
    }

    fn check_vote(vote: &AvailabilityVote, signature: &AttestationSignature) -> Result<(), Fault> {
        let committee = Self::snapshot(vote.subject)?;
        let member = Self::voter(&committee, vote.voter)?;
        // The signature comes first: what follows costs reads for each item.
        let signed = payload::vote_payload(Self::genesis_hash(), vote);
        ensure!(member.key.verify(&signed, signature), Fault::Signature);
        let mut roots = Vec::new();
        for item in statements(vote)?.into_keys() {
            let (root, spoken) = Self::votable(vote.subject, vote.voter, item).ok_or(Fault::ItemNotOpen)?;
            ensure!(!spoken, Fault::AlreadyVoted);
            roots.push(root);
        }
        ensure!(payload::voted_roots(&roots) == vote.roots, Fault::OtherRoots);
        Ok(())
    }

    /// The validators that vote on a subject, while votes are counted.
    fn snapshot(subject: Subject) -> Result<Committee, Fault> {
        let now = Self::now();
        let open = match subject {
            Subject::Genesis(model) => T::Models::genesis_blob(model).is_some_and(|blob| now < blob.until),
            Subject::Round(id) => Rounds::<T>::get(id)
                .is_some_and(|round| matches!(round.stage, Stage::Opening { vote_until, .. } if now < vote_until)),
        };
        ensure!(open, Fault::NotVoting);
        match subject {
            Subject::Genesis(model) => GenesisBallots::<T>::get(model).map(|ballot| ballot.committee),
            Subject::Round(id) => Snapshots::<T>::get(id),
        }
        .ok_or(Fault::NotVoting)
    }

    /// The member at a position, unless it is heard no more.
    fn voter(committee: &Committee, voter: u32) -> Result<&Member, Fault> {
        usize::try_from(voter)
            .ok()
            .and_then(|position| committee.get(position))
            .filter(|member| T::Consortium::is_active(&member.validator))
            .ok_or(Fault::NotAVoter)
    }

    /// The root of an item that votes may name, and whether `voter` has spoken about it. An item that was decided since
    /// may still be named, so that a batch under way is not lost.
    fn votable(subject: Subject, voter: u32, item: u32) -> Option<(Root, bool)> {
        match subject {
            Subject::Genesis(model) => {
                let root = T::Models::genesis_blob(model).filter(|_| item == 0)?.root;
                Some((root, GenesisBallots::<T>::get(model)?.tally.has_voted(voter)))
            }
            Subject::Round(id) => {
                let root = Updates::<T>::get(id, item)?.root?;
                Some((root, Tallies::<T>::get(id, item).has_voted(voter)))
            }
        }
    }

    /// Count a vote whose signature and roots are checked. Returns the number of submissions when this sealed a round.
    pub(crate) fn do_vote(vote: &AvailabilityVote) -> Result<Option<u32>, DispatchError> {
        let committee = Self::snapshot(vote.subject).map_err(Error::<T>::from)?;
        let validator = Self::voter(&committee, vote.voter)
            .map_err(Error::<T>::from)?
            .validator
            .clone();
        let said = statements(vote).map_err(Error::<T>::from)?;
        let malformed = Self::named_faults(vote);
        Self::deposit_event(Event::Voted {
            subject: vote.subject,
            validator,
            held: held(vote),
            malformed,
        });
        match vote.subject {
            Subject::Genesis(model) => {
                Self::count_genesis_vote(model, vote.voter, said.get(&0).copied().flatten());
                Ok(None)
            }
            Subject::Round(id) => Self::count_votes(id, count(committee.len()), vote.voter, &said),
        }
    }

    fn count_votes(id: RoundId, voters: u32, voter: u32, said: &Statements) -> Result<Option<u32>, DispatchError> {
        let mut round = Self::round(id)?;
        for (item, fault) in said {
            let mut tally = Tallies::<T>::get(id, item);
            if tally.vote(voter, *fault) {
                let finding = tally.finding(voters);
                Tallies::<T>::insert(id, item, tally);
                Self::decide(id, &mut round, *item, finding);
            }
        }
        let sealed = Self::seal_if_decided(id, &mut round);
        Rounds::<T>::insert(id, round);
        Ok(sealed)
    }

    /// Give an opened update the status that its votes amount to.
    fn decide(id: RoundId, round: &mut Round, position: u32, finding: Finding) {
        let Some(mut update) = Updates::<T>::get(id, position) else {
            return;
        };
        if update.status != UpdateStatus::Opened {
            return;
        }
        let contributor = update.contributor.clone();
        update.status = match finding {
            Finding::Open => return,
            Finding::Held => {
                round.available = round.available.saturating_add(1);
                Self::deposit_event(Event::Available {
                    round: id,
                    position,
                    contributor,
                });
                UpdateStatus::Available
            }
            Finding::Malformed(reason) => {
                T::Escrow::slash_bond(id, &contributor);
                Self::deposit_event(Event::Invalid {
                    round: id,
                    position,
                    contributor,
                    reason,
                });
                UpdateStatus::Invalid(reason)
            }
            Finding::Split => {
                Self::deposit_event(Event::Expired {
                    round: id,
                    position,
                    contributor,
                });
                UpdateStatus::Expired
            }
        };
        round.opened = round.opened.saturating_sub(1);
        Updates::<T>::insert(id, position, update);
    }
}
