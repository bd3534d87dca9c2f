//! Programs to ask, and what tests of requests see and do.

use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use quorate_byzantine::Behaviour;
use quorate_client::{
    calls::incentives,
    gateways::{no_progress, Reader},
    Account, Until,
};
use quorate_network_tests::{
    asking::{features, foreign, language, tokens, HeldProgram, Question, Sent},
    measured::answers,
    model::CLASSES,
    policy::UNIT,
    scenario::Scenario,
};
use quorate_primitives::{
    job::infer::{Choice, Generation, Task},
    purpose::Purpose,
    views::{
        inference::{BatchView, RequestState, RequestView},
        BlobRef,
    },
    BlockNumber, JobId, RequestId,
};
use quorate_program::Value;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub const SEED: u64 = 51;

/// What a request for an answer may take, in blocks. The tests bring the input only when the request is final.
const GOAL: BlockNumber = 8;

/// The programs, and random numbers.
pub struct World {
    answers: HeldProgram,
    pub language: HeldProgram,
    pub foreign: HeldProgram,
    rng: std::cell::RefCell<ChaCha8Rng>,
}

impl World {
    /// Held by a quorum; the organisations' funds are full.
    pub async fn new(scenario: &Scenario) -> Result<Self> {
        let fund = |(number, account)| {
            let call = incentives::fund(Purpose::Organisation(number), 100 * UNIT);
            async move { scenario.client.submit(account, &call, Until::InBlock).await }
        };
        try_join_all((0..).zip(&scenario.organisations).map(fund)).await?;
        Ok(Self {
            answers: HeldProgram::of(scenario, answers()?).await?,
            language: HeldProgram::of(scenario, language()?).await?,
            foreign: HeldProgram::of(scenario, foreign()?).await?,
            rng: std::cell::RefCell::new(ChaCha8Rng::seed_from_u64(SEED)),
        })
    }

    pub fn salt(&self) -> [u8; 32] {
        self.rng.borrow_mut().random()
    }

    fn features(&self) -> Result<Value> {
        let mut rng = self.rng.borrow_mut();
        features(std::array::from_fn(|_| rng.random_range(-1.0..1.0)))
    }

    /// A run of the layer.
    pub fn run(&self) -> Result<Question<'_>> {
        Ok(Question {
            program: &self.answers,
            task: Task::Run,
            input: self.features()?,
            spare: Some(0),
            spare_memory: 0,
        })
    }

    /// Tokens drawn behind a prompt.
    pub fn drawn(&self, max_tokens: u32) -> Result<Question<'_>> {
        let prompt: Vec<i64> = {
            let mut rng = self.rng.borrow_mut();
            (0..5).map(|_| rng.random_range(0..CLASSES as i64)).collect()
        };
        let choice = Choice::Drawn {
            temperature: 2f32.to_bits(),
            top: 20,
        };
        Ok(Question {
            program: &self.language,
            task: Task::Generate(Generation {
                max_tokens,
                choice,
                stop: None,
            }),
            input: tokens(&prompt)?,
            spare: Some(0),
            spare_memory: 0,
        })
    }

    /// A request whose input never comes.
    pub async fn never_brought(&self, scenario: &Scenario) -> Result<Sent> {
        scenario.ask(&scenario.contributors[3], self.salt(), self.run()?).await
    }
}

/// Asked, and brought to one gateway.
pub async fn asked(scenario: &Scenario, world: &World, account: &Account, question: Question<'_>) -> Result<Sent> {
    let sent = scenario.ask(account, world.salt(), question).await?;
    scenario.bring(&sent, account, 0).await?;
    Ok(sent)
}

/// What the validators have earned.
pub async fn earned(scenario: &Scenario) -> Result<Vec<u128>> {
    let mut all = Vec::new();
    for index in 0..scenario.net.founders() {
        let standing = scenario.client.standing(&scenario.validator(index)?).await?;
        all.push(standing.claimable);
    }
    Ok(all)
}

pub async fn funds(scenario: &Scenario) -> Result<Vec<u128>> {
    let all = (0..).zip(&scenario.organisations);
    try_join_all(all.map(|(number, _)| async move { Ok(scenario.client.fund_of(number).await?) })).await
}

pub fn behave(scenario: &Scenario, who: &[usize], behaviour: Behaviour) -> Result<()> {
    for index in who {
        behaviour.write(&Behaviour::file(&scenario.net.nodes()[*index].store()))?;
    }
    Ok(())
}

/// Whether an account reads a blob from the gateways, with the right bytes.
pub async fn reads(scenario: &Scenario, account: Option<&Account>, blob: &BlobRef, bytes: &[u8]) -> Result<bool> {
    let reader = account.cloned().map(Reader::Account);
    let gateways = scenario.client.open_gateways(reader).await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("blob");
    let fetched = gateways.fetch(blob.root, blob.len, &path, no_progress()).await;
    ensure!(fetched.is_err() || std::fs::read(&path)? == bytes, "other bytes");
    Ok(fetched.is_ok())
}

/// The batch that has a request in the best block, if one has it. On another fork it has another seed, and other jobs.
pub async fn batch_of(scenario: &Scenario, id: RequestId) -> Result<Option<BatchView>> {
    match scenario.client.inference_request(id).await?.state {
        RequestState::Computing { batch } | RequestState::Answered { batch, .. } => {
            Ok(scenario.client.batch_at(batch, None).await?)
        }
        _ => Ok(None),
    }
}

/// The job of a batch's first attempt.
pub fn first_job(batch: &BatchView) -> JobId {
    batch.first_job.unwrap_or(batch.job)
}

/// The batch of a request that is answered, when its members are paid.
pub async fn paid_batch(scenario: &Scenario, id: RequestId) -> Result<BatchView> {
    let batch = batch_of(scenario, id).await?.context("it is answered")?;
    scenario.until_paid(batch.id).await
}

pub fn say_times<'a>(scenario: &Scenario, all: impl Iterator<Item = &'a RequestView>) {
    let mut blocks: Vec<BlockNumber> = all
        .filter_map(|known| Some(known.ended_at? - known.requested_at))
        .collect();
    blocks.sort_unstable();
    let all = blocks.len();
    scenario.net.say(&format!(
        "{all} requests, blocks from request to record: least {:?}, median {}, most {:?} (goal {GOAL})",
        blocks.first(),
        blocks[all / 2],
        blocks.last()
    ));
}
