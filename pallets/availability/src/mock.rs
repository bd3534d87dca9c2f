//! A chain with this pallet alone. The handler is a list that the tests read.

use crate::{self as pallet_availability, Call, OpenVote};
use frame_support::{
    derive_impl,
    dispatch::{DispatchResult, GetDispatchInfo},
    pallet_prelude::{TransactionSource, TransactionValidityError, ValidTransaction},
    parameter_types,
    traits::{Authorize, ConstU32, Hooks},
};
pub use quorate_mocks::{
    account,
    consortium::{validators, Inactive, Members},
    member, pair,
    protected::NoTransactions,
};
use quorate_mocks::{MockConsortium, MockProtected};
use quorate_primitives::{
    availability::{
        bitmap, vote_payload, voted_claims, AvailabilityVote, Claim, Fault, Finding, Malformed, Named, Subject,
    },
    traits::{Availability as _, AvailabilityHandler},
    AccountId, Hash, Root,
};
use sp_core::Pair;
use sp_runtime::{
    traits::{Dispatchable, IdentityLookup},
    BoundedVec, BuildStorage, Weight,
};

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Availability: pallet_availability = 1,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
}

/// What the handler was told.
#[derive(Clone, PartialEq, Debug)]
pub enum Told {
    Found(Subject, u32, Finding),
    Voted(Subject),
    Ended(Subject),
}

parameter_types! {
    pub static Log: Vec<Told> = Vec::new();
    /// Whether the handler closes a subject at its first finding, as the model registry does.
    pub static Closes: bool = false;
    /// What an honest voter held of the subject that ended last.
    pub static HeldAtEnd: Vec<u32> = Vec::new();
    /// Whether the handler opens the subject anew when it is told of its end.
    pub static Reopens: bool = false;
}

/// What the handler says that it weighs; the pallet itself weighs nothing here.
pub const FOUND: Weight = Weight::from_parts(1_000, 10);
pub const VOTED: Weight = Weight::from_parts(7, 1);
pub const ENDED: Weight = Weight::from_parts(1_000_000, 100);

pub struct Listener;

impl AvailabilityHandler for Listener {
    fn found(subject: Subject, item: u32, finding: Finding) -> Weight {
        Log::mutate(|log| log.push(Told::Found(subject, item, finding)));
        if Closes::get() {
            Availability::close(subject);
        }
        FOUND
    }
    fn voted(subject: Subject) -> Weight {
        Log::mutate(|log| log.push(Told::Voted(subject)));
        VOTED
    }
    fn ending(subject: Subject) {
        HeldAtEnd::set(Availability::held_by_an_honest_voter(subject).into_iter().collect());
    }
    fn ended(subject: Subject) -> Weight {
        Log::mutate(|log| log.push(Told::Ended(subject)));
        if Reopens::get() {
            open(subject, System::block_number() + 5);
        }
        ENDED
    }
    fn found_weight() -> Weight {
        FOUND
    }
    fn voted_weight() -> Weight {
        VOTED
    }
    fn ended_weight() -> Weight {
        ENDED
    }
}

impl crate::Config for Test {
    type Handler = Listener;
    type Consortium = MockConsortium;
    type Protected = MockProtected;
    type MaxOpen = ConstU32<4>;
    type MaxEnded = ConstU32<2>;
    type WeightInfo = OnlyHandler;
}

pub const ROUND: Subject = Subject::Round(7);
pub const GENESIS: Subject = Subject::Genesis(3);
/// The deadline that [`open`] is usually given.
pub const UNTIL: u32 = 20;

/// Run `test` on a chain with this many validators; afterwards the state must be sound.
pub fn with_validators(count: u32, test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("genesis builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        validators(count);
        Log::set(Vec::new());
        Closes::set(false);
        Reopens::set(false);
        System::set_block_number(1);
        test();
        Availability::do_try_state().expect("the state is sound");
    });
}

pub fn root(item: u32) -> Root {
    Root::repeat_byte(item as u8 + 1)
}

/// An item as it is put.
pub fn claim(item: u32) -> Claim {
    let named = Named {
        root: root(item),
        possession: Root::repeat_byte(item as u8 + 101),
    };
    named.by(item, Hash::zero())
}

pub fn open(subject: Subject, until: u32) {
    Availability::open(subject, until).expect("there is room");
}

/// Open [`ROUND`] with items from 0 on.
pub fn open_round(items: u32) {
    open(ROUND, UNTIL);
    (0..items).for_each(|item| Availability::put_item(ROUND, item, claim(item)));
}

pub fn ballot(subject: Subject) -> u32 {
    crate::Ballots::<Test>::get(subject)
        .expect("the subject is open")
        .number
}

pub const FAULT: Malformed = Malformed::Header;

/// What a voter states: these held, these malformed with a reason. They are about [`claim`].
pub fn statement(subject: Subject, voter: u32, held: &[u32], malformed: &[(u32, Malformed)]) -> AvailabilityVote {
    let mut named: Vec<u32> = held
        .iter()
        .copied()
        .chain(malformed.iter().map(|(item, _)| *item))
        .collect();
    named.sort_unstable();
    let claims: Vec<Claim> = named.into_iter().map(claim).collect();
    AvailabilityVote {
        subject,
        ballot: crate::Ballots::<Test>::get(subject).map_or(0, |ballot| ballot.number),
        voter,
        claims: voted_claims(&claims),
        held: bitmap(held.iter().copied()),
        malformed: BoundedVec::truncate_from(
            malformed
                .iter()
                .map(|(item, reason)| Fault {
                    item: *item,
                    reason: *reason,
                })
                .collect(),
        ),
    }
}

pub fn genesis() -> Hash {
    System::block_hash(0)
}

pub fn signed(vote: AvailabilityVote) -> Call<Test> {
    let signature = pair(vote.voter).sign(&vote_payload(genesis(), &vote));
    Call::vote { vote, signature }
}

/// What the pool says of a call.
pub fn validate(call: &Call<Test>) -> Result<ValidTransaction, TransactionValidityError> {
    let authorized = call
        .authorize(TransactionSource::External)
        .expect("every call authorizes itself");
    authorized.map(|(validity, _)| validity)
}

/// Run a call as if it had been authorized.
pub fn run(call: Call<Test>) -> DispatchResult {
    RuntimeCall::from(call)
        .dispatch(frame_system::Origin::<Test>::Authorized.into())
        .map(|_| ())
        .map_err(|error| error.error)
}

/// A vote on its whole way: authorized, then run with the origin that the extension gives.
pub fn send(vote: AvailabilityVote) -> Result<(), TransactionValidityError> {
    let call = signed(vote);
    validate(&call)?;
    run(call).expect("a vote that is authorized succeeds");
    Ok(())
}

pub fn hold(voter: u32, items: &[u32]) -> Result<(), TransactionValidityError> {
    send(statement(ROUND, voter, items, &[]))
}

/// What a call declares to weigh, and what it says afterwards.
pub fn weigh(call: Call<Test>) -> (Weight, Weight) {
    let call = RuntimeCall::from(call);
    let declared = call.get_dispatch_info().call_weight;
    let done = call.dispatch(frame_system::Origin::<Test>::Authorized.into());
    let actual = done.expect("the call succeeds").actual_weight;
    (declared, actual.expect("a vote says what it weighed"))
}

/// Go on to `block`, with the hooks of every block on the way.
pub fn go_to(block: u32) {
    while System::block_number() < block {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Availability::on_initialize(next);
    }
}

pub fn duties(voter: u32) -> Vec<OpenVote> {
    Availability::duties(&pair(voter).public())
}

/// The items of [`ROUND`] that a voter has still to vote on.
pub fn waiting(voter: u32) -> Vec<u32> {
    let duties = duties(voter);
    let round = duties.into_iter().find(|duty| duty.subject == ROUND);
    round.map_or_else(Vec::new, |duty| duty.items.into_iter().map(|(item, _)| item).collect())
}

/// What the handler was told since the last call.
pub fn told() -> Vec<Told> {
    let log = Log::get();
    Log::set(Vec::new());
    log
}

/// The pallet's own work weighs nothing, so that tests see what the handler adds.
pub struct OnlyHandler;

impl crate::WeightInfo for OnlyHandler {
    fn vote(_: u32, _: u32) -> Weight {
        Weight::zero()
    }
    fn authorize_vote(_: u32, _: u32) -> Weight {
        Weight::zero()
    }
    fn on_initialize(_: u32, _: u32) -> Weight {
        Weight::zero()
    }
    fn on_initialize_paused(_: u32) -> Weight {
        Weight::zero()
    }
}
