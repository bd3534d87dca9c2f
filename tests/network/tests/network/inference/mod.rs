//! Requests for answers: what a quorum agrees on is the reference's, each pays for what it used, and nobody else reads it.

mod answered;
mod attempts;
mod streams;
mod unanswered;
mod world;

use anyhow::{ensure, Context, Result};
use quorate_exact::Rule;
use quorate_network_tests::{
    scenario::{program, Scenario},
    setup::Setup,
    soak::endow,
    state::State,
};

use crate::byzantine::ERRS;
use attempts::ALSO_ERRS;
use world::{World, SEED};

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
        unanswered::request_that_too_few_can_answer_should_be_refused_and_cost_nothing,
        &world
    );
    let never_brought = world.never_brought(&scenario).await?;
    part!(
        scenario,
        unanswered::request_taken_back_should_cost_its_base_fee,
        &world
    );
    part!(
        scenario,
        answered::answers_should_be_the_references_and_be_shown_to_those_that_asked_alone,
        &world
    );
    part!(
        scenario,
        streams::streamed_tokens_should_be_the_answers_and_of_no_use_to_a_copier,
        &world
    );
    part!(
        scenario,
        attempts::request_without_a_quorum_should_be_tried_again,
        &world
    );
    part!(
        scenario,
        attempts::worker_killed_between_commit_and_reveal_should_still_agree,
        &world
    );
    part!(
        scenario,
        unanswered::input_that_nobody_brings_should_cost_its_base_fee,
        never_brought
    );
    part!(scenario, no_token_should_be_lost);
    Ok(())
}

async fn no_token_should_be_lost(scenario: &mut Scenario) -> Result<()> {
    let mut state = State::read(&scenario.client).await?;
    state.check()?;
    let tokens = state.tokens();
    ensure!(tokens.issuance == tokens.held, "tokens that nobody has: {tokens:?}");
    Ok(())
}
