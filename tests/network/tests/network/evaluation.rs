//! An evaluation: what a quorum agrees on is the reference's, the fee goes to those that agreed, and one that adds to the loss is Wrong.

use anyhow::{bail, ensure, Context, Result};
use quorate_byzantine::Behaviour;
use quorate_client::{
    calls::{
        artifacts::{self, Registration},
        evaluation, incentives,
    },
    evaluations::Wanted,
    gateways::no_progress,
    Until,
};
use quorate_data_set::{DataSet, Row};
use quorate_exact::infer::Tensor;
use quorate_network_tests::{policy::UNIT, scenario::Scenario, wait, wait::MINUTE};
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    job::{EvaluateOutcome, Verdict},
    policy::Access,
    purpose::Purpose,
    views::{ArtifactState, EvaluationState},
    ArtifactId,
};
use quorate_program::{
    op::{Binary, Comparison, Reduction, Unary},
    Graph, Input, ModelTensor, Node, Op, Output, Program, Type, Value,
};
use quorate_verify::{verify_evaluation, Blobs, Conclusion};

use crate::byzantine::ERRS;

const FEATURES: usize = 32;
const CLASSES: usize = 48;
const ROWS: u64 = 300;

fn inputs() -> Vec<Input> {
    let input = |name: &str, shape: &[usize], element| Input {
        name: name.into(),
        shape: shape.iter().map(|&size| (size as i64).into()).collect(),
        element,
    };
    vec![input("x", &[FEATURES], Type::F32), input("label", &[], Type::I64)]
}

fn tensors() -> Vec<ModelTensor> {
    let tensor = |name: &str, shape: &[u64]| ModelTensor {
        name: name.into(),
        shape: shape.to_vec(),
        element: Type::F32,
    };
    let (classes, features) = (CLASSES as u64, FEATURES as u64);
    vec![
        tensor("layer.weight", &[classes, features]),
        tensor("layer.bias", &[classes]),
    ]
}

/// The cross-entropy of one layer's logits: log Σ exp − the label's.
fn program() -> Result<Program> {
    let node = |operands: &[u32], op| Node {
        operands: operands.to_vec(),
        op,
    };
    let output = |name: &str, value| Output {
        name: name.into(),
        value,
    };
    let sum = Op::Reduce {
        axes: vec![0],
        how: Reduction::Sum,
        keep: false,
    };
    let graph = Graph {
        inputs: inputs(),
        tensors: tensors(),
        nodes: vec![
            node(&[0, 2, 3], Op::Linear),
            node(&[4], Op::Unary(Unary::Exp)),
            node(&[5], sum),
            node(&[6], Op::Unary(Unary::Log)),
            node(&[4, 1], Op::Gather { axis: 0 }),
            node(&[7, 8], Op::Binary(Binary::Sub)),
            node(&[4], Op::ArgMax { axis: 0, keep: false }),
            node(&[10, 1], Op::Compare(Comparison::Equal)),
        ],
        outputs: vec![output("correct", 11), output("loss", 9)],
        ..Graph::default()
    };
    Program::new(graph).map_err(|error| anyhow::anyhow!("{error}"))
}

/// Rows with a label that the model may know, and some that no class has: a fault.
fn rows() -> Result<(DataSet, Vec<Row>)> {
    let wrong = |error| anyhow::anyhow!("{error:?}");
    let set = DataSet::new(inputs(), vec![], ROWS).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let row = |number: u64| {
        let value = |i: usize| ((number * 31 + i as u64 * 17) % 97) as f32 / 64.0 - 0.75;
        let label = i64::try_from(number % 50)?;
        let x = Tensor::new(vec![FEATURES], (0..FEATURES).map(value).collect()).map_err(wrong)?;
        let label = Tensor::new(vec![], vec![label]).map_err(wrong)?;
        anyhow::Ok(Row {
            sizes: Default::default(),
            values: vec![Value::F32(x), Value::I64(label)],
        })
    };
    let rows = (0..ROWS).map(row).collect::<Result<_>>()?;
    Ok((set, rows))
}

/// The version's tensors that the program reads.
fn weights(scenario: &Scenario, version: &[u8]) -> Result<Vec<Value>> {
    let header = &scenario.model.header;
    let value = |wanted: ModelTensor| {
        let tensor = header.tensors.iter().find(|tensor| tensor.name == wanted.name);
        let tensor = tensor.context("the model has the tensor")?;
        let start = header.header_len() + tensor.begin;
        let bytes = &version[start as usize..][..(tensor.end - tensor.begin) as usize];
        let shape: Vec<usize> = wanted.shape.iter().map(|&size| size as usize).collect();
        Value::from_bytes(Type::F32, &shape, bytes).map_err(|error| anyhow::anyhow!("{error:?}"))
    };
    tensors().into_iter().map(value).collect()
}

/// Registers a file as the owner's, and waits until a quorum holds it.
async fn held(scenario: &Scenario, kind: ArtifactKind, bytes: &[u8]) -> Result<ArtifactId> {
    let (client, owner) = (&scenario.client, &scenario.owner);
    let organisation = client.organisation_of(&owner.id()).await?.context("the owner's")?;
    let file = Named::new(client.genesis(), organisation, bytes);
    let call = artifacts::register(&Registration {
        kind,
        file,
        len: bytes.len() as u64,
        licence: "CC0-1.0",
        access: Access::Contributors,
    });
    client.submit(owner, &call, Until::InBlock).await?;
    let path = scenario.write(&format!("{kind:?}"), bytes)?;
    scenario
        .gateways
        .upload(0, (file.root, path.as_path()), owner, None, no_progress())
        .await?;
    wait::until("a quorum does not hold the artifact", 2 * MINUTE, || async {
        let all = client.artifacts().await?;
        let own = all.into_iter().find(|artifact| artifact.root == file.root);
        let artifact = own.context("it is registered")?;
        Ok(matches!(artifact.state, ArtifactState::Held { .. }).then_some(artifact.id))
    })
    .await
}

/// The worker of the fourth adds to the loss.
pub async fn evaluation_should_be_the_references_and_pay_those_that_agree(scenario: &mut Scenario) -> Result<()> {
    let (program, (set, rows)) = (program()?, rows()?);
    let mut data = set.header();
    for row in &rows {
        data.extend(set.write_row(row).map_err(|error| anyhow::anyhow!("{error:?}"))?);
    }
    let operations = quorate_evaluation::operations(&program, ROWS).context("few")?;
    let expected = quorate_evaluation::evaluate(&program, &weights(scenario, &scenario.fetch(0).await?)?, &set, rows);
    let (tally, detail) = expected.map_err(|error| anyhow::anyhow!("{error}"))?;
    ensure!(tally.faults == 12, "labels 48 and 49 have no class: {tally:?}");

    let (client, owner) = (scenario.client.clone(), scenario.owner.clone());
    let wanted = Wanted {
        model: scenario.id,
        version: 0,
        program: held(scenario, ArtifactKind::Program, &program.encode()).await?,
        data: held(scenario, ArtifactKind::DataSet, &data).await?,
        operations,
    };
    let quote = client.quote(&wanted).await?;
    let request = evaluation::request(&wanted, quote.fee);
    ensure!(
        client.submit(&owner, &request, Until::InBlock).await.is_err(),
        "an empty fund pays"
    );
    let organisation = client.organisation_of(&owner.id()).await?.context("the owner's")?;
    let fund = incentives::fund(Purpose::Organisation(organisation), quote.fee + UNIT);
    client.submit(&owner, &fund, Until::InBlock).await?;

    let store = scenario.net.nodes()[ERRS].store();
    Behaviour::WrongResult.write(&Behaviour::file(&store))?;
    let mut earned = Vec::new();
    for index in 0..scenario.net.founders() {
        let standing = client.standing(&scenario.validator(index)?).await?;
        earned.push(standing.claimable);
    }
    client.submit(&owner, &request, Until::InBlock).await?;
    let ended = wait::until("the evaluation does not end", 10 * MINUTE, || async {
        let all = client.evaluations(Some((wanted.model, wanted.version))).await?;
        Ok(all.into_iter().find(|known| known.ended_at.is_some()))
    })
    .await?;
    Behaviour::Honest.write(&Behaviour::file(&store))?;

    let EvaluationState::Done(outcome) = ended.state else {
        bail!("{ended:?}");
    };
    let sums = EvaluateOutcome::Done {
        rows: tally.rows,
        loss: tally.loss,
        correct: tally.correct,
        faults: tally.faults,
        detail: quorate_exact::root(&detail).into(),
    };
    ensure!(outcome == sums, "{outcome:?}, and not {sums:?}");
    let job = client.job(ended.job).await?.job;
    let mut agreed = Vec::new();
    for index in 0..scenario.net.founders() {
        match scenario.verdict(&job, index)? {
            Some(Verdict::Agreed) => agreed.push(index),
            // On a busy machine.
            Some(Verdict::Silent) => (),
            Some(Verdict::Wrong) if index == ERRS => (),
            other => bail!("{index}: {other:?}"),
        }
    }
    ensure!(
        scenario.verdict(&job, ERRS)? == Some(Verdict::Wrong),
        "it added to the loss"
    );
    let each = ended.fee / agreed.len() as u128;
    for (index, before) in earned.into_iter().enumerate() {
        let gained = client.standing(&scenario.validator(index)?).await?.claimable - before;
        let expected = if agreed.contains(&index) { each } else { 0 };
        ensure!(gained == expected, "{index} has earned {gained}, and not {expected}");
    }
    ensure!(client.fund_of(organisation).await? == UNIT, "the rest stays");

    // Derived again from the files of a validator, by whoever wants to.
    let folders = vec![scenario.net.nodes()[0].store()];
    let blobs = Blobs::new(folders, None)?;
    let report = wait::until("the evaluation is not final", 2 * MINUTE, || async {
        let known = client.finalized().await?;
        let known = client.evaluation_at(ended.id, Some(known.hash)).await?;
        match known.is_some_and(|known| known.ended_at.is_some()) {
            true => Ok(Some(verify_evaluation(&client, ended.id, &blobs, &|_| {}).await?)),
            false => Ok(None),
        }
    })
    .await?;
    ensure!(report.conclusion() == Conclusion::Verified, "{report:?}");
    Ok(())
}
