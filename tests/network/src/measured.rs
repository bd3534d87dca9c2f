//! What versions of the tests' model are measured by: a program with a loss, data sets, and what the reference finds.

use crate::{
    learning::Example,
    model::{CLASSES, FEATURES},
    scenario::Scenario,
    wait,
    wait::MINUTE,
};
use anyhow::{ensure, Context, Result};
use quorate_client::{
    calls::artifacts::{register, Registration},
    gateways::no_progress,
    Until,
};
use quorate_data_set::{DataSet, Row};
use quorate_exact::{infer::Tensor, ModelHeader};
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    policy::Access,
    views::ArtifactState,
    ArtifactId,
};
use quorate_program::{
    op::{Binary, Comparison, Reduction, Unary},
    Graph, Input, ModelTensor, Node, Op, Output, Program, Type, Value,
};

/// The columns of a row, and the program's inputs.
pub fn inputs() -> Vec<Input> {
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

fn node(operands: &[u32], op: Op) -> Node {
    Node {
        operands: operands.to_vec(),
        op,
    }
}

fn output(name: &str, value: u32) -> Output {
    Output {
        name: name.into(),
        value,
    }
}

fn program(graph: Graph) -> Result<Program> {
    Program::new(graph).map_err(|error| anyhow::anyhow!("{error}"))
}

/// The cross-entropy of one layer's logits: log Σ exp − the label's.
pub fn loss() -> Result<Program> {
    let sum = Op::Reduce {
        axes: vec![0],
        how: Reduction::Sum,
        keep: false,
    };
    program(Graph {
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
    })
}

/// The likelihoods of all classes, and the largest.
pub fn answers() -> Result<Program> {
    program(Graph {
        inputs: inputs().into_iter().take(1).collect(),
        tensors: tensors(),
        nodes: vec![
            node(&[0, 1, 2], Op::Linear),
            node(&[3], Op::Softmax { axis: 0 }),
            node(&[3], Op::ArgMax { axis: 0, keep: false }),
        ],
        outputs: vec![output("class", 5), output("likelihoods", 4)],
        ..Graph::default()
    })
}

/// A row of these features.
pub fn row(features: Vec<f32>, label: i64) -> Result<Row> {
    let x = Tensor::new(vec![FEATURES], features).map_err(wrong)?;
    let label = Tensor::new(vec![], vec![label]).map_err(wrong)?;
    Ok(Row {
        sizes: Default::default(),
        values: vec![Value::F32(x), Value::I64(label)],
    })
}

/// Examples as rows of a data set.
pub fn rows(examples: &[Example]) -> Result<Vec<Row>> {
    let rows = examples.iter().map(|one| row(one.features.clone(), one.label as i64));
    rows.collect()
}

/// A data set of these rows, and its file.
pub fn data_set(rows: &[Row]) -> Result<(DataSet, Vec<u8>)> {
    let set = DataSet::new(inputs(), vec![], rows.len() as u64).map_err(wrong)?;
    let mut file = set.header();
    for row in rows {
        file.extend(set.write_row(row).map_err(wrong)?);
    }
    Ok((set, file))
}

/// A version's tensors that the programs read.
pub fn weights(header: &ModelHeader, version: &[u8]) -> Result<Vec<Value>> {
    let value = |wanted: ModelTensor| {
        let tensor = header.tensors.iter().find(|tensor| tensor.name == wanted.name);
        let tensor = tensor.context("the model has the tensor")?;
        let start = header.header_len() + tensor.begin;
        let bytes = &version[start as usize..][..(tensor.end - tensor.begin) as usize];
        let shape: Vec<usize> = wanted.shape.iter().map(|&size| size as usize).collect();
        Value::from_bytes(Type::F32, &shape, bytes).map_err(wrong)
    };
    tensors().into_iter().map(value).collect()
}

pub fn wrong(error: impl std::fmt::Debug) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

/// Registers a file as the owner's, unless it is, and waits until a quorum holds it.
pub async fn held(scenario: &Scenario, kind: ArtifactKind, access: Access, bytes: &[u8]) -> Result<ArtifactId> {
    let (client, owner) = (&scenario.client, &scenario.owner);
    let organisation = client.organisation_of(&owner.id()).await?.context("the owner's")?;
    let file = Named::new(client.genesis(), organisation, bytes);
    let known = || async {
        let all = client.artifacts().await?;
        anyhow::Ok(all.into_iter().find(|artifact| artifact.root == file.root))
    };
    if known().await?.is_none() {
        let call = register(&Registration {
            kind,
            file,
            len: bytes.len() as u64,
            licence: "CC0-1.0",
            access,
        });
        client.submit(owner, &call, Until::InBlock).await?;
        let path = scenario.write(&format!("{kind:?}"), bytes)?;
        scenario
            .gateways
            .upload(0, (file.root, path.as_path()), owner, None, no_progress())
            .await?;
    }
    let artifact = wait::until("a quorum does not hold the artifact", 2 * MINUTE, || async {
        let artifact = known().await?.context("it is registered")?;
        Ok((!matches!(artifact.state, ArtifactState::Pending { .. })).then_some(artifact))
    });
    let artifact = artifact.await?;
    ensure!(matches!(artifact.state, ArtifactState::Held { .. }), "{artifact:?}");
    Ok(artifact.id)
}
