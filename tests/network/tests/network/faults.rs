//! Faults of every kind, one after another in one network of four: a worker that errs, kills, disks, links and clocks, an outage.

use crate::{byzantine::*, evaluation::*, kills::*, links::*, outage::*, storage::*};
use anyhow::{Context, Result};
use quorate_exact::Rule;
use quorate_network_tests::{scenario::program, setup::Setup, soak::endow};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_should_cost_time_and_whoever_errs_and_nothing_else() -> Result<()> {
    let setup = Setup::new(12, Rule::Median)?.links();
    let errs = program("quorate-byzantine-worker")?;
    let mut scenario = setup.worker(ERRS, errs).start().await?;
    // An organisation's free calls do not last for so many rounds.
    endow(&scenario).await?;
    part!(
        scenario,
        byzantine_worker_should_change_nothing_and_be_recorded_for_what_it_does
    );
    part!(scenario, evaluation_should_be_the_references_and_pay_those_that_agree);
    part!(
        scenario,
        validator_killed_in_any_stage_should_come_back_and_never_be_wrong
    );
    part!(
        scenario,
        damaged_blobs_and_full_disks_should_be_found_and_never_make_a_wrong_statement
    );
    part!(
        scenario,
        rounds_should_survive_partitions_slow_links_dripping_gateways_and_wrong_clocks
    );
    part!(
        scenario,
        round_without_a_quorum_should_be_refunded_and_the_next_ones_should_work
    );
    Ok(())
}
