//! Versions that are assessed, in one network of four: gates, and pay by contribution. The worker of the fourth lies about them.

use crate::{byzantine::ERRS, contributions::*, gates::*};
use anyhow::{Context, Result};
use quorate_exact::Rule;
use quorate_network_tests::{scenario::program, setup::Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assessments_should_be_the_references_and_decide_what_stands_and_who_is_paid() -> Result<()> {
    let setup = Setup::new(41, Rule::Median)?.contributors(6).organisations(6);
    let errs = program("quorate-byzantine-worker")?;
    let mut scenario = setup.worker(ERRS, errs).start().await?;
    part!(
        scenario,
        version_that_passes_should_be_the_head_and_a_poisoned_one_be_held
    );
    part!(
        scenario,
        contributions_should_be_paid_by_what_they_improve_on_sealed_shards
    );
    Ok(())
}
