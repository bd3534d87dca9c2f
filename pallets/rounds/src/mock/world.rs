//! The consortium and its first model, as each test finds them, and what tests read and change of them.

use super::{Rounds, MODEL};
use quorate_exact::check::Malformed;
use quorate_mocks::availability::{self, Ballot};
pub use quorate_mocks::{
    account,
    availability::{Ballots, RefuseVotes, Voters},
    consortium::Suspended,
    escrow::{self, ledger},
    jobs::{Cancelled, Created, Pruned, RefuseJobs, Verdicts, VerdictsOf},
    models::{self, model, RefuseRecords, Settled, FILE_LEN, UPDATE_LEN},
    policy,
    protected::{NoSubmissions, NoTransactions},
    reputation::{set_reputation, InvalidUpdates, Results, Withheld},
};
use quorate_primitives::{
    availability::Subject,
    job::{Aggregate, JobSpec, Verdict},
    payload,
    policy::{Policy, MIN_BOND},
    purpose::Purpose,
    traits::AvailabilityHandler,
    Balance, JobId, OrganisationId, Root, RoundId, VersionIndex,
};

/// Validators of the consortium.
pub const VALIDATORS: u32 = 4;
/// Organisations, numbered from 1; the account of organisation `n` is `account(n)`.
pub const ORGANISATIONS: u32 = 40;
/// Contributors of organisation `n` are `account(1000 * n)` and the next ones.
pub const FIRST: u32 = 1_000;
/// What each organisation has at first.
pub const START: Balance = 1_000 * MIN_BOND;
/// What an assessment costs at least, and for each thousand million of operations.
pub const BASE_FEE: Balance = 1_000;
pub const FEE_PER_OPERATIONS: Balance = 7;
/// What the first model's fund has.
pub const FUND: Balance = 10_000_000;

/// The world before a test: rich organisations, one of them with a funded model, and validators that always agree.
pub fn build() {
    models::register(MODEL, 1, root(0));
    Voters::set(VALIDATORS);
    Verdicts::set(vec![Verdict::Agreed; VALIDATORS as usize]);
    escrow::change(|ledger| {
        ledger.set_fund(MODEL, FUND);
        ledger.free = (1..=ORGANISATIONS).map(|organisation| (organisation, START)).collect();
    });
}

pub fn root(number: u32) -> Root {
    payload::tagged(b"blob", &number)
}

/// Change the first model's policy.
pub fn set_policy(change: impl FnOnce(&mut Policy)) {
    models::set_policy(MODEL, change);
}

/// Revoke a version of the first model, and tell nobody.
pub fn revoke_version(version: VersionIndex) {
    models::change(MODEL, |model| model.revoked.insert(version));
}

pub fn reinstate(organisation: OrganisationId) {
    Suspended::mutate(|suspended| suspended.retain(|other| *other != organisation));
}

pub fn suspend(organisation: OrganisationId) {
    Suspended::mutate(|suspended| suspended.push(organisation));
}

pub fn escrowed(id: RoundId) -> Balance {
    ledger().escrowed(Purpose::Round(id))
}

pub fn claim_of(number: u32) -> Balance {
    ledger().claim_of(&account(number))
}

pub fn last_job() -> (JobId, JobSpec<Aggregate>) {
    Created::get().pop().unwrap()
}

/// The open votes on a round's updates.
pub fn ballot(id: RoundId) -> Ballot {
    Ballots::get().remove(&Subject::Round(id)).unwrap()
}

/// A voter's statement about one item; whoever decides it tells the pallet. False when it cannot be made.
pub fn vote(id: RoundId, voter: u32, item: u32, fault: Option<Malformed>) -> bool {
    let subject = Subject::Round(id);
    let counted = availability::vote(subject, VALIDATORS, voter, item, fault);
    if let Some(Some(finding)) = counted {
        let weight = <Rounds as AvailabilityHandler>::found(subject, item, finding);
        assert!(weight.all_lte(<Rounds as AvailabilityHandler>::found_weight()));
    }
    counted.is_some()
}

/// Whether a voter has spoken about an item.
pub fn has_voted(id: RoundId, voter: u32, item: u32) -> bool {
    availability::has_voted(Subject::Round(id), voter, item)
}
