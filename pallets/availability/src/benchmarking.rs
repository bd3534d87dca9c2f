//! Worst cases: a full list of open subjects, a full snapshot, full pages, and items on which the counted vote decides while each
//! voter that found a fault found another one.
//!
//! The subjects are of a kind whose handler does nothing: what a handler does is added from its trait.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use crate::{
    types::{OpenSubject, PAGES},
    *,
};
use alloc::vec::Vec;
use codec::Decode;
use frame_benchmarking::v2::*;
use frame_support::{pallet_prelude::TransactionSource, traits::Get, BoundedVec};
use frame_system::RawOrigin;
use quorate_primitives::{
    availability::{bitmap, vote_payload, voted_claims, AvailabilityVote, Claim, Malformed, Subject, Tally, MAX_NAMED},
    committee::{quorum, Committee},
    crypto::AttestationSignature,
    possession::Shown,
    BlockNumber, Root, MAX_COMMITTEE,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::traits::TrailingZeroInput;

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// Active validators, each of another organisation, whose keys are in the keystore.
    fn committee(size: u32) -> Committee;
}

/// The voter whose vote decides.
const LAST: u32 = MAX_COMMITTEE - 1;

fn subject(number: u32) -> Subject {
    Subject::Artifact(number)
}

fn claim() -> Claim {
    let root = Root::repeat_byte(1);
    let shown = Shown::Possession {
        key: root,
        possession: root,
    };
    Claim { root, shown }
}

fn no_signature() -> AttestationSignature {
    AttestationSignature::decode(&mut TrailingZeroInput::zeroes()).expect("zeroes are a signature")
}

/// One vote is missing to a quorum; all others found a fault, each another one.
fn tally() -> Tally {
    let mut tally = Tally::default();
    let held = quorum(MAX_COMMITTEE) - 1;
    for voter in 0..LAST {
        let fault = Malformed::NonFinite {
            tensor: 0,
            index: voter.into(),
        };
        assert!(tally.vote(voter, (voter >= held).then_some(fault)));
    }
    tally
}

fn open<T: Config>(number: u32, until: BlockNumber) {
    let subject = subject(number);
    Open::<T>::try_append(OpenSubject { subject, until }).expect("the list has room");
}

/// An open subject with full pages.
fn open_with_pages<T: Config>(number: u32, until: BlockNumber, committee: &Committee, pages: u32) {
    open::<T>(number, until);
    let ballot = Ballot {
        number,
        opened_at: 0,
        committee: committee.clone(),
    };
    Ballots::<T>::insert(subject(number), ballot);
    for page in 0..pages {
        let mut items = Page::new();
        for item in page * PAGE..(page + 1) * PAGE {
            let item_of_it = Item {
                claim: claim(),
                tally: tally(),
            };
            items
                .try_insert(item, item_of_it)
                .expect("a page has room for its items");
        }
        Items::<T>::insert(subject(number), page, items);
    }
}

/// The last subject of a full list, and a vote of the last voter that decides `items` of it on `pages` pages.
fn deciding<T: Config>(pages: u32, items: u32) -> (AvailabilityVote, Committee) {
    let number = T::MaxOpen::get() - 1;
    (0..number).for_each(|other| open::<T>(other, 1_000));
    let committee = T::BenchmarkHelper::committee(MAX_COMMITTEE);
    open_with_pages::<T>(number, 1_000, &committee, pages);
    let named = (0..items).map(|item| item % pages * PAGE + item / pages);
    let claims: Vec<Claim> = (0..items).map(|_| claim()).collect();
    let vote = AvailabilityVote {
        subject: subject(number),
        ballot: number,
        voter: LAST,
        claims: voted_claims(&claims),
        held: bitmap(named),
        malformed: BoundedVec::new(),
    };
    (vote, committee)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// `p`: pages; `i`: items that are named and decided. Eight pages hold the most items that a vote may name.
    #[benchmark]
    fn vote(p: Linear<8, { PAGES }>, i: Linear<32, { MAX_NAMED }>) {
        let (statement, _) = deciding::<T>(p, i);

        #[extrinsic_call]
        _(RawOrigin::Authorized, statement, no_signature());
    }

    /// As for `vote`.
    #[benchmark]
    fn authorize_vote(p: Linear<8, { PAGES }>, i: Linear<32, { MAX_NAMED }>) {
        let (statement, committee) = deciding::<T>(p, i);
        let message = vote_payload(Pallet::<T>::genesis_hash(), &statement);
        let signature = committee[LAST as usize].key.sign(&message).unwrap();
        let checked;

        #[block]
        {
            checked = Pallet::<T>::authorize_vote(TransactionSource::External, &statement, &signature);
        }

        assert!(checked.is_ok());
    }

    /// `o`: open subjects; `e`: those of them that end in this block.
    #[benchmark]
    fn on_initialize(o: Linear<0, { T::MaxOpen::get() }>, e: Linear<0, { T::MaxEnded::get() }>) {
        let committee = T::BenchmarkHelper::committee(MAX_COMMITTEE);
        (e..o.max(e)).for_each(|number| open::<T>(number, 1_000));
        (0..e).for_each(|number| open_with_pages::<T>(number, 0, &committee, PAGES));

        #[block]
        {
            Pallet::<T>::drive_deadlines();
        }

        assert_eq!(Open::<T>::get().len() as u32, o.saturating_sub(e));
    }

    /// `o`: open subjects, whose deadlines move.
    #[benchmark]
    fn on_initialize_paused(o: Linear<0, { T::MaxOpen::get() }>) {
        (0..o).for_each(|number| open::<T>(number, 1_000));

        #[block]
        {
            Pallet::<T>::shift();
        }
    }
}
