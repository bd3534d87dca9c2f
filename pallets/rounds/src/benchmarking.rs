//! Worst cases: a round of as many updates as a round may have, of as many organisations as there may be, on a full list of
//! active rounds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use crate::{types::*, *};
use alloc::vec::Vec;
use core::ops::Range;
use frame_benchmarking::v2::*;
use frame_support::{
    pallet_prelude::TransactionSource,
    traits::{EnsureOrigin, Get},
    BoundedVec,
};
use frame_system::RawOrigin;
use quorate_primitives::{
    availability::{Claim, Finding, Subject},
    job::{
        aggregate::{page_hash, scores_root, PageHashes, ScorePage, ScoreRow},
        assess::{AssessOutcome, Measures},
        Aggregate, AggregateOutcome, Assess, CommitteeRule, JobEnd, JobSpec, Requester,
    },
    payload,
    policy::Assessment,
    possession::Shown,
    purpose::Purpose,
    traits::{
        Availability, AvailabilityHandler, Consortium, Escrow, JobHandler, Jobs, Models, RevocationSink, RoundBase,
    },
    update::{Encoding, Malformed, Update, UpdateStatus},
    AccountId, Hash, JobId, ModelId, OrganisationId, Root, RoundId, MAX_COMMITTEE, MAX_UPDATES, PPM, SETTLEMENT_PAGE,
};

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// Make the session's validators this many.
    fn committee(size: u32);
    /// An active model with a fund, and its owner's account. The policy allows the most updates.
    fn model() -> (ModelId, OrganisationId, AccountId);
    /// A contributor, its number's remainder the number of its organisation, which has tokens.
    fn contributor(number: u32) -> (AccountId, OrganisationId);
    /// Close a job: all members agreed.
    fn close_job(job: JobId);
    /// A gate, with a program and a benchmark that the account's organisation may use.
    fn assessment(owner: &AccountId) -> Assessment;
}

const ID: RoundId = 1_000_000;
const SALT: [u8; 32] = [7; 32];
const LAST: u32 = MAX_UPDATES - 1;

fn claim(position: u32) -> Claim {
    let shown = Shown::Contributor(account("other", position, 0));
    Claim {
        root: root_of(position),
        shown,
    }
}

fn root_of(position: u32) -> Root {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&position.to_le_bytes());
    Root::from(bytes)
}

/// The last place on the list of active rounds is the round's.
fn fill_active<T: Config>(with: Option<RoundId>) {
    let others = 1..T::MaxActiveRounds::get();
    ActiveRounds::<T>::put(BoundedVec::truncate_from(others.chain(with).collect()));
}

/// A round that has its escrow. It is not stored.
fn round<T: Config>(stage: RoundStage) -> (Round, AccountId) {
    T::BenchmarkHelper::committee(MAX_COMMITTEE);
    let (model, organisation, owner) = T::BenchmarkHelper::model();
    let base = T::Models::round_base(model).expect("the model is active");
    T::Escrow::lock(Purpose::Model(model), Purpose::Round(ID), base.policy.reward).unwrap();
    let round = Round {
        model,
        owner: organisation,
        base: base.base,
        base_root: base.base_root,
        previous_root: base.previous_root,
        optimiser: base.optimiser,
        policy: base.policy,
        update_len: base.update_len,
        file_len: base.file_len,
        stage,
        opened_at: 0,
        sealed_at: None,
        recorded_at: None,
        version: None,
        job: None,
        first_job: None,
        assessment: None,
        refund: None,
        withdrawn: 0,
        submissions: 0,
        committed: 0,
        revealed: 0,
        available: 0,
        organisations: 64,
        shift: Shift::default(),
        lost: 0,
        due: None,
    };
    (round, owner)
}

fn store<T: Config>(round: &Round) {
    Rounds::<T>::insert(ID, round);
    fill_active::<T>(Some(ID));
    OpenRound::<T>::insert(round.model, ID);
    let others = 1..MAX_ORGANISATION_ROUNDS;
    RoundsOf::<T>::insert(round.model, BoundedVec::truncate_from(others.chain([ID]).collect()));
    Kept::<T>::insert(ID.to_be_bytes(), ());
    Usages::<T>::mutate(round.owner, |usage| {
        usage.active = 1;
        usage.rounds = 1;
    });
}

/// Stores the update of this position, with its bond.
fn insert_update<T: Config>(round: &Round, position: u32, status: UpdateStatus) -> AccountId {
    let (contributor, organisation) = T::BenchmarkHelper::contributor(position);
    let root = (!matches!(status, UpdateStatus::Committed)).then(|| root_of(position));
    let genesis = Pallet::<T>::genesis_hash();
    let update = Update {
        contributor: contributor.clone(),
        organisation,
        commitment: payload::update_commitment(genesis, ID, &contributor, root_of(position), 1, SALT),
        weight: 1,
        encoding: Encoding::DenseF32,
        submitted_at: 0,
        status,
        root,
        index: None,
        score: None,
    };
    // Read only where the update is over, for the costliest end.
    let offence = (status == UpdateStatus::Expired).then_some(Offence::NeverAvailable);
    let submission = Submission {
        position,
        update,
        offence,
    };
    Updates::<T>::insert(ID, &contributor, submission);
    T::Escrow::hold_bond(organisation, Purpose::Round(ID), &contributor, round.policy.bond).unwrap();
    Usages::<T>::mutate(organisation, |usage| {
        usage.updates += 1;
        usage.bytes += round.update_len;
    });
    contributor
}

/// A list of this many contributors. Those up to `known` have an update.
fn insert_updates<T: Config>(round: &mut Round, (known, listed): (u32, u32), status: UpdateStatus) {
    let mut contributors: Vec<AccountId> = (0..known)
        .map(|position| insert_update::<T>(round, position, status))
        .collect();
    contributors.extend((known..listed).map(|position| account("other", position, 0)));
    Contributors::<T>::insert(ID, BoundedVec::truncate_from(contributors));
    round.submissions = listed;
}

fn open_votes<T: Config>(items: Range<u32>) {
    T::Availability::open(Subject::Round(ID), 1_000).unwrap();
    for position in items {
        T::Availability::put_item(Subject::Round(ID), position, claim(position));
    }
}

fn revealing() -> RoundStage {
    RoundStage::Revealing {
        reveal_until: 900,
        vote_until: 1_000,
    }
}

fn full_scores<T: Config>(rows: u32) -> Scores {
    let mut scores = Scores {
        median: PPM / 2,
        ..Default::default()
    };
    for position in 0..MAX_UPDATES {
        let (_, organisation) = T::BenchmarkHelper::contributor(position);
        let points = u64::from(PPM);
        if position < rows {
            scores.rows.try_push(Row { score: PPM / 2, points }).unwrap();
        }
        let known = scores.organisations.get(&organisation).copied().unwrap_or_default();
        scores.organisations.try_insert(organisation, known + points).unwrap();
        scores.total += points;
    }
    scores
}

fn order() -> SealedOrder {
    let order = (0..MAX_UPDATES).map(|position| SealedUpdate {
        position,
        organisation: position,
        weight: 1,
        root: root_of(position),
    });
    SealedOrder::truncate_from(order.collect())
}

fn outcome(file_len: u64, scores: Hash) -> AggregateOutcome {
    AggregateOutcome {
        output: root_of(0),
        output_len: file_len,
        optimiser: Some(root_of(1)),
        detail: root_of(2),
        scores,
    }
}

/// The last page of a round, with `rows` rows.
fn scoring<T: Config>(rows: u32) -> (u32, ScorePage, PageHashes) {
    let page = MAX_UPDATES / SETTLEMENT_PAGE - 1;
    let before = page * SETTLEMENT_PAGE;
    let (mut round, _) = round::<T>(RoundStage::Scoring { until: 1_000 });
    insert_updates::<T>(&mut round, (before + rows, MAX_UPDATES), UpdateStatus::Available);
    round.available = before + rows;
    let row = ScoreRow {
        score: PPM / 2,
        selection: 1,
    };
    let rows = ScorePage::truncate_from((0..rows).map(|_| row).collect());
    let hashes = (0..page).map(|_| Hash::zero()).chain([page_hash(&rows)]);
    let hashes = PageHashes::truncate_from(hashes.collect());
    Outcomes::<T>::insert(ID, outcome(round.file_len, scores_root(&hashes)));
    AwaitedPages::<T>::insert(ID, page);
    RoundScores::<T>::insert(ID, full_scores::<T>(before));
    SealedOrders::<T>::insert(ID, order());
    store::<T>(&round);
    (page, rows, hashes)
}

fn spec(round: &Round, attempt: u8) -> JobSpec<Aggregate> {
    JobSpec {
        requester: Requester::Round(ID),
        attempt,
        exact_version: 1,
        commit: 10,
        reveal: 10,
        committee: CommitteeRule::All,
        work: Aggregate {
            model: round.model,
            base: round.base,
            policy_hash: Hash::zero(),
            base_root: round.base_root,
            previous_root: Some(Root::zero()),
            inputs_root: Hash::zero(),
            inputs: MAX_UPDATES,
            seed: Hash::zero(),
            optimiser: Some(Root::zero()),
        },
    }
}

/// A round whose job computes.
fn computing<T: Config>() -> (Round, JobId, JobSpec<Aggregate>) {
    let seed = Hash::zero();
    let (mut round, _) = round::<T>(RoundStage::Computing { seed });
    let spec = spec(&round, 0);
    let job = T::Jobs::create(spec.clone()).unwrap();
    round.job = Some(job);
    round.available = MAX_UPDATES;
    store::<T>(&round);
    (round, job, spec)
}

/// What a round of this owner would stand on, with a gate.
fn gated<T: Config>(model: ModelId, owner: &AccountId) -> RoundBase {
    let mut base = T::Models::round_base(model).expect("the model is active");
    base.policy.assessment = Some(T::BenchmarkHelper::assessment(owner));
    base
}

/// A round whose version is recorded and waits for its gate, beside as many others as there may be that are assessed.
fn recorded<T: Config>() -> Round {
    let (mut round, owner) = round::<T>(RoundStage::Computing { seed: Hash::zero() });
    let base = gated::<T>(round.model, &owner);
    round.policy = base.policy;
    round.assessment = Pallet::<T>::assessment_of(round.owner, round.model, &base)
        .ok()
        .flatten();
    let fee = round.assessment.as_ref().unwrap().fee;
    T::Escrow::lock(Purpose::Model(round.model), Purpose::Assessment(ID), fee).unwrap();
    let spec = spec(&round, 0);
    let job = T::Jobs::create(spec.clone()).unwrap();
    round.job = Some(job);
    round.available = MAX_UPDATES;
    store::<T>(&round);
    SealedOrders::<T>::insert(ID, order());
    let outcome = outcome(round.file_len, Hash::zero());
    <Pallet<T> as JobHandler<Aggregate, AggregateOutcome>>::agreed(job, &spec, &outcome);
    T::BenchmarkHelper::close_job(job);
    <Pallet<T> as JobHandler<Aggregate, AggregateOutcome>>::closed(job, &spec, JobEnd::Agreed(outcome));
    let round = Rounds::<T>::get(ID).unwrap();
    assert_eq!(round.stage, RoundStage::Assessing);
    for other in 1..T::MaxActiveRounds::get() {
        Rounds::<T>::insert(other, &round);
    }
    round
}

/// A round whose assessment runs.
fn assessing<T: Config>() -> (Round, JobId, JobSpec<Assess>) {
    let mut round = recorded::<T>();
    let spec = Pallet::<T>::assessment_spec(ID, &round, &[]).unwrap();
    let job = T::AssessmentJobs::create(spec.clone()).unwrap();
    round.assessment.as_mut().unwrap().job = Some(job);
    Rounds::<T>::insert(ID, &round);
    (round, job, spec)
}

/// What the gate of [`BenchmarkHelper::assessment`] lets pass, and what not.
fn assessed(passes: bool) -> AssessOutcome {
    let correct = if passes { PPM } else { 0 };
    AssessOutcome::Done {
        measures: Measures {
            sets: 1,
            loss_before: 0,
            loss: 0,
            increase: 0,
            correct_before: 0,
            correct,
        },
        counted: 0,
        detail: root_of(3),
        detail_len: 1,
        scores: None,
    }
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// Whether it is free is checked before, as in a block.
    #[benchmark]
    fn open_round() {
        let (model, _, owner) = T::BenchmarkHelper::model();
        fill_active::<T>(None);
        let others = 1..MAX_ORGANISATION_ROUNDS;
        RoundsOf::<T>::insert(model, BoundedVec::truncate_from(others.collect()));

        #[block]
        {
            assert!(Pallet::<T>::opens_for_free(&owner, model));
            Pallet::<T>::open_round(RawOrigin::Signed(owner).into(), model).unwrap();
        }

        assert!(OpenRound::<T>::contains_key(model));
    }

    /// The last update of a round, and the organisation's first to it while it has some in every other active round. Whether it is
    /// free is checked before, as in a block.
    #[benchmark]
    fn submit() {
        let (round, _) = round::<T>(RoundStage::Collecting { until: 1_000 });
        store::<T>(&round);
        let others = (0..LAST).map(|position| account("other", position, 0));
        Contributors::<T>::insert(ID, BoundedVec::truncate_from(others.collect()));
        let (who, organisation) = T::BenchmarkHelper::contributor(0);
        Usages::<T>::mutate(organisation, |usage| {
            for other in 1..T::MaxActiveRounds::get() {
                usage.submitted.try_insert(other, 1).unwrap();
            }
        });

        #[block]
        {
            assert!(Pallet::<T>::submits_for_free(&who, ID, 1));
            Pallet::<T>::submit(RawOrigin::Signed(who.clone()).into(), ID, Hash::repeat_byte(1), 1).unwrap();
        }

        assert!(Updates::<T>::contains_key(ID, &who));
    }

    /// Whether it is free is checked before, as in a block.
    #[benchmark]
    fn withdraw() {
        let (round, _) = round::<T>(RoundStage::Collecting { until: 1_000 });
        store::<T>(&round);
        let who = insert_update::<T>(&round, 0, UpdateStatus::Committed);

        #[block]
        {
            assert!(Pallet::<T>::check_withdraw(&who, ID).is_ok());
            Pallet::<T>::withdraw(RawOrigin::Signed(who.clone()).into(), ID).unwrap();
        }

        let status = Updates::<T>::get(ID, &who).unwrap().update.status;
        assert_eq!(status, UpdateStatus::Withdrawn);
    }

    /// Whether it is free is checked before, as in a block.
    #[benchmark]
    fn reveal_update() {
        let (mut round, _) = round::<T>(revealing());
        insert_updates::<T>(&mut round, (0, MAX_UPDATES), UpdateStatus::Committed);
        let who = insert_update::<T>(&round, 0, UpdateStatus::Committed);
        store::<T>(&round);
        // The page of its item is full but for its place.
        open_votes::<T>(1..MAX_UPDATES);
        let root = root_of(0);

        #[block]
        {
            assert!(Pallet::<T>::check_reveal(&who, ID, root, SALT).is_ok());
            Pallet::<T>::reveal_update(RawOrigin::Signed(who.clone()).into(), ID, root, SALT).unwrap();
        }

        assert_eq!(
            Updates::<T>::get(ID, &who).unwrap().update.status,
            UpdateStatus::Revealed
        );
    }

    /// `r`: rows of the last page.
    #[benchmark]
    fn settle_page(r: Linear<1, { SETTLEMENT_PAGE }>) {
        let (page, rows, hashes) = scoring::<T>(r);

        #[extrinsic_call]
        settle(RawOrigin::Authorized, ID, page, rows, hashes);

        assert!(matches!(
            Rounds::<T>::get(ID).unwrap().stage,
            RoundStage::Vesting { .. }
        ));
    }

    /// As for `settle_page`.
    #[benchmark]
    fn authorize_settle(r: Linear<1, { SETTLEMENT_PAGE }>) {
        let (page, rows, hashes) = scoring::<T>(r);
        let checked;

        #[block]
        {
            checked = Pallet::<T>::authorize_settle(TransactionSource::External, &ID, &page, &rows, &hashes);
        }

        assert!(checked.is_ok());
    }

    /// By the council, while validators vote on every update.
    #[benchmark]
    fn abort() -> Result<(), BenchmarkError> {
        let origin = T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let (mut round, _) = round::<T>(revealing());
        round.submissions = MAX_UPDATES;
        store::<T>(&round);
        open_votes::<T>(0..MAX_UPDATES);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, ID);

        assert!(matches!(
            Rounds::<T>::get(ID).unwrap().stage,
            RoundStage::Refunding { .. }
        ));
        Ok(())
    }

    /// The costliest finding: a bond is taken.
    #[benchmark]
    fn found() {
        let (mut round, _) = round::<T>(revealing());
        insert_updates::<T>(&mut round, (1, MAX_UPDATES), UpdateStatus::Revealed);
        round.revealed = 1;
        store::<T>(&round);

        #[block]
        {
            <Pallet<T> as AvailabilityHandler>::found(Subject::Round(ID), 0, Finding::Malformed(Malformed::Header));
        }

        assert_eq!(Rounds::<T>::get(ID).unwrap().revealed, 0);
    }

    /// `u`: updates, all of which are available; and what is asked about one that is not, for each of them.
    #[benchmark]
    fn seal(u: Linear<1, { MAX_UPDATES }>) {
        let (mut round, _) = round::<T>(revealing());
        insert_updates::<T>(&mut round, (u, u), UpdateStatus::Available);
        store::<T>(&round);
        open_votes::<T>(0..u);

        #[block]
        {
            for submission in Pallet::<T>::submitted(ID) {
                T::Consortium::is_barred(&submission.update.contributor, submission.update.organisation);
            }
            Pallet::<T>::seal(ID, &mut round);
            Rounds::<T>::insert(ID, &round);
        }

        assert!(matches!(round.stage, RoundStage::Computing { .. }));
    }

    /// `r`: active rounds in which nothing is due.
    #[benchmark]
    fn look(r: Linear<0, { T::MaxActiveRounds::get() }>) {
        let seed = Hash::zero();
        let (round, _) = round::<T>(RoundStage::Computing { seed });
        (0..r).for_each(|id| Rounds::<T>::insert(id, &round));
        ActiveRounds::<T>::put(BoundedVec::truncate_from((0..r).collect()));

        #[block]
        {
            Pallet::<T>::drive();
        }
    }

    /// From collecting to revealing, which takes a snapshot of the voters.
    #[benchmark]
    fn transition() {
        let (mut round, _) = round::<T>(RoundStage::Collecting { until: 1_000 });
        store::<T>(&round);

        #[block]
        {
            Pallet::<T>::start_revealing(ID, &mut round, MAX_UPDATES);
            Rounds::<T>::insert(ID, &round);
        }

        assert!(matches!(round.stage, RoundStage::Revealing { .. }));
    }

    #[benchmark]
    fn shift() {
        let (mut round, _) = round::<T>(revealing());
        store::<T>(&round);

        #[block]
        {
            Pallet::<T>::shift(ID, &mut round);
            Rounds::<T>::insert(ID, &round);
        }

        assert_eq!(round.shift.blocks, 1);
    }

    /// `r`: rounds whose version is revoked, or their base while validators vote on every update of the first one.
    #[benchmark]
    fn revoked(r: Linear<1, MAX_ORGANISATION_ROUNDS>) {
        let (mut round, _) = round::<T>(revealing());
        round.submissions = MAX_UPDATES;
        store::<T>(&round);
        open_votes::<T>(0..MAX_UPDATES);
        let ids = ID..ID + r;
        for id in ids.clone().skip(1) {
            let (fund, escrow) = (Purpose::Model(round.model), Purpose::Round(id));
            T::Escrow::lock(fund, escrow, round.policy.reward).unwrap();
            let mut vesting = Round {
                stage: RoundStage::Vesting { until: 1_000 },
                version: Some(round.base),
                ..round.clone()
            };
            Pallet::<T>::enqueue(id, &mut vesting, 1_000);
            Rounds::<T>::insert(id, vesting);
            RoundScores::<T>::insert(id, Scores::default());
            SealedOrders::<T>::insert(id, SealedOrder::default());
        }
        RoundsOf::<T>::insert(round.model, BoundedVec::truncate_from(ids.clone().collect()));

        #[block]
        {
            <Pallet<T> as RevocationSink>::revoked(round.model, round.base);
        }

        let refunding = |id| matches!(Rounds::<T>::get(id).unwrap().stage, RoundStage::Refunding { .. });
        assert!(ids.into_iter().all(refunding));
    }

    /// `u`: updates, each with a bond that returns, pay, and a score that moves a reputation.
    #[benchmark]
    fn pay(u: Linear<1, { PAGE_BUDGET }>) {
        let (mut round, _) = round::<T>(RoundStage::Paying { next: 0 });
        insert_updates::<T>(&mut round, (u, MAX_UPDATES), UpdateStatus::Available);
        let contributors = Contributors::<T>::get(ID);
        for (index, who) in (0..u).zip(contributors) {
            Updates::<T>::mutate(ID, who, |submission| {
                let update = &mut submission.as_mut().unwrap().update;
                update.index = Some(index);
                update.score = Some(PPM / 2);
            });
        }
        RoundScores::<T>::insert(ID, full_scores::<T>(MAX_UPDATES));
        store::<T>(&round);

        #[block]
        {
            Pallet::<T>::pay_page(ID, &mut round, 0, u);
            Rounds::<T>::insert(ID, &round);
        }

        assert_eq!(round.stage, RoundStage::Paying { next: u });
    }

    /// `u`: updates that were revealed and never available, whose contributors are known for that, so that each costs its bond, free
    /// calls and reputation.
    #[benchmark]
    fn punish(u: Linear<1, { PAGE_BUDGET }>) {
        let end = RoundEnd::Aborted;
        let (mut round, _) = round::<T>(RoundStage::Refunding { next: 0, end });
        insert_updates::<T>(&mut round, (u, MAX_UPDATES), UpdateStatus::Expired);
        for position in 0..u {
            let (contributor, organisation) = T::BenchmarkHelper::contributor(position);
            let strike = |contributor| Strike {
                contributor,
                block: Pallet::<T>::now(),
                offences: BOND_OFFENCE,
            };
            let others = (1..MAX_STRIKES).map(|number| strike(account("offender", number, 0)));
            Strikes::<T>::mutate(organisation, |strikes| {
                if strikes.is_empty() {
                    *strikes = BoundedVec::truncate_from(others.chain([strike(contributor.clone())]).collect());
                }
                // An organisation may have several of them.
                if let Some(place) = strikes.iter_mut().nth((position % MAX_STRIKES) as usize) {
                    *place = strike(contributor);
                }
            });
        }
        store::<T>(&round);

        #[block]
        {
            Pallet::<T>::refund_page(ID, &mut round, (0, end), u);
            Rounds::<T>::insert(ID, &round);
        }

        assert_eq!(round.stage, RoundStage::Refunding { next: u, end });
    }

    /// `u`: updates. There were two jobs.
    #[benchmark]
    fn settle(u: Linear<1, { MAX_UPDATES }>) {
        let (mut round, job, spec) = computing::<T>();
        insert_updates::<T>(&mut round, (u, u), UpdateStatus::Available);
        let first = T::Jobs::create(JobSpec {
            attempt: 1,
            ..spec.clone()
        });
        let first = first.unwrap();
        let outcome = outcome(round.file_len, Hash::zero());
        <Pallet<T> as JobHandler<Aggregate, AggregateOutcome>>::agreed(job, &spec, &outcome);
        T::BenchmarkHelper::close_job(job);
        T::BenchmarkHelper::close_job(first);
        round = Round {
            first_job: Some(first),
            submissions: u,
            stage: RoundStage::Paying { next: u },
            ..Rounds::<T>::get(ID).unwrap()
        };
        RoundScores::<T>::insert(ID, full_scores::<T>(MAX_UPDATES));
        SealedOrders::<T>::insert(ID, order());

        #[block]
        {
            Pallet::<T>::conclude(ID, &mut round);
            Rounds::<T>::insert(ID, &round);
        }

        assert!(round.is_over());
    }

    /// `u`: updates.
    #[benchmark]
    fn prune(u: Linear<1, { PRUNE_BUDGET }>) {
        let end = RoundEnd::Aborted;
        let (mut round, _) = round::<T>(RoundStage::Pruning { next: 0, end });
        insert_updates::<T>(&mut round, (u, MAX_UPDATES), UpdateStatus::Available);
        round.submissions = u;
        Pallet::<T>::enqueue(ID, &mut round, 0);
        store::<T>(&round);
        ActiveRounds::<T>::kill();

        #[block]
        {
            Pallet::<T>::drive();
        }

        assert!(!Rounds::<T>::contains_key(ID));
    }

    #[benchmark]
    fn job_agreed() {
        let (round, job, spec) = computing::<T>();
        let outcome = outcome(round.file_len, Hash::zero());

        #[block]
        {
            <Pallet<T> as JobHandler<Aggregate, AggregateOutcome>>::agreed(job, &spec, &outcome);
        }

        assert!(Rounds::<T>::get(ID).unwrap().version.is_some());
    }

    /// The first job found no quorum; another one is made.
    #[benchmark]
    fn job_closed() {
        let (_, job, spec) = computing::<T>();

        #[block]
        {
            <Pallet<T> as JobHandler<Aggregate, AggregateOutcome>>::closed(job, &spec, JobEnd::NoQuorum);
        }

        assert_eq!(Rounds::<T>::get(ID).unwrap().first_job, Some(job));
    }

    /// What the policy's artifacts are, and the fee.
    #[benchmark]
    fn open_assessed() {
        let (model, organisation, owner) = T::BenchmarkHelper::model();
        let base = gated::<T>(model, &owner);

        #[block]
        {
            let assessment = Pallet::<T>::assessment_of(organisation, model, &base).ok().flatten();
            T::Escrow::lock(Purpose::Model(model), Purpose::Assessment(ID), assessment.unwrap().fee).unwrap();
        }

        assert!(T::Escrow::escrowed(Purpose::Assessment(ID)) > 0);
    }

    /// Every other active round is assessed.
    #[benchmark]
    fn start_assessment() {
        let mut round = recorded::<T>();

        #[block]
        {
            Pallet::<T>::start_assessment(ID, &mut round);
            Rounds::<T>::insert(ID, &round);
        }

        assert!(round.assessment.unwrap().job.is_some());
    }

    /// The gate opens.
    #[benchmark]
    fn assessment_agreed() {
        let (_, job, spec) = assessing::<T>();

        #[block]
        {
            <Pallet<T> as JobHandler<Assess, AssessOutcome>>::agreed(job, &spec, &assessed(true));
        }

        assert_eq!(Rounds::<T>::get(ID).unwrap().assessment.unwrap().passed, Some(true));
    }

    /// Every member is paid, after a first attempt; the version did not pass, and the round is refunded.
    #[benchmark]
    fn assessment_closed() {
        let (mut round, job, spec) = assessing::<T>();
        let first = T::AssessmentJobs::create(JobSpec {
            attempt: 1,
            ..spec.clone()
        });
        let first = first.unwrap();
        round.assessment.as_mut().unwrap().first_job = Some(first);
        Rounds::<T>::insert(ID, &round);
        <Pallet<T> as JobHandler<Assess, AssessOutcome>>::agreed(job, &spec, &assessed(false));
        T::BenchmarkHelper::close_job(job);
        T::BenchmarkHelper::close_job(first);

        #[block]
        {
            <Pallet<T> as JobHandler<Assess, AssessOutcome>>::closed(job, &spec, JobEnd::Agreed(assessed(false)));
        }

        assert_eq!(Rounds::<T>::get(ID).unwrap().refund, Some(RefundReason::Held));
    }

    /// The statements on two jobs.
    #[benchmark]
    fn assessment_root() {
        let (mut round, job, spec) = assessing::<T>();
        let first = T::AssessmentJobs::create(JobSpec { attempt: 1, ..spec });
        round.assessment.as_mut().unwrap().first_job = Some(first.unwrap());
        T::BenchmarkHelper::close_job(job);

        #[block]
        {
            assert!(Pallet::<T>::assessment_root(&round).is_some());
        }
    }

    /// `u`: updates.
    #[benchmark]
    fn bonus(u: Linear<1, { PAGE_BUDGET }>) {
        let mut round = recorded::<T>();
        let submitted = (0..u).map(|position| {
            let contributor = insert_update::<T>(&round, position, UpdateStatus::Available);
            let mut update = Updates::<T>::get(ID, contributor).unwrap().update;
            update.index = Some(position);
            update
        });
        let updates: Vec<Update> = submitted.collect();
        round.assessment.as_mut().unwrap().bonus = 1;
        let before = T::Escrow::escrowed(Purpose::Assessment(ID));

        #[block]
        {
            for update in &updates {
                Pallet::<T>::pay_bonus(ID, update, &round);
            }
        }

        assert!(T::Escrow::escrowed(Purpose::Assessment(ID)) < before);
    }
}
