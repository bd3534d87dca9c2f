//! Validators change their keys and leave, each in the middle of a round: parts of `polkadotjs`, where a fifth one joins.

use anyhow::{ensure, Result};
use codec::Encode;
use quorate_client::{
    calls::consortium::{suspend, Change, Target},
    council::Majority,
    Call, Client, Until,
};
use quorate_network_tests::{
    play::{Committed, Playing},
    scenario::Scenario,
    stage::Stage,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{job::Verdict, AccountId, BlockNumber, VersionIndex};

/// Blocks before a removal in which updates are revealed: it takes effect while their job runs.
const AHEAD: BlockNumber = 2;

/// New session keys for a validator, made by its own node.
async fn rotate(scenario: &Scenario, index: usize) -> Result<()> {
    let account = scenario.net.nodes()[index].account()?;
    let own = scenario.net.nodes()[index].client().await?;
    let owner = format!("0x{}", hex::encode(account.id()));
    let made = own.request("author_rotateKeysWithOwner", vec![owner.into()]).await?;
    let bytes = |name: &str| hex::decode(made[name].as_str().unwrap_or_default().trim_start_matches("0x"));
    let (keys, proof) = (bytes("keys")?, bytes("proof")?);
    /// Bytes that are encoded already.
    struct Raw(Vec<u8>);
    impl Encode for Raw {
        fn encode_to<T: codec::Output + ?Sized>(&self, output: &mut T) {
            output.write(&self.0);
        }
    }
    let call = Call::new("Session", "set_keys", (Raw(keys), proof));
    scenario.client.submit(&account, &call, Until::InBlock).await?;
    Ok(())
}

/// The round makes a right version, and whoever is in its committee is honest.
async fn finish(scenario: &mut Scenario, playing: Playing) -> Result<VersionIndex> {
    let version = scenario.finish_settled(playing).await?;
    let job = scenario.job_of(version).await?;
    for member in &job.statements {
        ensure!(member.verdict != Some(Verdict::Wrong), "all are honest: {job:#?}");
    }
    Ok(version)
}

/// Whether a validator is in the committee of a version.
pub async fn is_in_committee(scenario: &Scenario, version: VersionIndex, index: usize) -> Result<bool> {
    let validator = scenario.validator(index)?;
    let job = scenario.job_of(version).await?;
    Ok(job.committee.iter().any(|member| member.validator == validator))
}

/// It takes new keys in the middle of a round.
pub async fn validator_should_take_new_keys_in_mid_round(
    scenario: &mut Scenario,
    index: usize,
) -> Result<VersionIndex> {
    let playing = scenario.play().await?;
    scenario.until_stage(playing.round, Stage::Revealing).await?;
    rotate(scenario, index).await?;
    finish(scenario, playing).await
}

/// The block in which the removal that two thirds have decided takes effect.
async fn due(client: &Client, validator: &AccountId) -> Result<Option<BlockNumber>> {
    let removal = Change::RemoveValidator {
        validator: validator.clone(),
    };
    let pending = client.changes().await?;
    let found = pending.into_iter().find(|(_, pending)| pending.change == removal);
    Ok(found.map(|(_, pending)| pending.enact_at))
}

/// A validator's removal, which waits for its block, and a round to which all have committed.
pub struct Removal {
    due: BlockNumber,
    round: Committed,
}

/// Somebody has proposed the removal.
pub async fn removal_should_be_decided(scenario: &mut Scenario, index: usize) -> Result<Removal> {
    let (client, validator) = (scenario.client.clone(), scenario.validator(index)?);
    let due = wait::until("the removal is not decided", 3 * MINUTE, || due(&client, &validator)).await?;
    let round = scenario.play_committed().await?;
    Ok(Removal { due, round })
}

/// The removal takes effect in the middle of the round: what the validator stated counts no more, and the others make the version.
pub async fn validator_should_be_removed_in_mid_round(
    scenario: &mut Scenario,
    Removal { due, round }: Removal,
) -> Result<VersionIndex> {
    let client = &scenario.client;
    wait::until("the removal is not near", 3 * MINUTE, || async {
        Ok((client.best().await?.number + AHEAD >= due).then_some(()))
    })
    .await?;
    let playing = round.reveal();
    let round = playing.round;
    let version = finish(scenario, playing).await?;
    let recorded = scenario.client.round(round).await?.recorded_at;
    ensure!(recorded >= Some(due), "removed in {due}, recorded in {recorded:?}");
    scenario.net.say(&format!(
        "removed in block {due}, the version was recorded in {recorded:?}"
    ));
    Ok(version)
}

/// A majority suspends a validator in the middle of a round.
pub async fn validator_should_be_suspended_in_mid_round(scenario: &mut Scenario, index: usize) -> Result<VersionIndex> {
    let client = scenario.client.clone();
    let organisations = scenario.organisations.clone();
    let playing = scenario.play().await?;
    scenario.until_stage(playing.round, Stage::Revealing).await?;
    let target = Target::Validator(scenario.validator(index)?);
    let motion = client
        .propose(&organisations[0], suspend(&target), Majority::Simple)
        .await?;
    client.carry(&motion, &organisations[..3]).await?;
    finish(scenario, playing).await
}
