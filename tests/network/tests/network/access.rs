//! A model that only the contributors of admitted organisations may read.

use quorate_client::{calls, gateways::no_progress, gateways::Reader, Until};
use quorate_exact::Rule;
use quorate_network_tests::setup::Setup;
use quorate_primitives::{policy::Access, OrganisationId};
use std::time::{Duration, Instant};

/// How long the gateways may take to learn of another access.
const PATIENCE: Duration = Duration::from_secs(60);
const ADMITTED: usize = 1;
const STRANGER: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn version_should_be_shown_to_contributors_of_admitted_organisations_only() -> anyhow::Result<()> {
    let mut scenario = Setup::new(17, Rule::Median)?.start().await?;
    assert!(scenario.fetch(0).await? == scenario.base, "public at first");

    scenario.set_access(Access::Contributors).await?;
    let call = calls::models::admit_readers(scenario.id, &[ADMITTED as OrganisationId]);
    scenario.client.submit(&scenario.owner, &call, Until::InBlock).await?;
    let deadline = Instant::now() + PATIENCE;
    while scenario.fetch(0).await.is_ok() {
        assert!(Instant::now() < deadline, "gateways still show the version to anyone");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }

    let record = scenario.client.version(scenario.id, 0).await?.record;
    for (contributor, expected) in [(ADMITTED, true), (STRANGER, false)] {
        let reader = Reader::Account(scenario.contributors[contributor].clone());
        let gateways = scenario.client.open_gateways(Some(reader)).await?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("version");
        let fetched = gateways.fetch(record.root, record.len, &path, no_progress()).await;
        assert_eq!(fetched.is_ok(), expected, "contributor {contributor}: {fetched:?}");
        if expected {
            assert!(std::fs::read(&path)? == scenario.base);
        }
    }
    Ok(())
}
