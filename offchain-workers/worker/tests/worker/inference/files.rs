//! A version, a program, and requests for it, with what the reference answers.

use super::*;
use codec::Encode;
use quorate_exact::{infer::Tensor, root, ModelHeader};
use quorate_inference::{answer, write};
use quorate_primitives::{
    job::infer::{detail_bytes, AnswerRow, Choice, Generation, Request, Task as Ask, EXACT_VERSION, KIND},
    policy::Access,
    views::{
        gateway::{ArtifactBlob, GatewayEntry},
        inference::InferTask,
    },
    Hash,
};
use quorate_program::{
    op::Binary, Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Program, Type, Value,
};

pub const NAME: &str = "block.bias";
const SIZE: usize = 53;
const SEED: [u8; 32] = [4; 32];

/// The logits of a token: a row of a table, times the bias.
pub fn program(tensor: &str) -> Program {
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

pub fn generate(max_tokens: u32, stop: Option<u32>) -> Ask {
    Ask::Generate(Generation {
        max_tokens,
        choice: Choice::Drawn {
            temperature: 0.7f32.to_bits(),
            top: 9,
        },
        stop,
    })
}

pub struct Files {
    pub world: World,
    pub program: Vec<u8>,
    pub inputs: Vec<Vec<u8>>,
    pub requests: Vec<Request>,
}

impl Files {
    pub fn new(tensor: &str) -> Self {
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

    pub fn all(&self) -> Vec<&Vec<u8>> {
        [&self.world.files.base, &self.program]
            .into_iter()
            .chain(&self.inputs)
            .collect()
    }

    pub fn view(&self) -> Vec<GatewayEntry> {
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

    pub fn work(&self) -> Vec<u8> {
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

    pub fn task(&self, job: u8) -> Task {
        Task::Compute {
            job: Hash::repeat_byte(job),
            kind: KIND,
            exact_version: EXACT_VERSION,
            work: self.work(),
        }
    }

    /// The same job, of others, who agreed on this.
    pub fn spot_check(&self, agreed: Vec<u8>) -> Task {
        Task::SpotCheck {
            job: Hash::repeat_byte(9),
            kind: KIND,
            exact_version: EXACT_VERSION,
            work: self.work(),
            agreed,
        }
    }

    /// The outcome by the reference, as bytes.
    pub fn named(&self) -> Vec<u8> {
        let rows: Vec<AnswerRow> = self.expected().into_iter().map(|(row, _)| row).collect();
        let named = InferOutcome::new(&rows, root(&detail_bytes(&rows)).into());
        Outcome::from(named).encode()
    }

    /// Rows and answers by the reference.
    pub fn expected(&self) -> Vec<(AnswerRow, Vec<u8>)> {
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
