//! Requests for answers: what a quorum agrees on is the reference's, each pays for what it used, and nobody else reads it.

use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use quorate_byzantine::{copied, copied::Copied, Behaviour};
use quorate_client::{
    calls::{incentives, inference as calls},
    gateways::{
        no_progress,
        stream::{order, Said},
        Gateways, Reader,
    },
    Account, Error, Until,
};
use quorate_exact::Rule;
use quorate_inference::{salt, Answer};
use quorate_localnet::Part;
use quorate_network_tests::{
    asking::{
        check_answers, features, foreign, language, likeliest, row_of, tokens, HeldProgram, Question, Sent, CONTEXT,
    },
    measured::answers,
    model::{CLASSES, FEATURES},
    scenario::{program, Scenario},
    setup::Setup,
    soak::endow,
    state::State,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{
    job::{
        infer::{AnswerRow, AnswerStatus, Choice, Generation, Task},
        Verdict,
    },
    purpose::Purpose,
    views::{
        inference::{BatchView, RequestFailure, RequestState, RequestView},
        BlobRef, CapabilityView,
    },
    AccountId, BatchId, BlockNumber, JobId, RequestId,
};
use quorate_program::Value;
use quorate_verify::{verify_answer, Blobs, Conclusion, Found, Level};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use crate::byzantine::ERRS;

const SEED: u64 = 51;
/// Errs with the fourth where no quorum is to be found.
const ALSO_ERRS: usize = 2;
/// Its worker is killed. Not the first one: the test asks it.
const VICTIM: usize = 1;
/// Batches in which a kill may come after the reveal on a busy machine.
const MOST_KILLS: u32 = 3;
/// Batches in which a copier may come too late on a busy machine.
const MOST_COPIES: u32 = 3;
/// What a request for an answer may take, in blocks.
const GOAL: BlockNumber = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_should_be_the_references_whatever_one_worker_says_and_cost_what_they_used() -> Result<()> {
    let setup = Setup::new(SEED, Rule::Median)?.organisations(5);
    let errs = program("quorate-byzantine-worker")?;
    let setup = setup.worker(ERRS, errs.clone()).worker(ALSO_ERRS, errs);
    let mut scenario = setup.start().await?;
    endow(&scenario).await?;
    let world = World::new(&scenario).await?;
    part!(
        scenario,
        request_that_too_few_can_answer_should_be_refused_and_cost_nothing,
        &world
    );
    let never_brought = world.never_brought(&scenario).await?;
    part!(scenario, request_taken_back_should_cost_its_base_fee, &world);
    part!(
        scenario,
        answers_should_be_the_references_and_be_shown_to_those_that_asked_alone,
        &world
    );
    part!(
        scenario,
        streamed_tokens_should_be_the_answers_and_of_no_use_to_a_copier,
        &world
    );
    part!(scenario, request_without_a_quorum_should_be_tried_again, &world);
    part!(
        scenario,
        worker_killed_between_commit_and_reveal_should_still_agree,
        &world
    );
    part!(
        scenario,
        input_that_nobody_brings_should_cost_its_base_fee,
        never_brought
    );
    part!(scenario, no_token_should_be_lost);
    Ok(())
}

/// The programs, and random numbers.
struct World {
    answers: HeldProgram,
    language: HeldProgram,
    foreign: HeldProgram,
    rng: std::cell::RefCell<ChaCha8Rng>,
}

impl World {
    /// Held by a quorum; the organisations' funds are full.
    async fn new(scenario: &Scenario) -> Result<Self> {
        let fund = |(number, account)| {
            let call = incentives::fund(Purpose::Organisation(number), 100 * quorate_network_tests::policy::UNIT);
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

    fn salt(&self) -> [u8; 32] {
        self.rng.borrow_mut().random()
    }

    fn features(&self) -> Result<Value> {
        let mut rng = self.rng.borrow_mut();
        features(std::array::from_fn(|_| rng.random_range(-1.0..1.0)))
    }

    /// A run of the layer.
    fn run(&self) -> Result<Question<'_>> {
        Ok(Question {
            program: &self.answers,
            task: Task::Run,
            input: self.features()?,
            spare: Some(0),
            spare_memory: 0,
        })
    }

    /// Tokens drawn behind a prompt.
    fn drawn(&self, max_tokens: u32) -> Result<Question<'_>> {
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
    async fn never_brought(&self, scenario: &Scenario) -> Result<Sent> {
        scenario.ask(&scenario.contributors[3], self.salt(), self.run()?).await
    }
}

/// Asked, and brought to one gateway.
async fn asked(scenario: &Scenario, world: &World, account: &Account, question: Question<'_>) -> Result<Sent> {
    let sent = scenario.ask(account, world.salt(), question).await?;
    scenario.bring(&sent, account, 0).await?;
    Ok(sent)
}

/// What the validators have earned.
async fn earned(scenario: &Scenario) -> Result<Vec<u128>> {
    let mut all = Vec::new();
    for index in 0..scenario.net.founders() {
        let standing = scenario.client.standing(&scenario.validator(index)?).await?;
        all.push(standing.claimable);
    }
    Ok(all)
}

async fn funds(scenario: &Scenario) -> Result<Vec<u128>> {
    let all = (0..).zip(&scenario.organisations);
    try_join_all(all.map(|(number, _)| async move { Ok(scenario.client.fund_of(number).await?) })).await
}

fn behave(scenario: &Scenario, who: &[usize], behaviour: Behaviour) -> Result<()> {
    for index in who {
        behaviour.write(&Behaviour::file(&scenario.net.nodes()[*index].store()))?;
    }
    Ok(())
}

/// Whether an account reads a blob from the gateways, with the right bytes.
async fn reads(scenario: &Scenario, account: Option<&Account>, blob: &BlobRef, bytes: &[u8]) -> Result<bool> {
    let reader = account.cloned().map(Reader::Account);
    let gateways = scenario.client.open_gateways(reader).await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("blob");
    let fetched = gateways.fetch(blob.root, blob.len, &path, no_progress()).await;
    ensure!(fetched.is_err() || std::fs::read(&path)? == bytes, "other bytes");
    Ok(fetched.is_ok())
}

/// All validators declare by themselves; `quorate capability list` shows it.
async fn request_that_too_few_can_answer_should_be_refused_and_cost_nothing(
    scenario: &mut Scenario,
    world: &World,
) -> Result<()> {
    let scenario = &*scenario;
    let declared = scenario.until_declared().await?;
    let of = |view: &CapabilityView| view.capability.map(|of| of.memory).context("it is declared");
    let mut memories = declared.iter().map(of).collect::<Result<Vec<u32>>>()?;
    memories.sort_unstable();
    let listed = Command::new(program("quorate")?)
        .args([
            "capability",
            "list",
            "--json",
            "--url",
            &scenario.net.nodes()[0].rpc_url(),
        ])
        .output()?;
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).context("quorate capability list")?;
    for view in &declared {
        let all = listed["validators"].as_array().context("a list")?;
        let shown = all.iter().find(|one| one["validator"] == view.validator.to_string());
        let shown = shown.with_context(|| format!("{} is not listed: {listed}", view.validator))?;
        let memory = view.capability.map(|of| of.memory);
        ensure!(
            shown["capability"]["memory"] == json!(memory) && shown["asked"] == true,
            "{shown}"
        );
    }
    let validator = scenario.validator(0)?;
    ensure!(declared.iter().any(|view| view.validator == validator), "{declared:?}");

    // Two of four have less.
    let too_much = memories[1] + 1;
    let (asker, before) = (&scenario.contributors[1], scenario.client.fund_of(1).await?);
    let question = Question {
        spare_memory: too_much,
        ..world.run()?
    };
    let Err(refused) = scenario.ask(asker, world.salt(), question).await else {
        bail!("a request that needs {too_much} MiB is taken; declared are {memories:?}");
    };
    ensure!(format!("{refused:#}").contains("TooFewCapable"), "{refused:#}");
    let after = scenario.client.fund_of(1).await?;
    ensure!(before == after, "the fund had {before}, and has {after}");
    scenario.net.say(&format!("MiB that validators declare: {memories:?}"));
    Ok(())
}

async fn request_taken_back_should_cost_its_base_fee(scenario: &mut Scenario, world: &World) -> Result<()> {
    let scenario = &*scenario;
    let (asker, before) = (&scenario.contributors[2], scenario.client.fund_of(2).await?);
    let sent = scenario.ask(asker, world.salt(), world.run()?).await?;
    let cancel = calls::cancel(sent.id);
    let taken_back = |account| scenario.client.submit(account, &cancel, Until::InBlock);
    let stranger = taken_back(&scenario.contributors[1]).await;
    ensure!(stranger.is_err(), "another organisation takes it back");
    taken_back(asker).await?;
    let known = scenario.client.inference_request(sent.id).await?;
    ensure!(
        known.state == RequestState::Failed(RequestFailure::Cancelled) && 0 < known.cost && known.cost < known.fee,
        "{known:?}"
    );
    let fund = scenario.client.fund_of(2).await?;
    ensure!(fund == before - known.cost, "the fund had {before}, and has {fund}");
    ensure!(taken_back(asker).await.is_err(), "it is taken back twice");
    let late = scenario.bring(&sent, asker, 0).await;
    ensure!(late.is_err(), "a gateway takes what nobody waits for");
    Ok(())
}

/// How each of them is to end, and the one after the other of all organisations.
async fn mixed<'a>(
    scenario: &Scenario,
    world: &'a World,
) -> Result<Vec<(Sent, &'a HeldProgram, AnswerStatus, &'static str)>> {
    use AnswerStatus::{Answered, Fault, Unfit};
    let infinite = features([f32::INFINITY; FEATURES])?;
    let nowhere = CLASSES as i64 + 5;
    let mut all: Vec<(usize, Question<'_>, AnswerStatus, &'static str)> = Vec::new();
    for organisation in 0..4 {
        all.push((organisation, world.run()?, Answered, "a run"));
        let spare = Some(organisation as u64);
        let drawn = world.drawn(10 + organisation as u32)?;
        all.push((organisation, Question { spare, ..drawn }, Answered, "drawn tokens"));
    }
    let run = world.run()?;
    let likely = || -> Result<_> {
        Ok(Question {
            task: likeliest(CONTEXT - 3),
            input: tokens(&[1, 2, 3])?,
            ..world.drawn(1)?
        })
    };
    let one = Question {
        input: infinite,
        ..world.run()?
    };
    all.push((1, one, Fault, "∞ − ∞"));
    let one = Question {
        input: tokens(&[1, nowhere])?,
        ..likely()?
    };
    all.push((2, one, Fault, "a token that there is not"));
    all.push((3, Question { spare: None, ..run }, Unfit, "no operations paid for"));
    let one = Question {
        program: &world.foreign,
        ..world.run()?
    };
    all.push((0, one, Unfit, "a program of another model"));
    all.push((1, likely()?, Answered, "as many tokens as fit"));
    let asked = all.into_iter().map(|(organisation, question, ends, what)| async move {
        let (held, account) = (question.program, &scenario.contributors[organisation]);
        let sent = scenario.ask(account, world.salt(), question).await?;
        anyhow::Ok((sent, held, ends, what))
    });
    try_join_all(asked).await
}

async fn answers_should_be_the_references_and_be_shown_to_those_that_asked_alone(
    scenario: &mut Scenario,
    world: &World,
) -> Result<()> {
    let scenario = &*scenario;
    behave(scenario, &[ERRS], Behaviour::WrongResult)?;
    let (paid, set_aside) = (earned(scenario).await?, funds(scenario).await?);
    let all = mixed(scenario, world).await?;
    // All of them at once, each to one gateway.
    let brought = all
        .iter()
        .map(|(sent, ..)| scenario.bring(sent, &sent.account, sent.id as usize % 3));
    try_join_all(brought).await?;
    let sent: Vec<_> = all.iter().map(|(sent, held, ..)| (sent.clone(), *held)).collect();
    let found = check_answers(scenario, &sent).await?;
    for (sent, _, ends, what) in &all {
        let (row, _) = &found[&sent.id];
        ensure!(row.status == *ends, "{what}: {row:?}");
        ensure!(
            row.trace == Default::default() || row.tokens > 0,
            "{what}: a trace of nothing"
        );
    }
    behave(scenario, &[ERRS], Behaviour::Honest)?;

    let mut views = BTreeMap::new();
    for (sent, ..) in &all {
        views.insert(sent.id, scenario.client.inference_request(sent.id).await?);
    }
    say_times(scenario, views.values());
    let batches = paid_batches(scenario, views.values()).await?;
    let together = |batch: &BatchView| {
        let organisations = batch.requests.iter().filter_map(|id| Some(views.get(id)?.organisation));
        organisations.collect::<BTreeSet<_>>().len()
    };
    ensure!(
        batches.iter().any(|batch| together(batch) > 1),
        "organisations are not answered together: {batches:?}"
    );
    is_paid(scenario, &batches, &views, (paid, set_aside)).await?;
    is_shown(scenario, &all, &views, &found).await?;
    are_verified(scenario, &all).await
}

fn say_times<'a>(scenario: &Scenario, all: impl Iterator<Item = &'a RequestView>) {
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

/// The batches of these requests, when their members are paid.
async fn paid_batches<'a>(scenario: &Scenario, all: impl Iterator<Item = &'a RequestView>) -> Result<Vec<BatchView>> {
    let mut numbers = BTreeSet::<BatchId>::new();
    for known in all {
        numbers.insert(row_of(known)?.0);
    }
    try_join_all(numbers.into_iter().map(|number| scenario.until_paid(number))).await
}

/// What is kept of a request's fee, by its row.
fn cost(known: &RequestView, row: &AnswerRow) -> u128 {
    let base = 10_000_000_000 + 1_000_000_000;
    let for_operations = known.fee - base;
    let used = match row.status {
        AnswerStatus::Unfit => 0,
        _ => u128::from(row.operations.min(known.operations)),
    };
    // A quarter of what was not used is kept.
    let asked = u128::from(known.operations);
    base + for_operations * (4 * used + (asked - used)) / (4 * asked.max(1))
}

/// Each request cost what it used; those that agreed on a batch had equal parts of it, and the one that lied had none.
async fn is_paid(
    scenario: &Scenario,
    batches: &[BatchView],
    views: &BTreeMap<RequestId, RequestView>,
    (before, set_aside): (Vec<u128>, Vec<u128>),
) -> Result<()> {
    let mut spent = vec![0; set_aside.len()];
    for known in views.values() {
        let (_, row) = row_of(known)?;
        ensure!(
            known.cost == cost(known, &row),
            "request {} cost {} of {}: {row:?}",
            known.id,
            known.cost,
            known.fee
        );
        spent[known.organisation as usize] += known.cost;
    }
    let left: Vec<u128> = set_aside.iter().zip(&spent).map(|(had, spent)| had - spent).collect();
    let funds = funds(scenario).await?;
    ensure!(funds == left, "the funds have {funds:?}, and not {left:?}");

    let (mut expected, mut lies) = (before, 0);
    for batch in batches {
        let job = scenario.client.job(batch.job).await?.job;
        let mut agreed = Vec::new();
        for index in 0..scenario.net.founders() {
            match scenario.verdict(&job, index)? {
                Some(Verdict::Agreed) if index != ERRS => agreed.push(index),
                Some(Verdict::Wrong) if index == ERRS => lies += 1,
                // On a busy machine.
                Some(Verdict::Silent) => (),
                other => bail!("batch {}, {index}: {other:?}", batch.id),
            }
        }
        let earned: u128 = batch.requests.iter().map(|id| views[id].cost).sum();
        for index in &agreed {
            expected[*index] += earned / agreed.len() as u128;
        }
    }
    ensure!(lies > 0, "the trace that is another one was never judged");
    let now = earned(scenario).await?;
    ensure!(now == expected, "earned were {now:?}, and not {expected:?}");
    Ok(())
}

/// Input and answer are shown to the organisation that asked, and to nobody else.
async fn is_shown(
    scenario: &Scenario,
    all: &[(Sent, &HeldProgram, AnswerStatus, &str)],
    views: &BTreeMap<RequestId, RequestView>,
    found: &BTreeMap<RequestId, (AnswerRow, Vec<u8>)>,
) -> Result<()> {
    for (sent, ..) in all.iter().step_by(3) {
        let (own, (row, bytes)) = (sent.organisation as usize, &found[&sent.id]);
        let input = &views[&sent.id].input;
        for account in [&scenario.contributors[own], &scenario.organisations[own]] {
            wait::until("the answer is not shown to those that asked", MINUTE, || async {
                Ok(reads(scenario, Some(account), &row.answer, bytes).await?.then_some(()))
            })
            .await?;
            ensure!(
                reads(scenario, Some(account), input, &sent.input).await?,
                "the input is shown"
            );
        }
        let other = (own + 1) % 4;
        let nobody = Account::from_uri("//Nobody")?;
        for account in [
            None,
            Some(&nobody),
            Some(&scenario.contributors[other]),
            Some(&scenario.organisations[other]),
        ] {
            for (blob, bytes) in [(&row.answer, bytes), (input, &sent.input)] {
                ensure!(
                    !reads(scenario, account, blob, bytes).await?,
                    "a stranger reads of request {}",
                    sent.id
                );
            }
        }
    }
    Ok(())
}

/// Derived again from the files of a validator, faults too, and by its asker from what gateways show.
async fn are_verified(scenario: &Scenario, all: &[(Sent, &HeldProgram, AnswerStatus, &str)]) -> Result<()> {
    let last = all.iter().map(|(sent, ..)| sent.id).max().context("a request")?;
    wait::until("the answers are not final", 2 * MINUTE, || async {
        let final_block = scenario.client.finalized().await?.hash;
        let known = scenario.client.inference_request_at(last, Some(final_block)).await?;
        Ok(known.is_some_and(|known| known.ended_at.is_some()).then_some(()))
    })
    .await?;
    let verdict = async |id, blobs: &Blobs| -> Result<Conclusion> {
        let report = verify_answer(&scenario.client, id, blobs, Level::Avx512, &|_| {}).await?;
        for check in report.checks.iter().filter(|check| check.found != Found::Equal) {
            scenario.net.say(&format!("request {id}: {check:?}"));
        }
        Ok(report.conclusion())
    };
    let store = Blobs::new(vec![scenario.net.nodes()[0].store()], None)?;
    for (sent, _, _, what) in all {
        let own = Blobs::new(vec![], Some(Reader::Account(sent.account.clone())))?;
        for blobs in [&store, &own] {
            let found = verdict(sent.id, blobs).await?;
            ensure!(found == Conclusion::Verified, "{what}: {found:?}");
        }
    }
    let sent = &all[0].0;
    let other = &scenario.contributors[(sent.organisation as usize + 1) % 4];
    let other = Blobs::new(vec![], Some(Reader::Account(other.clone())))?;
    ensure!(
        verdict(sent.id, &other).await? == Conclusion::Unchecked,
        "another organisation checks it"
    );
    Ok(())
}

/// The job of a request's batch.
async fn job_of(scenario: &Scenario, id: RequestId) -> Result<(BatchId, JobId)> {
    wait::until("no batch is made", 2 * MINUTE, || async {
        let known = scenario.client.inference_request(id).await?;
        let batch = match known.state {
            RequestState::Computing { batch } | RequestState::Answered { batch, .. } => batch,
            _ => return Ok(None),
        };
        let job = scenario.client.batch_at(batch, None).await?.map(|batch| batch.job);
        Ok(job.map(|job| (batch, job)))
    })
    .await
}

/// Tokens are read while nobody has attested to them, by those that asked alone, and are those that a quorum attests to. A validator that runs
/// nothing and states them has no trace, and earns nothing.
async fn streamed_tokens_should_be_the_answers_and_of_no_use_to_a_copier(
    scenario: &mut Scenario,
    world: &World,
) -> Result<()> {
    let scenario = &*scenario;
    behave(scenario, &[ERRS], Behaviour::CopiesStream)?;
    let mut tries = 0;
    while !copied_in_time(scenario, world).await? {
        tries += 1;
        ensure!(tries < MOST_COPIES, "the copier was never in time to be found out");
    }
    behave(scenario, &[ERRS], Behaviour::Honest)
}

async fn copied_in_time(scenario: &Scenario, world: &World) -> Result<bool> {
    const TOKENS: u32 = 20;
    let before = earned(scenario).await?;
    let sent = asked(scenario, world, &scenario.contributors[1], world.drawn(TOKENS)?).await?;
    let (batch, job) = job_of(scenario, sent.id).await?;
    let said = streamed(scenario, &sent, job, TOKENS).await?;
    let tokens = said.tokens();
    copied::write(
        &Copied::from([(sent.id, tokens.clone())]),
        &scenario.net.nodes()[ERRS].store(),
    )?;
    let known = scenario.client.inference_request(sent.id).await?;
    ensure!(
        known.ended_at.is_none(),
        "it is on record before it is streamed: {known:?}"
    );
    is_streamed_to_nobody_else(scenario, &sent, job).await?;
    said.verify()?;

    let found = check_answers(scenario, &[(sent.clone(), &world.language)]).await?;
    let (_, bytes) = &found[&sent.id];
    let answer = Answer::read(&salt(&sent.input), &known.task, bytes)?;
    ensure!(
        said.has_ended() && answer.tokens() == tokens && tokens.len() == TOKENS as usize,
        "streamed were {tokens:?}, and the answer is {answer:?}"
    );
    let batch = scenario.until_paid(batch).await?;
    let job = scenario.client.job(batch.job).await?.job;
    let verdict = scenario.verdict(&job, ERRS)?;
    scenario.net.say(&format!(
        "{} streamed what was attested; the copier is {verdict:?}",
        said.validator
    ));
    let now = earned(scenario).await?;
    ensure!(
        now[ERRS] == before[ERRS],
        "the copier earned something: {before:?}, {now:?}"
    );
    ensure!(now[0] > before[0], "who computed earned nothing: {before:?}, {now:?}");
    ensure!(matches!(verdict, Some(Verdict::Wrong | Verdict::Silent)), "{verdict:?}");
    Ok(verdict == Some(Verdict::Wrong))
}

/// A whole stream, of the first member that shows one.
async fn streamed(scenario: &Scenario, sent: &Sent, job: JobId, most: u32) -> Result<Said> {
    let gateways = gateways_for(scenario, &sent.account).await?;
    let members = job_members(scenario, job).await?;
    let peers = scenario.client.peers().await?;
    wait::until("no validator streams the tokens", MINUTE, || async {
        for member in order(job, members.len()) {
            let peer = peers.iter().find(|peer| peer.validator == members[member]);
            let Some(mut stream) = gateways.stream(peer.context("a peer")?, job, sent.id, most).await? else {
                continue;
            };
            while stream.next().await?.is_some() {}
            if stream.said().has_ended() {
                return Ok(Some(stream.said().clone()));
            }
        }
        Ok(None)
    })
    .await
}

async fn job_members(scenario: &Scenario, job: JobId) -> Result<Vec<AccountId>> {
    let job = scenario.client.job(job).await?.job;
    Ok(job.committee.iter().map(|member| member.validator.clone()).collect())
}

async fn gateways_for(scenario: &Scenario, account: &Account) -> Result<Gateways> {
    let reader = Some(Reader::Account(account.clone()));
    Ok(scenario.client.open_gateways(reader).await?)
}

async fn is_streamed_to_nobody_else(scenario: &Scenario, sent: &Sent, job: JobId) -> Result<()> {
    let other = (sent.organisation as usize + 1) % 4;
    let nobody = Account::from_uri("//Nobody")?;
    for stranger in [&nobody, &scenario.contributors[other], &scenario.organisations[other]] {
        let gateways = gateways_for(scenario, stranger).await?;
        for peer in scenario.client.peers().await? {
            let read = gateways.stream(&peer, job, sent.id, CONTEXT).await;
            ensure!(
                matches!(read, Err(Error::Denied(_))),
                "{} shows a stranger the stream of request {}",
                peer.validator,
                sent.id
            );
        }
    }
    Ok(())
}

/// Two of four lie alike, and find no quorum; the second attempt does. A request after it, by itself, is timed.
async fn request_without_a_quorum_should_be_tried_again(scenario: &mut Scenario, world: &World) -> Result<()> {
    let scenario = &*scenario;
    let liars = [ALSO_ERRS, ERRS];
    behave(scenario, &liars, Behaviour::WrongResult)?;
    let sent = asked(scenario, world, &scenario.contributors[1], world.drawn(8)?).await?;
    let (batch, job) = job_of(scenario, sent.id).await?;
    wait::until("the liars do not commit", 5 * MINUTE, || async {
        let known = scenario.client.batch_at(batch, None).await?.context("it is there")?;
        let mut lied = 0;
        for index in liars {
            lied += usize::from(scenario.statement(job, index).await?.commit.is_some());
        }
        Ok((lied == liars.len() || known.job != job).then_some(()))
    })
    .await?;
    behave(scenario, &liars, Behaviour::Honest)?;
    check_answers(scenario, &[(sent.clone(), &world.language)]).await?;
    let batch = scenario.until_paid(batch).await?;
    ensure!(batch.first_job == Some(job) && batch.job != job, "{batch:?}");
    let alone = asked(scenario, world, &scenario.contributors[1], world.drawn(8)?).await?;
    say_times(scenario, [scenario.until_ended(alone.id).await?].iter());
    scenario.net.say(&format!("batch {} needed two attempts", batch.id));
    Ok(())
}

/// The node has the outcome and its salt on disk before the commit goes out.
async fn worker_killed_between_commit_and_reveal_should_still_agree(
    scenario: &mut Scenario,
    world: &World,
) -> Result<()> {
    for _ in 0..MOST_KILLS {
        let sent = asked(scenario, world, &scenario.contributors[2], world.drawn(12)?).await?;
        let (batch, job) = job_of(scenario, sent.id).await?;
        wait::until("the victim does not commit", 5 * MINUTE, || async {
            let statement = scenario.statement(job, VICTIM).await?;
            Ok(statement.commit.is_some().then_some(()))
        })
        .await?;
        scenario.net.kill(VICTIM, Part::Worker)?;
        let revealed = scenario.statement(job, VICTIM).await?.reveal.is_some();
        check_answers(scenario, &[(sent.clone(), &world.language)]).await?;
        let batch = scenario.until_paid(batch).await?;
        let job = scenario.client.job(batch.job).await?.job;
        let verdict = scenario.verdict(&job, VICTIM)?;
        ensure!(verdict == Some(Verdict::Agreed), "{verdict:?}");
        if !revealed {
            return Ok(());
        }
    }
    bail!("it was never killed before it had revealed");
}

async fn input_that_nobody_brings_should_cost_its_base_fee(scenario: &mut Scenario, sent: Sent) -> Result<()> {
    let stranger = &scenario.contributors[0];
    let brought = scenario.bring(&sent, stranger, 0).await;
    ensure!(brought.is_err(), "another organisation brings an input");
    let known = scenario.until_ended(sent.id).await?;
    ensure!(
        known.state == RequestState::Failed(RequestFailure::NotHeld) && 0 < known.cost && known.cost < known.fee,
        "{known:?}"
    );
    Ok(())
}

async fn no_token_should_be_lost(scenario: &mut Scenario) -> Result<()> {
    let mut state = State::read(&scenario.client).await?;
    state.check()?;
    let tokens = state.tokens();
    ensure!(tokens.issuance == tokens.held, "tokens that nobody has: {tokens:?}");
    Ok(())
}
