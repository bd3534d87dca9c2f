//! The state in which the runtime API is measured: every list that it reads is at its bound, and thousands of rounds are kept.

use crate::world::{number, policy, root, World, PHASE};
use frame_support::BoundedVec;
use pallet_availability::{Ballot, Item, OpenSubject, Page, PAGE};
use pallet_models::types::{Ancestry, Model, SERVED_VERSIONS};
use pallet_rounds::types::{
    Due, Round, RoundEnd, RoundStage, SealedOrder, SealedUpdate, Shift, Submission, MAX_ORGANISATION_ROUNDS,
};
use quorate_primitives::{
    availability::{Claim, Subject, Tally},
    committee::quorum,
    frozen::FrozenBase,
    job::{
        aggregate::EXACT_VERSION, Aggregate, AggregateOutcome, CommitteeRule, Job, JobPhase, JobSpec, Requester,
        Statement, Work,
    },
    licence::MAX_LICENCE,
    policy::Access,
    possession::Shown,
    update::{Encoding, Update, UpdateStatus},
    version::{Origin, RoundOrigin, VersionRecord},
    views::ModelState,
    BlockNumber, JobId, ModelId, RoundId, MAX_COMMITTEE, MAX_ORGANISATIONS, MAX_UPDATES,
};
use quorate_runtime::{
    configs::protocol::{MAX_ACTIVE_ROUNDS, MAX_MODELS},
    Runtime,
};
use sp_state_machine::BasicExternalities;
use sp_storage::Storage;

/// Organisations sponsor as many as they may without a decision of two thirds.
const CONTRIBUTORS: u32 = 256;
/// Models that await votes, of each organisation.
const PENDING: u32 = 2;
/// Rounds that ended early and are kept without anything to show.
pub const ABORTED: u32 = 4_096;
/// Settled rounds of 1,024 updates of which one is shown.
pub const THIN: u32 = 64;
/// Settled rounds of 1,024 updates that are all shown.
pub const FULL: u32 = 64;
/// Rounds that await scores: all that organisations may have beside the active ones. Of those with updates, the first few.
pub const SCORING: u32 = MAX_ORGANISATIONS * MAX_ORGANISATION_ROUNDS - MAX_ACTIVE_ROUNDS;
const SCORING_WITH_UPDATES: u32 = 32;
/// Every deadline.
const UNTIL: BlockNumber = PHASE;
const FILE_LEN: u64 = 2 << 20;

/// What the active rounds wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Active {
    /// Votes on all of their updates.
    Votes,
    /// Their jobs.
    Jobs,
}

pub fn world() -> World {
    World::new(MAX_ORGANISATIONS, CONTRIBUTORS, MAX_COMMITTEE)
}

/// Numbers of rounds, by what they are.
pub struct Ids {
    pub full: RoundId,
    pub active: RoundId,
}

pub const IDS: Ids = Ids {
    full: ABORTED + THIN,
    active: ABORTED + THIN + FULL + SCORING,
};

/// The genesis of [`world`] with all of it.
pub fn state(world: &World, wasm: &[u8], active: Active) -> anyhow::Result<Storage> {
    let mut storage = world.genesis(wasm)?;
    BasicExternalities::execute_with_storage(&mut storage, || {
        let state = State { world };
        pallet_consortium::Authorities::<Runtime>::put(world.committee());
        state.models();
        state.kept_rounds();
        state.active_rounds(active);
    });
    Ok(storage)
}

struct State<'a> {
    world: &'a World,
}

impl State<'_> {
    fn owner(&self, model: ModelId) -> u32 {
        model % number(self.world.organisations.len())
    }

    fn models(&self) {
        let pending = PENDING * MAX_ORGANISATIONS;
        let readers = BoundedVec::truncate_from((0..MAX_ORGANISATIONS).collect());
        pallet_models::NextModel::<Runtime>::put(MAX_MODELS);
        pallet_models::LiveModels::<Runtime>::put(BoundedVec::truncate_from((0..MAX_MODELS).collect()));
        for id in 0..MAX_MODELS {
            // Active rounds are on the first models, the last ones await votes.
            let awaits = id >= MAX_MODELS - pending;
            let policy = policy(Access::Contributors);
            let latest = (!awaits).then_some(SERVED_VERSIONS);
            let model = Model {
                organisation: self.owner(id),
                name: BoundedVec::truncate_from(vec![b'm'; 64]),
                state: if awaits {
                    ModelState::Pending
                } else {
                    ModelState::Active
                },
                policy,
                header_hash: root(id, 0),
                header_len: 1_024,
                file_len: FILE_LEN,
                update_len: 1 << 20,
                parent: None,
                latest,
                standing: latest,
                head: latest,
                promoted: latest,
                history: Default::default(),
                candidate: awaits.then(|| root(id, 1)),
                frozen_base: Some(FrozenBase {
                    root: root(id, 2),
                    len: FILE_LEN,
                    licence: BoundedVec::truncate_from(vec![b'l'; MAX_LICENCE as usize]),
                }),
            };
            pallet_models::Models::<Runtime>::insert(id, model);
            pallet_models::Readers::<Runtime>::insert(id, &readers);
            pallet_models::Policies::<Runtime>::insert(policy.hash(), policy);
            if awaits {
                let subject = Subject::Genesis(id);
                self.open(subject);
                self.put_items(subject, 1);
                continue;
            }
            for version in 0..=SERVED_VERSIONS {
                let round = RoundOrigin {
                    parent: version.saturating_sub(1),
                    round: IDS.full + version.min(FULL - 1),
                    job: job_id(id),
                    inputs_root: root(id, version),
                    outcome: outcome(id),
                };
                let record = VersionRecord {
                    model: id,
                    version,
                    root: root(id, version),
                    len: FILE_LEN,
                    policy_hash: policy.hash(),
                    origin: if version == 0 {
                        Origin::Genesis
                    } else {
                        Origin::Round(round)
                    },
                    block: 0,
                    history_root: root(id, version),
                };
                let place = Ancestry {
                    parent: version.checked_sub(1),
                    depth: version,
                    jump: version.saturating_sub(1),
                    run: 0,
                    before: version.checked_sub(1),
                };
                pallet_models::Versions::<Runtime>::insert(id, version, record);
                pallet_models::Ancestries::<Runtime>::insert(id, version, place);
            }
        }
    }

    fn kept_rounds(&self) {
        let settled = RoundStage::Over {
            until: UNTIL,
            end: RoundEnd::Settled,
        };
        let aborted = RoundStage::Over {
            until: UNTIL,
            end: RoundEnd::Aborted,
        };
        let mut next = 0..IDS.active;
        for id in next.by_ref().take(ABORTED as usize) {
            self.round(id, aborted, 0);
        }
        for id in next.by_ref().take(THIN as usize) {
            self.round(id, settled, MAX_UPDATES);
            self.updates(id, |position| match position {
                0 => UpdateStatus::Available,
                _ => UpdateStatus::Expired,
            });
        }
        for id in next.by_ref().take(FULL as usize) {
            self.round(id, settled, MAX_UPDATES);
            self.updates(id, |_| UpdateStatus::Available);
            pallet_rounds::Outcomes::<Runtime>::insert(id, outcome(id));
        }
        for (id, count) in next.zip(0..) {
            self.round(id, RoundStage::Scoring { until: UNTIL }, MAX_UPDATES);
            pallet_rounds::Outcomes::<Runtime>::insert(id, outcome(id));
            pallet_rounds::AwaitedPages::<Runtime>::insert(id, 0);
            self.order(id);
            if count < SCORING_WITH_UPDATES {
                self.updates(id, |_| UpdateStatus::Available);
            }
        }
    }

    fn active_rounds(&self, active: Active) {
        let ids = IDS.active..IDS.active + MAX_ACTIVE_ROUNDS;
        pallet_rounds::NextRound::<Runtime>::put(ids.end);
        pallet_rounds::ActiveRounds::<Runtime>::put(BoundedVec::truncate_from(ids.clone().collect()));
        for id in ids {
            match active {
                Active::Votes => {
                    let stage = RoundStage::Revealing {
                        reveal_until: UNTIL,
                        vote_until: UNTIL,
                    };
                    self.round(id, stage, MAX_UPDATES);
                    self.updates(id, |_| UpdateStatus::Revealed);
                    self.open(Subject::Round(id));
                    self.put_items(Subject::Round(id), MAX_UPDATES);
                }
                Active::Jobs => {
                    self.round(id, RoundStage::Computing { seed: root(id, 0) }, MAX_UPDATES);
                    self.updates(id, |_| UpdateStatus::Available);
                    self.order(id);
                    self.job(id);
                }
            }
        }
    }

    fn round(&self, id: RoundId, stage: RoundStage, submissions: u32) {
        let model = id % (MAX_MODELS - PENDING * MAX_ORGANISATIONS);
        let stands = matches!(
            stage,
            RoundStage::Scoring { .. }
                | RoundStage::Over {
                    end: RoundEnd::Settled,
                    ..
                }
        );
        let mut round = Round {
            model,
            owner: self.owner(model),
            base: SERVED_VERSIONS,
            base_root: root(model, SERVED_VERSIONS),
            previous_root: Some(root(model, SERVED_VERSIONS - 1)),
            optimiser: Some(root(model, 0)),
            policy: policy(Access::Contributors),
            update_len: 1 << 20,
            file_len: FILE_LEN,
            stage,
            opened_at: 0,
            sealed_at: Some(0),
            recorded_at: stands.then_some(0),
            version: stands.then_some(SERVED_VERSIONS),
            job: matches!(stage, RoundStage::Computing { .. }).then(|| job_id(id)),
            first_job: None,
            refund: None,
            withdrawn: 0,
            submissions,
            committed: 0,
            revealed: submissions,
            available: submissions,
            organisations: MAX_ORGANISATIONS,
            shift: Shift::default(),
            lost: 0,
            due: None,
            assessment: None,
        };
        if round.is_active() {
            pallet_rounds::OpenRound::<Runtime>::insert(model, id);
        } else {
            round.due = Some(UNTIL);
            pallet_rounds::Agenda::<Runtime>::insert(Due::new(UNTIL, id), ());
        }
        pallet_rounds::Rounds::<Runtime>::insert(id, round);
        pallet_rounds::Kept::<Runtime>::insert(id.to_be_bytes(), ());
    }

    /// As many updates as a job may have, in its order.
    fn order(&self, id: RoundId) {
        let order = (0..MAX_UPDATES).map(|position| SealedUpdate {
            position,
            organisation: position % MAX_ORGANISATIONS,
            weight: 100,
            root: root(id, position),
        });
        pallet_rounds::SealedOrders::<Runtime>::insert(id, SealedOrder::truncate_from(order.collect()));
    }

    /// As many updates as a round may have, of contributors of all organisations.
    fn updates(&self, id: RoundId, status: impl Fn(u32) -> UpdateStatus) {
        let contributors = self.world.contributors.iter().take(MAX_UPDATES as usize);
        let accounts = contributors.clone().map(|contributor| contributor.account.clone());
        pallet_rounds::Contributors::<Runtime>::insert(id, BoundedVec::truncate_from(accounts.collect()));
        for (position, contributor) in (0..).zip(contributors) {
            let update = Update {
                contributor: contributor.account.clone(),
                organisation: self.world.organisation_of(position as usize),
                commitment: root(id, position),
                weight: 100,
                encoding: Encoding::DenseF32,
                submitted_at: 0,
                status: status(position),
                root: Some(root(id, position)),
                index: Some(position),
                score: None,
            };
            let submission = Submission {
                position,
                update,
                offence: None,
            };
            pallet_rounds::Updates::<Runtime>::insert(id, &contributor.account, submission);
        }
    }

    fn open(&self, subject: Subject) {
        let open = OpenSubject { subject, until: UNTIL };
        pallet_availability::Open::<Runtime>::mutate(|list| {
            let _has_room = list.try_push(open);
        });
        let ballot = Ballot {
            number: 0,
            opened_at: 0,
            committee: self.world.committee(),
        };
        pallet_availability::Ballots::<Runtime>::insert(subject, ballot);
    }

    fn put_items(&self, subject: Subject, items: u32) {
        for page in 0..items.div_ceil(PAGE) {
            let mut stored = Page::default();
            for item in (page * PAGE..items).take(PAGE as usize) {
                let tally = Tally::default();
                let (root, possession) = (root(page, item), root(item, page));
                let shown = Shown::Possession { key: root, possession };
                let claim = Claim { root, shown };
                let _has_room = stored.try_insert(item, Item { claim, tally });
            }
            pallet_availability::Items::<Runtime>::insert(subject, page, stored);
        }
    }

    fn job(&self, round: RoundId) {
        let committee = self.world.committee();
        let statements = committee.iter().map(|_| Statement::default()).collect();
        let job = Job {
            spec: JobSpec {
                requester: Requester::Round(round),
                attempt: 0,
                exact_version: EXACT_VERSION,
                commit: PHASE,
                reveal: PHASE,
                committee: CommitteeRule::All,
                work: Work::Aggregate(Aggregate {
                    model: 0,
                    base: 0,
                    policy_hash: root(round, 0),
                    base_root: root(round, 0),
                    previous_root: Some(root(round, 1)),
                    inputs_root: root(round, 2),
                    inputs: MAX_UPDATES,
                    seed: root(round, 3),
                    optimiser: Some(root(round, 4)),
                }),
            },
            first: None,
            created_at: 0,
            phase: JobPhase::Commit { until: UNTIL },
            quorum: quorum(MAX_COMMITTEE),
            committee,
            statements: BoundedVec::truncate_from(statements),
            agreed: None,
        };
        pallet_attestation::Jobs::<Runtime>::insert(job_id(round), job);
        pallet_attestation::ActiveJobs::<Runtime>::mutate(|active| {
            let _has_room = active.try_push(job_id(round));
        });
    }
}

/// The job of a round. No specification has this hash.
pub fn job_id(round: RoundId) -> JobId {
    root(round, u32::MAX)
}

fn outcome(round: RoundId) -> AggregateOutcome {
    AggregateOutcome {
        output: root(round, 0),
        output_len: FILE_LEN,
        optimiser: Some(root(round, 1)),
        detail: root(round, 2),
        scores: root(round, 3),
    }
}
