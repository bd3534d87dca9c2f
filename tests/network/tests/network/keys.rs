//! Validators change their keys, leave and join, each in the middle of a round.

use codec::Encode;
use quorate_client::{
    calls::{
        consortium::{propose_change, suspend, Change, Endpoint, Target},
        whitelist,
    },
    council::Majority,
    Call, Client, Until,
};
use quorate_exact::Rule;
use quorate_network_tests::{scenario::Scenario, setup::Setup, stage::Stage, wait, wait::MINUTE};
use quorate_primitives::{job::Verdict, AccountId, OrganisationId};

/// The shortest delay of a change of validators, in blocks.
const DELAY: u32 = 30;
const ROTATING: usize = 1;
const LEAVING: usize = 2;
const JOINING: usize = 4;

/// Anything that only root may do: the technical committee allows it, two thirds of the council decide it.
async fn as_root(scenario: &Scenario, call: Call) -> anyhow::Result<()> {
    let (client, organisations) = (&scenario.client, &scenario.organisations);
    let hash = client.hash_of(&call).await?;
    let allow = whitelist::whitelist_call(hash);
    let motion = client.propose_to_committee(&organisations[0], allow).await?;
    client.carry(&motion, &organisations[..3]).await?;
    let motion = client
        .propose(&organisations[0], whitelist::dispatch(call), Majority::TwoThirds)
        .await?;
    client.carry(&motion, &organisations[..4]).await?;
    Ok(())
}

/// New session keys for a validator, made by its own node.
async fn rotate(scenario: &Scenario, index: usize) -> anyhow::Result<Vec<u8>> {
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
    let call = Call::new("Session", "set_keys", (Raw(keys.clone()), proof));
    scenario.client.submit(&account, &call, Until::InBlock).await?;
    Ok(keys)
}

async fn validators(client: &Client) -> anyhow::Result<Vec<AccountId>> {
    Ok(client.value("Session", "Validators", &[]).await?.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_should_change_and_validators_leave_and_join_in_mid_round() -> anyhow::Result<()> {
    let mut scenario = Setup::new(22, Rule::Median)?.reserve(1).start().await?;
    let client = scenario.client.clone();

    // The delay of a change is a day unless root says otherwise: `Protocol(ChangeDelay(_, Some(blocks)))`.
    let parameter = (0u8, 1u8, Some(DELAY));
    let call = Call::new("Parameters", "set_parameter", parameter);
    as_root(&scenario, call).await?;

    // The fifth: registered by two thirds of the organisations; it makes its keys itself.
    let joining = scenario.validator(JOINING)?;
    let endpoint = Endpoint {
        peer_id: scenario.net.nodes()[JOINING].identity().peer_id.clone(),
        gateway: scenario.net.nodes()[JOINING].gateway_url(),
        tls_key_hash: None,
    };
    let change = propose_change(&Change::RegisterValidator {
        validator: joining.clone(),
        organisation: 4 as OrganisationId,
        endpoint,
    });
    let organisations = scenario.organisations.clone();
    let motion = client.propose(&organisations[0], change, Majority::TwoThirds).await?;
    client.carry(&motion, &organisations[..4]).await?;
    scenario.net.restart(JOINING)?;
    scenario.net.wait_final(JOINING, 0, 3 * MINUTE).await?;
    wait::until("the fifth is not registered", 3 * MINUTE, || async {
        let peers = client.peers().await?;
        Ok(peers.iter().any(|peer| peer.validator == joining).then_some(()))
    })
    .await?;
    rotate(&scenario, JOINING).await?;

    // In the middle of a round another one takes new keys, and a third is suspended.
    let playing = scenario.play().await?;
    scenario.until_stage(playing.round, Stage::Revealing).await?;
    rotate(&scenario, ROTATING).await?;
    let leaving = scenario.validator(LEAVING)?;
    let target = Target::Validator(leaving.clone());
    let motion = client
        .propose(&organisations[0], suspend(&target), Majority::Simple)
        .await?;
    client.carry(&motion, &organisations[..3]).await?;
    let version = scenario.finish_settled(playing).await?;
    let job = scenario.job_of(version).await?;
    for index in 0..4 {
        let verdict = scenario.verdict(&job, index)?;
        assert_ne!(verdict, Some(Verdict::Wrong), "{index}: {verdict:?}");
    }

    // Rounds go on until the set has changed, and after it.
    let mut changed = false;
    while !changed {
        let now = validators(&client).await?;
        changed = now.contains(&joining) && !now.contains(&leaving);
        let playing = scenario.play().await?;
        let version = scenario.finish_settled(playing).await?;
        let job = scenario.job_of(version).await?;
        assert!(version < 12, "the set has not changed: {now:?}");
        if changed {
            let agreed = scenario.verdict(&job, JOINING)?;
            assert!(matches!(agreed, Some(Verdict::Agreed | Verdict::Silent)), "{agreed:?}");
            assert!(
                scenario.verdict(&job, LEAVING).is_err(),
                "it is in no committee any more"
            );
            let rotated = scenario.verdict(&job, ROTATING)?;
            assert_eq!(rotated, Some(Verdict::Agreed), "with its new keys");
        }
    }
    // What has joined makes blocks final with the others.
    let height = client.finalized().await?.number;
    scenario.net.wait_final(JOINING, height, 2 * MINUTE).await?;
    Ok(())
}
