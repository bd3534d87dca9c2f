//! Rounds of four validators, one after another in one network. An old backup of one of them is put back first: while its keys are held,
//! the other three play what asks for no more.

use crate::{access::*, artifacts::*, backup::*, honest::*, hostile::*, outsiders::*, pipeline::*, silent::*};
use anyhow::{Context, Result};
use quorate_exact::Rule;
use quorate_network_tests::setup::Setup;

/// As many as the pipelines ask for.
const CONTRIBUTORS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_should_be_right_whatever_contributors_and_strangers_do_and_whoever_is_missing() -> Result<()> {
    let setup = Setup::new(24, Rule::Median)?.contributors(CONTRIBUTORS);
    let mut scenario = setup.start().await?;
    let restored = part!(scenario, restored_backup_should_not_commit_twice);
    part!(scenario, version_should_be_the_reference_s_and_pay_should_be_claimable);
    part!(scenario, malformed_update_should_be_named_and_cost_the_bond);
    part!(
        scenario,
        copied_update_should_cost_the_bond_and_one_under_the_own_name_should_count
    );
    part!(
        scenario,
        pipelines_should_give_the_reference_s_bits_and_carry_the_optimiser_s_state
    );
    part!(
        scenario,
        version_should_be_shown_to_contributors_of_admitted_organisations_only
    );
    part!(
        scenario,
        artifacts_should_be_held_by_a_quorum_and_shown_to_whom_their_owner_admits
    );
    part!(scenario, strangers_should_be_refused_at_every_door_of_a_node);
    part!(
        scenario,
        restored_backup_should_neither_equivocate_nor_commit_twice_and_agree_again,
        restored
    );
    part!(scenario, silent_validator_should_cost_a_few_blocks_and_not_the_deadline);
    Ok(())
}
