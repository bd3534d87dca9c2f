//! Evaluations: what they read is fetched from another validator, and the outcome is the reference's.

use crate::side::*;
use codec::{DecodeAll, Encode};
use quorate_data_set::{DataSet, Row};
use quorate_engine::{
    AggregateInput, Aggregated, AnswerRow, AssessInput, Assessed, Control, Engine, EngineError, EvaluateInput,
    Evaluated, InferInput, Keep, Settings, TileEngine,
};
use quorate_exact::{infer::Tensor, root, ModelHeader};
use quorate_primitives::{
    job::{
        evaluate::{EXACT_VERSION, KIND},
        EvaluateOutcome, Outcome,
    },
    policy::Access,
    views::{
        evaluations::EvaluateTask,
        gateway::{ArtifactBlob, GatewayEntry},
    },
    Hash,
};
use quorate_program::{
    op::{Binary, Reduction, Unary},
    Graph, Input, ModelTensor, Node, Op, Program, Type, Value,
};
use quorate_protocol::{Failure, Output, Task};
use quorate_worker::Config;
use std::{
    path::Path,
    sync::{
        mpsc::{channel, Receiver},
        Arc, Mutex,
    },
    time::Duration,
};

const NAME: &str = "block.bias";
const SIZE: u64 = 53;
const ROWS: u64 = 3_000;

fn column() -> Input {
    Input {
        name: "x".into(),
        shape: vec![(SIZE as i64).into()],
        element: Type::F32,
    }
}

/// loss = log(the mean of x · bias): a fault where that is negative.
fn program(tensor: &str) -> Program {
    let node = |operands: &[u32], op| Node {
        operands: operands.to_vec(),
        op,
    };
    let mean = Op::Reduce {
        axes: vec![0],
        how: Reduction::Mean,
        keep: false,
    };
    let graph = Graph {
        inputs: vec![column()],
        tensors: vec![ModelTensor {
            name: tensor.into(),
            shape: vec![SIZE],
            element: Type::F32,
        }],
        nodes: vec![
            node(&[0, 1], Op::Binary(Binary::Mul)),
            node(&[2], mean),
            node(&[3], Op::Unary(Unary::Log)),
        ],
        outputs: vec![quorate_program::Output {
            name: "loss".into(),
            value: 4,
        }],
        ..Graph::default()
    };
    Program::new(graph).unwrap()
}

fn rows() -> (DataSet, Vec<Row>) {
    let row = |number: u64| {
        let value = |i: u64| ((number * 31 + i * 17) % 97) as f32 / 16.0 - 3.0;
        Row {
            sizes: Default::default(),
            values: vec![Value::F32(
                Tensor::new(vec![SIZE as usize], (0..SIZE).map(value).collect()).unwrap(),
            )],
        }
    };
    let set = DataSet::new(vec![column()], vec![], ROWS).unwrap();
    (set, (0..ROWS).map(row).collect())
}

fn data() -> Vec<u8> {
    let (set, rows) = rows();
    let rows = rows.iter().flat_map(|row| set.write_row(row).unwrap());
    set.header().into_iter().chain(rows).collect()
}

/// The version's tensor of the program.
fn bias(version: &[u8]) -> Value {
    let len = 8 + u64::from_le_bytes(version[..8].try_into().unwrap()) as usize;
    let header = ModelHeader::decode(&version[..len]).unwrap();
    let tensor = header.tensors.iter().find(|tensor| tensor.name == NAME).unwrap();
    let bytes = &version[len..][tensor.begin as usize..tensor.end as usize];
    Value::from_bytes(Type::F32, &[SIZE as usize], bytes).unwrap()
}

struct Files {
    world: World,
    program: Vec<u8>,
    data: Vec<u8>,
}

impl Files {
    fn new(tensor: &str) -> Self {
        Self {
            world: world(&PIPELINE),
            program: program(tensor).encode(),
            data: data(),
        }
    }

    fn all(&self) -> [&Vec<u8>; 3] {
        [&self.world.files.base, &self.program, &self.data]
    }

    fn view(&self) -> Vec<GatewayEntry> {
        let artifact = |(number, bytes): (u32, &Vec<u8>)| {
            GatewayEntry::Artifact(ArtifactBlob {
                artifact: number,
                organisation: 3,
                blob: blob(bytes),
                access: Access::Validators,
                readers: vec![],
                pending: false,
            })
        };
        let artifacts = (0..).zip([&self.program, &self.data]).map(artifact);
        self.world.versions.iter().cloned().chain(artifacts).collect()
    }

    fn task(&self, job: u8, operations: u64) -> Task {
        let work = EvaluateTask {
            evaluation: 7,
            model: 0,
            version: 0,
            file: blob(&self.world.files.base),
            frozen_base: None,
            program: 0,
            program_file: blob(&self.program),
            data: 1,
            data_file: blob(&self.data),
            operations,
        };
        Task::Compute {
            job: Hash::repeat_byte(job),
            kind: KIND,
            exact_version: EXACT_VERSION,
            work: work.encode(),
        }
    }
}

async fn outcome(side: &mut Side, task: Task) -> Result<EvaluateOutcome, Failure> {
    match side.run(task, PATIENCE).await.1? {
        Output::Outcome(bytes) => match Outcome::decode_all(&mut &bytes[..]).unwrap() {
            Outcome::Evaluate(outcome) => Ok(outcome),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn evaluation_of_fetched_files_should_be_the_references_and_its_detail_be_kept() {
    let files = Files::new(NAME);
    let (set, rows) = rows();
    let bias = bias(&files.world.files.base);
    let (tally, detail) = quorate_evaluation::evaluate(&program(NAME), &[bias], &set, rows).unwrap();
    assert!(tally.faults > 0 && tally.faults < ROWS);
    let expected = EvaluateOutcome::Done {
        rows: ROWS,
        loss: tally.loss,
        correct: 0,
        faults: tally.faults,
        detail: root(&detail).into(),
    };
    let (mut holds, mut fetches) = (Side::new(1).await, Side::new(2).await);
    provide(&holds, files.all()).await;
    introduce(&mut holds, &mut fetches, &[&files.view()]).await;
    // Also a job that this process has computed already.
    for job in [1, 1, 2] {
        assert_eq!(outcome(&mut fetches, files.task(job, 1)).await.unwrap(), expected);
        assert_eq!(outcome(&mut holds, files.task(job, 1)).await.unwrap(), expected);
    }
    assert_eq!(fetches.store.get_small(&root(&detail), 1 << 20).await.unwrap(), detail);
    // What does not fit is an outcome like others.
    assert_eq!(
        outcome(&mut fetches, files.task(3, 0)).await.unwrap(),
        EvaluateOutcome::Unfit
    );
    holds.running.stop().await;
    fetches.running.stop().await;
}

/// Evaluates when it is told to, and aggregates at once.
struct Slow(TileEngine, Mutex<Receiver<()>>);

impl Engine for Slow {
    fn name(&self) -> String {
        self.0.name()
    }

    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError> {
        self.0.aggregate(input, out, control)
    }

    fn evaluate(&self, _: &EvaluateInput, control: &Control<'_>) -> Result<Evaluated, EngineError> {
        self.1.lock().unwrap().recv().ok();
        assert!(control.cancel.is_cancelled(), "nobody waits for it any more");
        Err(EngineError::Cancelled)
    }

    fn assess(&self, _: &AssessInput, _: &Control<'_>) -> Result<Assessed, EngineError> {
        Err(EngineError::Cancelled)
    }

    fn infer(&self, _: &InferInput, _: &mut Keep<'_>, _: &Control<'_>) -> Result<Vec<AnswerRow>, EngineError> {
        Err(EngineError::Cancelled)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_should_not_wait_for_an_evaluation_and_a_long_step_should_end_no_worker() {
    let files = Files::new(NAME);
    let ((release, held), (hung, hangs)) = (channel(), channel());
    let hung = Mutex::new(hung);
    let mut side = Side::with(2, |config| Config {
        engine: Arc::new(Slow(TileEngine::new(Settings::default()), Mutex::new(held))),
        overdue: Duration::ZERO,
        on_hang: Arc::new(move |reason: &str| {
            hung.lock().unwrap().send(reason.to_owned()).ok();
        }),
        ..config
    })
    .await;
    provide(&side, files.all()).await;
    provide_all(&side, &files.world.files).await;
    side.show(&[files.view(), files.world.updates.clone()].concat(), vec![])
        .await;
    let (_, late) = side.run(files.task(1, 1), Duration::from_secs(1)).await;
    assert_eq!(late, Err(Failure::Deadline));
    side.outcome(&files.world.task).await;
    assert!(hangs.try_recv().is_err(), "it is no hang");
    drop(release);
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn program_of_another_model_should_be_unfit_and_a_worker_without_room_abstain() {
    let files = Files::new("another");
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    assert_eq!(
        outcome(&mut side, files.task(1, 1)).await.unwrap(),
        EvaluateOutcome::Unfit
    );
    side.running.stop().await;

    let files = Files::new(NAME);
    let settings = Settings {
        evaluation: Some(1 << 20),
        ..Settings::default()
    };
    let mut small = Side::with(2, |config| Config {
        engine: Arc::new(TileEngine::new(settings)),
        ..config
    })
    .await;
    provide(&small, files.all()).await;
    small.show(&files.view(), vec![]).await;
    let failure = outcome(&mut small, files.task(1, 1)).await.unwrap_err().to_string();
    assert!(
        failure.contains("evaluation 7") && failure.contains("--evaluation-memory"),
        "{failure}"
    );
    small.running.stop().await;
}
