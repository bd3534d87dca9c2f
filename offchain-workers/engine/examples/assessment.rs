//! Time and peak memory of one assessment: a network of layers, updates of organisations, and sealed shards of rows.
//!
//! Makes its files first, in a temporary folder, and aggregates the updates, for the version and the products. Prints a row of
//! docs/measurements/assessment.md: the size of a version, rows that are run in all, the median of several runs' seconds, and the largest
//! resident set.

use clap::Parser;
use quorate_data_set::{DataSet, Row};
use quorate_engine::{
    selftest::contributor, AggregateInput, AssessInput, Assessed, BlobFile, Control, Engine, Settings, TileEngine,
    WeightedFile,
};
use quorate_evaluation::assessment::{rows_run, Fewest, Update};
use quorate_exact::{infer::Tensor, Detail, Dtype, Kind, ModelHeader, Pipeline, Role, Root, Rule, TensorSpec};
use quorate_program::{
    op::{Binary, Reduction, Unary},
    Graph, Input, ModelTensor, Node, Op, Output, Program, Sizes, Type, Value,
};
use std::{fs::File, io::Write, path::Path, time::Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
struct Arguments {
    /// Inputs of the network, outputs of each layer.
    #[arg(long, value_delimiter = ',', default_value = "64,32,10")]
    layers: Vec<u32>,
    /// Organisations, with one update each.
    #[arg(long, default_value_t = 8)]
    organisations: u32,
    #[arg(long, default_value_t = 4)]
    shards: u32,
    /// Of each shard.
    #[arg(long, default_value_t = 1_000)]
    rows: u32,
    /// Rows of a public data set beside them.
    #[arg(long, default_value_t = 1_000)]
    benchmark: u32,
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Of the engine; all unless set.
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let mut settings = Settings::default();
    settings.threads = arguments.threads.unwrap_or(settings.threads);
    let engine = TileEngine::new(settings);
    let input = make_input(folder.path(), &engine, &arguments)?;
    let mut seconds = Vec::new();
    for _ in 0..arguments.runs.max(1) {
        let start = Instant::now();
        match engine.assess(&input, &Control::default())? {
            Assessed::Done { detail, .. } if detail.counted().count_ones() == arguments.shards => (),
            other => return Err(format!("it is not assessed on all shards: {other:?}").into()),
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let rows = u64::from(arguments.shards) * u64::from(arguments.rows);
    let run = rows_run(arguments.benchmark.into(), rows, Some(arguments.organisations as usize));
    println!(
        "| {:?} | {:.2} MB | {} | {} × {}, {} | {} | {} | {:.2} s | {} |",
        arguments.layers,
        input.base.len() as f64 / 1e6,
        arguments.organisations,
        arguments.shards,
        arguments.rows,
        arguments.benchmark,
        run.unwrap_or_default(),
        engine.name(),
        seconds[seconds.len() / 2],
        peak()?,
    );
    Ok(())
}

fn make_input(folder: &Path, engine: &TileEngine, arguments: &Arguments) -> Result<AssessInput> {
    let layers = &arguments.layers;
    let header = header(layers)?;
    let model = |seed: u64| make(&header, seed, 0.1);
    let base = BlobFile::of(file(&model(1))?)?;
    let updates = (0..arguments.organisations).map(|organisation| {
        let header = header.update_header(&base.root(), &contributor(organisation as usize));
        make(&header, 100 + u64::from(organisation), 0.001)
    });
    let updates: Vec<Vec<u8>> = updates.collect();
    let round = AggregateInput {
        pipeline: Pipeline::from(Rule::WeightedMean),
        seed: Root::default(),
        base: BlobFile::of(file(&model(1))?)?,
        previous: Some(BlobFile::of(file(&model(2))?)?),
        optimiser: None,
        inputs: updates.iter().map(|bytes| weighted(bytes)).collect::<Result<_>>()?,
    };
    let version = folder.join("version");
    let made = engine.aggregate(&round, &version, &Control::default())?;
    let shard = |supplier: u32| {
        Ok((
            supplier,
            BlobFile::of(file(&data(layers, arguments.rows, 200 + supplier)?)?)?,
        ))
    };
    let update = |(organisation, bytes): (u32, &Vec<u8>)| {
        let update = Update {
            organisation,
            weight: 1,
        };
        Ok((update, BlobFile::of(file(bytes)?)?))
    };
    let benchmark = match arguments.benchmark {
        0 => None,
        rows => Some(BlobFile::of(file(&data(layers, rows, 199)?)?)?),
    };
    Ok(AssessInput {
        base,
        version: BlobFile::of(File::open(&version)?)?,
        frozen_base: None,
        program: BlobFile::of(file(&program(layers)?.encode())?)?,
        benchmark,
        shards: (0..arguments.shards).map(shard).collect::<Result<_>>()?,
        updates: (0..).zip(&updates).map(update).collect::<Result<_>>()?,
        aggregation: Detail::decode(&made.detail)?,
        contribution: Some(Fewest {
            rows: arguments.rows,
            shards: arguments.shards,
        }),
        operations: u64::MAX,
        folder: folder.to_path_buf(),
    })
}

fn weighted(bytes: &[u8]) -> Result<WeightedFile> {
    Ok(WeightedFile {
        file: file(bytes)?,
        weight: 1,
        root: quorate_exact::root(bytes),
    })
}

fn file(bytes: &[u8]) -> Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    Ok(file)
}

/// Weights of each layer, [outputs, inputs].
fn header(layers: &[u32]) -> Result<ModelHeader> {
    let tensor = |(number, pair): (usize, &[u32])| TensorSpec {
        name: weights(number),
        dtype: Dtype::F32,
        shape: vec![pair[1].into(), pair[0].into()],
        role: Role::Train,
        scale: 24,
        original_dtype: Dtype::F32,
        aliases: vec![],
    };
    let specs = layers.windows(2).enumerate().map(tensor).collect();
    Ok(ModelHeader::build(Kind::Model, specs)?)
}

fn weights(layer: usize) -> String {
    format!("layer.{layer}.weight")
}

fn make(header: &ModelHeader, seed: u64, range: f32) -> Vec<u8> {
    let values = numbers(seed, header.data_len() as usize / 4);
    let bytes = values.flat_map(|unit| (unit * range).to_le_bytes());
    header.encode().into_iter().chain(bytes).collect()
}

/// Numbers from −1 to 1 that look random.
fn numbers(seed: u64, count: usize) -> impl Iterator<Item = f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    })
}

/// Layers with Relu between them, and the logarithm of what Softmax gives the label.
fn program(layers: &[u32]) -> Result<Program> {
    let pairs = || layers.windows(2);
    let (count, mut nodes, mut x) = (pairs().count() as u32, Vec::new(), 0);
    let sources = 2 + count;
    let mut node = |operands: Vec<u32>, op| {
        nodes.push(Node { operands, op });
        sources + nodes.len() as u32 - 1
    };
    for layer in 0..count {
        if layer > 0 {
            x = node(vec![x], Op::Unary(Unary::Relu));
        }
        x = node(vec![x, 2 + layer], Op::Linear);
    }
    let parts = node(vec![x], Op::Softmax { axis: 1 });
    let own = node(vec![parts, 1], Op::Binary(Binary::Mul));
    let sum = Op::Reduce {
        axes: vec![0, 1],
        how: Reduction::Sum,
        keep: false,
    };
    let sum = node(vec![own], sum);
    let log = node(vec![sum], Op::Unary(Unary::Log));
    let loss = node(vec![log], Op::Unary(Unary::Neg));
    let tensor = |(number, pair): (usize, &[u32])| ModelTensor {
        name: weights(number),
        shape: vec![pair[1].into(), pair[0].into()],
        element: Type::F32,
    };
    let graph = Graph {
        inputs: columns(layers),
        tensors: pairs().enumerate().map(tensor).collect(),
        nodes,
        outputs: vec![Output {
            name: "loss".into(),
            value: loss,
        }],
        ..Graph::default()
    };
    Ok(Program::new(graph)?)
}

/// The first and the last size of the layers.
fn ends(layers: &[u32]) -> [(&'static str, usize); 2] {
    let end = |size: Option<&u32>| size.copied().unwrap_or_default() as usize;
    [("x", end(layers.first())), ("y", end(layers.last()))]
}

fn columns(layers: &[u32]) -> Vec<Input> {
    let column = |(name, size): (&str, usize)| Input {
        name: name.into(),
        shape: vec![1.into(), (size as i64).into()],
        element: Type::F32,
    };
    ends(layers).map(column).into()
}

/// Rows of random inputs, each with a 1 in the place of its class.
fn data(layers: &[u32], rows: u32, seed: u32) -> Result<Vec<u8>> {
    let [(_, inputs), (_, classes)] = ends(layers);
    let set = DataSet::new(columns(layers), vec![], rows.into())?;
    let mut bytes = set.header();
    let mut values = numbers(seed.into(), rows as usize * inputs);
    for row in 0..rows as usize {
        let label = (0..classes).map(|class| f32::from(class == row % classes)).collect();
        let tensor = |values: Vec<f32>| Tensor::new(vec![1, values.len()], values).map(Value::F32);
        let x = tensor(values.by_ref().take(inputs).collect()).map_err(|fault| format!("{fault:?}"))?;
        let y = tensor(label).map_err(|fault| format!("{fault:?}"))?;
        let row = Row {
            sizes: Sizes::new(),
            values: vec![x, y],
        };
        bytes.extend(set.write_row(&row).map_err(|fault| format!("{fault:?}"))?);
    }
    Ok(bytes)
}

/// Largest resident set of this process so far (Linux).
fn peak() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.ok_or("no VmHWM in /proc/self/status")?.trim().to_string())
}
