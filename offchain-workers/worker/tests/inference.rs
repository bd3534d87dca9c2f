//! Inference: requests are checked and answered from files of another validator, and outcome, rows and answers are the reference's.

mod side;

use codec::{DecodeAll, Encode};
use futures::SinkExt;
use quorate_blobs::transfer::{Authorization, Client, Source, Timeouts, TransferError};
use quorate_engine::{
    AggregateInput, Aggregated, AssessInput, Assessed, Control, Engine, EngineError, EvaluateInput, Evaluated,
    InferInput, Keep, Settings, TileEngine,
};
use quorate_exact::{infer::Tensor, root, Malformed, ModelHeader};
use quorate_gateway_api::stream::{
    key_payload, read_line, stream_url, Chunk, Reading, StreamId, StreamKey, LONGEST_LINE, STREAM,
};
use quorate_inference::{answer, write, Answer};
use quorate_primitives::{
    job::{
        infer::{
            detail_bytes, AnswerRow, AnswerStatus, Choice, Generation, InferOutcome, Request, Task as Ask,
            EXACT_VERSION, KIND,
        },
        Outcome,
    },
    payload::reader_payload,
    policy::Access,
    views::{
        gateway::{ArtifactBlob, GatewayEntry, Members, RequestBlob},
        inference::InferTask,
        tasks::{Against, VoteItem},
        BlobRef,
    },
    AccountId, Hash,
};
use quorate_program::{
    op::Binary, Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Program, Type, Value,
};
use quorate_protocol::{CheckResult, Failure, FromWorker, Output, StreamToken, Task, ToWorker};
use quorate_worker::Config;
use side::*;
use sp_core::Pair;
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{channel, Sender},
        Arc, Mutex,
    },
    time::{Duration, Instant},
};

const NAME: &str = "block.bias";
const SIZE: usize = 53;
const SEED: [u8; 32] = [4; 32];

/// The logits of a token: a row of a table, times the bias.
fn program(tensor: &str) -> Program {
    let table: Vec<f32> = (0..SIZE * SIZE).map(|i| (i * i % 101) as f32 / 50.0 - 1.0).collect();
    let graph = Graph {
        dimensions: vec![Dimension {
            max: 40,
            min: 1,
            name: "tokens".into(),
        }],
        inputs: vec![Input {
            name: "tokens".into(),
            shape: vec![Expression::dimension("tokens")],
            element: Type::I64,
        }],
        tensors: vec![ModelTensor {
            name: tensor.into(),
            shape: vec![SIZE as u64],
            element: Type::F32,
        }],
        constants: vec![Constant {
            shape: vec![SIZE as u64; 2],
            element: Type::F32,
            bytes: table.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }],
        nodes: vec![
            Node {
                operands: vec![2, 0],
                op: Op::Gather { axis: 0 },
            },
            Node {
                operands: vec![3, 1],
                op: Op::Binary(Binary::Mul),
            },
        ],
        outputs: vec![quorate_program::Output {
            name: "logits".into(),
            value: 4,
        }],
        ..Graph::default()
    };
    Program::new(graph).unwrap()
}

/// The version's tensor of the program.
fn bias(version: &[u8]) -> Value {
    let len = 8 + u64::from_le_bytes(version[..8].try_into().unwrap()) as usize;
    let header = ModelHeader::decode(&version[..len]).unwrap();
    let tensor = header.tensors.iter().find(|tensor| tensor.name == NAME).unwrap();
    let bytes = &version[len..][tensor.begin as usize..tensor.end as usize];
    Value::from_bytes(Type::F32, &[SIZE], bytes).unwrap()
}

fn generate(max_tokens: u32, stop: Option<u32>) -> Ask {
    Ask::Generate(Generation {
        max_tokens,
        choice: Choice::Drawn {
            temperature: 0.7f32.to_bits(),
            top: 9,
        },
        stop,
    })
}

struct Files {
    world: World,
    program: Vec<u8>,
    inputs: Vec<Vec<u8>>,
    requests: Vec<Request>,
}

impl Files {
    fn new(tensor: &str) -> Self {
        let program = program(tensor);
        let asks = [
            (generate(8, None), vec![1, 2, 3]),
            (Ask::Run, vec![5; 20]),
            (generate(30, Some(7)), vec![9]),
            (Ask::Run, vec![60]),
            // More tokens than the program takes.
            (generate(30, None), vec![4; 20]),
        ];
        let input = |(number, (_, tokens)): (usize, &(Ask, Vec<i64>))| {
            let tokens = Value::I64(Tensor::new(vec![tokens.len()], tokens.clone()).unwrap());
            write(&program, [number as u8; 32], vec![tokens]).unwrap()
        };
        let inputs: Vec<Vec<u8>> = asks.iter().enumerate().map(input).collect();
        let request = |(number, (task, _)): (usize, &(Ask, Vec<i64>))| Request {
            id: 40 + number as u64,
            input: blob(&inputs[number]),
            task: *task,
            operations: 100,
            memory: 100,
        };
        Self {
            world: world(&PIPELINE),
            requests: asks.iter().enumerate().map(request).collect(),
            program: program.encode(),
            inputs,
        }
    }

    fn all(&self) -> Vec<&Vec<u8>> {
        [&self.world.files.base, &self.program]
            .into_iter()
            .chain(&self.inputs)
            .collect()
    }

    fn view(&self) -> Vec<GatewayEntry> {
        let program = GatewayEntry::Artifact(ArtifactBlob {
            artifact: 0,
            organisation: 3,
            blob: blob(&self.program),
            access: Access::Validators,
            readers: vec![],
            pending: false,
        });
        let inputs = self.inputs.iter().map(|bytes| GatewayEntry::Shared(blob(bytes)));
        let versions = self.world.versions.iter().cloned();
        versions.chain([program]).chain(inputs).collect()
    }

    fn work(&self) -> Vec<u8> {
        let work = InferTask {
            batch: 3,
            model: 0,
            version: 0,
            file: blob(&self.world.files.base),
            frozen_base: None,
            program_file: blob(&self.program),
            requests: self.requests.clone(),
            seed: SEED.into(),
        };
        work.encode()
    }

    fn task(&self, job: u8) -> Task {
        Task::Compute {
            job: Hash::repeat_byte(job),
            kind: KIND,
            exact_version: EXACT_VERSION,
            work: self.work(),
        }
    }

    /// The same job, of others, who agreed on this.
    fn spot_check(&self, agreed: Vec<u8>) -> Task {
        Task::SpotCheck {
            job: Hash::repeat_byte(9),
            kind: KIND,
            exact_version: EXACT_VERSION,
            work: self.work(),
            agreed,
        }
    }

    /// The outcome by the reference, as bytes.
    fn named(&self) -> Vec<u8> {
        let rows: Vec<AnswerRow> = self.expected().into_iter().map(|(row, _)| row).collect();
        let named = InferOutcome::new(&rows, root(&detail_bytes(&rows)).into());
        Outcome::from(named).encode()
    }

    /// Rows and answers by the reference.
    fn expected(&self) -> Vec<(AnswerRow, Vec<u8>)> {
        let program = Program::decode(&self.program).unwrap();
        let tensors = [bias(&self.world.files.base)];
        let fits = program.graph().tensors[0].name == NAME;
        let one = |(request, input): (&Request, &Vec<u8>)| {
            let answered = answer(&program, fits.then_some(&tensors[..]), request, input, &SEED);
            let bytes = answered.answer.write(&quorate_inference::salt(input));
            (answered.row(request.id, blob(&bytes)), bytes)
        };
        self.requests.iter().zip(&self.inputs).map(one).collect()
    }
}

async fn outcome(side: &mut Side, task: Task) -> Result<InferOutcome, Failure> {
    match side.run(task, PATIENCE).await.1? {
        Output::Outcome(bytes) => match Outcome::decode_all(&mut &bytes[..]).unwrap() {
            Outcome::Infer(outcome) => Ok(outcome),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

async fn rows(side: &mut Side, detail: BlobRef) -> Result<Vec<AnswerRow>, Failure> {
    let (_, result) = side.run(Task::AnswerRows { detail }, Duration::from_secs(20)).await;
    match result? {
        Output::Answers(rows) => Ok(rows),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_of_fetched_files_should_be_answered_as_by_the_reference_and_its_rows_be_shown_by_all() {
    let files = Files::new(NAME);
    let expected = files.expected();
    let statuses: Vec<_> = expected.iter().map(|(row, _)| row.status).collect();
    use AnswerStatus::{Answered, Fault, Unfit};
    assert_eq!(statuses, [Answered, Answered, Answered, Fault, Unfit]);
    let all: Vec<AnswerRow> = expected.iter().map(|(row, _)| row.clone()).collect();
    let detail = detail_bytes(&all);
    let named = InferOutcome::new(&all, root(&detail).into());
    let (mut holds, mut fetches) = (Side::new(1).await, Side::new(2).await);
    provide(&holds, files.all()).await;
    introduce(&mut holds, &mut fetches, &[&files.view()]).await;
    // Also a job that this process has computed already, and a retry.
    for job in [1, 1, 2] {
        assert_eq!(outcome(&mut fetches, files.task(job)).await.unwrap(), named);
    }
    for (row, bytes) in &expected {
        let held = fetches.store.get_small(&row.answer.root.0, 1 << 20).await.unwrap();
        assert_eq!(&held[..], &bytes[..]);
    }
    // One of the two has not computed it, and asks the other one.
    let mut view = files.view();
    view.push(GatewayEntry::Shared(blob(&detail)));
    introduce(&mut fetches, &mut holds, &[&view]).await;
    assert_eq!(rows(&mut fetches, blob(&detail)).await.unwrap(), all);
    assert_eq!(rows(&mut holds, blob(&detail)).await.unwrap(), all);
    let long = BlobRef {
        len: 93 * 257,
        ..blob(&detail)
    };
    assert!(rows(&mut holds, long).await.is_err());
    holds.running.stop().await;
    fetches.running.stop().await;
}

/// The key's line and the chunks of a stream, or a refusal's status.
async fn streamed(side: &Side, job: Hash, request: u64) -> Result<(StreamKey, Vec<Chunk>), u16> {
    let asker = sp_core::sr25519::Pair::from_seed(&[77; 32]);
    let (account, expires) = (AccountId::from(asker.public().0), expires());
    let signature = asker.sign(&reader_payload(GENESIS, &account, &side.account, expires));
    let source = Source {
        gateway: side.running.gateway().into(),
        authorization: Some(Authorization::reader_sr25519(*account.as_ref(), expires, &signature.0)),
    };
    let url = stream_url(side.running.gateway(), job, request);
    let client = Client::new(Timeouts::default()).unwrap();
    let mut lines = match client.lines(&source, &url, STREAM, LONGEST_LINE).await {
        Err(TransferError::Refused { status, .. }) => return Err(status),
        other => other.unwrap(),
    };
    let key = read_line(&lines.next().await.unwrap().unwrap()).unwrap();
    let mut chunks: Vec<Chunk> = Vec::new();
    while let Some(line) = lines.next().await.unwrap() {
        if !line.is_empty() {
            chunks.push(read_line(&line).unwrap());
        }
    }
    Ok((key, chunks))
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_should_be_streamed_as_they_are_answered_and_signed_by_the_workers_key() {
    let files = Files::new(NAME);
    let expected = files.expected();
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    let requests = files.requests.iter().map(|request| {
        GatewayEntry::Request(RequestBlob {
            request: request.id,
            organisation: 3,
            input: request.input.clone(),
            answer: None,
            pending: false,
        })
    });
    let asker = GatewayEntry::Members(Members {
        organisation: 3,
        account: sp_core::sr25519::Pair::from_seed(&[77; 32]).public().0.into(),
        contributors: vec![],
    });
    let view: Vec<GatewayEntry> = files.view().into_iter().chain(requests).chain([asker]).collect();
    side.show(&view, vec![]).await;
    let (me, key, expires) = (side.account.clone(), side.stream_key, expires());
    let signature = side.key.sign(&key_payload(GENESIS, &me, &key, expires));
    let word = StreamToken {
        key,
        expires,
        signature,
    };
    let tokens = ToWorker::Tokens {
        me: Some(me.clone()),
        tokens: vec![],
        stream: Some(word.clone()),
    };
    side.sink.send(tokens).await.unwrap();
    let job = Hash::repeat_byte(1);
    assert_eq!(streamed(&side, job, 40).await.unwrap_err(), 404, "it has not begun");
    outcome(&mut side, files.task(1)).await.unwrap();
    for (request, (_, bytes)) in files.requests.iter().zip(&expected) {
        let salt = quorate_inference::salt(&files.inputs[request.id as usize - 40]);
        let answer = Answer::read(&salt, &request.task, bytes).unwrap();
        if request.task == Ask::Run {
            assert_eq!(
                streamed(&side, job, request.id).await.unwrap_err(),
                404,
                "it generates nothing"
            );
            continue;
        }
        let (shown, chunks) = streamed(&side, job, request.id).await.unwrap();
        assert_eq!((shown.key, shown.expires), (word.key, word.expires));
        assert_eq!(&shown.signature[..], AsRef::<[u8]>::as_ref(&word.signature));
        let of = StreamId {
            genesis: GENESIS,
            validator: me.clone(),
            job,
            request: request.id,
        };
        let (mut reading, mut tokens) = (Reading::new(of, 100), vec![]);
        for chunk in chunks {
            let is_signed = |hash: &[u8; 32], signature: &[u8; 64]| {
                let signature = sp_core::sr25519::Signature::from_raw(*signature);
                sp_core::sr25519::Pair::verify(&signature, hash, &sp_core::sr25519::Public::from_raw(key))
            };
            reading.take(&chunk, is_signed).unwrap();
            tokens.extend(chunk.tokens);
        }
        assert!(reading.has_ended());
        assert_eq!(tokens, answer.tokens(), "request {}", request.id);
    }
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_should_be_checked_by_their_program_and_for_a_possession() {
    let files = Files::new(NAME);
    let mut side = Side::new(1).await;
    let sound = files.inputs[0].clone();
    let spoilt = [
        sound[..sound.len() - 1].to_vec(),
        [&sound[..], &[0; 8]].concat(),
        sound[..31].to_vec(),
        sound[32..].to_vec(),
    ];
    provide(&side, files.all().into_iter().chain(&spoilt)).await;
    side.show(&files.view(), vec![]).await;
    let all: Vec<&Vec<u8>> = [&sound].into_iter().chain(&spoilt).collect();
    let items = |shown: fn(&[u8]) -> quorate_primitives::possession::Shown| -> Vec<VoteItem> {
        let item = |(item, bytes): (u32, &&Vec<u8>)| VoteItem {
            item,
            blob: blob(bytes),
            shown: shown(bytes),
        };
        (0..).zip(&all).map(item).collect()
    };
    let against = |task| Against::Input {
        program: blob(&files.program),
        task,
    };
    let check = |task, items| Task::Check {
        against: against(task),
        items,
    };
    let malformed = CheckResult::Malformed(Malformed::Artifact);
    let results = |found: Vec<(u32, CheckResult)>| found.into_iter().map(|(_, result)| result).collect::<Vec<_>>();
    let (found, done) = side.run(check(generate(37, None), items(possessed)), PATIENCE).await;
    assert_eq!(done, Ok(Output::Checked));
    let mut expected = vec![malformed; 5];
    expected[0] = CheckResult::Held;
    assert_eq!(results(found), expected);
    // What is right for one task need not be for another: prompt and answer are longer than the program's context.
    let (found, _) = side.run(check(generate(38, None), items(possessed)), PATIENCE).await;
    assert_eq!(results(found), [malformed; 5]);
    let (found, _) = side
        .run(check(Ask::Run, items(|_| possessed(b"another"))), PATIENCE)
        .await;
    assert_eq!(results(found), [CheckResult::Malformed(Malformed::NotPossessed); 5]);
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn program_that_does_not_come_should_hold_up_no_other_request() {
    let (files, missing) = (Files::new(NAME), program("another").encode());
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    let check = |program: &[u8], number: usize| Task::Check {
        against: Against::Input {
            program: blob(program),
            task: Ask::Run,
        },
        items: vec![VoteItem {
            item: 0,
            blob: blob(&files.inputs[number]),
            shown: possessed(&files.inputs[number]),
        }],
    };
    side.requests += 1;
    let waits = ToWorker::Run {
        request: side.requests,
        timeout_ms: 10 * PATIENCE.as_millis() as u64,
        task: check(&missing, 0),
    };
    side.sink.send(waits).await.unwrap();
    // Whenever it begins to wait, a later one of these comes after it.
    for number in 0..files.inputs.len() {
        let (found, done) = side.run(check(&files.program, number), PATIENCE).await;
        assert_eq!((found, done), (vec![(0, CheckResult::Held)], Ok(Output::Checked)));
    }
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn program_of_another_model_should_be_unfit_and_a_worker_without_room_abstain() {
    let files = Files::new("another");
    let rows: Vec<AnswerRow> = files.expected().into_iter().map(|(row, _)| row).collect();
    assert!(rows
        .iter()
        .all(|row| row.status == AnswerStatus::Unfit && row.operations == 0));
    let named = InferOutcome::new(&rows, root(&detail_bytes(&rows)).into());
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    assert_eq!(outcome(&mut side, files.task(1)).await.unwrap(), named);
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
    let failure = outcome(&mut small, files.task(1)).await.unwrap_err().to_string();
    assert!(
        failure.contains("batch 3") && failure.contains("--evaluation-memory"),
        "{failure}"
    );
    small.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_of_others_should_be_computed_again_and_nothing_of_it_be_kept() {
    let files = Files::new(NAME);
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    let named = files.named();
    // Whatever those agreed on that were drawn.
    for agreed in [named.clone(), vec![1, 2, 3]] {
        let (_, found) = side.run(files.spot_check(agreed), PATIENCE).await;
        assert_eq!(found, Ok(Output::Outcome(named.clone())));
    }
    for (row, _) in files.expected() {
        let kept = side.store.get_small(&row.answer.root.0, 1 << 20).await;
        assert!(kept.is_err(), "{row:?}");
    }
    let Task::SpotCheck { job, work, agreed, .. } = files.spot_check(named) else {
        unreachable!()
    };
    let other = Task::SpotCheck {
        job,
        kind: 0,
        exact_version: 1,
        work,
        agreed,
    };
    let (_, refused) = side.run(other, PATIENCE).await;
    assert!(
        matches!(refused, Err(Failure::UnknownWork { kind: 0, .. })),
        "{refused:?}"
    );
    side.running.stop().await;
}

/// Its first batch ends when it is cancelled, and not before.
struct Interrupted {
    engine: TileEngine,
    batches: Arc<AtomicU32>,
    begun: Mutex<Sender<()>>,
}

impl Engine for Interrupted {
    fn name(&self) -> String {
        self.engine.name()
    }

    fn aggregate(&self, _: &AggregateInput, _: &Path, _: &Control<'_>) -> Result<Aggregated, EngineError> {
        Err(EngineError::Cancelled)
    }

    fn evaluate(&self, _: &EvaluateInput, _: &Control<'_>) -> Result<Evaluated, EngineError> {
        Err(EngineError::Cancelled)
    }

    fn assess(&self, _: &AssessInput, _: &Control<'_>) -> Result<Assessed, EngineError> {
        Err(EngineError::Cancelled)
    }

    fn infer(
        &self,
        input: &InferInput,
        keep: &mut Keep<'_>,
        control: &Control<'_>,
    ) -> Result<Vec<AnswerRow>, EngineError> {
        if self.batches.fetch_add(1, Ordering::SeqCst) > 0 {
            return self.engine.infer(input, keep, control);
        }
        self.begun.lock().unwrap().send(()).unwrap();
        let begin = Instant::now();
        while !control.cancel.is_cancelled() {
            assert!(begin.elapsed() < PATIENCE, "it is not cancelled");
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(EngineError::Cancelled)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spot_check_should_give_way_to_a_job_of_ones_own_and_begin_again_after_it() {
    let files = Files::new(NAME);
    let ((begun, begins), batches) = (channel(), Arc::<AtomicU32>::default());
    let engine = Interrupted {
        engine: TileEngine::new(Settings::default()),
        batches: batches.clone(),
        begun: Mutex::new(begun),
    };
    let mut side = Side::with(1, |config| Config {
        engine: Arc::new(engine),
        ..config
    })
    .await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    let run = |request, task| ToWorker::Run {
        request,
        timeout_ms: PATIENCE.as_millis() as u64,
        task,
    };
    side.sink.send(run(1, files.spot_check(files.named()))).await.unwrap();
    tokio::task::spawn_blocking(move || begins.recv_timeout(PATIENCE).unwrap())
        .await
        .unwrap();
    side.sink.send(run(2, files.task(2))).await.unwrap();
    let mut done = BTreeMap::new();
    while done.len() < 2 {
        if let FromWorker::Done { request, result } = side.next().await {
            done.insert(request, result);
        }
    }
    let outcome = Ok(Output::Outcome(files.named()));
    assert_eq!(done, BTreeMap::from([(1, outcome.clone()), (2, outcome)]));
    assert_eq!(batches.load(Ordering::SeqCst), 3);
    side.running.stop().await;
}
