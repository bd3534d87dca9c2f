//! Speed of runs as JSON lines: `time` of a program with a model's tensors, `decode` of a Llama of SmolLM2-135M's sizes with numbers of no meaning:
//! producing a transcript, and checking it by one prefill. `check` compares a run with the reference.

use std::{sync::Arc, time::Instant};

use quorate_exact::infer::Tensor;
use quorate_infer::{Model, Options, Runner, Session, TensorBytes, Tensors};
use quorate_infer_kernels::{Isa, Level};
use quorate_program::{
    op, Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Real, Sizes, Type, Value,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["time", program, model, at, batches, threads, seconds] => time(
            [program, model],
            &sizes(at),
            &list(batches),
            &list(threads),
            seconds.parse().expect("seconds"),
        ),
        ["profile", program, model, at, batch] => {
            profile([program, model], &sizes(at), batch.parse().expect("a batch"))
        }
        ["check", program, model, at] => check([program, model], &sizes(at)),
        ["decode", layers, threads, seconds] => {
            decode(
                layers.parse().expect("layers"),
                &list(threads),
                seconds.parse().expect("seconds"),
            );
        }
        _ => {
            eprintln!(
                "speed time P.qp M.safetensors NAME=SIZE,... BATCH,... THREADS,... SECONDS\nspeed profile P.qp M.safetensors NAME=SIZE,... BATCH\nspeed check P.qp M.safetensors NAME=SIZE,...\nspeed decode LAYERS THREADS,... SECONDS"
            );
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

/// What runs take for so many seconds, at least three: their median, and on one thread the processor's time of each, in milliseconds. The second
/// one says more where others work on the machine too.
fn measured(seconds: f64, mut run: impl FnMut()) -> [f64; 2] {
    run();
    let (start, busy, mut times) = (Instant::now(), busy(), vec![]);
    while times.len() < 3 || start.elapsed().as_secs_f64() < seconds {
        let begin = Instant::now();
        run();
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    let busy = (self::busy() - busy) / times.len() as f64;
    times.sort_by(f64::total_cmp);
    [times[times.len() / 2], busy]
}

/// Milliseconds that this thread has had the processor.
fn busy() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|ns| ns.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1e6
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

/// Sizes as `NAME=N,NAME=N`; none of `-`.
fn sizes(text: &str) -> Sizes {
    let pair = |part: &str| {
        let (name, size) = part.split_once('=').expect("NAME=N");
        (name.to_owned(), size.parse().expect("a size"))
    };
    text.split(',').filter(|part| *part != "-").map(pair).collect()
}

/// Inputs of these sizes: numbers around 0; integers by the names that exporters use, masks of ones and types of zeros, others token ids.
fn request(program: &Program, sizes: &Sizes, seed: usize) -> Vec<Value> {
    let value = |input: &Input| {
        let size = |d: &Expression| d.value(sizes).expect("a size for each dimension") as usize;
        let shape: Vec<usize> = input.shape.iter().map(size).collect();
        let count = shape.iter().product::<usize>();
        let word = |i: usize| (i * 7919 + seed * 104_729) % 20_000;
        let id = |i: usize| match input.name.as_str() {
            name if name.contains("mask") => 1,
            name if name.contains("type") => 0,
            _ => (word(i) + 1_000) as i64,
        };
        let shaped = "an input";
        match input.element {
            Type::F32 => {
                Value::F32(Tensor::new(shape, (0..count).map(|i| word(i) as f32 / 1e4 - 1.0).collect()).expect(shaped))
            }
            Type::I64 => Value::I64(Tensor::new(shape, (0..count).map(id).collect()).expect(shaped)),
            Type::I32 => {
                Value::I32(Tensor::new(shape, (0..count).map(|i| word(i) as i32 % 200).collect()).expect(shaped))
            }
            other => panic!("no numbers of {other} are made up"),
        }
    };
    program.graph().inputs.iter().map(value).collect()
}

fn digest(outputs: &[Value]) -> String {
    let mut hasher = blake3::Hasher::new();
    outputs.iter().for_each(|output| {
        hasher.update(&output.bytes());
    });
    hasher.finalize().to_hex()[..16].to_owned()
}

fn read([program, model]: [&str; 2]) -> (Program, Safetensors) {
    let file = std::fs::read(program).expect("a program's file");
    (Program::decode(&file).expect("a program"), Safetensors::read(model))
}

fn time(files: [&str; 2], sizes: &Sizes, batches: &[usize], threads: &[usize], seconds: f64) {
    let (program, tensors) = read(files);
    for &threads in threads {
        let begin = Instant::now();
        let model = Arc::new(Model::new(program.clone(), &tensors, options(threads)).expect("a model"));
        let load = begin.elapsed().as_secs_f64() * 1e3;
        let mut runner = Runner::new(model.clone());
        for &batch in batches {
            let requests: Vec<Vec<Value>> = (0..batch).map(|seed| request(&program, sizes, seed)).collect();
            let requests: Vec<&[Value]> = requests.iter().map(Vec::as_slice).collect();
            let mut first = String::new();
            let [ms, cpu] = measured(seconds, || {
                let answers = runner.run_batch(&requests, &|_, _| true).expect("answers");
                first = digest(answers[0].as_ref().expect("no fault"));
            });
            println!(
                "{{\"engine\":\"quorate\",\"isa\":\"{}\",\"threads\":{threads},\"batch\":{batch},\"ms\":{ms:.3},\"cpu_ms\":{cpu:.3},\"load_ms\":{load:.0},\"model_mb\":{:.1},\"run_mb\":{:.1},\"digest\":\"{first}\"}}",
                isa().level(),
                model.bytes() as f64 / 1e6,
                runner.memory() as f64 / 1e6,
            );
        }
    }
}

/// Milliseconds of each kind of step, in one of many runs: the least of each step's.
fn profile(files: [&str; 2], sizes: &Sizes, batch: usize) {
    let (program, tensors) = read(files);
    let model = Arc::new(Model::new(program.clone(), &tensors, options(1)).expect("a model"));
    let names = model.steps();
    let mut runner = Runner::new(model);
    let requests: Vec<Vec<Value>> = (0..batch).map(|seed| request(&program, sizes, seed)).collect();
    let requests: Vec<&[Value]> = requests.iter().map(Vec::as_slice).collect();
    let mut least = vec![f64::INFINITY; names.len()];
    for _ in 0..50 {
        let times = std::sync::Mutex::new(vec![]);
        runner
            .run_batch(&requests, &|_, _| {
                times.lock().expect("a lock").push(Instant::now());
                true
            })
            .expect("answers");
        let mut times = times.into_inner().expect("a lock");
        times.push(Instant::now());
        for (least, pair) in least.iter_mut().zip(times.windows(2)) {
            *least = least.min((pair[1] - pair[0]).as_secs_f64() * 1e3);
        }
    }
    let mut kinds: std::collections::BTreeMap<&str, (usize, f64)> = std::collections::BTreeMap::new();
    for (name, ms) in names.iter().zip(least) {
        let kind = kinds.entry(name).or_default();
        *kind = (kind.0 + 1, kind.1 + ms);
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by(|a, b| b.1 .1.total_cmp(&a.1 .1));
    for (name, (count, ms)) in kinds {
        println!("{ms:9.3} ms {count:4} {name}");
    }
}

/// The same bits as the reference, on all levels of instructions.
fn check(files: [&str; 2], sizes: &Sizes) {
    let (program, tensors) = read(files);
    let inputs = request(&program, sizes, 0);
    let held: Vec<Value> = program
        .graph()
        .tensors
        .iter()
        .map(|wanted| {
            let given = tensors.tensor(&wanted.name).expect("the program's tensors");
            let shape: Vec<usize> = given.shape.iter().map(|&d| d as usize).collect();
            Value::from_bytes(wanted.element, &shape, given.bytes).expect("values")
        })
        .collect();
    let begin = Instant::now();
    let expected = digest(&program.run(inputs.clone(), &held).expect("no fault"));
    println!("{expected} reference, {:.0} ms", begin.elapsed().as_secs_f64() * 1e3);
    for isa in Isa::available() {
        for threads in [1, 2] {
            let options = Options {
                isa,
                ..options(threads)
            };
            let model = Arc::new(Model::new(program.clone(), &tensors, options).expect("a model"));
            let mut runner = Runner::new(model);
            let begin = Instant::now();
            let got = digest(&runner.run(&inputs).expect("no fault"));
            println!(
                "{got} {}, {threads} threads, {:.0} ms",
                isa.level(),
                begin.elapsed().as_secs_f64() * 1e3
            );
            assert_eq!(got, expected);
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
            .extend(&mut session, &[ids(0, PROMPT)], PROMPT, &|_, _| true, &mut |_| true)
            .expect("a prompt");
        let mut bytes = vec![];
        let [ms, cpu] = measured(seconds, || {
            session.truncate(PROMPT);
            bytes.clear();
            for position in PROMPT..PROMPT + ANSWER {
                let next = [ids(position, 1)];
                let rows = runner
                    .step(&mut [&mut session], &[&next], &|_, _| true)
                    .expect("a step")
                    .remove(0)
                    .expect("no fault");
                bytes.extend(rows[0].bytes());
            }
        });
        let mut checked = vec![];
        let [check, check_cpu] = measured(seconds, || {
            session.truncate(PROMPT);
            checked.clear();
            let transcript = ids(PROMPT, ANSWER);
            runner
                .extend(&mut session, &[transcript], ANSWER, &|_, _| true, &mut |rows| {
                    checked.extend(rows[0].bytes());
                    true
                })
                .expect("a check");
        });
        assert!(bytes == checked, "a transcript's logits");
        // The embeddings are read as the last product's weights.
        let read: usize = tensors.0.iter().map(|(.., data)| data.len()).sum();
        let per_token = ms / ANSWER as f64;
        let [read_wall, read_busy] = bandwidth(threads, seconds);
        // By the processor's time where it is known, which others on the machine disturb less.
        let share = match threads {
            1 => read as f64 * ANSWER as f64 / cpu / 1e6 / read_busy,
            _ => read as f64 / per_token / 1e6 / read_wall,
        };
        println!(
            "{{\"engine\":\"quorate\",\"isa\":\"{}\",\"threads\":{threads},\"layers\":{layers},\"tokens_s\":{:.1},\"weights_gb_s\":{:.2},\"produce_ms\":{ms:.0},\"produce_cpu_ms\":{cpu:.0},\"check_ms\":{check:.0},\"check_cpu_ms\":{check_cpu:.0},\"check_share\":{:.3},\"read_gb_s\":{read_wall:.2},\"share_of_reading\":{:.2},\"model_mb\":{:.1},\"run_mb\":{:.1},\"digest\":\"{}\"}}",
            isa().level(),
            1e3 / per_token,
            read as f64 / per_token / 1e6,
            check / ms,
            share,
            model.bytes() as f64 / 1e6,
            runner.memory() as f64 / 1e6,
            &blake3::hash(&checked).to_hex()[..16],
        );
    }
}

/// GB/s at which memory is read and added up: by the clock, and on one thread by the processor's time.
fn bandwidth(threads: usize, seconds: f64) -> [f64; 2] {
    let data = vec![1u64; 1 << 26];
    let sum = |part: &[u64]| {
        // Several sums, so that none waits for itself.
        let mut sums = [0u64; 64];
        for block in part.chunks_exact(64) {
            sums.iter_mut()
                .zip(block)
                .for_each(|(sum, x)| *sum = sum.wrapping_add(*x));
        }
        sums.iter().sum::<u64>()
    };
    let mut total = 0u64;
    let times = measured(seconds.min(2.0), || {
        total = match threads {
            1 => sum(std::hint::black_box(&data)),
            _ => std::thread::scope(|scope| {
                let parts = data.chunks(data.len().div_ceil(threads));
                let parts: Vec<_> = parts.map(|part| scope.spawn(move || sum(part))).collect();
                parts.into_iter().map(|part| part.join().expect("a sum")).sum()
            }),
        };
    });
    assert_eq!(total, data.len() as u64);
    times.map(|ms| 8.0 * data.len() as f64 / ms / 1e6)
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
