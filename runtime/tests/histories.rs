//! Random histories of the real runtime: contributors, validators, owners, the council and the technical committee do what they
//! may and what they may not, in any order. After every block every pallet's state check holds, no token is lost or made, and no
//! round is older than its policy allows.
//!
//! A history has [`ACTIVE`] blocks in which anything may happen, then quiet ones in which every validator does what is due, until
//! every round has ended. In one of ten the validators do nothing then, and deadlines end what is left. `QUORATE_HISTORIES`
//! sets how many are run (200 by default); `QUORATE_HISTORY` runs the one of this number alone. `scripts/histories.sh` runs
//! 10,000.

mod common;

use codec::{DecodeAll, Encode};
use common::{model::*, *};
use frame_support::instances::{Instance1, Instance2};
use pallet_consortium::types::{Change, Target};
use quorate_primitives::{
    availability::{vote_payload, voted_claims, ArtifactKind, AvailabilityVote, Fault, Malformed, Subject},
    job::{
        aggregate::{page_hashes, ScorePage, ScoreRow},
        evaluate, AggregateOutcome, EvaluateOutcome, Outcome,
    },
    payload,
    policy::{Access, Policy},
    possession::Shown,
    purpose::Purpose,
    traits::Consortium as _,
    views::{
        evaluations::EvaluateTask,
        gateway::RoundShare,
        tasks::{AggregateTask, JobStage, JobTask, PageTask, VoteTask},
        EvaluationState, RoundPhase,
    },
    AccountId, ModelId, RoundId, SETTLEMENT_PAGE,
};
use quorate_runtime::{
    apis::gateway, constants::UNIT, Balances, Consortium, Runtime, RuntimeCall, RuntimeOrigin, System,
    UncheckedExtrinsic,
};
use quorate_runtime_api::{
    runtime_decl_for_duties_api::DutiesApi, runtime_decl_for_gateway_api::GatewayApi,
    runtime_decl_for_rounds_api::RoundsApi,
};
use sp_keyring::Sr25519Keyring;
use sp_runtime::traits::Dispatchable;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
};

/// Blocks of a history in which anything may happen.
const ACTIVE: u32 = 100;
const HISTORIES: u64 = 200;
/// Histories between two lines that say how far a run has come.
const PROGRESS: u64 = 100;
const ORGANISATIONS: u64 = 5;
const CONTRIBUTOR_ACCOUNTS: u64 = 8;
/// The artifacts that are held from the start.
const PROGRAM: u32 = 0;
const DATA: u32 = 1;

/// A generator of random numbers: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True once in `n` times.
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        let len = items.len() as u64;
        (len > 0).then(|| items[self.below(len) as usize].clone())
    }
}

/// How a validator behaves in one history: once in so many times it lies, or leaves a duty undone.
#[derive(Clone, Copy, Debug)]
struct Character {
    lies: u64,
    sleeps: u64,
}

struct History {
    random: Random,
    characters: [Character; 4],
    /// Round and contributor: root and salt of what it committed to.
    committed: BTreeMap<(RoundId, u64), (quorate_primitives::Root, [u8; 32])>,
    /// Round and contributor, where what it committed to names another one.
    copies: BTreeSet<(RoundId, AccountId)>,
    /// Job and validator: what it committed to.
    sealed: BTreeMap<(quorate_primitives::JobId, usize), (Outcome, [u8; 32])>,
    /// Blocks in which submissions were refused.
    stopped: u32,
    /// Whether the validators leave what is left at the end to the deadlines.
    deserted: bool,
    /// What rounds share, as the last answers on them promise, and the first round that none was asked for.
    shares: BTreeMap<RoundId, RoundShare>,
    next_share: RoundId,
    calls: Calls,
}

/// How many transactions were made, and how many of them succeeded.
#[derive(Default, Debug)]
struct Calls {
    made: u32,
    done: u32,
    versions: u32,
    evaluations: u32,
}

fn organisation(number: u64) -> String {
    format!("//Org{number}")
}

fn contributor(number: u64) -> String {
    format!("//Contributor{number}")
}

fn rows(count: usize) -> Vec<ScoreRow> {
    (0..count as u32)
        .map(|n| ScoreRow {
            score: 300_000 + n * 10_000,
            selection: 100,
        })
        .collect()
}

fn outcome(task: &AggregateTask, lie: Option<u64>) -> Outcome {
    let output = payload::tagged(b"output", &(task.round, lie));
    let rows = rows(task.inputs.len());
    AggregateOutcome::new(
        (output, FILE),
        None,
        payload::tagged(b"detail", &(task.round, lie)),
        &rows,
    )
    .into()
}

impl History {
    fn new(number: u64) -> Self {
        let mut random = Random(number);
        let characters = [(); 4].map(|()| Character {
            lies: [5, 50, 1_000, 1_000, 1_000, 1_000][random.below(6) as usize],
            sleeps: [2, 10, 100, 1_000, 1_000, 1_000][random.below(6) as usize],
        });
        Self {
            random,
            characters,
            committed: BTreeMap::new(),
            copies: BTreeSet::new(),
            sealed: BTreeMap::new(),
            stopped: 0,
            deserted: number % 10 == 9,
            shares: BTreeMap::new(),
            next_share: 0,
            calls: Calls::default(),
        }
    }

    fn run(&mut self, chain: &mut Chain) {
        let issuance = Balances::total_issuance();
        for block in 0.. {
            let quiet = block >= ACTIVE;
            if quiet && unsettled() == 0 && open_evaluations().is_empty() {
                break;
            }
            assert!(
                block < 2_000,
                "rounds or evaluations never end: {:?} {:?}",
                phases(),
                open_evaluations()
            );
            let transactions = match (quiet, self.deserted) {
                (false, _) => self.transactions(),
                (true, false) => self.all_duties(),
                (true, true) => Vec::new(),
            };
            let levers = if quiet { vec![leave_safe_mode()] } else { self.levers() };
            self.calls.made += transactions.len() as u32;
            let results = chain.block_and(transactions, || {
                for (origin, call) in levers {
                    // Refusals are part of a history.
                    let _ = call.dispatch(origin);
                }
            });
            self.calls.done += results.iter().filter(|result| result.is_ok()).count() as u32;
            if <quorate_runtime::configs::safety::Stopped as quorate_primitives::traits::Protected>::no_submissions() {
                self.stopped += 1;
            }
            self.check(issuance);
        }
        self.calls.versions = pallet_models::Versions::<Runtime>::iter_keys()
            .filter(|(_, version)| *version > 0)
            .count() as u32;
        self.calls.evaluations = pallet_evaluation::Evaluations::<Runtime>::iter_values()
            .filter(|evaluation| matches!(evaluation.state, EvaluationState::Done(_)))
            .count() as u32;
    }

    /// Transactions of one block. At most one of an account, so that nonces fit.
    fn transactions(&mut self) -> Vec<UncheckedExtrinsic> {
        let mut transactions = Vec::new();
        for (place, validator) in VALIDATORS.into_iter().enumerate() {
            transactions.extend(self.duties(place, validator));
        }
        for number in 0..ORGANISATIONS {
            if self.random.one_in(3) {
                let call = self.organisation_call(number);
                transactions.extend(call.map(|call| signed(&organisation(number), call)));
            }
        }
        for number in 0..CONTRIBUTOR_ACCOUNTS {
            if !self.random.one_in(3) {
                let call = self.contributor_call(number);
                transactions.extend(call.map(|call| signed(&contributor(number), call)));
            }
        }
        if self.random.one_in(30) {
            let validator = self.random.below(4) as usize;
            let path = ["//Alice", "//Bob", "//Charlie", "//Dave"][validator];
            // Keys of the same seed, so that the key store of the test still holds them.
            let call = pallet_session::Call::<Runtime>::set_keys {
                keys: session_keys(path),
                proof: ownership_proof(path, &account(path)),
            };
            transactions.push(signed(path, call));
        }
        transactions
    }

    fn all_duties(&mut self) -> Vec<UncheckedExtrinsic> {
        self.characters = [Character {
            lies: 1_000_000,
            sleeps: 1_000_000,
        }; 4];
        let places = VALIDATORS.into_iter().enumerate();
        places
            .flat_map(|(place, validator)| self.duties(place, validator))
            .collect()
    }

    fn duties(&mut self, place: usize, validator: Sr25519Keyring) -> Vec<UncheckedExtrinsic> {
        let character = self.characters[place];
        let mut transactions = Vec::new();
        for task in votes(validator) {
            if !self.random.one_in(character.sleeps) && !self.random.one_in(3) {
                transactions.push(self.vote(validator, task, character));
            }
        }
        for task in jobs(validator) {
            if !self.random.one_in(character.sleeps) {
                transactions.extend(self.statement(place, validator, &task, character));
            }
        }
        for task in pages(validator) {
            if self.random.one_in(4) {
                transactions.push(page(&task));
            }
        }
        transactions
    }

    fn is_copy(&self, subject: Subject, shown: &Shown) -> bool {
        let (Subject::Round(round), Shown::Contributor(who)) = (subject, shown) else {
            return false;
        };
        self.copies.contains(&(round, who.clone()))
    }

    fn vote(&mut self, validator: Sr25519Keyring, task: VoteTask, character: Character) -> UncheckedExtrinsic {
        let mut held = Vec::new();
        let mut malformed = Vec::new();
        let mut claims = Vec::new();
        for item in &task.items {
            if self.random.one_in(10) && task.items.len() > 1 {
                continue;
            }
            claims.push(item.claim());
            let lies = self.random.one_in(character.lies);
            let fault = match self.is_copy(task.subject, &item.shown) {
                true => (!lies).then_some(Malformed::OtherContributor),
                false => lies.then_some(Malformed::Header),
            };
            match fault {
                None => held.push(item.item),
                Some(reason) => malformed.push(Fault {
                    item: item.item,
                    reason,
                }),
            }
        }
        let vote = AvailabilityVote {
            subject: task.subject,
            ballot: task.ballot,
            voter: task.voter,
            claims: voted_claims(&claims),
            held: quorate_primitives::availability::bitmap(held),
            malformed: malformed.try_into().expect("few items"),
        };
        let signature = attestation_sign(validator, &vote_payload(genesis_hash(), &vote));
        Runtime::build_vote(vote, signature)
    }

    fn statement(
        &mut self,
        place: usize,
        validator: Sr25519Keyring,
        task: &JobTask,
        character: Character,
    ) -> Option<UncheckedExtrinsic> {
        match task.stage {
            JobStage::Commit => {
                let lie = self.random.one_in(character.lies).then(|| self.random.below(2));
                let outcome = computed(task, lie);
                let salt = [self.random.next() as u8; 32];
                self.sealed.insert((task.id, place), (outcome, salt));
                let account = validator.to_account_id();
                let commit = payload::outcome_commitment(genesis_hash(), task.id, &account, &outcome, salt);
                let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
                let signature = attestation_sign(validator, &message);
                Some(Runtime::build_commit(task.id, task.member, commit, signature))
            }
            JobStage::Reveal { .. } => {
                let (outcome, salt) = self.sealed.get(&(task.id, place))?;
                let message = payload::reveal_payload(genesis_hash(), task.id, task.member, outcome, *salt);
                let signature = attestation_sign(validator, &message);
                Runtime::build_reveal(task.id, task.member, outcome.encode(), *salt, signature)
            }
        }
    }

    fn organisation_call(&mut self, number: u64) -> Option<RuntimeCall> {
        let model = self.random.pick(&models());
        Some(match self.random.below(12) {
            0 => register(&format!("model {}", self.random.next()), self.policy()).into(),
            1..=3 => pallet_rounds::Call::open_round { model: model? }.into(),
            4 => {
                let purpose = Purpose::Model(model?);
                let amount = u128::from(self.random.below(300)) * UNIT;
                pallet_incentives::Call::fund { purpose, amount }.into()
            }
            5 => {
                let purpose = Purpose::Model(model?);
                let amount = u128::from(self.random.below(50)) * UNIT;
                pallet_incentives::Call::withdraw_fund { purpose, amount }.into()
            }
            6 | 7 => {
                let path = contributor(self.random.below(CONTRIBUTOR_ACCOUNTS));
                sponsor(&path, number as u32).into()
            }
            8 if self.random.one_in(4) => {
                let contributor = account(&contributor(self.random.below(CONTRIBUTOR_ACCOUNTS)));
                pallet_consortium::Call::unsponsor { contributor }.into()
            }
            9 => pallet_rounds::Call::abort {
                round: self.random.pick(&rounds())?,
            }
            .into(),
            10 => {
                let policy = self.policy();
                pallet_models::Call::set_policy { model: model?, policy }.into()
            }
            11 => {
                let contributor = account(&contributor(self.random.below(CONTRIBUTOR_ACCOUNTS)));
                pallet_incentives::Call::claim_for { account: contributor }.into()
            }
            _ => match self.random.below(7) {
                0 => pallet_models::Call::freeze { model: model? }.into(),
                1 => pallet_models::Call::unfreeze { model: model? }.into(),
                2 => self.artifact_call(),
                3 | 4 => self.request(),
                5 => self.fund_call(number),
                _ => {
                    let root = payload::tagged(b"again", &self.random.next());
                    let call = pallet_models::Call::retry_genesis {
                        model: model?,
                        root,
                        possession: root,
                    };
                    call.into()
                }
            },
        })
    }

    /// Mostly what can be evaluated.
    fn request(&mut self) -> RuntimeCall {
        let mut near = |usual: u32| usual + u32::from(self.random.one_in(20));
        let call = pallet_evaluation::Call::request {
            model: near(0),
            version: near(0),
            program: near(PROGRAM),
            data: near(DATA),
            operations: 100 * u64::from(near(0)),
            max_fee: UNIT,
        };
        call.into()
    }

    /// What an organisation does with its own fund, and others for it.
    fn fund_call(&mut self, number: u64) -> RuntimeCall {
        let of = if self.random.one_in(5) { 0 } else { number };
        let purpose = Purpose::Organisation(of as u32);
        let amount = u128::from(self.random.below(10)) * UNIT / 10;
        match self.random.below(3) {
            0 => pallet_incentives::Call::withdraw_fund { purpose, amount }.into(),
            _ => pallet_incentives::Call::fund { purpose, amount }.into(),
        }
    }

    /// Anything about artifacts, whoever's they are.
    fn artifact_call(&mut self) -> RuntimeCall {
        let artifacts: Vec<_> = pallet_artifacts::Artifacts::<Runtime>::iter_keys().collect();
        let root = payload::tagged(b"artifact", &self.random.next());
        let len = self.random.below(8 << 20);
        let Some(artifact) = self.random.pick(&artifacts).filter(|_| !self.random.one_in(3)) else {
            let register = pallet_artifacts::Call::register {
                kind: ArtifactKind::DataSet,
                root,
                possession: root,
                len,
                licence: b"CC0-1.0".to_vec().try_into().expect("a short one"),
                access: Access::Public,
            };
            return register.into();
        };
        match self.random.below(4) {
            0 => pallet_artifacts::Call::retry {
                artifact,
                root,
                possession: root,
                len,
            }
            .into(),
            1 => pallet_artifacts::Call::set_access {
                artifact,
                access: Access::Organisations,
                readers: vec![self.random.below(ORGANISATIONS) as u32].try_into().expect("one"),
            }
            .into(),
            2 => pallet_artifacts::Call::retire { artifact }.into(),
            _ => pallet_artifacts::Call::prune { artifact }.into(),
        }
    }

    /// Mostly what fits a round that is open; sometimes anything at any round.
    fn contributor_call(&mut self, number: u64) -> Option<RuntimeCall> {
        let phases = phases();
        let of = |wanted: fn(&RoundPhase) -> bool| -> Vec<RoundId> {
            phases
                .iter()
                .filter(|(_, phase)| wanted(phase))
                .map(|(id, _)| *id)
                .collect()
        };
        let any = of(|_| true);
        let collecting = of(|phase| matches!(phase, RoundPhase::Collecting { .. }));
        let revealing = of(|phase| matches!(phase, RoundPhase::Revealing { .. }));
        let choice = self.random.below(20);
        match choice {
            0..=7 => self.submit(number, &collecting),
            8..=15 => self.reveal_update(number, &revealing),
            16 => self.submit(number, &any),
            17 => self.reveal_update(number, &any),
            18 if self.random.one_in(8) => Some(self.request()),
            18 if self.random.one_in(4) => {
                let round = self.random.pick(&any)?;
                Some(pallet_rounds::Call::withdraw { round }.into())
            }
            _ => Some(pallet_incentives::Call::claim {}.into()),
        }
    }

    fn submit(&mut self, number: u64, rounds: &[RoundId]) -> Option<RuntimeCall> {
        let round = self.random.pick(rounds)?;
        let who = account(&contributor(number));
        // Once in a while one takes the file of another.
        let copied = if self.random.one_in(10) { number % 2 } else { 0 };
        let root = payload::tagged(b"update", &(round, number - copied));
        let salt = [self.random.next() as u8; 32];
        let (root, salt) = *self.committed.entry((round, number)).or_insert((root, salt));
        if root != payload::tagged(b"update", &(round, number)) {
            self.copies.insert((round, who.clone()));
        }
        let weight = 1 + self.random.below(120) as u32;
        // A commitment that nothing opens.
        let salt = if self.random.one_in(30) { [255; 32] } else { salt };
        let commitment = payload::update_commitment(genesis_hash(), round, &who, root, weight, salt);
        Some(
            pallet_rounds::Call::submit {
                round,
                commitment,
                weight,
            }
            .into(),
        )
    }

    fn reveal_update(&mut self, number: u64, rounds: &[RoundId]) -> Option<RuntimeCall> {
        let round = self.random.pick(rounds)?;
        let (root, salt) = *self.committed.get(&(round, number))?;
        let call = pallet_rounds::Call::reveal_update { round, root, salt };
        Some(call.into())
    }

    fn policy(&mut self) -> Policy {
        let mut policy = policy();
        let bucketing = self.random.one_in(4);
        policy.pipeline = match self.random.below(3) {
            0 => quorate_exact::Rule::WeightedMean.into(),
            1 => quorate_exact::Rule::Median.into(),
            _ => quorate_exact::Rule::TrimmedMean { trim_ppm: 200_000 }.into(),
        };
        policy.min_updates = [1, 3, 3, 5][self.random.below(4) as usize];
        policy.max_updates = policy.min_updates + self.random.below(4) as u32;
        policy.max_updates_per_organisation = 1 + self.random.below(2) as u32;
        policy.challenge = [0, 0, 15][self.random.below(3) as usize];
        policy.reward = u128::from(self.random.below(40)) * UNIT;
        if bucketing {
            policy.deadlines.collect += 5;
        }
        policy
    }

    /// What the two bodies do, as if their motions were carried in this block.
    fn levers(&mut self) -> Vec<(RuntimeOrigin, RuntimeCall)> {
        if !self.random.one_in(15) {
            return Vec::new();
        }
        let model = self.random.pick(&models());
        let call: Option<RuntimeCall> = match self.random.below(12) {
            0 => model.map(|model| pallet_models::Call::freeze { model }.into()),
            1 => model.map(|model| pallet_models::Call::unfreeze { model }.into()),
            2 => model.map(|model| {
                let version = self.random.below(3) as u32;
                pallet_models::Call::revoke { model, version }.into()
            }),
            3 => model.map(|model| {
                let version = self.random.below(3) as u32;
                pallet_models::Call::unrevoke { model, version }.into()
            }),
            4 => model.map(|model| {
                let version = self.random.below(3) as u32;
                pallet_models::Call::promote { model, version }.into()
            }),
            5 => self
                .random
                .pick(&rounds())
                .map(|round| pallet_rounds::Call::abort { round }.into()),
            6 | 7 => {
                let target = self.target();
                Some(pallet_consortium::Call::suspend { target }.into())
            }
            8 | 9 => {
                let target = self.target();
                Some(pallet_consortium::Call::reinstate { target }.into())
            }
            10 => {
                let change = match self.random.below(3) {
                    0 => Change::SetQuota {
                        organisation: self.random.below(ORGANISATIONS) as u32,
                        quota: self.random.below(5) as u32,
                    },
                    1 => Change::AllowFastSuspension { target: self.target() },
                    _ => Change::SetTechnicalSeats {
                        seats: vec![self.random.below(ORGANISATIONS) as u32]
                            .try_into()
                            .expect("one seat"),
                    },
                };
                Some(pallet_consortium::Call::propose_change { change }.into())
            }
            _ => {
                let enter = self.random.one_in(2);
                let call: RuntimeCall = match enter {
                    true => pallet_safe_mode::Call::force_enter {}.into(),
                    false => pallet_safe_mode::Call::force_exit {}.into(),
                };
                return vec![(technical(), call)];
            }
        };
        call.map(|call| (council(), call)).into_iter().collect()
    }

    fn target(&mut self) -> Target {
        match self.random.below(3) {
            0 => Target::Organisation(self.random.below(ORGANISATIONS) as u32),
            1 => Target::Validator(VALIDATORS[self.random.below(4) as usize].to_account_id()),
            _ => Target::Contributor(account(&contributor(self.random.below(CONTRIBUTOR_ACCOUNTS)))),
        }
    }

    fn check(&mut self, issuance: u128) {
        let checks: [(&str, Result<(), sp_runtime::TryRuntimeError>); 9] = [
            ("consortium", quorate_runtime::Consortium::do_try_state()),
            ("models", quorate_runtime::Models::do_try_state()),
            ("availability", quorate_runtime::Availability::do_try_state()),
            ("rounds", quorate_runtime::Rounds::do_try_state()),
            ("attestation", quorate_runtime::Attestation::do_try_state()),
            ("reputation", quorate_runtime::Reputation::do_try_state()),
            ("incentives", quorate_runtime::Incentives::do_try_state()),
            ("artifacts", quorate_runtime::Artifacts::do_try_state()),
            ("evaluation", quorate_runtime::Evaluation::do_try_state()),
        ];
        for (pallet, result) in checks {
            assert_eq!(result, Ok(()), "{pallet} at block {}", System::block_number());
        }
        assert_eq!(Balances::total_issuance(), issuance, "tokens were lost or made");
        let held: u128 = frame_system::Account::<Runtime>::iter_values()
            .map(|account| account.data.free + account.data.reserved)
            .sum();
        assert_eq!(held, issuance, "the accounts hold all tokens");
        self.check_ages();
        check_evaluations();
        self.check_shares();
        assert!(Consortium::committee().len() <= VALIDATORS.len());
    }

    /// A node that asks again only for what has run out knows what all rounds share.
    fn check_shares(&mut self) {
        let now = System::block_number();
        let has_run_out = |share: &&RoundShare| share.until.is_some_and(|until| until <= now);
        let due = self.shares.values().filter(has_run_out).map(|share| share.round);
        let answers = gateway::shares(&due.collect::<Vec<_>>(), self.next_share);
        let all = gateway::shares(&[], 0);
        assert!(answers.ended && all.ended, "a small chain is one page");
        self.next_share = answers.next;
        self.shares
            .extend(answers.rounds.into_iter().map(|share| (share.round, share)));
        let known = self.shares.values().filter(|share| !share.entries.is_empty());
        let shared = all.rounds.iter().filter(|share| !share.entries.is_empty());
        assert!(
            known
                .map(|share| (share.round, &share.entries))
                .eq(shared.map(|share| (share.round, &share.entries))),
            "what rounds share at block {now} is not what was promised"
        );
    }

    /// No round is in a phase for longer than its policy allows, blocks in which submissions were refused not counted.
    fn check_ages(&self) {
        let now = System::block_number();
        for view in Runtime::rounds(0, 64) {
            let d = view.policy.deadlines;
            let draw = 10;
            let sealed = d.collect + d.reveal_updates + d.vote + draw;
            let computed = sealed + 2 * (d.commit + d.reveal) + draw;
            let scored = computed + view.policy.retention + draw;
            let paid = scored + view.policy.challenge + draw;
            let most = match view.phase {
                RoundPhase::Collecting { .. } => d.collect,
                RoundPhase::Revealing { .. } => sealed,
                RoundPhase::Computing | RoundPhase::Assessing => computed,
                RoundPhase::Scoring { .. } => scored,
                RoundPhase::Vesting { .. } | RoundPhase::Paying { .. } => paid,
                RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed => paid + view.policy.retention + draw,
            };
            let age = now - view.opened_at;
            assert!(
                age <= most + self.stopped + 2,
                "round {} is {age} blocks old in {:?}, {} blocks were stopped",
                view.id,
                view.phase,
                self.stopped
            );
        }
    }
}

/// What a validator says of a job.
fn computed(task: &JobTask, lie: Option<u64>) -> Outcome {
    if task.kind != evaluate::KIND {
        let work = AggregateTask::decode_all(&mut &task.work[..]).expect("an aggregation");
        return outcome(&work, lie);
    }
    let work = EvaluateTask::decode_all(&mut &task.work[..]).expect("an evaluation");
    let outcome = match (work.evaluation % 4, lie) {
        (0, None) => EvaluateOutcome::Unfit,
        (_, lie) => EvaluateOutcome::Done {
            rows: 10,
            loss: lie.map_or(0, |lie| 1 + lie as i64),
            correct: 5,
            faults: 0,
            detail: payload::tagged(b"detail", &(work.evaluation, lie)),
        },
    };
    outcome.into()
}

fn open_evaluations() -> Vec<u32> {
    let open = pallet_evaluation::Open::<Runtime>::get().into_iter();
    open.map(|running| running.id).collect()
}

/// Two attempts, each with all of its time and that of all others that run, and a few blocks in which others end first: then an evaluation is over.
fn check_evaluations() {
    let now = System::block_number();
    for id in open_evaluations() {
        let evaluation = pallet_evaluation::Evaluations::<Runtime>::get(id).expect("it has a record");
        let age = now - evaluation.requested_at;
        assert!(
            age <= 2 * (150 + 16 * 3 + 150) + 10,
            "evaluation {id} is {age} blocks old"
        );
    }
}

fn page(task: &PageTask) -> UncheckedExtrinsic {
    let rows = rows(task.weights.len());
    let start = (task.page * SETTLEMENT_PAGE) as usize;
    let of_page = rows
        .iter()
        .skip(start)
        .take(SETTLEMENT_PAGE as usize)
        .copied()
        .collect();
    Runtime::build_page(
        task.round,
        task.page,
        ScorePage::truncate_from(of_page),
        page_hashes(&rows),
    )
}

fn council() -> RuntimeOrigin {
    pallet_collective::RawOrigin::<AccountId, Instance1>::Members(4, 5).into()
}

fn technical() -> RuntimeOrigin {
    pallet_collective::RawOrigin::<AccountId, Instance2>::Members(3, 3).into()
}

fn leave_safe_mode() -> (RuntimeOrigin, RuntimeCall) {
    (technical(), pallet_safe_mode::Call::force_exit {}.into())
}

fn models() -> Vec<ModelId> {
    pallet_models::LiveModels::<Runtime>::get().into_inner()
}

fn phases() -> Vec<(RoundId, RoundPhase)> {
    Runtime::rounds(0, 64)
        .into_iter()
        .map(|view| (view.id, view.phase))
        .collect()
}

fn rounds() -> Vec<RoundId> {
    phases().into_iter().map(|(id, _)| id).collect()
}

fn unsettled() -> usize {
    let over = |phase: &RoundPhase| matches!(phase, RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed);
    phases().iter().filter(|(_, phase)| !over(phase)).count()
}

fn run(number: u64) -> Calls {
    let mut history = History::new(number);
    on_local_chain(|chain| {
        prepare(chain);
        history.run(chain);
    });
    history.calls
}

/// Sponsor most contributors and register a model, so that rounds can begin.
fn prepare(chain: &mut Chain) {
    let policy = Policy {
        pipeline: quorate_exact::Rule::Median.into(),
        min_updates: 3,
        ..policy()
    };
    let mut setup = vec![signed("//Org0", register("model", policy))];
    for number in 0..5u32 {
        let call = sponsor(&contributor(number.into()), number);
        setup.push(signed_ahead(&organisation(number.into()), call, u32::from(number == 0)));
    }
    chain.run(setup);
    chain.pass(1);
    vote_on_everything(chain);
    let purpose = Purpose::Model(0);
    let fund = pallet_incentives::Call::fund {
        purpose,
        amount: 500 * UNIT,
    };
    chain.run(vec![signed("//Org0", fund)]);
    for kind in [ArtifactKind::Program, ArtifactKind::DataSet] {
        let root = payload::tagged(b"artifact", &kind);
        let register = pallet_artifacts::Call::register {
            kind,
            root,
            possession: root,
            len: 1 << 20,
            licence: b"CC0-1.0".to_vec().try_into().expect("a short one"),
            access: Access::Public,
        };
        chain.run(vec![signed("//Org1", register)]);
        vote_on_everything(chain);
    }
    let fund = |organisation| pallet_incentives::Call::fund {
        purpose: Purpose::Organisation(organisation),
        amount: UNIT,
    };
    let funds = (0..5u32).map(|number| signed(&organisation(number.into()), fund(number)));
    let funds = funds.collect();
    chain.run(funds);
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn random_histories_should_keep_state_sound_tokens_whole_and_rounds_in_time() {
    if let Some(number) = number_from("QUORATE_HISTORY") {
        println!("history {number}: {:?}", run(number));
        return;
    }
    let histories = number_from("QUORATE_HISTORIES").unwrap_or(HISTORIES);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let ended = AtomicU64::new(0);
    let total: Vec<Calls> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let ended = &ended;
                scope.spawn(move || {
                    (thread..histories)
                        .step_by(threads as usize)
                        .map(|number| {
                            let calls = std::panic::catch_unwind(|| run(number)).unwrap_or_else(|panic| {
                                eprintln!("history {number} failed; QUORATE_HISTORY={number} runs it alone");
                                std::panic::resume_unwind(panic)
                            });
                            let ended = ended.fetch_add(1, Ordering::Relaxed) + 1;
                            if ended.is_multiple_of(PROGRESS) {
                                println!("{ended} of {histories} histories have ended");
                            }
                            calls
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().expect("no history fails"))
            .collect()
    });
    let sum = |of: fn(&Calls) -> u32| total.iter().map(|calls| u64::from(of(calls))).sum::<u64>();
    let (made, done, versions) = (sum(|c| c.made), sum(|c| c.done), sum(|c| c.versions));
    let evaluations = sum(|c| c.evaluations);
    println!("{histories} histories of {ACTIVE} blocks and more: {done} of {made} transactions succeeded, {versions} versions, {evaluations} evaluations");
    assert!(
        versions > histories / 4,
        "most histories bring versions about: {versions} in {histories}"
    );
    assert!(
        evaluations > histories / 4,
        "many histories bring evaluations about: {evaluations} in {histories}"
    );
}

#[test]
fn the_gateways_view_should_be_the_same_in_pages_of_any_size() {
    on_local_chain(|chain| {
        prepare(chain);
        let mut history = History::new(7);
        for _ in 0..40 {
            let transactions = history.transactions();
            chain.block(transactions);
        }
        let restricted = Policy {
            access: quorate_primitives::policy::Access::Contributors,
            ..policy()
        };
        chain.run(vec![signed("//Org1", register("restricted", restricted))]);
        let whole = Runtime::gateway_page(None);
        assert_eq!(whole.next, None, "a small view is one page");
        let kinds: std::collections::BTreeSet<u8> = whole.entries.iter().map(|entry| entry.kind).collect();
        assert!([0, 3, 4, 5].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
        const ANY: usize = usize::MAX;
        for (entries, bytes, reads) in [
            (1, ANY, u32::MAX),
            (3, ANY, u32::MAX),
            (ANY, 1, u32::MAX),
            (ANY, 300, u32::MAX),
            (ANY, ANY, 1),
            (2, 400, 12),
        ] {
            let mut paged = Vec::new();
            let mut cursor = None;
            loop {
                let page = quorate_runtime::apis::gateway::bounded(cursor, entries, bytes, reads);
                assert!(page.entries.len() <= entries);
                let size: usize = page.entries.iter().map(|entry| entry.body.len()).sum();
                assert!(size <= bytes || page.entries.len() == 1);
                assert!(page.next.is_none() || page.next != cursor, "each page goes on");
                paged.extend(page.entries);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(
                paged, whole.entries,
                "pages of {entries} entries, {bytes} bytes and {reads} reads"
            );
        }
    });
}

#[test]
fn the_gateways_view_should_name_every_organisation_while_a_version_awaits_votes() {
    on_local_chain(|chain| {
        prepare(chain);
        let kinds = || -> Vec<u8> {
            let entries = Runtime::gateway_page(None).entries.into_iter();
            entries.map(|entry| entry.kind).filter(|kind| *kind == 5).collect()
        };
        assert!(kinds().is_empty(), "a public model has no readers");
        chain.run(vec![signed("//Org1", register("another", policy()))]);
        let organisations = pallet_consortium::Organisations::<Runtime>::iter_keys().count();
        assert_eq!(kinds().len(), organisations, "any of them may bring it");
    });
}
