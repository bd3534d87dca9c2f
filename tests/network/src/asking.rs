//! Requests for answers of the tests' model: programs, what goes out, and what the reference answers.

use crate::{
    measured::{held, weights, wrong},
    model::{CLASSES, FEATURES},
    scenario::Scenario,
    wait,
    wait::MINUTE,
};
use anyhow::{ensure, Context, Result};
use quorate_client::{calls::inference as calls, gateways::no_progress, inference::Asking, Account};
use quorate_exact::infer::Tensor;
use quorate_inference::{answer, asked_for, memory, operations, salt, write, Answered, Asked};
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    job::infer::{AnswerRow, Generation, Request, Task},
    policy::Access,
    views::{
        inference::{BatchView, RequestState, RequestView},
        BlobRef, CapabilityView,
    },
    ArtifactId, BatchId, OrganisationId, RequestId,
};
use quorate_program::{
    op::Binary, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Real, Type, Value,
};
use std::collections::BTreeMap;

/// Most tokens of prompt and answer.
pub const CONTEXT: u32 = 64;
const HEADS: usize = 4;

/// Logits of the token that follows: a row of the layer for each token, attention over those before it, and the layer again. There
/// are as many tokens as classes.
pub fn language() -> Result<Program> {
    let count = || Expression::dimension("tokens");
    let tensor = |name: &str, shape: &[usize]| ModelTensor {
        name: name.into(),
        shape: shape.iter().map(|&size| size as u64).collect(),
        element: Type::F32,
    };
    let node = |operands: &[u32], op| Node {
        operands: operands.to_vec(),
        op,
    };
    let split = [HEADS, FEATURES / HEADS].map(|size| (size as i64).into());
    let scale = Real::new(0.5).context("a number")?;
    let graph = Graph {
        dimensions: vec![Dimension {
            max: CONTEXT,
            min: 1,
            name: "tokens".into(),
        }],
        inputs: vec![Input {
            name: "tokens".into(),
            shape: vec![count()],
            element: Type::I64,
        }],
        tensors: vec![
            tensor("layer.weight", &[CLASSES, FEATURES]),
            tensor("layer.bias", &[CLASSES]),
        ],
        nodes: vec![
            node(&[1, 0], Op::Gather { axis: 0 }),
            node(
                &[3],
                Op::Reshape {
                    shape: [count()].into_iter().chain(split).collect(),
                },
            ),
            node(&[4, 4, 4], Op::Attention { causal: true, scale }),
            node(
                &[5],
                Op::Reshape {
                    shape: vec![count(), (FEATURES as i64).into()],
                },
            ),
            node(&[3, 6], Op::Binary(Binary::Add)),
            node(&[7, 1, 2], Op::Linear),
        ],
        outputs: vec![Output {
            name: "logits".into(),
            value: 8,
        }],
        ..Graph::default()
    };
    Program::new(graph).map_err(wrong)
}

/// A program for a tensor that the tests' model has not.
pub fn foreign() -> Result<Program> {
    let graph = Graph {
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![(FEATURES as i64).into()],
            element: Type::F32,
        }],
        tensors: vec![ModelTensor {
            name: "layer.gain".into(),
            shape: vec![FEATURES as u64],
            element: Type::F32,
        }],
        nodes: vec![Node {
            operands: vec![0, 1],
            op: Op::Binary(Binary::Mul),
        }],
        outputs: vec![Output {
            name: "y".into(),
            value: 2,
        }],
        ..Graph::default()
    };
    Program::new(graph).map_err(wrong)
}

/// What a run of one layer reads.
pub fn features(values: [f32; FEATURES]) -> Result<Value> {
    Tensor::new(vec![FEATURES], values.to_vec())
        .map(Value::F32)
        .map_err(wrong)
}

/// A prompt.
pub fn tokens(ids: &[i64]) -> Result<Value> {
    Tensor::new(vec![ids.len()], ids.to_vec())
        .map(Value::I64)
        .map_err(wrong)
}

/// A program that a quorum holds.
pub struct HeldProgram {
    pub id: ArtifactId,
    pub program: Program,
}

impl HeldProgram {
    /// Registered as the owner's, for everybody to use.
    pub async fn of(scenario: &Scenario, program: Program) -> Result<Self> {
        let id = held(scenario, ArtifactKind::Program, Access::Public, &program.encode()).await?;
        Ok(Self { id, program })
    }
}

/// A question, before it goes out.
pub struct Question<'a> {
    pub program: &'a HeldProgram,
    pub task: Task,
    pub input: Value,
    /// Beside the millions of operations that it needs, so many are paid for; without, none at all.
    pub spare: Option<u64>,
    /// MiB that are named beside those that it needs.
    pub spare_memory: u32,
}

/// A request that went out.
#[derive(Clone)]
pub struct Sent {
    pub id: RequestId,
    pub account: Account,
    pub organisation: OrganisationId,
    /// Its blob.
    pub input: Vec<u8>,
}

impl Scenario {
    /// Asks, in the name of an account whose organisation's fund pays, and waits until that is final: before, a fork may give the number to another
    /// request. Nothing is brought.
    pub async fn ask(&self, account: &Account, salt: [u8; 32], question: Question<'_>) -> Result<Sent> {
        let Question {
            program,
            task,
            input,
            spare,
            spare_memory,
        } = question;
        let input = write(&program.program, salt, vec![input]).map_err(wrong)?;
        let asked = Asked::read(&program.program, &task, &input).map_err(wrong)?;
        let needed = operations(&program.program, &task, &asked, asked_for(&task)).context("few")?;
        let asking = Asking {
            model: self.id,
            version: None,
            program: program.id,
            task,
            len: input.len() as u64,
            operations: spare.map_or(0, |spare| needed + spare),
            memory: memory(&program.program, &task, &asked).context("more than there is")? + spare_memory,
        };
        let organisation = match self.client.organisation_of(&account.id()).await? {
            Some(organisation) => organisation,
            None => {
                let contributor = self.client.contributor(&account.id()).await?;
                contributor.context("an account that may ask")?.organisation
            }
        };
        let quote = self.client.inference_quote(&asking).await?;
        let named = Named::new(self.client.genesis(), organisation, &input);
        let call = calls::request(&asking, named, quote.fee);
        let (id, _) = self
            .client
            .submit_numbered::<RequestId>(account, &call, "Inference.Requested")
            .await?;
        Ok(Sent {
            id,
            account: account.clone(),
            organisation,
            input,
        })
    }

    /// Brings a request's input to one gateway.
    pub async fn bring(&self, sent: &Sent, by: &Account, gateway: usize) -> Result<()> {
        let path = self.write(&format!("request-{}-{gateway}", sent.id), &sent.input)?;
        let root = quorate_exact::root(&sent.input).into();
        self.gateways
            .upload(gateway, (root, &path), by, None, no_progress())
            .await?;
        Ok(())
    }

    /// Waits until all validators are asked for answers: each declared what its machine can do. Until then requests are refused.
    pub async fn until_declared(&self) -> Result<Vec<CapabilityView>> {
        let declared = wait::until(
            "not all validators declared what they can answer",
            3 * MINUTE,
            || async {
                let all = self.client.capabilities().await?;
                let asked = all.iter().filter(|view| view.asked).count();
                Ok((asked == self.net.founders()).then_some(all))
            },
        );
        declared.await
    }

    /// A request when it has ended.
    pub async fn until_ended(&self, id: RequestId) -> Result<RequestView> {
        let ended = wait::until("a request has not ended", 6 * MINUTE, || async {
            let known = self.client.inference_request(id).await?;
            Ok(known.ended_at.is_some().then_some(known))
        });
        ended.await.with_context(|| format!("request {id}"))
    }

    /// A batch when its members are paid.
    pub async fn until_paid(&self, id: BatchId) -> Result<BatchView> {
        let ended = wait::until("a batch has not ended", 5 * MINUTE, || async {
            let known = self.client.batch_at(id, None).await?.context("it is there")?;
            Ok(known.ended_at.is_some().then_some(known))
        });
        ended.await.with_context(|| format!("batch {id}"))
    }
}

/// The row that a request has.
pub fn row_of(known: &RequestView) -> Result<(BatchId, AnswerRow)> {
    match &known.state {
        RequestState::Answered { batch, row } => Ok((*batch, row.clone())),
        other => anyhow::bail!("request {} is {other:?}", known.id),
    }
}

/// By the reference: the row of a request in its batch, and the answer's blob. `tensors` are the version's.
pub fn expected(
    program: &Program,
    tensors: Option<&[Value]>,
    (known, batch): (&RequestView, &BatchView),
    input: &[u8],
) -> (AnswerRow, Vec<u8>) {
    let request = Request {
        id: known.id,
        input: known.input.clone(),
        task: known.task,
        operations: known.operations,
        memory: known.memory,
    };
    let answered: Answered = answer(program, tensors, &request, input, &batch.seed.0);
    let bytes = answered.answer.write(&salt(input));
    let blob = BlobRef {
        root: quorate_exact::root(&bytes).into(),
        len: bytes.len() as u64,
    };
    (answered.row(known.id, blob), bytes)
}

/// That rows, roots and answers of these requests are the reference's; returns the answers' blobs.
pub async fn check_answers(
    scenario: &Scenario,
    sent: &[(Sent, &HeldProgram)],
) -> Result<BTreeMap<RequestId, (AnswerRow, Vec<u8>)>> {
    let version = scenario.fetch(0).await?;
    let tensors = weights(&scenario.model.header, &version)?;
    let mut found = BTreeMap::new();
    for (sent, held) in sent {
        let known = scenario.until_ended(sent.id).await?;
        let (batch, row) = row_of(&known)?;
        let batch = scenario.client.batch_at(batch, None).await?.context("it is there")?;
        let fits = held
            .program
            .graph()
            .tensors
            .iter()
            .all(|tensor| tensor.name != "layer.gain");
        let one = expected(
            &held.program,
            fits.then_some(&tensors[..]),
            (&known, &batch),
            &sent.input,
        );
        ensure!(row == one.0, "request {}: {row:?}, and not {:?}", sent.id, one.0);
        found.insert(sent.id, one);
    }
    Ok(found)
}

/// So many tokens, each the likeliest.
pub fn likeliest(max_tokens: u32) -> Task {
    Task::Generate(Generation {
        max_tokens,
        choice: quorate_primitives::job::infer::Choice::Largest,
        stop: None,
    })
}
