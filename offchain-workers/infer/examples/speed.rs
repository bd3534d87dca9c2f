//! Speed of runs as JSON lines: `speed encode P.qp M.safetensors LENGTH BATCH,… THREADS,… SECONDS` of a program over token ids, `speed decode
//! LAYERS THREADS,… SECONDS` of a Llama of SmolLM2-135M's sizes with numbers of no meaning: producing a transcript, and checking it by one prefill.

use std::{sync::Arc, time::Instant};

use quorate_exact::infer::Tensor;
use quorate_infer::{Model, Options, Runner, Session, TensorBytes, Tensors};
use quorate_infer_kernels::{Isa, Level};
use quorate_program::{
    op, Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Real, Type, Value,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["encode", program, model, length, batches, threads, seconds] => encode(
            [program, model],
            length.parse().expect("a length"),
            &list(batches),
            &list(threads),
            seconds.parse().expect("seconds"),
        ),
        ["decode", layers, threads, seconds] => {
            decode(
                layers.parse().expect("layers"),
                &list(threads),
                seconds.parse().expect("seconds"),
            );
        }
        _ => {
            eprintln!("speed encode P.qp M.safetensors LENGTH BATCH,... THREADS,... SECONDS\nspeed decode LAYERS THREADS,... SECONDS");
            std::process::exit(2);
        }
    }
}

fn list(text: &str) -> Vec<usize> {
    text.split(',')
        .map(|number| number.parse().expect("a number"))
        .collect()
}

/// The level that `QUORATE_ISA` names, else the best.
fn isa() -> Isa {
    let level = match std::env::var("QUORATE_ISA").as_deref() {
        Ok("scalar") => Level::Scalar,
        Ok("avx2") => Level::Avx2,
        Ok("avx512") => Level::Avx512,
        _ => return Isa::detect(),
    };
    Isa::with(level).expect("a level that this machine has")
}

fn options(threads: usize) -> Options {
    Options {
        isa: isa(),
        threads,
        ..Options::default()
    }
}

/// The median of runs for so many seconds, at least three, in milliseconds.
fn median(seconds: f64, mut run: impl FnMut()) -> f64 {
    run();
    let (start, mut times) = (Instant::now(), vec![]);
    while times.len() < 3 || start.elapsed().as_secs_f64() < seconds {
        let begin = Instant::now();
        run();
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A safetensors file.
struct Safetensors {
    header: serde_json::Value,
    shapes: std::collections::HashMap<String, Vec<u64>>,
    file: Vec<u8>,
}

impl Safetensors {
    fn read(path: &str) -> Self {
        let file = std::fs::read(path).expect("a model's file");
        let len = u64::from_le_bytes(file[..8].try_into().expect("a length")) as usize;
        let header: serde_json::Value = serde_json::from_slice(&file[8..8 + len]).expect("a header");
        let shape = |entry: &serde_json::Value| {
            let sizes = entry["shape"].as_array().map(Vec::as_slice).unwrap_or(&[]);
            sizes.iter().map(|size| size.as_u64().expect("a size")).collect()
        };
        let entries = header.as_object().expect("tensors").iter();
        let shapes = entries.map(|(name, entry)| (name.clone(), shape(entry))).collect();
        Self { header, shapes, file }
    }
}

impl Tensors for Safetensors {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        let entry = self.header.get(name)?;
        let data = 8 + u64::from_le_bytes(self.file[..8].try_into().ok()?) as usize;
        let at = |i: usize| Some(data + entry["data_offsets"][i].as_u64()? as usize);
        Some(TensorBytes {
            shape: self.shapes.get(name)?,
            element: match entry["dtype"].as_str()? {
                "F32" => Ok(Type::F32),
                "I64" => Ok(Type::I64),
                "I8" => Ok(Type::I8),
                "U8" => Ok(Type::U8),
                _ => Err("other elements"),
            },
            bytes: self.file.get(at(0)?..at(1)?)?,
        })
    }
}

fn encode([program, model]: [&str; 2], length: usize, batches: &[usize], threads: &[usize], seconds: f64) {
    let program = Program::decode(&std::fs::read(program).expect("a program's file")).expect("a program");
    let tensors = Safetensors::read(model);
    // Token ids, then masks of ones, then types of zeros: by the names that exporters use.
    let request = |seed: usize| -> Vec<Value> {
        let inputs = program.graph().inputs.iter();
        let value = |input: &Input| {
            let shape: Vec<usize> = input.shape.iter().map(|d| d.size().unwrap_or(length)).collect();
            let count = shape.iter().product::<usize>();
            let id = |i: usize| match input.name.as_str() {
                name if name.contains("mask") => 1,
                name if name.contains("type") => 0,
                _ => ((i * 7919 + seed * 104_729) % 20_000 + 1_000) as i64,
            };
            Value::I64(Tensor::new(shape, (0..count).map(id).collect()).expect("a request"))
        };
        inputs.map(value).collect()
    };
    for &threads in threads {
        let begin = Instant::now();
        let model = Arc::new(Model::new(program.clone(), &tensors, options(threads)).expect("a model"));
        let load = begin.elapsed().as_secs_f64() * 1e3;
        let mut runner = Runner::new(model.clone());
        for &batch in batches {
            let requests: Vec<Vec<Value>> = (0..batch).map(request).collect();
            let requests: Vec<&[Value]> = requests.iter().map(Vec::as_slice).collect();
            let mut digest = String::new();
            let ms = median(seconds, || {
                let answers = runner.run_batch(&requests, &|_, _| true).expect("answers");
                let first = answers[0].as_ref().expect("no fault")[0].bytes();
                digest = blake3::hash(&first).to_hex()[..16].to_owned();
            });
            println!(
                "{{\"engine\":\"quorate\",\"isa\":\"{}\",\"threads\":{threads},\"batch\":{batch},\"length\":{length},\"ms\":{ms:.3},\"load_ms\":{load:.0},\"model_mb\":{:.1},\"run_mb\":{:.1},\"digest\":\"{digest}\"}}",
                isa().level(),
                model.bytes() as f64 / 1e6,
                runner.memory() as f64 / 1e6,
            );
        }
    }
}

const VOCABULARY: usize = 49_152;
const WIDTH: usize = 576;
const INNER: usize = 1_536;
const HEADS: usize = 9;
const GROUPS: usize = 3;
const SIZE: usize = 64;

fn decode(layers: usize, threads: &[usize], seconds: f64) {
    let (program, tensors) = llama(layers);
    for &threads in threads {
        let model = Arc::new(Model::new(program.clone(), &tensors, options(threads)).expect("a model"));
        let mut runner = Runner::new(model.clone());
        let mut session = Session::new(model.clone(), 256).expect("a causal program");
        let ids = |from: usize, count: usize| {
            let id = |i: usize| ((from + i) * 7919 % VOCABULARY) as i64;
            Value::I64(Tensor::new(vec![count], (0..count).map(id).collect()).expect("ids"))
        };
        const PROMPT: usize = 64;
        const ANSWER: usize = 64;
        runner
            .extend(&mut session, &[ids(0, PROMPT)], PROMPT, &mut |_| {})
            .expect("a prompt");
        let mut bytes = vec![];
        let ms = median(seconds, || {
            session.truncate(PROMPT);
            bytes.clear();
            for position in PROMPT..PROMPT + ANSWER {
                let next = [ids(position, 1)];
                let rows = runner
                    .step(&mut [&mut session], &[&next])
                    .expect("a step")
                    .remove(0)
                    .expect("no fault");
                bytes.extend(rows[0].bytes());
            }
        });
        let mut checked = vec![];
        let check = median(seconds, || {
            session.truncate(PROMPT);
            checked.clear();
            let transcript = ids(PROMPT, ANSWER);
            runner
                .extend(&mut session, &[transcript], ANSWER, &mut |rows| {
                    checked.extend(rows[0].bytes())
                })
                .expect("a check");
        });
        assert!(bytes == checked, "a transcript's logits");
        // The embeddings are read as the last product's weights.
        let read: usize = tensors.0.iter().map(|(.., data)| data.len()).sum();
        let per_token = ms / ANSWER as f64;
        println!(
            "{{\"engine\":\"quorate\",\"isa\":\"{}\",\"threads\":{threads},\"layers\":{layers},\"tokens_s\":{:.1},\"weights_gb_s\":{:.2},\"produce_ms\":{ms:.0},\"check_ms\":{check:.0},\"check_share\":{:.3},\"read_gb_s\":{:.2},\"model_mb\":{:.1},\"run_mb\":{:.1},\"digest\":\"{}\"}}",
            isa().level(),
            1e3 / per_token,
            read as f64 / per_token / 1e6,
            check / ms,
            bandwidth(threads, seconds),
            model.bytes() as f64 / 1e6,
            runner.memory() as f64 / 1e6,
            &blake3::hash(&checked).to_hex()[..16],
        );
    }
}

/// GB/s at which memory of the weights' size is read and added up.
fn bandwidth(threads: usize, seconds: f64) -> f64 {
    let data = vec![1u64; 1 << 26];
    let mut total = 0u64;
    let ms = median(seconds.min(2.0), || {
        std::thread::scope(|scope| {
            let parts: Vec<_> = data
                .chunks(data.len().div_ceil(threads))
                .map(|part| scope.spawn(move || part.iter().fold(0u64, |sum, x| sum.wrapping_add(*x))))
                .collect();
            total = parts.into_iter().map(|part| part.join().expect("a sum")).sum();
        });
    });
    assert_eq!(total, data.len() as u64);
    8.0 * data.len() as f64 / ms / 1e6
}

struct Named(Vec<(String, Vec<u64>, Vec<u8>)>);

impl Tensors for Named {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        let (_, shape, bytes) = self.0.iter().find(|(own, ..)| own == name)?;
        let element = Ok(Type::F32);
        Some(TensorBytes { shape, element, bytes })
    }
}

/// Tensors in the making: names, shapes, numbers.
fn tensor(graph: &mut Graph, tensors: &mut Named, shape: &[usize], size: f32) -> u32 {
    let name = format!("t{}", graph.tensors.len());
    let shape: Vec<u64> = shape.iter().map(|&d| d as u64).collect();
    let count = shape.iter().product::<u64>();
    let mut state = 88_172_645_463_325_252u64 ^ (graph.tensors.len() as u64) << 32;
    let mut number = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / 8_388_608.0 - 1.0) * size
    };
    tensors.0.push((
        name.clone(),
        shape.clone(),
        (0..count).flat_map(|_| number().to_le_bytes()).collect(),
    ));
    let element = Type::F32;
    graph.tensors.push(ModelTensor { name, shape, element });
    graph.tensors.len() as u32
}

fn llama(layers: usize) -> (Program, Named) {
    let tokens = Expression::dimension("tokens");
    let name = "tokens".to_owned();
    let mut graph = Graph {
        dimensions: vec![Dimension {
            max: 8_192,
            min: 1,
            name: name.clone(),
        }],
        inputs: vec![Input {
            name,
            shape: vec![tokens.clone()],
            element: Type::I64,
        }],
        ..Graph::default()
    };
    let mut tensors = Named(vec![]);
    let mut of = |shape: &[usize], size: f32| tensor(&mut graph, &mut tensors, shape, size);
    let embedding = of(&[VOCABULARY, WIDTH], 1.0);
    let weights: Vec<[u32; 9]> = (0..layers)
        .map(|_| {
            [
                of(&[WIDTH], 1.0),
                of(&[HEADS * SIZE, WIDTH], 0.05),
                of(&[GROUPS * SIZE, WIDTH], 0.05),
                of(&[GROUPS * SIZE, WIDTH], 0.05),
                of(&[WIDTH, HEADS * SIZE], 0.05),
                of(&[WIDTH], 1.0),
                of(&[INNER, WIDTH], 0.05),
                of(&[INNER, WIDTH], 0.05),
                of(&[WIDTH, INNER], 0.05),
            ]
        })
        .collect();
    let last = of(&[WIDTH], 1.0);
    let inverse: Vec<f32> = (0..SIZE / 2)
        .map(|i| 1e4f32.powf(-2.0 * i as f32 / SIZE as f32).min(1.0))
        .collect();
    graph.constants.push(Constant {
        shape: vec![SIZE as u64 / 2],
        element: Type::F32,
        bytes: inverse.iter().flat_map(|f| f.to_le_bytes()).collect(),
    });
    let inverse = 1 + graph.tensors.len() as u32;
    let mut next = inverse + 1;
    let mut nodes = vec![];
    let mut node = |op: Op, operands: &[u32]| {
        nodes.push(Node {
            operands: operands.to_vec(),
            op,
        });
        next += 1;
        next - 1
    };
    let real = |x: f32| Real::new(x).expect("a number");
    let shape = |rest: &[usize]| -> Vec<Expression> {
        core::iter::once(tokens.clone())
            .chain(rest.iter().map(|&d| (d as i64).into()))
            .collect()
    };
    let add = Op::Binary(op::Binary::Add);
    let norm = Op::RmsNorm { epsilon: real(1e-5) };
    let mut x = node(Op::Gather { axis: 0 }, &[embedding, 0]);
    for [before, q, k, v, o, after, gate, up, down] in weights {
        let h = node(norm.clone(), &[x, before]);
        let [q, k, v] = [(q, HEADS), (k, GROUPS), (v, GROUPS)].map(|(w, heads)| {
            let y = node(Op::Linear, &[h, w]);
            node(
                Op::Reshape {
                    shape: shape(&[heads, SIZE]),
                },
                &[y],
            )
        });
        let [q, k] = [q, k].map(|x| node(Op::Rope { largest: 8_191 }, &[x, inverse]));
        let y = node(
            Op::Attention {
                causal: true,
                scale: real(0.125),
            },
            &[q, k, v],
        );
        let y = node(
            Op::Reshape {
                shape: shape(&[HEADS * SIZE]),
            },
            &[y],
        );
        let y = node(Op::Linear, &[y, o]);
        x = node(add.clone(), &[x, y]);
        let h = node(norm.clone(), &[x, after]);
        let gate = node(Op::Linear, &[h, gate]);
        let gate = node(Op::Unary(op::Unary::Silu), &[gate]);
        let up = node(Op::Linear, &[h, up]);
        let y = node(Op::Binary(op::Binary::Mul), &[gate, up]);
        let y = node(Op::Linear, &[y, down]);
        x = node(add.clone(), &[x, y]);
    }
    let x = node(norm, &[x, last]);
    let logits = node(Op::Linear, &[x, embedding]);
    graph.nodes = nodes;
    graph.outputs = vec![Output {
        name: "logits".into(),
        value: logits,
    }];
    (Program::new(graph).expect("a program"), tensors)
}
