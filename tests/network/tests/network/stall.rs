//! Two of four validators end: more than a third, so that finality stalls until the consortium replaces the set by force.

use quorate_client::{
    calls::{
        consortium::{suspend, Target},
        grandpa, whitelist,
    },
    council::Majority,
    Call, Client,
};
use quorate_exact::Rule;
use quorate_localnet::Part;
use quorate_network_tests::setup::Setup;
use quorate_primitives::{AccountId, BlockNumber};
use std::time::Duration;

const LEFT: [usize; 2] = [0, 1];
const DEAD: [usize; 2] = [2, 3];
/// A validator set has a rotation to be planned and one to take office: two epochs of a minute, and a reserve.
const ROTATIONS: Duration = Duration::from_secs(200);
const MINUTE: Duration = Duration::from_secs(60);
/// Finality that is so many blocks behind has stalled: it is two or three behind as long as it moves.
const BEHIND: BlockNumber = 8;
/// Blocks from the signal of the forced change until it takes effect: fewer than an epoch has.
const DELAY: BlockNumber = 5;

/// GRANDPA's number of the validator set, as the runtime counts it.
async fn set_by_runtime(client: &Client) -> anyhow::Result<u64> {
    Ok(client.value("Grandpa", "CurrentSetId", &[]).await?.unwrap_or_default())
}

/// The same as the node's voter counts it.
async fn set_by_voter(client: &Client) -> anyhow::Result<Option<u64>> {
    Ok(client.request("grandpa_roundState", Vec::new()).await?["setId"].as_u64())
}

/// Epochs that had no block: sessions begin in blocks, so each lacks one.
async fn missed_epochs(client: &Client) -> anyhow::Result<u64> {
    let epoch: u64 = client.value("Babe", "EpochIndex", &[]).await?.unwrap_or_default();
    let session: u32 = client.value("Session", "CurrentIndex", &[]).await?.unwrap_or_default();
    Ok(epoch - u64::from(session))
}

/// The last block that is final for a node, when finality has stalled there.
async fn stalled(client: &Client) -> anyhow::Result<BlockNumber> {
    let stalled = client.until("finality does not stall", 2 * MINUTE, || async {
        let (best, last) = (client.best().await?.number, client.finalized().await?.number);
        Ok((best > last + BEHIND).then_some(last))
    });
    Ok(stalled.await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finality_should_resume_with_the_validators_that_are_left() -> anyhow::Result<()> {
    let mut scenario = Setup::new(18, Rule::Median)?.start().await?;
    let organisations = scenario.organisations.clone();
    let dead = [scenario.validator(DEAD[0])?, scenario.validator(DEAD[1])?];
    let client = scenario.client.clone();
    let other = scenario.net.connect(LEFT[1], MINUTE).await?;
    for index in DEAD {
        scenario.net.kill(index, Part::Both)?;
    }

    // The dead are suspended, fast. Finality stalls meanwhile, blocks go on.
    let suspensions = dead.clone().map(|validator| {
        let (client, organisations) = (&client, &organisations);
        async move {
            let target = Target::Validator(validator);
            let motion = client
                .propose(&organisations[0], suspend(&target), Majority::Simple)
                .await?;
            client.carry(&motion, &organisations[..3]).await?;
            anyhow::Ok(())
        }
    });
    let [charlie, dave] = suspensions;
    let (first, second, ..) = tokio::try_join!(stalled(&client), stalled(&other), charlie, dave)?;
    // The highest block that is final anywhere is what the new set has to go on from.
    let stalled_at = first.max(second);
    println!("finality stalled at block {stalled_at}");

    // Two motions at once: allow the restart; decide on it, without carrying it out yet.
    let restart = grandpa::note_stalled(DELAY, stalled_at);
    let hash = client.hash_of(&restart).await?;
    let allow = async {
        let motion = client
            .propose_to_committee(&organisations[1], whitelist::whitelist_call(hash))
            .await?;
        client.carry(&motion, &organisations[1..3]).await?;
        anyhow::Ok(())
    };
    let decide = async {
        let call: Call = whitelist::dispatch(restart);
        let motion = client.propose(&organisations[3], call, Majority::TwoThirds).await?;
        client.vote(&motion, &organisations[..4]).await?;
        anyhow::Ok(motion)
    };
    let (_, motion) = tokio::try_join!(allow, decide)?;

    // The forced change begins with the session after `note_stalled` and names its validators. It must not come before those
    // that are left are planned for that session, nor after they are in office: by then an ordinary change would have been
    // counted by the runtime, which nobody can finalize.
    let planned: Vec<AccountId> = client
        .until("the dead are still planned", ROTATIONS, || async {
            let planned: Vec<AccountId> = client.value("Consortium", "Planned", &[]).await?.unwrap_or_default();
            Ok((planned.len() == LEFT.len()).then_some(planned))
        })
        .await?;
    for validator in &dead {
        assert!(!planned.contains(validator));
    }
    let noted = client.carry(&motion, &organisations[..4]).await?;
    assert!(noted.event("Whitelist.WhitelistedCallDispatched").is_some());
    for client in [&client, &other] {
        assert_eq!(
            client.finalized().await?.number,
            stalled_at,
            "nothing was final meanwhile"
        );
        assert_eq!(set_by_runtime(client).await?, 0);
    }

    let changed_at = client
        .until("the forced change is not signalled", ROTATIONS, || async {
            let best = client.best().await?.number;
            let stalled: Option<(BlockNumber, BlockNumber)> = client.value("Grandpa", "Stalled", &[]).await?;
            Ok(stalled.is_none().then_some(best + DELAY))
        })
        .await?;
    println!(
        "forced change noted at block {}, in effect at {changed_at}",
        noted.number()
    );
    for left in LEFT {
        scenario.net.wait_final(left, changed_at, 2 * MINUTE).await?;
    }
    for client in [&client, &other] {
        assert_eq!(set_by_runtime(client).await?, 1);
        assert_eq!(set_by_voter(client).await?, Some(1), "both count the same");
        assert_eq!(missed_epochs(client).await?, 0, "every epoch had blocks");
    }

    // The two are a network: they are the snapshot and the committee.
    let updates = scenario.draw_updates();
    let round = scenario.open_round().await?;
    let last = scenario.contribute(round, &updates, &[1; 4]).await?;
    let blocks = scenario.until_recorded(round, last).await?;
    println!("recorded {blocks} blocks after the last submission");
    let expected = scenario.model.next(Rule::Median, &scenario.base, &updates, &[1; 4]);
    assert!(scenario.fetch(1).await? == expected, "the version is right");
    let job = scenario.client.lineage(scenario.id, 1).await?.job.expect("a job");
    assert_eq!(job.committee.len(), LEFT.len());

    // One that comes back follows the new set past the change.
    let back = DEAD[0];
    let height = client.finalized().await?.number;
    scenario.net.restart(back)?;
    scenario.net.wait_final(back, height, 2 * MINUTE).await?;
    Ok(())
}
