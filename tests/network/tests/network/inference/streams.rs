//! Tokens that are read before anybody has attested to them.

use anyhow::{ensure, Context, Result};
use quorate_byzantine::{copied, copied::Copied, Behaviour};
use quorate_client::{
    gateways::{
        stream::{order, Said},
        Gateways, Reader,
    },
    Account, Error,
};
use quorate_inference::{salt, Answer};
use quorate_network_tests::{
    asking::{check_answers, Sent, CONTEXT},
    scenario::Scenario,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{job::Verdict, AccountId, JobId};

use super::world::{asked, batch_of, behave, earned, first_job, paid_batch, World};
use crate::byzantine::ERRS;

/// Batches in which a copier, or the reader, may come too late on a busy machine, or another fork have other tokens.
const MOST_COPIES: u32 = 5;

/// Tokens are read while nobody has attested to them, by those that asked alone, and are those that a quorum attests to. A validator that runs
/// nothing and states them has no trace, and earns nothing.
pub async fn streamed_tokens_should_be_the_answers_and_of_no_use_to_a_copier(
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
    let said = streamed(scenario, &sent, TOKENS).await?;
    let tokens = said.tokens();
    copied::write(
        &Copied::from([(sent.id, tokens.clone())]),
        &scenario.net.nodes()[ERRS].store(),
    )?;
    let known = scenario.client.inference_request(sent.id).await?;
    if known.ended_at.is_some() {
        scenario.net.say(&format!("on record before it was read: {known:?}"));
        paid_batch(scenario, sent.id).await?;
        return Ok(false);
    }
    is_streamed_to_nobody_else(scenario, &sent, said.job).await?;
    said.verify()?;

    let found = check_answers(scenario, &[(sent.clone(), &world.language)]).await?;
    let batch = paid_batch(scenario, sent.id).await?;
    if first_job(&batch) != said.job {
        scenario
            .net
            .say(&format!("on another fork batch {} has other tokens", batch.id));
        return Ok(false);
    }
    let (_, bytes) = &found[&sent.id];
    let answer = Answer::read(&salt(&sent.input), &known.task, bytes)?;
    ensure!(
        said.has_ended() && answer.tokens() == tokens && tokens.len() == TOKENS as usize,
        "streamed were {tokens:?}, and the answer is {answer:?}"
    );
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
async fn streamed(scenario: &Scenario, sent: &Sent, most: u32) -> Result<Said> {
    let gateways = gateways_for(scenario, &sent.account).await?;
    let peers = scenario.client.peers().await?;
    wait::until("no validator streams the tokens", 3 * MINUTE, || async {
        let Some(batch) = batch_of(scenario, sent.id).await? else {
            return Ok(None);
        };
        let job = first_job(&batch);
        let members = job_members(scenario, job).await?;
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
