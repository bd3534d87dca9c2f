//! A model that only the contributors of admitted organisations may read.

use quorate_client::{calls, gateways::no_progress, gateways::Reader, Until};
use quorate_network_tests::{scenario::Scenario, wait, wait::MINUTE};
use quorate_primitives::{policy::Access, OrganisationId};

const ADMITTED: usize = 1;
const STRANGER: usize = 2;

pub async fn version_should_be_shown_to_contributors_of_admitted_organisations_only(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    let base = scenario.fetch(0).await?;

    scenario.set_access(Access::Contributors).await?;
    let call = calls::models::admit_readers(scenario.id, &[ADMITTED as OrganisationId]);
    scenario.client.submit(&scenario.owner, &call, Until::InBlock).await?;
    wait::until("gateways still show the version to anyone", MINUTE, || async {
        Ok(scenario.fetch(0).await.is_err().then_some(()))
    })
    .await?;

    let record = scenario.client.version(scenario.id, 0).await?.record;
    for (contributor, expected) in [(ADMITTED, true), (STRANGER, false)] {
        let reader = Reader::Account(scenario.contributors[contributor].clone());
        let gateways = scenario.client.open_gateways(Some(reader)).await?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("version");
        let fetched = gateways.fetch(record.root, record.len, &path, no_progress()).await;
        assert_eq!(fetched.is_ok(), expected, "contributor {contributor}: {fetched:?}");
        if expected {
            assert!(std::fs::read(&path)? == base);
        }
    }

    scenario.set_access(Access::Public).await?;
    wait::until("gateways do not show the version to all again", MINUTE, || async {
        Ok(scenario.fetch(0).await.is_ok().then_some(()))
    })
    .await?;
    Ok(())
}
