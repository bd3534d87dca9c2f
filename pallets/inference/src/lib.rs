#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
// Nothing in the runtime may panic, wrap or truncate. Tests stay free.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]
#![doc = include_str!("../README.md")]
//! ## Example
//!
//! One of the tests, on their mock chain:
//!
//! ```ignore
#![doc = include_str!("tests/example.rs")]
//! ```

extern crate alloc;

mod batching;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod committees;
mod escalating;
mod jobs;
mod paying;
mod pruning;
mod quoting;
mod requests;
mod settling;
mod try_state;
pub mod types;
mod views;
mod votes;
pub mod weights;

// The mocks measure nothing: there are none beside the benchmarks.
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod mock;
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod tests;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
// The code that the macros make.
#[allow(
    clippy::too_many_arguments,
    clippy::expect_used,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]
pub mod pallet {
    use super::{
        quoting::Wanted,
        types::{Batch, BatchEnds, Ends, OpenBatch, Order, Request, Totals, Waiting},
        WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::Randomness};
    use frame_system::{ensure_authorized, pallet_prelude::*};
    use quorate_primitives::{
        availability::Named,
        job::{
            infer::{AnswerPage, AnswerPageHashes, AnswerStatus, Task},
            Infer, InferOutcome,
        },
        traits::{Artifacts, Availability, Capabilities, Consortium, Escrow, Jobs, Models, Protected, Reputation},
        views::inference::{BatchView, Escalation, RequestFailure, RequestQuote, RequestView, Reserve},
        AccountId, ArtifactId, Balance, BatchId, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, RequestId,
        VersionIndex,
    };

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// Which organisation an account speaks for, or is sponsored by.
        type Consortium: Consortium;
        /// Versions, and who may use them.
        type Models: Models;
        /// Programs, and who may use them.
        type Artifacts: Artifacts;
        /// Keeps fees until requests end, and pays them out.
        type Escrow: Escrow;
        /// Votes on inputs.
        type Availability: Availability;
        /// The committee's jobs.
        type Jobs: Jobs<Infer>;
        /// Which validators could compute what.
        type Capabilities: Capabilities;
        /// Reputations of the validators that computed.
        type Reputation: Reputation;
        /// Whether no transactions run in this block; deadlines shift by such blocks.
        type Protected: Protected;
        /// At the end of a block what its author drew by its key: nobody else knew it before.
        type Randomness: Randomness<Option<Hash>, BlockNumberFor<Self>>;
        /// Validators with less reputation earn nothing.
        #[pallet::constant]
        type ReputationFloor: Get<Ppm>;
        /// Paid for every request.
        type BaseFee: Get<Balance>;
        /// Paid for each million of operations.
        type FeePerOperations: Get<Balance>;
        /// Paid for each MiB of the input that was begun.
        type FeePerMiB: Get<Balance>;
        /// Paid for each MiB of version, frozen base and program that was begun, by the requests of a batch together.
        type FeePerMiBRead: Get<Balance>;
        /// The part of what a batch of drawn members earns that goes into the reserve, at most a half.
        type ReservePart: Get<Ppm>;
        /// The most that the reserve holds.
        #[pallet::constant]
        type MaxReserve: Get<Balance>;
        /// Most bytes of an input.
        #[pallet::constant]
        type MaxInputLen: Get<u64>;
        /// Most millions of operations of one request.
        #[pallet::constant]
        type MaxOperations: Get<u64>;
        /// Most millions of operations of all requests of a batch.
        #[pallet::constant]
        type MaxBatchOperations: Get<u64>;
        /// Millions of operations that each validator's machine is expected to do in a block's time.
        #[pallet::constant]
        type OperationsPerBlock: Get<u64>;
        /// Bytes that each validator's machine is expected to fetch in a block's time.
        #[pallet::constant]
        type BytesPerBlock: Get<u64>;
        /// Bytes that the machine of a validator that holds them is expected to read from its disk, and to hash, in a block's time: time to call
        /// counts them so, time to commit leaves whoever does not hold them the time to fetch them.
        #[pallet::constant]
        type HeldBytesPerBlock: Get<u64>;
        /// Blocks for which votes on an input are counted.
        #[pallet::constant]
        type Voting: Get<BlockNumber>;
        /// Blocks after which a request whose input is held may be in a batch, at least 1: more requests come together in a longer time.
        #[pallet::constant]
        type Window: Get<BlockNumber>;
        /// Blocks for which a request waits for a batch.
        #[pallet::constant]
        type MaxWait: Get<BlockNumber>;
        /// Blocks to commit, beside those for operations and bytes, its own and those of the batches that run already: members compute one
        /// at a time.
        #[pallet::constant]
        type CommitBase: Get<BlockNumber>;
        /// Blocks to reveal.
        #[pallet::constant]
        type Reveal: Get<BlockNumber>;
        /// Blocks for which all may be called after drawn members agreed, beside those that computing it takes whoever holds its files.
        #[pallet::constant]
        type Provisional: Get<BlockNumber>;
        /// The least bond of such a call; otherwise it is ten times what its requests may cost together.
        type MinCallBond: Get<Balance>;
        /// Blocks for which rows are taken when a quorum has agreed.
        #[pallet::constant]
        type Settling: Get<BlockNumber>;
        /// Most requests that have not ended.
        #[pallet::constant]
        type MaxOpen: Get<u32>;
        /// Most of them of one organisation.
        #[pallet::constant]
        type MaxOpenPerOrganisation: Get<u32>;
        /// Most requests whose input awaits votes. `availability` has room for as many beside what rounds, models and artifacts have.
        #[pallet::constant]
        type MaxPending: Get<u32>;
        /// Most of them of one organisation.
        #[pallet::constant]
        type MaxPendingPerOrganisation: Get<u32>;
        /// Most batches that have not ended. `attestation` has room for as many beside the jobs of rounds and evaluations.
        #[pallet::constant]
        type MaxBatches: Get<u32>;
        /// Most of them that were made for one organisation.
        #[pallet::constant]
        type MaxBatchesPerOrganisation: Get<u32>;
        /// Most answers of one organisation that gateways show: its newest.
        #[pallet::constant]
        type MaxShownPerOrganisation: Get<u32>;
        /// Blocks for which the jobs of a batch stay after its end: the statements of every member.
        #[pallet::constant]
        type EvidenceRetention: Get<BlockNumber>;
        /// Blocks for which the records of requests and batches stay after their end.
        #[pallet::constant]
        type RecordRetention: Get<BlockNumber>;
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Requests by number, until their retention has ended.
    #[pallet::storage]
    pub type Requests<T: Config> = StorageMap<_, Twox64Concat, RequestId, Request>;

    /// The number of the next request. None is given twice.
    #[pallet::storage]
    pub type NextRequest<T: Config> = StorageValue<_, RequestId, ValueQuery>;

    /// Requests of each organisation, in the order of their numbers.
    #[pallet::storage]
    pub type ByOrganisation<T: Config> = StorageDoubleMap<_, Twox64Concat, OrganisationId, Identity, Order, RequestId>;

    /// Requests of each organisation that have not ended.
    #[pallet::storage]
    pub type Asked<T: Config> =
        StorageMap<_, Twox64Concat, OrganisationId, super::types::Asked<T::MaxOpenPerOrganisation>, ValueQuery>;

    /// How many they are of all organisations.
    #[pallet::storage]
    pub type OpenTotals<T: Config> = StorageValue<_, Totals, ValueQuery>;

    /// Requests that wait for a batch, in the order in which a quorum came to hold their inputs.
    #[pallet::storage]
    pub type WaitingList<T: Config> = StorageValue<_, BoundedVec<Waiting, T::MaxOpen>, ValueQuery>;

    /// The organisation that the newest batch was made for.
    #[pallet::storage]
    pub type LastTurn<T: Config> = StorageValue<_, OrganisationId>;

    /// Answers of each organisation that gateways show, in the order in which they came.
    #[pallet::storage]
    pub type Shown<T: Config> =
        StorageMap<_, Twox64Concat, OrganisationId, BoundedVec<RequestId, T::MaxShownPerOrganisation>, ValueQuery>;

    /// Batches by number, until their retention has ended.
    #[pallet::storage]
    pub type Batches<T: Config> = StorageMap<_, Twox64Concat, BatchId, Batch>;

    /// The number of the next batch. None is given twice.
    #[pallet::storage]
    pub type NextBatch<T: Config> = StorageValue<_, BatchId, ValueQuery>;

    /// Batches that have not ended, ascending by number.
    #[pallet::storage]
    pub type OpenBatches<T: Config> = StorageValue<_, BoundedVec<OpenBatch, T::MaxBatches>, ValueQuery>;

    /// Requests that have a record, in the order in which they ended.
    #[pallet::storage]
    pub type EndedRequests<T: Config> = StorageMap<_, Twox64Concat, u64, RequestId>;

    /// The places of `EndedRequests` that are taken.
    #[pallet::storage]
    pub type RequestEnds<T: Config> = StorageValue<_, Ends, ValueQuery>;

    /// Batches that have a record, in the order in which they ended.
    #[pallet::storage]
    pub type EndedBatches<T: Config> = StorageMap<_, Twox64Concat, u64, BatchId>;

    /// The places of `EndedBatches` that are taken.
    #[pallet::storage]
    pub type BatchPlaces<T: Config> = StorageValue<_, BatchEnds, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A request was made, its fee set aside; its input is to be brought, and voted on before block `until`.
        Requested {
            request: RequestId,
            organisation: OrganisationId,
            by: AccountId,
            model: ModelId,
            version: VersionIndex,
            program: ArtifactId,
            fee: Balance,
            until: BlockNumber,
        },
        /// A quorum holds the input of a request: it waits for a batch.
        InputHeld { request: RequestId },
        /// Requests were taken together, and a job for them given to the committee.
        BatchMade {
            batch: BatchId,
            model: ModelId,
            version: VersionIndex,
            program: ArtifactId,
            requests: u32,
            job: JobId,
        },
        /// A job could not be made: of a batch that was not made yet its requests wait on.
        JobRefused { batch: BatchId, error: DispatchError },
        /// The members that were drawn for a batch agreed: it is settled from block `until` on, unless all are asked before.
        AgreedProvisionally {
            batch: BatchId,
            job: JobId,
            outcome: InferOutcome,
            until: BlockNumber,
        },
        /// All that can compute a batch are asked, after the drawn ones.
        Escalated {
            batch: BatchId,
            job: JobId,
            reason: Escalation,
        },
        /// All agreed on something else than the drawn members: the bond of the organisation that had called them is back.
        BondReturned {
            batch: BatchId,
            organisation: OrganisationId,
            bond: Balance,
        },
        /// All agreed on the same as the drawn members, or on nothing: the organisation that had called them lost its bond.
        BondLost {
            batch: BatchId,
            organisation: OrganisationId,
            bond: Balance,
        },
        /// A quorum agreed on what a batch yields, or what the drawn members agreed on is settled.
        Agreed {
            batch: BatchId,
            job: JobId,
            outcome: InferOutcome,
        },
        /// No quorum agreed on a batch of several organisations: its requests wait for batches of their own organisations.
        BrokenUp { batch: BatchId },
        /// No quorum agreed in the first attempt; there is another.
        Retried { batch: BatchId, job: JobId },
        /// A request has its row. `cost` of its fee was earned, the rest went back.
        Answered {
            request: RequestId,
            batch: BatchId,
            status: AnswerStatus,
            cost: Balance,
        },
        /// A page of a batch's rows was shown.
        PageSettled { batch: BatchId, page: u32, pages: u32 },
        /// A request came to nothing. What of its fee is not kept went back to the organisation's fund.
        Failed { request: RequestId, reason: RequestFailure },
        /// A member of the committee agreed, but its reputation is below the floor: it is not paid, and nobody else is paid more for that.
        ValidatorUnpaid {
            batch: BatchId,
            validator: AccountId,
            reputation: Ppm,
        },
        /// `members` of the committee agreed and were paid `each`; of a batch that was drawn for seven these are the members that were drawn. What
        /// nobody was paid went to the treasury.
        Paid {
            batch: BatchId,
            members: u32,
            each: Balance,
        },
        /// `members` that were not drawn computed a batch after those that were, and were paid `each`, of which the reserve gave `from_reserve`.
        OthersPaid {
            batch: BatchId,
            members: u32,
            each: Balance,
            from_reserve: Balance,
        },
        /// The jobs of a batch are gone; this root over their statements stays.
        EvidencePruned { batch: BatchId, statements_root: Hash },
        /// The record of a batch is gone.
        BatchPruned { batch: BatchId },
        /// The record of a request is gone.
        Pruned { request: RequestId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer is neither the account of an organisation nor a contributor that one sponsors, both in good standing. Sign with such an
        /// account.
        NotAMember,
        /// The model has no such version that validators serve: it does not exist, is not among the newest 64, or its model is retired.
        VersionNotServed,
        /// The version or an ancestor of it is revoked. Ask another one.
        VersionNotClean,
        /// No artifact of this number is a program that a quorum holds. Programs that may be used are Held.
        ProgramNotHeld,
        /// The organisation may not read the version. The model's owner may admit it.
        VersionNotReadable,
        /// The organisation may not read the program. Its owner may admit it.
        ProgramNotReadable,
        /// No quorum holds weights with the root of the model's frozen base that the organisation may read. Register them as an artifact, or
        /// ask whoever did to admit the organisation.
        FrozenBaseNotHeld,
        /// The input is empty or longer than `MaxInputLen`. Ask in parts.
        InputLengthInvalid,
        /// Generated are 1 to 65,536 tokens; a temperature is the bits of a positive, finite f32, and at least one token is drawn from.
        TaskInvalid,
        /// There are more operations than `MaxOperations`. Ask for fewer tokens, or in parts.
        TooMuchWork,
        /// The request costs more than `max_fee`. The view function `quote` tells the fee.
        FeeExceeded,
        /// The organisation's fund does not cover the fee. Anyone may fill it with `incentives.fund`.
        FundTooSmall,
        /// The organisation has as many requests that have not ended as it may have. Wait until one has ended.
        TooManyOpenOfOrganisation,
        /// A request of the organisation that has not ended has this input: each input begins with 32 random bytes of its own.
        InputAskedAlready,
        /// There are as many requests that have not ended as there may be. Wait until one has ended.
        TooManyOpen,
        /// The organisation has as many requests whose inputs await votes as it may have. Bring the inputs, or wait.
        TooManyPendingOfOrganisation,
        /// The inputs of as many requests await votes as may. Wait until one is decided.
        TooManyPending,
        /// All numbers of requests were given.
        NumbersExhausted,
        /// No request has this number, or its retention has ended. Numbers are in the `Requested` events.
        RequestNotFound,
        /// Only the account that asked and that of its organisation may take a request back.
        NotTheAsker,
        /// The request is in a batch, or has ended. Nothing can be done.
        TooLateToCancel,
        /// No batch has this number, or its retention has ended. Nothing can be done.
        BatchNotFound,
        /// No quorum has agreed on the batch yet. Show its pages when one has.
        TooEarly,
        /// The batch takes no rows any more: all were shown, or their time has passed. Nothing can be done.
        NotSettling,
        /// Another page is next. Show that one.
        PageOutOfOrder,
        /// The rows or the hashes are not those of the agreed outcome. They are in the batch's detail blob.
        BadPage,
        /// Fewer validators than a quorum of all can answer it: each declares enough memory and speed, and the present arithmetic, and is not barred.
        /// `capabilities.capabilities` says what each lacks; ask with less memory, or wait for others.
        TooFewCapable,
        /// The batch is not one on which drawn members agreed a short while ago, or all compute it already. Nothing can be done.
        NotProvisional,
        /// The signer is not the account of an organisation in good standing that runs a validator of this session. Ask one that does.
        RunsNoValidator,
        /// The organisation's account does not cover the bond, ten times what the batch may cost. The view function `batch` tells it.
        AccountTooSmall,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Nothing but the weight of what the end of the block may do.
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::weight_of_end()
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Self::end_block();
        }

        fn on_idle(_: BlockNumberFor<T>, left: Weight) -> Weight {
            Self::prune(left)
        }

        fn integrity_test() {
            assert!(
                T::MaxOpen::get() > 0 && T::MaxOpenPerOrganisation::get() > 0,
                "no request may be made"
            );
            assert!(
                T::MaxPending::get() > 0 && T::MaxPendingPerOrganisation::get() > 0,
                "no input may be voted on"
            );
            assert!(
                T::MaxBatches::get() > 0 && T::MaxBatchesPerOrganisation::get() > 0,
                "no batch may be made"
            );
            assert!(T::MaxShownPerOrganisation::get() > 0, "no answer is shown");
            assert!(
                T::MaxOperations::get() <= T::MaxBatchOperations::get(),
                "a request that fits into no batch"
            );
            assert!(
                T::OperationsPerBlock::get() > 0 && T::BytesPerBlock::get() > 0 && T::HeldBytesPerBlock::get() > 0,
                "machines do something"
            );
            assert!(
                T::CommitBase::get() > 0
                    && T::Reveal::get() > 0
                    && T::Voting::get() > 0
                    && T::Settling::get() > 1
                    && T::Provisional::get() > 0,
                "members need time"
            );
            assert!(
                T::Window::get() < T::MaxWait::get(),
                "requests expire before a batch may take them"
            );
            assert!(
                T::EvidenceRetention::get() <= T::RecordRetention::get(),
                "a record outlives its jobs"
            );
            assert!(
                Self::heaviest_end().all_lte(T::BlockWeights::get().max_block),
                "the end of a block does not fit into it"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Ask a version of a model, by a program.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation, or by a contributor that it sponsors.
        ///
        /// ## Details
        /// The fee of this block, at most `max_fee`, is set aside from the organisation's fund; `quote` tells it beforehand. It has the whole price of
        /// reading version, frozen base and program, of which the requests of a batch pay equal shares. `version`: `None`
        /// is the model's head; one that did not pass its gate answers only when it is named. `input` names a blob of `len` bytes, which begins
        /// with 32 random ones, and is to be brought to a gateway at once. `operations`, in millions, are the most that the answer may take:
        /// what needs more is Unfit; of what was not used three quarters of the price go back. `memory`, in MiB as section 22 of docs/exactness.md counts it, is the most
        /// that the run may take; what needs more is Unfit too.
        ///
        /// ## Errors
        /// `NotAMember`, `TooManyOpen`, `TooManyPending`, `TooManyOpenOfOrganisation`, `InputAskedAlready`, `TooManyPendingOfOrganisation`, `TaskInvalid`, `TooMuchWork`,
        /// `InputLengthInvalid`, `VersionNotServed`, `ProgramNotHeld`, `VersionNotReadable`, `ProgramNotReadable`, `FrozenBaseNotHeld`, `FeeExceeded`,
        /// `FundTooSmall`, `TooFewCapable`, `VersionNotClean`, and those of `availability` where there is nobody to vote.
        ///
        /// ## Events
        /// `Requested`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::request().saturating_add(T::Models::is_clean_weight()).saturating_add(T::Artifacts::weights_weight()))]
        pub fn request(
            origin: OriginFor<T>,
            model: ModelId,
            version: Option<VersionIndex>,
            program: ArtifactId,
            input: Named,
            len: u64,
            task: Task,
            operations: u64,
            memory: u32,
            max_fee: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            let wanted = Wanted {
                model,
                version,
                program,
                len,
                operations,
            };
            Self::do_request(who, wanted, input, task, memory, max_fee)
        }

        /// Take back a request that is in no batch yet.
        ///
        /// ## Dispatch Origin
        /// Signed by the account that asked, or that of its organisation.
        ///
        /// ## Details
        /// The base fee is kept: validators have fetched the input, or tried to.
        ///
        /// ## Errors
        /// `RequestNotFound`, `NotTheAsker`, `TooLateToCancel`.
        ///
        /// ## Events
        /// `Failed`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::cancel())]
        pub fn cancel(origin: OriginFor<T>, request: RequestId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_cancel(&who, request)
        }

        /// Show one page of the rows of an agreed outcome.
        ///
        /// ## Dispatch Origin
        /// A general transaction from anyone: the page proves itself.
        ///
        /// ## Details
        /// `rows` are those of 64 requests in the batch's order, `pages` the hashes of all pages; both follow from the detail blob.
        ///
        /// ## Errors
        /// `BatchNotFound`, `TooEarly`, `NotSettling`, `PageOutOfOrder`, `BadPage`.
        ///
        /// ## Events
        /// `Answered` for each row, `PageSettled`, and `Paid` with the last page.
        #[pallet::call_index(2)]
        #[pallet::weight((Pallet::<T>::answer_weight(rows.len() as u32), DispatchClass::Operational, Pays::No))]
        #[pallet::authorize(Self::authorize_answer)]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_answer(rows.len() as u32))]
        pub fn answer(
            origin: OriginFor<T>,
            batch: BatchId,
            page: u32,
            rows: AnswerPage,
            pages: AnswerPageHashes,
        ) -> DispatchResult {
            ensure_authorized(origin)?;
            Self::do_answer(batch, page, &rows, &pages)
        }

        /// Call all that can compute a batch, after drawn members agreed on it.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation that runs a validator of the session.
        ///
        /// ## Details
        /// A bond is set aside from the account, ten times what its requests may cost together, or `MinCallBond` if that is more. It is back when all
        /// agree on something else; it pays those that were not drawn, and the treasury, when they agree on the same; and the treasury has it when they
        /// agree on nothing. One call for a batch.
        ///
        /// ## Errors
        /// `RunsNoValidator`, `BatchNotFound`, `NotProvisional`, `AccountTooSmall`, `TooFewCapable`, and those of `attestation`.
        ///
        /// ## Events
        /// `Escalated`; later `BondReturned` or `BondLost`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::call_all())]
        pub fn call_all(origin: OriginFor<T>, batch: BatchId) -> DispatchResult {
            let by = ensure_signed(origin)?;
            Self::do_call_all(by, batch)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// A request; `None` when there is no such request, or its retention has ended.
        pub fn request_record(request: RequestId) -> Option<RequestView> {
            Self::view(request)
        }

        /// Requests with numbers from `from` on, ascending, at most `count` and 64.
        pub fn requests(from: RequestId, count: u32) -> Vec<RequestView> {
            Self::list(from, count)
        }

        /// Requests of an organisation with numbers from `from` on, ascending, at most `count` and 64.
        pub fn by_organisation(organisation: OrganisationId, from: RequestId, count: u32) -> Vec<RequestView> {
            Self::list_of(organisation, from, count)
        }

        /// A batch; `None` when there is no such batch, or its retention has ended.
        pub fn batch(batch: BatchId) -> Option<BatchView> {
            Self::batch_view(batch)
        }

        /// What a request would cost at most at this block, which part of that the requests of its batch share, and the blocks that its committee
        /// would have to commit if it were in a batch by itself; `None` where it would be refused whoever asked, however little memory it needed.
        pub fn quote(
            model: ModelId,
            version: Option<VersionIndex>,
            program: ArtifactId,
            len: u64,
            operations: u64,
        ) -> Option<RequestQuote> {
            Self::quote_of(Wanted {
                model,
                version,
                program,
                len,
                operations,
            })
        }

        /// What pays for batches that are computed again after drawn members.
        pub fn reserve() -> Reserve {
            Self::reserve_view()
        }
    }
}
