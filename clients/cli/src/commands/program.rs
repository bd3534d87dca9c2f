//! Programs: what is in them, and running them here.

use crate::{
    args::compile::{existing, ProgramCommand, RunArguments},
    commands::{
        program_inputs::inputs,
        whole_file::{are_free, read, write},
    },
    context::Context,
    failure::{usage, Failure, Result},
    output::{spinner, table},
};
use quorate_ask::inputs::of;
use quorate_compile::{operation, operations, write_npy, Weights};
use quorate_convert::{names::shown, Source};
use quorate_exact::infer::Fault;
use quorate_infer::{Model, Runner, Stop, TensorBytes, Tensors};
use quorate_inference::Asked;
use quorate_primitives::job::infer::{Choice, Generation, Task};
use quorate_program::{types::shape_text, Constant, Expression, Program, Sizes, Type, Value as Tensor};
use serde_json::{json, Value};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Instant};

pub fn run(context: &Context, command: ProgramCommand) -> Result {
    match command {
        ProgramCommand::Show { file, nodes } => {
            let program = open(&file)?;
            context.print(&as_json(&program, nodes), || show_program(&program, nodes));
            Ok(())
        }
        ProgramCommand::Run(arguments) => run_program(context, &arguments),
    }
}

fn open(path: &Path) -> Result<Program> {
    Program::decode(&read(path)?).map_err(|error| usage(format!("{}: {error}", path.display())))
}

/// The sizes that cost most.
fn largest(program: &Program) -> Sizes {
    program
        .graph()
        .dimensions
        .iter()
        .map(|d| (d.name.clone(), d.max.into()))
        .collect()
}

/// MiB that a request names at the largest sizes: of a run, or of as many tokens as a program takes that goes on from a text.
fn memory(program: &Program) -> Option<u32> {
    let asked = |inputs| Asked {
        salt: Default::default(),
        inputs,
        sizes: largest(program),
        len: 0,
    };
    let generating = || {
        let most = program
            .graph()
            .dimensions
            .first()
            .filter(|_| generates(program).is_ok())?
            .max;
        let generation = Generation {
            max_tokens: most.saturating_sub(1),
            choice: Choice::Largest,
            stop: None,
        };
        let prompt = Tensor::I64(quorate_exact::infer::Tensor::new(vec![1], vec![0]).ok()?);
        quorate_inference::memory(program, &Task::Generate(generation), &asked(vec![prompt]))
    };
    generating().or_else(|| quorate_inference::memory(program, &Task::Run, &asked(Vec::new())))
}

/// Whether a program goes on from tokens, as one of language does.
///
/// # Errors
/// Why not.
pub fn generates(program: &Program) -> std::result::Result<(), String> {
    let graph = program.graph();
    let tokens = match (graph.inputs.as_slice(), graph.dimensions.first()) {
        ([input], Some(rows)) => input.element == Type::I64 && input.shape == [Expression::dimension(&rows.name)],
        _ => false,
    };
    match tokens {
        true => program.causal().map(drop),
        false => Err("its only input would be i64 [tokens]".into()),
    }
}

fn constants_len(program: &Program) -> usize {
    program
        .graph()
        .constants
        .iter()
        .map(|constant| constant.bytes.len())
        .sum()
}

pub fn as_json(program: &Program, nodes: bool) -> Value {
    let graph = program.graph();
    let types = program.types();
    let output = |value: u32| types.get(value as usize);
    let mut document = json!({
        "root": format!("0x{}", hex::encode(program.root())),
        "bytes": program.encode().len(),
        "dimensions": graph.dimensions.iter().map(|d| json!({ "name": d.name, "min": d.min, "max": d.max })).collect::<Vec<_>>(),
        "inputs": graph.inputs.iter().map(|i| json!({ "name": i.name, "type": i.element.to_string(), "shape": shape_text(&i.shape) })).collect::<Vec<_>>(),
        "outputs": graph.outputs.iter().map(|o| json!({
            "name": o.name, "type": output(o.value).map(|of| of.element.to_string()), "shape": output(o.value).map(|of| shape_text(&of.shape)),
        })).collect::<Vec<_>>(),
        "tensors": graph.tensors.len(),
        "constants": { "count": graph.constants.len(), "bytes": constants_len(program) },
        "nodes": operations(program),
        "flops": { "expression": program.flops().to_string(), "atLargest": program.flops().value(&largest(program)) },
        "memory": { "mebibytesAtLargest": memory(program) },
        "tokenizer": graph.tokenizer.map(|root| format!("0x{}", hex::encode(root))),
    });
    if let (true, Some(fields)) = (nodes, document.as_object_mut()) {
        fields.insert("graph".into(), json!(rows(program)));
    }
    document
}

/// Each node: its number, operation, operands and results.
fn rows(program: &Program) -> Vec<[String; 4]> {
    let row = |(index, node): (usize, &quorate_program::Node)| {
        let operands: Vec<String> = node.operands.iter().map(u32::to_string).collect();
        let results: Vec<String> = program
            .results(index)
            .filter_map(|value| program.types().get(value).map(|of| format!("{value}: {of}")))
            .collect();
        [
            index.to_string(),
            operation(&node.op),
            operands.join(" "),
            results.join(", "),
        ]
    };
    program.graph().nodes.iter().enumerate().map(row).collect()
}

pub fn show_program(program: &Program, nodes: bool) {
    let graph = program.graph();
    for dimension in &graph.dimensions {
        println!("dimension   {}: {} to {}", dimension.name, dimension.min, dimension.max);
    }
    for input in &graph.inputs {
        println!(
            "input       {} {} {}",
            shown(&input.name),
            input.element,
            shape_text(&input.shape)
        );
    }
    for output in &graph.outputs {
        let of = program.types().get(output.value as usize).map(ToString::to_string);
        println!("output      {} {}", shown(&output.name), of.unwrap_or_default());
    }
    let counts: Vec<String> = operations(program)
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    println!("nodes       {}: {}", graph.nodes.len(), counts.join(", "));
    println!("tensors     {} of the model", graph.tensors.len());
    println!(
        "constants   {} of {} bytes",
        graph.constants.len(),
        constants_len(program)
    );
    match program.flops().value(&largest(program)) {
        Some(flops) => println!(
            "cost        {flops} operations at the largest sizes: {}",
            program.flops()
        ),
        None => println!("cost        {} operations", program.flops()),
    }
    match memory(program) {
        Some(memory) => println!("memory      {memory} MiB at the largest sizes, which a request names"),
        None => println!("memory      more than any machine has at the largest sizes"),
    }
    if let Some(root) = graph.tokenizer {
        println!("tokenizer   0x{}", hex::encode(root));
    }
    println!("root        0x{}", hex::encode(program.root()));
    if nodes {
        table(["node", "operation", "reads", "makes"], &rows(program));
    }
}

fn run_program(context: &Context, arguments: &RunArguments) -> Result {
    let program = open(&arguments.file)?;
    let inputs = inputs(&program, &arguments.inputs)?;
    let (outputs, nodes, read) = {
        let graph = program.graph();
        (graph.outputs.clone(), graph.nodes.len(), graph.tensors.len())
    };
    let weights = match (&arguments.model, read) {
        (Some(path), _) => Some(Weights::new(Source::open(path)?)),
        (None, 0) => None,
        (None, _) => {
            return Err(usage(format!(
                "the program reads {read} tensors of a model: --model FILE"
            )))
        }
    };
    // Before it runs, which may take long.
    let folder = &arguments.out;
    let files = outputs
        .iter()
        .enumerate()
        .map(|(index, output)| file_name(&output.name, index));
    are_free(folder, &files.collect::<Vec<_>>(), existing(arguments.force))?;
    let waiting = spinner(&format!("running {nodes} nodes"));
    let start = Instant::now();
    let answer = match arguments.reference {
        true => by_reference(&program, inputs, weights.as_ref()),
        false => by_engine(program, &inputs, weights.as_ref()),
    };
    waiting.finish_and_clear();
    let answer = answer?;
    let seconds = start.elapsed().as_secs_f64();
    std::fs::create_dir_all(folder).map_err(|error| usage(format!("{}: {error}", folder.display())))?;
    let mut made = Vec::new();
    for (index, (output, value)) in outputs.iter().zip(answer).enumerate() {
        let path = folder.join(file_name(&output.name, index));
        write(&path, &write_npy(&value), existing(arguments.force))?;
        let root = hex::encode(quorate_exact::root(&value.bytes()));
        made.push((output.name.clone(), path, value, root));
    }
    let document = made.iter().map(|(name, path, value, root)| {
        json!({ "name": name, "file": path.display().to_string(), "shape": value.shape(), "type": value.element().to_string(), "root": format!("0x{root}") })
    });
    let document = json!({ "outputs": document.collect::<Vec<_>>(), "seconds": seconds });
    context.print(&document, || {
        let row = |(name, path, value, root): &(String, std::path::PathBuf, Tensor, String)| {
            [
                shown(name).into_owned(),
                of(value),
                path.display().to_string(),
                format!("0x{root}"),
            ]
        };
        let rows: Vec<[String; 4]> = made.iter().map(row).collect();
        table(["output", "type", "file", "root of its elements"], &rows);
        println!("{seconds:.3} s");
    });
    Ok(())
}

fn by_reference(program: &Program, inputs: Vec<Tensor>, weights: Option<&Weights>) -> Result<Vec<Tensor>> {
    let tensors = weights.map_or(Ok(Vec::new()), |weights| weights.values(program));
    let tensors = tensors.map_err(|error| usage(error.to_string()))?;
    program.run(inputs, &tensors).map_err(fault)
}

/// A model's tensors in memory.
struct Loaded(BTreeMap<String, Constant>);

impl Tensors for Loaded {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        self.0.get(name).map(|tensor| TensorBytes {
            shape: &tensor.shape,
            element: Ok(tensor.element),
            bytes: &tensor.bytes,
        })
    }
}

fn by_engine(program: Program, inputs: &[Tensor], weights: Option<&Weights>) -> Result<Vec<Tensor>> {
    let tensors = weights.map_or(Ok(Vec::new()), |weights| weights.read(&program));
    let tensors = tensors.map_err(|error| usage(error.to_string()))?;
    let names = program.graph().tensors.iter().map(|tensor| tensor.name.clone());
    let loaded = Loaded(names.zip(tensors).collect());
    let options = quorate_infer::Options {
        isa: quorate_infer::selftest::best(quorate_infer::Level::Avx512).map_err(|error| usage(error.to_string()))?,
        ..Default::default()
    };
    let model = Model::new(program, &loaded, options).map_err(|error| usage(error.to_string()))?;
    drop(loaded);
    Runner::new(Arc::new(model)).run(inputs).map_err(|stop| match stop {
        Stop::Fault(found) => fault(found),
        other => usage(other.to_string()),
    })
}

/// A name that is one file in one folder.
pub fn file_name(name: &str, index: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    match name.chars().all(plain) && !name.starts_with('.') && name.len() <= 200 {
        true => format!("{name}.npy"),
        false => format!("output-{index}.npy"),
    }
}

fn fault(fault: Fault) -> Failure {
    let why = match fault {
        Fault::NaN => "a value is not a number: that is the run's outcome, a fault".into(),
        Fault::Index { index, size } => {
            format!("index {index} is outside an axis of {size}: that is the run's outcome, a fault")
        }
        Fault::Range => "a number is outside its type: that is the run's outcome, a fault".into(),
        Fault::Parameter("dimensions") => {
            "the inputs' sizes are outside the program's dimensions (quorate program show)".into()
        }
        Fault::Dimension { expected, got } => {
            format!("the inputs' sizes do not fit: {got} where the program has {expected}")
        }
        other => format!("the inputs do not fit the program: {other}"),
    };
    Failure::Check(why)
}
