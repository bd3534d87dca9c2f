//! Seven of eight validators are drawn for each batch. What all seven agree on counts after a while, unless one of them says otherwise, or an
//! organisation calls all: then all decide.

mod spot_check;

use anyhow::{bail, ensure, Context, Result};
use quorate_byzantine::Behaviour;
use quorate_client::{
    calls::{incentives, inference as calls},
    gateways::Reader,
    Account, Until,
};
use quorate_exact::Rule;
use quorate_network_tests::{
    asking::{check_answers, features, HeldProgram, Question, Sent},
    measured::answers,
    model::FEATURES,
    policy::UNIT,
    scenario::{program, Scenario},
    setup::Setup,
    soak::endow,
    state::State,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{
    job::{infer::Task, CommitteeRule, Job, Verdict},
    purpose::Purpose,
    views::inference::{BatchState, BatchView, Escalation, RequestState, RequestView},
    BatchId, JobId,
};
use quorate_verify::{verify_answer, Blobs, Conclusion, Level};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;

use crate::byzantine::ERRS;
use spot_check::wrong_answer_of_seven_should_be_found_by_the_one_that_was_not_drawn_and_be_called;

const SEED: u64 = 52;
const VALIDATORS: usize = 8;
const DRAWN: usize = 7;
/// The organisation that calls all without a reason.
const CALLER: usize = 2;
/// Batches until one has what is waited for: the one that lies is drawn for seven of eight, and one of sixteen goes to all by itself.
const MOST: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_seven_of_eight_agree_on_should_count_unless_all_are_asked_and_say_otherwise() -> Result<()> {
    // Whoever was not drawn computes each batch again.
    let setup = Setup::new(SEED, Rule::Median)?
        .validators(VALIDATORS)
        .argument("--worker-arg=--check-batches")
        .argument("--worker-arg=1/1");
    // Honest as long as they are not told otherwise.
    let erring = program("quorate-byzantine-worker")?;
    let setup = (0..VALIDATORS).fold(setup, |setup, number| setup.worker(number, erring.clone()));
    let mut scenario = setup.start().await?;
    endow(&scenario).await?;
    for organisation in 0..4 {
        let fund = incentives::fund(Purpose::Organisation(organisation as u32), 100 * UNIT);
        let account = &scenario.organisations[organisation];
        scenario.client.submit(account, &fund, Until::InBlock).await?;
    }
    let world = World {
        program: HeldProgram::of(&scenario, answers()?).await?,
        rng: RefCell::new(ChaCha8Rng::seed_from_u64(SEED)),
    };
    scenario.until_declared().await?;
    let waits = world.provisional(&scenario, 0).await?;
    part!(scenario, call_without_a_reason_should_cost_its_bond, &world);
    part!(scenario, dissent_should_bring_all_and_judge_the_one_that_lied, &world);
    part!(
        scenario,
        what_all_that_were_drawn_agree_on_should_be_settled,
        &world,
        waits
    );
    part!(
        scenario,
        wrong_answer_of_seven_should_be_found_by_the_one_that_was_not_drawn_and_be_called,
        &world
    );
    part!(scenario, no_token_should_be_lost);
    Ok(())
}

struct World {
    program: HeldProgram,
    rng: RefCell<ChaCha8Rng>,
}

impl World {
    /// A run that the organisation's contributor asks for, and the batch that has it.
    async fn asked(&self, scenario: &Scenario, organisation: usize) -> Result<(Sent, BatchView)> {
        let (salt, input) = {
            let mut rng = self.rng.borrow_mut();
            let values: [f32; FEATURES] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
            (rng.random(), features(values)?)
        };
        let question = Question {
            program: &self.program,
            task: Task::Run,
            input,
            spare: Some(0),
            spare_memory: 0,
        };
        let account = &scenario.contributors[organisation];
        let sent = scenario.ask(account, salt, question).await?;
        scenario.bring(&sent, account, 0).await?;
        let batch = wait::until("no batch is made", 3 * MINUTE, || async {
            match batch_of(&scenario.client.inference_request(sent.id).await?)? {
                Some(batch) => Ok(scenario.client.batch_at(batch, None).await?),
                None => Ok(None),
            }
        });
        let batch = batch.await?;
        Ok((sent, batch))
    }

    /// A request on which all that were drawn agreed, as long as that is provisional.
    async fn provisional(&self, scenario: &Scenario, organisation: usize) -> Result<(Sent, BatchId)> {
        for _ in 0..MOST {
            let (sent, _) = self.asked(scenario, organisation).await?;
            // In final blocks, which no fork takes back: another fork may have drawn others, or given the request to another batch.
            let batch = wait::until("the drawn members do not end", 8 * MINUTE, || async {
                let at = Some(scenario.client.finalized().await?.hash);
                let known = scenario.client.inference_request_at(sent.id, at).await?;
                let Some(id) = known.map(|known| batch_of(&known)).transpose()?.flatten() else {
                    return Ok(None);
                };
                let batch = scenario.client.batch_at(id, at).await?.context("a request names it")?;
                let computes = batch.state == BatchState::Computing && batch.escalation.is_none();
                // Drawn to be given to all, it cannot be called any more.
                let goes_on = matches!(batch.state, BatchState::Provisional { .. }) && batch.call_bond.is_none();
                Ok((!computes && !goes_on).then_some(batch))
            });
            let batch = batch.await?;
            match (&batch.state, &batch.escalation) {
                (BatchState::Provisional { .. }, None) => {
                    let job = scenario.client.job(batch.job).await?.job;
                    ensure!(
                        job.committee.len() == DRAWN && job.quorum as usize == DRAWN && job.agreed.is_some(),
                        "{job:?}"
                    );
                    ensure!(is_named(&job), "{job:?}");
                    return Ok((sent, batch.id));
                }
                // One of sixteen goes to all by itself; on a busy machine one may be silent.
                (_, Some(Escalation::Drawn | Escalation::Dissent)) => {
                    scenario
                        .net
                        .say(&format!("batch {} went to all: {:?}", batch.id, batch.escalation));
                    check_answers(scenario, &[(sent, &self.program)]).await?;
                }
                _ => bail!("{batch:?}"),
            }
        }
        bail!("{MOST} batches went to all");
    }
}

/// The batch that has a request, if one has it yet.
fn batch_of(known: &RequestView) -> Result<Option<BatchId>> {
    match &known.state {
        RequestState::Pending { .. } | RequestState::Waiting => Ok(None),
        RequestState::Computing { batch }
        | RequestState::Provisional { batch, .. }
        | RequestState::Answered { batch, .. } => Ok(Some(*batch)),
        RequestState::Failed(reason) => bail!("request {} failed: {reason:?}", known.id),
    }
}

/// The job of those that were drawn, also when all have been asked since. On another fork others are drawn, for another job.
fn drawn_for(batch: &BatchView) -> JobId {
    batch.first_job.unwrap_or(batch.job)
}

fn is_named(job: &Job) -> bool {
    match &job.spec.committee {
        CommitteeRule::Named { members, quorum } => members.len() == DRAWN && *quorum as usize == DRAWN,
        CommitteeRule::All => false,
    }
}

/// What an account has that is not set aside.
async fn free(scenario: &Scenario, account: &Account) -> Result<u128> {
    Ok(scenario.client.funds(&account.id()).await?.free)
}

/// An organisation that runs a validator calls all; they say the same, and have its bond.
async fn call_without_a_reason_should_cost_its_bond(scenario: &mut Scenario, world: &World) -> Result<()> {
    let scenario = &*scenario;
    let (sent, batch) = world.provisional(scenario, 1).await?;
    let bond = scenario
        .client
        .batch(batch)
        .await?
        .call_bond
        .context("all can be called")?;
    let caller = &scenario.organisations[CALLER];
    let call = calls::call_all(batch);
    let stranger = scenario
        .client
        .submit(&scenario.contributors[0], &call, Until::InBlock)
        .await;
    ensure!(stranger.is_err(), "whoever runs no validator calls all");
    let had = free(scenario, caller).await?;
    // Final: on another fork the second call may come first.
    scenario.client.submit(caller, &call, Until::Finalized).await?;
    let again = scenario
        .client
        .submit(&scenario.organisations[0], &call, Until::InBlock)
        .await;
    ensure!(again.is_err(), "all are called twice");
    check_answers(scenario, &[(sent.clone(), &world.program)]).await?;
    let ended = scenario.until_paid(batch).await?;
    let called = Escalation::Called {
        organisation: CALLER as u32,
        by: caller.id(),
        bond,
    };
    ensure!(
        ended.escalation == Some(called) && ended.first_job.is_some(),
        "{ended:?}"
    );
    let job = scenario.client.job(ended.job).await?.job;
    ensure!(job.committee.len() == VALIDATORS && job.quorum == 6, "{job:?}");
    let left = free(scenario, caller).await?;
    ensure!(
        had - left >= bond,
        "the caller had {had}, and has {left}: the bond was {bond}"
    );
    is_verified(scenario, &sent).await
}

/// One of the seven says something else: all are asked, it is Wrong, and the answer is right.
async fn dissent_should_bring_all_and_judge_the_one_that_lied(scenario: &mut Scenario, world: &World) -> Result<()> {
    let scenario = &*scenario;
    let behave = |behaviour: Behaviour| behaviour.write(&Behaviour::file(&scenario.net.nodes()[ERRS].store()));
    let liar = scenario.validator(ERRS)?;
    behave(Behaviour::WrongResult)?;
    for _ in 0..MOST {
        let (sent, batch) = world.asked(scenario, 3).await?;
        if !batch.members.contains(&liar) {
            continue;
        }
        check_answers(scenario, &[(sent.clone(), &world.program)]).await?;
        let ended = scenario.until_paid(batch.id).await?;
        if drawn_for(&ended) != drawn_for(&batch) {
            scenario.net.say(&format!("a fork drew others for batch {}", ended.id));
            continue;
        }
        behave(Behaviour::Honest)?;
        ensure!(ended.escalation == Some(Escalation::Dissent), "{ended:?}");
        let (first, last) = (ended.first_job.context("the drawn ones' job")?, ended.job);
        let (first, last) = (
            scenario.client.job(first).await?.job,
            scenario.client.job(last).await?.job,
        );
        ensure!(is_named(&first) && first.agreed.is_none(), "{first:?}");
        ensure!(last.committee.len() == VALIDATORS && last.agreed.is_some(), "{last:?}");
        for job in [&first, &last] {
            let verdict = scenario.verdict(job, ERRS)?;
            ensure!(verdict == Some(Verdict::Wrong), "{verdict:?} in {job:?}");
        }
        return is_verified(scenario, &sent).await;
    }
    bail!("the one that lies was never drawn, or others were on another fork");
}

/// Nobody said otherwise until the block that was named.
async fn what_all_that_were_drawn_agree_on_should_be_settled(
    scenario: &mut Scenario,
    world: &World,
    (sent, batch): (Sent, BatchId),
) -> Result<()> {
    let scenario = &*scenario;
    check_answers(scenario, &[(sent.clone(), &world.program)]).await?;
    let ended = scenario.until_paid(batch).await?;
    ensure!(ended.escalation.is_none() && ended.first_job.is_none(), "{ended:?}");
    let call = calls::call_all(batch);
    let caller = &scenario.organisations[CALLER];
    let late = scenario.client.submit(caller, &call, Until::InBlock);
    ensure!(late.await.is_err(), "all are called when it is settled");
    is_verified(scenario, &sent).await
}

async fn is_verified(scenario: &Scenario, sent: &Sent) -> Result<()> {
    // Those alone that were asked have it.
    let blobs = Blobs::new(vec![], Some(Reader::Account(sent.account.clone())))?;
    let found = wait::until("the answer is in no final block", 2 * MINUTE, || async {
        match verify_answer(&scenario.client, sent.id, &blobs, Level::Avx512, &|_| ()).await {
            Ok(report) => Ok(Some(report)),
            Err(quorate_client::Error::Input(_) | quorate_client::Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    });
    let report = found.await?;
    ensure!(report.conclusion() == Conclusion::Verified, "{:?}", report.checks);
    Ok(())
}

async fn no_token_should_be_lost(scenario: &mut Scenario) -> Result<()> {
    let mut state = State::read(&scenario.client).await?;
    state.check()?;
    let tokens = state.tokens();
    ensure!(tokens.issuance == tokens.held, "tokens that nobody has: {tokens:?}");
    Ok(())
}
