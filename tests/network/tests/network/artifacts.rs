//! Programs and data sets: from an organisation's file to the validators' votes, and to those whom it admits.

use anyhow::{ensure, Result};
use quorate_client::{
    calls::artifacts::{self as calls, Registration},
    gateways::{no_progress, Reader},
    Until,
};
use quorate_data_set::{DataSet, Row};
use quorate_exact::infer::Tensor;
use quorate_network_tests::{scenario::Scenario, wait, wait::MINUTE};
use quorate_primitives::{
    availability::ArtifactKind,
    policy::Access,
    possession::Named,
    views::{ArtifactState, ArtifactView},
    ArtifactId, OrganisationId,
};
use quorate_program::{op::Unary, Graph, Input, Node, Op, Output, Program, Type, Value};

const ADMITTED: usize = 1;
const STRANGER: usize = 2;
/// What a gateway says to an account that is neither an artifact's owner nor a contributor of its organisation.
const NEITHER: &str = "this account is neither";

fn column() -> Input {
    Input {
        name: "x".into(),
        shape: vec![2.into()],
        element: Type::F32,
    }
}

fn program() -> Result<Vec<u8>> {
    let graph = Graph {
        inputs: vec![column()],
        nodes: vec![Node {
            operands: vec![0],
            op: Op::Unary(Unary::Abs),
        }],
        outputs: vec![Output {
            name: "y".into(),
            value: 1,
        }],
        ..Graph::default()
    };
    Ok(Program::new(graph)
        .map_err(|error| anyhow::anyhow!("{error}"))?
        .encode())
}

fn data_set(rows: u64) -> Result<Vec<u8>> {
    let set = DataSet::new(vec![column()], vec![], rows).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut file = set.header();
    for number in 0..rows {
        let values = Tensor::new(vec![2], vec![0.5, number as f32]);
        let values = values.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let row = Row {
            sizes: Default::default(),
            values: vec![Value::F32(values)],
        };
        let row = set.write_row(&row).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        file.extend(row);
    }
    Ok(file)
}

/// Registers a file as the owner's and brings it to one gateway; returns it as the votes have decided.
async fn decided(scenario: &Scenario, id: ArtifactId, kind: ArtifactKind, bytes: &[u8]) -> Result<ArtifactView> {
    let (client, owner) = (&scenario.client, &scenario.owner);
    let organisation = client.organisation_of(&owner.id()).await?.unwrap_or_default();
    let file = Named::new(client.genesis(), organisation, bytes);
    let call = calls::register(&Registration {
        kind,
        file,
        len: bytes.len() as u64,
        licence: "CC0-1.0",
        access: Access::Contributors,
    });
    client.submit(owner, &call, Until::InBlock).await?;
    let path = scenario.write(&format!("artifact-{id}"), bytes)?;
    let blob = (file.root, path.as_path());
    // Another organisation's contributor does not bring it, from when the gateway knows of it.
    let stranger = &scenario.contributors[STRANGER];
    let brought = wait::until("the gateway does not know of the artifact", MINUTE, || async {
        let brought = scenario.bring_once(0, blob, stranger).await;
        let unknown = |error: &anyhow::Error| !error.to_string().contains(NEITHER);
        Ok((!brought.as_ref().is_err_and(unknown)).then_some(brought))
    })
    .await?;
    ensure!(brought.is_err(), "a stranger's upload is taken");
    scenario.gateways.upload(0, blob, owner, None, no_progress()).await?;
    let pending = |artifact: &ArtifactView| matches!(artifact.state, ArtifactState::Pending { .. });
    wait::until("the artifact is not decided", 2 * MINUTE, || async {
        Ok(Some(client.artifact(id).await?).filter(|artifact| !pending(artifact)))
    })
    .await
}

/// Whether a contributor reads an artifact, with the right bytes.
async fn reads(scenario: &Scenario, contributor: usize, artifact: &ArtifactView, bytes: &[u8]) -> Result<bool> {
    let reader = Reader::Account(scenario.contributors[contributor].clone());
    let gateways = scenario.client.open_gateways(Some(reader)).await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("artifact");
    let fetched = gateways.fetch(artifact.root, artifact.len, &path, no_progress()).await;
    ensure!(fetched.is_err() || std::fs::read(&path)? == bytes, "other bytes");
    Ok(fetched.is_ok())
}

pub async fn artifacts_should_be_held_by_a_quorum_and_shown_to_whom_their_owner_admits(
    scenario: &mut Scenario,
) -> Result<()> {
    let scenario = &*scenario;
    let (program, data_set) = (program()?, data_set(5_000)?);
    let held = [
        decided(scenario, 0, ArtifactKind::Program, &program).await?,
        decided(scenario, 1, ArtifactKind::DataSet, &data_set).await?,
    ];
    for (artifact, bytes) in held.iter().zip([&program, &data_set]) {
        ensure!(matches!(artifact.state, ArtifactState::Held { .. }), "{artifact:?}");
        ensure!(!reads(scenario, ADMITTED, artifact, bytes).await?, "nobody is admitted");
        let call = calls::set_access(artifact.id, Access::Contributors, &[ADMITTED as OrganisationId]);
        scenario.client.submit(&scenario.owner, &call, Until::InBlock).await?;
        wait::until("an admitted contributor cannot read", MINUTE, || async {
            Ok(reads(scenario, ADMITTED, artifact, bytes).await?.then_some(()))
        })
        .await?;
        ensure!(!reads(scenario, STRANGER, artifact, bytes).await?, "a stranger reads");
    }
    // Narrowed again: nobody but validators reads it any more.
    let call = calls::set_access(held[1].id, Access::Validators, &[]);
    scenario.client.submit(&scenario.owner, &call, Until::InBlock).await?;
    wait::until("gateways show what is closed", MINUTE, || async {
        Ok((!reads(scenario, ADMITTED, &held[1], &data_set).await?).then_some(()))
    })
    .await?;

    // Bytes that are no program are rejected; the deposit stays as long as the record, also when the artifact is retired.
    let noise: Vec<u8> = program.iter().map(|byte| byte ^ 0x55).collect();
    let rejected = decided(scenario, 2, ArtifactKind::Program, &noise).await?;
    ensure!(matches!(rejected.state, ArtifactState::Rejected { .. }), "{rejected:?}");
    ensure!(
        !reads(scenario, ADMITTED, &rejected, &noise).await?,
        "what was rejected is shown"
    );
    let owner = scenario.owner.id();
    let before = scenario.client.funds(&owner).await?.free;
    let retire = calls::retire(rejected.id);
    scenario.client.submit(&scenario.owner, &retire, Until::InBlock).await?;
    let after = scenario.client.funds(&owner).await?.free;
    ensure!(after <= before, "a deposit of what is kept returned: {before}, {after}");
    Ok(())
}
