//! Votes: whose they are, what they name, and what they decide.

use crate::{
    types::{count, page_of, Ballot, PAGES},
    Ballots, Config, Error, Event, Items, NextBallot, Pallet, WeightInfo,
};
use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use frame_support::{
    ensure,
    pallet_prelude::{TransactionSource, TransactionValidityWithRefund, ValidTransaction},
    traits::Get,
    weights::Weight,
};
use quorate_primitives::{
    availability::{
        bit, vote_payload, voted_claims, AvailabilityVote, Finding, Malformed, Subject, TallyResult, MAX_NAMED,
    },
    committee::Member,
    crypto::AttestationSignature,
    traits::{AvailabilityHandler, Consortium},
    MAX_UPDATES,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::{
    transaction_validity::{InvalidTransaction, TransactionValidityError, UnknownTransaction},
    DispatchError,
};

/// Blocks for which a vote may wait in a pool: about two minutes, then it is built again.
const LONGEVITY: u64 = 64;
/// Votes go before what pays, and after the statements of jobs.
const PRIORITY: u64 = u64::MAX / 4;

/// Why a vote is refused; see the README for the codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Refusal {
    NotOpen,
    OtherBallot,
    /// The ballot may be opened in one of the next blocks.
    NotOpenYet,
    LaterBallot,
    NotAVoter,
    NotActive,
    Signature,
    NoItem,
    NamedTwice,
    NoSuchItem,
    /// The item may be put in one of the next blocks.
    NotPutYet,
    AlreadyVoted,
    OtherClaims,
    TooManyNamed,
    NothingToDecide,
}

/// The pool bans the hash of an invalid transaction, but not of an unknown one. A vote that may still become right, because this node
/// is behind the sender or follows a fork that will lose, is unknown.
impl From<Refusal> for TransactionValidityError {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(match refusal {
            Refusal::NotPutYet => return UnknownTransaction::Custom(3).into(),
            Refusal::OtherClaims => return UnknownTransaction::Custom(5).into(),
            Refusal::NotOpenYet | Refusal::LaterBallot => return UnknownTransaction::Custom(8).into(),
            Refusal::NotOpen | Refusal::OtherBallot => InvalidTransaction::Stale,
            Refusal::NotAVoter | Refusal::NotActive => InvalidTransaction::BadSigner,
            Refusal::Signature => InvalidTransaction::BadProof,
            Refusal::NoItem => InvalidTransaction::Custom(1),
            Refusal::NamedTwice => InvalidTransaction::Custom(2),
            Refusal::NoSuchItem => InvalidTransaction::Custom(3),
            Refusal::AlreadyVoted => InvalidTransaction::Custom(4),
            Refusal::TooManyNamed => InvalidTransaction::Custom(6),
            Refusal::NothingToDecide => InvalidTransaction::Custom(7),
        })
    }
}

impl<T: Config> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotOpen | Refusal::NotOpenYet => Self::NotOpen,
            Refusal::OtherBallot | Refusal::LaterBallot => Self::OtherBallot,
            Refusal::NotAVoter | Refusal::Signature => Self::NotAVoter,
            Refusal::NotActive => Self::NotActive,
            Refusal::NoItem
            | Refusal::NamedTwice
            | Refusal::NoSuchItem
            | Refusal::NotPutYet
            | Refusal::AlreadyVoted
            | Refusal::OtherClaims
            | Refusal::TooManyNamed
            | Refusal::NothingToDecide => Self::ItemsInvalid,
        }
    }
}

/// What is stated about each item, ascending: held, or a fault.
type Statements = BTreeMap<u32, Option<Malformed>>;

fn statements(vote: &AvailabilityVote) -> Result<Statements, Refusal> {
    ensure!(named(vote) <= MAX_NAMED, Refusal::TooManyNamed);
    let numbers = count(vote.held.len()).saturating_mul(8);
    let held = (0..numbers).filter(|item| bit(&vote.held, *item));
    let mut statements: Statements = held.map(|item| (item, None)).collect();
    for fault in &vote.malformed {
        let earlier = statements.insert(fault.item, Some(fault.reason));
        ensure!(earlier.is_none(), Refusal::NamedTwice);
    }
    ensure!(!statements.is_empty(), Refusal::NoItem);
    ensure!(statements.keys().all(|item| *item < MAX_UPDATES), Refusal::NoSuchItem);
    Ok(statements)
}

fn held(vote: &AvailabilityVote) -> u32 {
    vote.held
        .iter()
        .fold(0, |sum, byte| sum.saturating_add(byte.count_ones()))
}

fn named(vote: &AvailabilityVote) -> u32 {
    held(vote).saturating_add(count(vote.malformed.len()))
}

/// The most pages that a vote names items of.
pub(crate) fn pages(vote: &AvailabilityVote) -> u32 {
    // A page is 32 items: four bytes of the bitmap.
    let held = vote.held.chunks(4).filter(|page| page.iter().any(|byte| *byte != 0));
    count(held.count())
        .saturating_add(count(vote.malformed.len()))
        .min(PAGES)
}

impl<T: Config> Pallet<T> {
    /// Weight of counting a vote, without what the handler does.
    pub(crate) fn vote_weight(vote: &AvailabilityVote) -> Weight {
        T::WeightInfo::vote(pages(vote), named(vote).min(MAX_NAMED))
    }

    /// The most that the handler weighs when every named item is decided.
    pub(crate) fn findings_weight(vote: &AvailabilityVote) -> Weight {
        Self::handler_weight(named(vote).min(MAX_NAMED))
    }

    pub(crate) fn handler_weight(items: u32) -> Weight {
        T::Handler::found_weight()
            .saturating_mul(items.into())
            .saturating_add(T::Handler::voted_weight())
    }

    pub(crate) fn authorize_weight(vote: &AvailabilityVote) -> Weight {
        T::WeightInfo::authorize_vote(pages(vote), named(vote).min(MAX_NAMED))
    }

    pub(crate) fn authorize_vote(
        _: TransactionSource,
        vote: &AvailabilityVote,
        signature: &AttestationSignature,
    ) -> TransactionValidityWithRefund {
        let ballot = Self::ballot_of(vote)?;
        let member = Self::voter_of(&ballot, vote)?;
        // The signature comes first: what follows costs reads for each item.
        let signed = vote_payload(Self::genesis_hash(), vote);
        ensure!(member.key.verify(&signed, signature), Refusal::Signature);
        let statements = statements(vote)?;
        Self::check_items(&ballot, vote, &statements)?;
        let validity = ValidTransaction {
            priority: PRIORITY,
            requires: Vec::new(),
            // Not what the vote names: one key has one vote of a ballot in the pool.
            provides: alloc::vec![("QuorateVote", vote.subject, vote.ballot, vote.voter).encode()],
            longevity: LONGEVITY,
            propagate: true,
        };
        Ok((validity, Weight::zero()))
    }

    /// The ballot that a vote is for, while votes are counted.
    fn ballot_of(vote: &AvailabilityVote) -> Result<Ballot, Refusal> {
        let Some(until) = Self::deadline_of(vote.subject) else {
            return Err(match Self::may_be_opened(vote) {
                true => Refusal::NotOpenYet,
                false => Refusal::NotOpen,
            });
        };
        ensure!(Self::now() < until, Refusal::NotOpen);
        let ballot = Ballots::<T>::get(vote.subject).ok_or(Refusal::NotOpen)?;
        if ballot.number != vote.ballot {
            return Err(match Self::may_be_opened(vote) {
                true => Refusal::LaterBallot,
                false => Refusal::OtherBallot,
            });
        }
        Ok(ballot)
    }

    /// Whether the vote's ballot may be one of the next blocks': all other numbers are over or made up.
    fn may_be_opened(vote: &AvailabilityVote) -> bool {
        let next = NextBallot::<T>::get();
        (next..next.saturating_add(T::MaxOpen::get())).contains(&vote.ballot)
    }

    /// The voter, unless its statements are no longer accepted.
    fn voter_of<'a>(ballot: &'a Ballot, vote: &AvailabilityVote) -> Result<&'a Member, Refusal> {
        let position = usize::try_from(vote.voter).map_err(|_| Refusal::NotAVoter)?;
        let member = ballot.committee.get(position).ok_or(Refusal::NotAVoter)?;
        ensure!(T::Consortium::is_active(&member.validator), Refusal::NotActive);
        Ok(member)
    }

    /// Whether the vote may name its items: all are put, this voter has voted on none of them, their claims are those that were
    /// signed, and at least one is undecided.
    fn check_items(ballot: &Ballot, vote: &AvailabilityVote, statements: &Statements) -> Result<(), Refusal> {
        let voters = count(ballot.committee.len());
        let mut claims = Vec::new();
        let mut undecided = false;
        for (number, statements) in by_page(statements) {
            let page = Items::<T>::get(vote.subject, number);
            for (number, _) in statements {
                let item = page.get(&number).ok_or(Refusal::NotPutYet)?;
                ensure!(!item.tally.has_voted(vote.voter), Refusal::AlreadyVoted);
                undecided |= item.tally.result(voters) == TallyResult::Undecided;
                claims.push(item.claim.clone());
            }
        }
        ensure!(voted_claims(&claims) == vote.claims, Refusal::OtherClaims);
        ensure!(undecided, Refusal::NothingToDecide);
        Ok(())
    }

    /// Count a vote whose signature is checked. Returns what the handler weighed.
    pub(crate) fn do_vote(vote: &AvailabilityVote) -> Result<Weight, DispatchError> {
        let ballot = Self::ballot_of(vote).map_err(Error::<T>::from)?;
        let member = Self::voter_of(&ballot, vote).map_err(Error::<T>::from)?;
        let statements = statements(vote).map_err(Error::<T>::from)?;
        Self::check_items(&ballot, vote, &statements).map_err(Error::<T>::from)?;
        let findings = Self::count_vote(&ballot, vote, &statements);
        Self::deposit_event(Event::Voted {
            subject: vote.subject,
            ballot: ballot.number,
            validator: member.validator.clone(),
            held: held(vote),
            malformed: count(vote.malformed.len()),
        });
        Ok(Self::tell(&ballot, vote.subject, &findings))
    }

    /// Returns what the vote decided.
    fn count_vote(ballot: &Ballot, vote: &AvailabilityVote, statements: &Statements) -> Vec<(u32, Finding)> {
        let voters = count(ballot.committee.len());
        let mut findings = Vec::new();
        for (number, statements) in by_page(statements) {
            Items::<T>::mutate(vote.subject, number, |page| {
                for (number, fault) in statements {
                    let Some(item) = page.get_mut(&number) else { continue };
                    let before = item.tally.result(voters);
                    if !item.tally.vote(vote.voter, fault) || before != TallyResult::Undecided {
                        continue;
                    }
                    if let TallyResult::Decided(finding) = item.tally.result(voters) {
                        findings.push((number, finding));
                    }
                }
            });
        }
        findings
    }

    /// Tell the handler. Everything is written by now, as it may close the subject and open it anew.
    fn tell(ballot: &Ballot, subject: Subject, findings: &[(u32, Finding)]) -> Weight {
        for (item, finding) in findings {
            Self::deposit_event(Event::Decided {
                subject,
                item: *item,
                finding: *finding,
            });
        }
        let stands = || Ballots::<T>::get(subject).is_some_and(|stored| stored.number == ballot.number);
        let mut weight = Weight::zero();
        for (item, finding) in findings {
            if stands() {
                weight = weight.saturating_add(T::Handler::found(subject, *item, *finding));
            }
        }
        if !findings.is_empty() && stands() {
            weight = weight.saturating_add(T::Handler::voted(subject));
        }
        weight
    }
}

/// The statements of each page, ascending.
fn by_page(statements: &Statements) -> BTreeMap<u32, Vec<(u32, Option<Malformed>)>> {
    let mut pages: BTreeMap<u32, Vec<_>> = BTreeMap::new();
    for (item, fault) in statements {
        pages.entry(page_of(*item)).or_default().push((*item, *fault));
    }
    pages
}
