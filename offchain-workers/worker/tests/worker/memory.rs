//! 1,000 requests through one worker, from the vote on an input to the rows of its batch: its memory comes to rest.

use crate::side::*;
use codec::{DecodeAll, Encode};
use quorate_exact::{infer::Tensor, root};
use quorate_inference::write;
use quorate_primitives::{
    job::{
        infer::{Choice, Generation, Request, Task as Ask, EXACT_VERSION, KIND, ROW_BYTES},
        Outcome,
    },
    policy::Access,
    views::{
        gateway::{ArtifactBlob, GatewayEntry},
        inference::InferTask,
        tasks::{Against, VoteItem},
        BlobRef,
    },
    Hash,
};
use quorate_program::{
    op::Binary, Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output as Named, Program, Type,
    Value,
};
use quorate_protocol::{CheckResult, Output, Task};

/// Of the model's only vector.
const SIZE: usize = 53;
/// Rows of the program's table: with it a batch reads 4 MiB, which nobody can lose unseen.
const ROWS: usize = 20_000;
const BATCH: usize = 20;
const REQUESTS: usize = 1_000;
/// After so many the memory is looked at.
const LOOKS: [usize; 3] = [100, 500, REQUESTS];
/// From the second look on, when every thread has its own share of the allocator's memory. Much less than 500 requests would leave behind that each kept a hundredth of the program.
const MOST_GROWTH: usize = 16 << 20;

/// The logits of a token: its row of a table, times the model's vector.
fn program() -> Program {
    let table = (0..ROWS * SIZE).flat_map(|i| ((i * 7 % 101) as f32 / 50.0 - 1.0).to_le_bytes());
    let count = || Expression::dimension("tokens");
    let node = |operands: [u32; 2], op| Node {
        operands: operands.to_vec(),
        op,
    };
    let graph = Graph {
        dimensions: vec![Dimension {
            max: 64,
            min: 1,
            name: "tokens".into(),
        }],
        inputs: vec![Input {
            name: "tokens".into(),
            shape: vec![count()],
            element: Type::I64,
        }],
        tensors: vec![ModelTensor {
            name: "block.bias".into(),
            shape: vec![SIZE as u64],
            element: Type::F32,
        }],
        constants: vec![Constant {
            shape: vec![ROWS as u64, SIZE as u64],
            element: Type::F32,
            bytes: table.collect(),
        }],
        nodes: vec![
            node([2, 0], Op::Gather { axis: 0 }),
            node([3, 1], Op::Binary(Binary::Mul)),
        ],
        outputs: vec![Named {
            name: "logits".into(),
            value: 4,
        }],
        ..Graph::default()
    };
    Program::new(graph).unwrap()
}

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

fn generation(number: usize) -> Ask {
    Ask::Generate(Generation {
        max_tokens: 1 + number as u32 % 40,
        choice: Choice::Drawn {
            temperature: 1f32.to_bits(),
            top: 40,
        },
        stop: None,
    })
}

/// The inputs of a batch, of many lengths.
fn batch(program: &Program, number: usize) -> Vec<(Vec<u8>, Request)> {
    let one = |place: usize| {
        let id = number * BATCH + place;
        let tokens: Vec<i64> = (0..1 + id % 20).map(|token| (id * 13 + token) as i64 % 53).collect();
        let tokens = Value::I64(Tensor::new(vec![tokens.len()], tokens).unwrap());
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&(id as u64).to_le_bytes());
        let input = write(program, salt, vec![tokens]).unwrap();
        let request = Request {
            id: id as u64,
            input: blob(&input),
            task: generation(id),
            operations: 100,
            memory: 100,
        };
        (input, request)
    };
    (0..BATCH).map(one).collect()
}

async fn vote(side: &mut Side, program: &BlobRef, input: &[u8], task: Ask) {
    let item = VoteItem {
        item: 0,
        blob: blob(input),
        shown: possessed(input),
    };
    let against = Against::Input {
        program: program.clone(),
        task,
    };
    let check = Task::Check {
        against,
        items: vec![item],
    };
    let found = side.run(check, PATIENCE).await;
    assert_eq!(found, (vec![(0, CheckResult::Held)], Ok(Output::Checked)));
}

/// Blocks above 128 KiB go back to the system when they are freed: what grows is what the worker keeps, not what the allocator of a thread
/// keeps for later, which depends on how threads take turns.
const ALLOCATOR: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

/// The same test in a process whose allocator was told so from the start.
fn again() {
    let test = "worker_should_hold_no_more_after_a_thousand_requests_than_after_five_hundred";
    let mut process = std::process::Command::new(std::env::current_exe().unwrap());
    let process = process
        .args([test, "--exact", "--nocapture"])
        .env(ALLOCATOR.0, ALLOCATOR.1);
    assert!(process.status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_should_hold_no_more_after_a_thousand_requests_than_after_five_hundred() {
    if std::env::var_os(ALLOCATOR.0).is_none() {
        return again();
    }
    let (program, world) = (program(), world(&PIPELINE));
    let (file, base) = (program.encode(), world.files.base.clone());
    let program_file = blob(&file);
    let mut side = Side::new(1).await;
    provide(&side, [&base, &file]).await;
    let held = [
        world.versions[0].clone(),
        GatewayEntry::Artifact(ArtifactBlob {
            artifact: 0,
            organisation: 3,
            blob: program_file.clone(),
            access: Access::Validators,
            readers: vec![],
            pending: false,
        }),
    ];
    let mut seen = Vec::new();
    for number in 0..REQUESTS / BATCH {
        let asked = batch(&program, number);
        provide(&side, asked.iter().map(|(input, _)| input)).await;
        let inputs = asked.iter().map(|(input, _)| GatewayEntry::Shared(blob(input)));
        let view: Vec<_> = held.iter().cloned().chain(inputs).collect();
        side.show(&view, vec![]).await;
        for (input, request) in &asked {
            vote(&mut side, &program_file, input, request.task).await;
        }
        let work = InferTask {
            batch: number as u32,
            model: 0,
            version: 0,
            file: blob(&base),
            frozen_base: None,
            program_file: program_file.clone(),
            requests: asked.iter().map(|(_, request)| request.clone()).collect(),
            seed: Hash::repeat_byte(number as u8),
        };
        let job = Hash::from(root(&(number as u64).to_le_bytes()));
        let compute = Task::Compute {
            job,
            kind: KIND,
            exact_version: EXACT_VERSION,
            work: work.encode(),
        };
        let Ok(Output::Outcome(outcome)) = side.run(compute, PATIENCE).await.1 else {
            panic!("batch {number} has no outcome");
        };
        let outcome = Outcome::decode_all(&mut &outcome[..]).unwrap();
        let detail = BlobRef {
            root: outcome.infer().unwrap().detail,
            len: BATCH as u64 * ROW_BYTES,
        };
        let rows = side.run(Task::AnswerRows { detail }, PATIENCE).await.1;
        assert!(
            matches!(&rows, Ok(Output::Answers(rows)) if rows.len() == BATCH),
            "{rows:?}"
        );
        let done = (number + 1) * BATCH;
        if LOOKS.contains(&done) {
            let bytes = resident();
            println!("{done} requests: {:.1} MiB resident", bytes as f64 / f64::from(1 << 20));
            seen.push(bytes);
        }
    }
    let growth = seen[2].saturating_sub(seen[1]);
    assert!(
        growth < MOST_GROWTH,
        "{growth} bytes more after {REQUESTS} requests than after {}",
        LOOKS[1]
    );
    side.running.stop().await;
}
