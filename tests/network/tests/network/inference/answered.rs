//! Requests of all organisations at once: what is answered, paid, shown and verified.

use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use quorate_byzantine::Behaviour;
use quorate_client::{gateways::Reader, Account};
use quorate_network_tests::{
    asking::{check_answers, features, likeliest, row_of, tokens, HeldProgram, Question, Sent, CONTEXT},
    model::{CLASSES, FEATURES},
    scenario::Scenario,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{
    job::{
        infer::{AnswerRow, AnswerStatus},
        Verdict,
    },
    views::inference::{BatchView, RequestView},
    BatchId, RequestId,
};
use quorate_verify::{verify_answer, Blobs, Conclusion, Found, Level};
use std::collections::{BTreeMap, BTreeSet};

use super::world::{behave, earned, funds, reads, say_times, World};
use crate::byzantine::ERRS;

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

pub async fn answers_should_be_the_references_and_be_shown_to_those_that_asked_alone(
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

/// The batches of these requests, when their members are paid.
async fn paid_batches<'a>(scenario: &Scenario, all: impl Iterator<Item = &'a RequestView>) -> Result<Vec<BatchView>> {
    let mut numbers = BTreeSet::<BatchId>::new();
    for known in all {
        numbers.insert(row_of(known)?.0);
    }
    try_join_all(numbers.into_iter().map(|number| scenario.until_paid(number))).await
}

/// What is kept of a request's fee, by its row, in a batch of so many.
fn cost(known: &RequestView, row: &AnswerRow, requests: u128) -> u128 {
    let base = 10_000_000_000 + 1_000_000_000;
    let for_operations = known.fee - known.reading - base;
    let used = match row.status {
        AnswerStatus::Unfit => 0,
        _ => u128::from(row.operations.min(known.operations)),
    };
    // A quarter of what was not used is kept.
    let asked = u128::from(known.operations);
    base + known.reading.div_ceil(requests) + for_operations * (4 * used + (asked - used)) / (4 * asked.max(1))
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
        let (id, row) = row_of(known)?;
        let batch = batches.iter().find(|batch| batch.id == id).context("its batch")?;
        ensure!(
            known.reading > 0 && known.cost == cost(known, &row, batch.requests.len() as u128),
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
