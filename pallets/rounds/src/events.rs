//! The events. FRAME takes the section into the pallet.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Commitments are taken before block `until`.
        RoundOpened {
            round: RoundId,
            model: ModelId,
            by: OrganisationId,
            base: VersionIndex,
            policy_hash: Hash,
            until: BlockNumber,
        },
        /// A commitment was taken.
        Submitted {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            organisation: OrganisationId,
            commitment: Hash,
            weight: u32,
        },
        /// A commitment was taken back for good; its bond returned.
        Withdrawn {
            round: RoundId,
            position: u32,
            contributor: AccountId,
        },
        /// Roots may be revealed before `reveal_until`, votes are counted before `vote_until`.
        RevealingStarted {
            round: RoundId,
            commitments: u32,
            reveal_until: BlockNumber,
            vote_until: BlockNumber,
        },
        /// A root was revealed that fits its commitment.
        Revealed {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            root: Root,
        },
        /// A quorum holds the update and has checked every byte, the contributor's name among them.
        Available {
            round: RoundId,
            position: u32,
            contributor: AccountId,
        },
        /// A quorum found the same fault; the bond was taken.
        Invalid {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            reason: Malformed,
        },
        /// Not revealed in time, or no quorum either way; what it costs follows when the round ends.
        Expired {
            round: RoundId,
            position: u32,
            contributor: AccountId,
        },
        /// Available, but above what one organisation may have of the updates that came; the bond returns.
        Surplus {
            round: RoundId,
            position: u32,
            contributor: AccountId,
        },
        /// The contributor's first offence: it costs nothing.
        Excused { round: RoundId, contributor: AccountId },
        /// Not the first one: it cost the bond or not, free calls if the root was revealed, and reputation.
        Withheld {
            round: RoundId,
            contributor: AccountId,
            offence: Offence,
            bond_taken: bool,
        },
        /// Nobody could be asked for votes.
        VotesRefused { round: RoundId, error: DispatchError },
        /// The updates are in order and the job runs.
        Sealed {
            round: RoundId,
            job: JobId,
            inputs_root: Hash,
            inputs: u32,
        },
        /// The job could not be made.
        JobRefused { round: RoundId, error: DispatchError },
        /// The first job found no quorum; this one is the last.
        Retried { round: RoundId, job: JobId },
        /// A quorum agreed, and the version is in the registry.
        VersionRecorded {
            round: RoundId,
            model: ModelId,
            version: VersionIndex,
            job: JobId,
        },
        /// A quorum agreed, but the registry did not take the version.
        RecordRefused { round: RoundId, error: DispatchError },
        /// The version is assessed next: when all sealed shards are decided, a job runs.
        AssessingStarted { round: RoundId },
        /// The job of the assessment runs, on so many shards.
        AssessmentStarted { round: RoundId, job: JobId, shards: u32 },
        /// The assessment's first job found no quorum; this one is the last.
        AssessmentRetried { round: RoundId, job: JobId },
        /// It is known whether the version passed its policy's gate, or that there is none; without an outcome no quorum agreed, or no
        /// job could be made.
        Assessed {
            round: RoundId,
            outcome: Option<AssessOutcome>,
            passed: bool,
        },
        /// The assessment is over: so many members have `each` of its fee, and `given_back` of it is back in the model's fund. So many
        /// suppliers lost their bonds; each update of the others gets `bonus` of them.
        AssessmentSettled {
            round: RoundId,
            members: u32,
            each: Balance,
            given_back: Balance,
            withheld: u32,
            bonus: Balance,
        },
        /// The job is closed; score pages are awaited before `until`.
        ScoringStarted { round: RoundId, until: BlockNumber },
        /// A page of scores was taken, the `page`-th of `pages`.
        PageSettled { round: RoundId, page: u32, pages: u32 },
        /// All scores are in.
        Scored {
            round: RoundId,
            updates: u32,
            median: Ppm,
            organisations: u32,
        },
        /// No complete scores in time: contributors' pay returns to the model's fund.
        ScoresMissing { round: RoundId },
        /// A contributor earned `amount`, to be claimed.
        Paid {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            score: Ppm,
            amount: Balance,
        },
        /// A validator earned `amount`, to be claimed.
        ValidatorPaid {
            round: RoundId,
            validator: AccountId,
            amount: Balance,
        },
        /// A validator that agreed earned nothing: its reputation is below the floor. Its part returns to the model's fund.
        ValidatorUnpaid {
            round: RoundId,
            validator: AccountId,
            reputation: Ppm,
        },
        /// The escrow did not pay; the amount goes where the rest of the escrow goes.
        PayRefused {
            round: RoundId,
            account: AccountId,
            amount: Balance,
            error: DispatchError,
        },
        /// The round is over; validators keep its blobs until `retained_until`.
        Settled {
            round: RoundId,
            updates_root: Hash,
            statements_root: Hash,
            retained_until: BlockNumber,
        },
        /// The round ended before there was a result; the escrow is back in the model's fund, bonds return in the next blocks.
        Aborted { round: RoundId, reason: RefundReason },
        /// The round yielded no version that stands; the escrow is back in the model's fund, bonds return in the next blocks.
        Failed { round: RoundId, reason: RefundReason },
        /// All bonds of a refunded round are back.
        Refunded { round: RoundId },
        /// The updates are in order; the job follows when its seed is drawn from the next `blocks` blocks.
        DrawingStarted { round: RoundId, inputs: u32, blocks: u32 },
        /// The deadlines move on with each block from now on: people cannot do what they are for.
        ShiftStarted { round: RoundId },
        /// The deadlines stand still again; they moved by so many blocks.
        ShiftEnded { round: RoundId, blocks: BlockNumber },
        /// What was due comes later, by the blocks in which no transaction could run.
        Postponed {
            round: RoundId,
            blocks: BlockNumber,
            until: BlockNumber,
        },
        /// The evidence of the round is removed. Its roots stay in the version's record.
        RetentionEnded { round: RoundId, model: ModelId },
    }
}
