//! A whole round through transactions, for [`super::model`]'s small model.

use super::{model::*, *};
use codec::DecodeAll;
use quorate_primitives::{
    job::{
        aggregate::{page_hashes, ScorePage, ScoreRow},
        AggregateOutcome, Outcome,
    },
    purpose::Purpose,
    views::{
        tasks::{AggregateTask, JobStage, JobTask},
        ModelState, RoundPhase,
    },
    JobId, ModelId, Root, RoundId,
};
use quorate_runtime::{constants::UNIT, Consortium};
use quorate_runtime_api::{
    runtime_decl_for_duties_api::DutiesApi, runtime_decl_for_models_api::ModelsApi,
    runtime_decl_for_rounds_api::RoundsApi,
};

pub fn contributor(number: u32) -> String {
    format!("//Contributor{number}")
}

pub fn update_root(round: RoundId, number: u32) -> Root {
    payload::tagged(b"test", &(round, number))
}

pub fn salt(number: u32) -> [u8; 32] {
    [number as u8; 32]
}

pub fn rows() -> Vec<ScoreRow> {
    (0..CONTRIBUTORS)
        .map(|n| ScoreRow {
            score: 500_000 + n * 100_000,
            selection: 100,
        })
        .collect()
}

/// What an honest validator computes in a round, or a liar.
pub fn outcome(round: RoundId, right: bool) -> Outcome {
    let output = payload::tagged(b"output", &(round, right));
    AggregateOutcome::new((output, FILE), None, payload::tagged(b"detail", &round), &rows()).into()
}

/// Register a model, sponsor five contributors of five organisations, vote on version 0, fund.
pub fn prepare(chain: &mut Chain) -> ModelId {
    let mut setup = vec![signed("//Org0", register("digits", policy()))];
    for number in 0..CONTRIBUTORS {
        let call = sponsor(&contributor(number), number);
        setup.push(signed_ahead(&format!("//Org{number}"), call, u32::from(number == 0)));
    }
    chain.run(setup);
    chain.pass(1);
    vote_on_everything(chain);
    let model = Runtime::model(0).expect("the model is registered");
    assert_eq!((model.state, model.latest), (ModelState::Active, Some(0)));
    let fund = pallet_incentives::Call::fund {
        purpose: Purpose::Model(0),
        amount: 1_000 * UNIT,
    };
    chain.run(vec![signed("//Org0", fund)]);
    0
}

/// Open a round; its number.
pub fn open(chain: &mut Chain, model: ModelId) -> RoundId {
    chain.run(vec![signed("//Org0", pallet_rounds::Call::open_round { model })]);
    Runtime::model(model)
        .and_then(|model| model.open_round)
        .expect("the round is open")
}

pub fn submit(round: RoundId, number: u32) -> UncheckedExtrinsic {
    submit_root(round, number, update_root(round, number))
}

pub fn submit_root(round: RoundId, number: u32, root: Root) -> UncheckedExtrinsic {
    let path = contributor(number);
    let commitment = payload::update_commitment(genesis_hash(), round, &account(&path), root, 100, salt(number));
    let call = pallet_rounds::Call::submit {
        round,
        commitment,
        weight: 100,
    };
    signed(&path, call)
}

pub fn reveal_update(round: RoundId, number: u32) -> UncheckedExtrinsic {
    reveal_root(round, number, update_root(round, number))
}

pub fn reveal_root(round: RoundId, number: u32, root: Root) -> UncheckedExtrinsic {
    let salt = salt(number);
    let call = pallet_rounds::Call::reveal_update { round, root, salt };
    signed(&contributor(number), call)
}

/// Open a round, submit, reveal, vote, until the job is made.
pub fn seal(chain: &mut Chain, model: ModelId) -> (RoundId, JobId) {
    let round = open(chain, model);
    let submissions = (0..CONTRIBUTORS).map(|n| chain.pooled(submit(round, n))).collect();
    chain.run(submissions);
    if matches!(phase(round), RoundPhase::Collecting { .. }) {
        chain.pass(1);
    }
    assert!(
        matches!(phase(round), RoundPhase::Revealing { .. }),
        "{:?}",
        phase(round)
    );
    let reveals = (0..CONTRIBUTORS)
        .map(|n| chain.pooled(reveal_update(round, n)))
        .collect();
    chain.run(reveals);
    vote_on_everything(chain);
    if phase(round) != RoundPhase::Computing {
        chain.pass(1);
    }
    let view = Runtime::round(round).expect("the round exists");
    assert_eq!(view.phase, RoundPhase::Computing);
    (round, view.job.expect("a sealed round has a job"))
}

pub fn phase(round: RoundId) -> RoundPhase {
    Runtime::round(round).expect("the round exists").phase
}

/// The only job that a validator has to do.
pub fn the_job(validator: Sr25519Keyring) -> JobTask {
    let mut tasks = jobs(validator);
    assert_eq!(tasks.len(), 1, "{validator:?} has one job");
    tasks.remove(0)
}

pub fn aggregate(task: &JobTask) -> AggregateTask {
    AggregateTask::decode_all(&mut &task.work[..]).expect("the work of an aggregation")
}

fn says(validator: Sr25519Keyring, liar: Option<Sr25519Keyring>, round: RoundId) -> Outcome {
    outcome(round, liar != Some(validator))
}

pub fn commit(chain: &Chain, validator: Sr25519Keyring, liar: Option<Sr25519Keyring>) -> UncheckedExtrinsic {
    let task = the_job(validator);
    assert_eq!(task.stage, JobStage::Commit);
    let outcome = says(validator, liar, aggregate(&task).round);
    let commit = payload::outcome_commitment(genesis_hash(), task.id, &validator.to_account_id(), &outcome, [7; 32]);
    let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
    let signature = attestation_sign(validator, &message);
    chain.pooled(Runtime::build_commit(task.id, task.member, commit, signature))
}

pub fn reveal(chain: &Chain, validator: Sr25519Keyring, liar: Option<Sr25519Keyring>) -> UncheckedExtrinsic {
    let task = the_job(validator);
    assert!(matches!(task.stage, JobStage::Reveal { .. }), "{:?}", task.stage);
    let outcome = says(validator, liar, aggregate(&task).round);
    let message = payload::reveal_payload(genesis_hash(), task.id, task.member, &outcome, [7; 32]);
    let signature = attestation_sign(validator, &message);
    let transaction = Runtime::build_reveal(task.id, task.member, outcome.encode(), [7; 32], signature);
    chain.pooled(transaction.expect("an outcome that the runtime knows"))
}

/// Show all score pages, by the first validator, and go on until the round is settled.
pub fn settle(chain: &mut Chain, round: RoundId) {
    for _ in 0..30 {
        match phase(round) {
            RoundPhase::Settled => return,
            RoundPhase::Scoring { .. } => {
                let pages = pages(VALIDATORS[0]);
                let shown: Vec<_> = pages
                    .into_iter()
                    .filter(|task| task.round == round)
                    .map(|task| {
                        let rows = rows();
                        let page = ScorePage::truncate_from(rows.clone());
                        chain.pooled(Runtime::build_page(round, task.page, page, page_hashes(&rows)))
                    })
                    .collect();
                chain.run(shown);
            }
            _ => chain.pass(1),
        }
    }
    panic!("the round is not settled: {:?}", phase(round));
}

pub fn whole_round(chain: &mut Chain, model: ModelId, liar: Option<Sr25519Keyring>) -> (RoundId, JobId) {
    let (round, job) = seal(chain, model);
    let commits = VALIDATORS.map(|validator| commit(chain, validator, liar));
    chain.run(commits.into());
    if the_job(VALIDATORS[0]).stage == JobStage::Commit {
        chain.pass(1);
    }
    let reveals = VALIDATORS.map(|validator| reveal(chain, validator, liar));
    chain.run(reveals.into());
    let version = Runtime::round(round).and_then(|round| round.version);
    let record = Runtime::version(model, version.expect("a version is recorded"))
        .expect("it stands")
        .record;
    let right = outcome(round, true);
    let right = right.aggregate().expect("an aggregation");
    assert_eq!(record.root, right.output);
    settle(chain, round);
    (round, job)
}

/// Validators whose statements count.
pub fn active() -> usize {
    use quorate_primitives::traits::Consortium as _;
    Consortium::committee().len()
}
