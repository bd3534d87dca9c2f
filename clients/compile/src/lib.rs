#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bounds;
mod build;
mod error;
mod loss;
mod lower;
mod npy;
mod onnx;
mod recognise;
mod report;
mod sizes;
mod template;
mod tensors;
mod weights;

use std::collections::HashMap;

use quorate_exact::Root;
use quorate_program::{Constant, Input, ModelTensor, Op, Program};

pub use error::{CompileError, Reason};
pub use loss::{cross_entropy, LossError};
pub use npy::{read as read_npy, write as write_npy, NpyError};
pub use report::{Report, Source as TensorSource};
pub use sizes::Sizes;
pub use template::{bert, llama, mlp, BertOutput, TemplateOptions};
pub use tensors::safetensors;
pub use weights::{Match, Weights};

use bounds::Bounds;
use build::{Builder, Id};
use lower::{Entry, Lowering};
use onnx::Model;

/// How an ONNX model is compiled.
#[derive(Debug)]
pub struct Options {
    /// Sizes of its inputs.
    pub sizes: Sizes,
    /// Outputs that the program answers; all of the model's unless given.
    pub outputs: Vec<String>,
    /// Whether initializers become tensors of a model that is yet to be made; else what matches no tensor is a constant.
    pub extract: bool,
    /// Whether patterns stay the nodes that they are.
    pub keep_nodes: bool,
    /// Most bytes of all constants.
    pub constants_at_most: u64,
    /// What makes token ids of text.
    pub tokenizer: Option<Root>,
}

/// A compiled model.
#[derive(Debug)]
pub struct Compiled {
    /// The program.
    pub program: Program,
    /// What was done.
    pub report: Report,
    /// Initializers that the program takes from the model, by name: what `Options::extract` asks for.
    pub tensors: Vec<(String, Constant)>,
}

/// Compiles an ONNX model, with the tensors of the model that it is to run with.
///
/// # Errors
/// As [`CompileError`] says. Memory is bounded by the file's length and [`Options::constants_at_most`].
pub fn onnx(bytes: &[u8], mut weights: Option<&mut Weights>, options: &Options) -> Result<Compiled, CompileError> {
    let model = Model::read(bytes)?;
    let bound = options.sizes.bind(&model)?;
    let mut lowering = Lowering {
        bounds: Bounds::of(&bound.dimensions),
        build: Builder::new(bound.dimensions, bytes.len() as u64),
        values: HashMap::new(),
        budget: lower::MOST_KNOWN,
        opset: model.opset,
    };
    for (input, shape) in model.inputs.iter().zip(bound.shapes) {
        let id = lowering.build.input(Input {
            name: input.name.clone(),
            shape,
            element: input.element,
        });
        lowering.values.insert(input.name.clone(), Entry::plain(id));
    }
    let mut report = Report::default();
    let mut taken = Vec::new();
    let mut names: HashMap<Root, String> = HashMap::new();
    let mut place =
        |lowering: &mut Lowering, report: &mut Report, name: &str, constant: Constant| -> Result<Entry, CompileError> {
            let found = tensor_of(name, &constant, weights.as_deref_mut(), options.extract)?;
            Ok(match found {
                Match::Name(tensor) | Match::Bytes(tensor) if options.extract => {
                    let entry = Entry::tensor(lowering.build.tensor(tensor.clone()), &constant);
                    taken.push((tensor.name, constant));
                    entry
                }
                Match::Name(tensor) => {
                    report.found(TensorSource::Name);
                    Entry::tensor(lowering.build.tensor(tensor), &constant)
                }
                Match::Bytes(tensor) => {
                    report.found(TensorSource::Bytes);
                    Entry::tensor(lowering.build.tensor(tensor), &constant)
                }
                Match::Transposed(tensor) => {
                    report.found(TensorSource::Transposed);
                    let id = lowering.build.tensor(tensor);
                    let turned = lowering
                        .build
                        .transpose(id, &[1, 0])
                        .map_err(|reason| CompileError::Tensor {
                            name: name.into(),
                            reason: reason.to_string(),
                        })?;
                    Entry::plain(turned)
                }
                Match::Ambiguous(tensors) => {
                    report.ambiguous.push((name.into(), tensors));
                    names.insert(quorate_exact::root(&constant.bytes), name.into());
                    lowering.constant(constant)
                }
                Match::None => {
                    names.insert(quorate_exact::root(&constant.bytes), name.into());
                    lowering.constant(constant)
                }
            })
        };
    for (name, constant) in model.initializers {
        let entry = place(&mut lowering, &mut report, &name, constant)?;
        lowering.values.insert(name, entry);
    }
    for node in &model.nodes {
        let failed = |reason| CompileError::Node {
            node: node.name.clone(),
            op: node.op.clone(),
            reason,
        };
        if let Some(twice) = node
            .outputs
            .iter()
            .find(|name| !name.is_empty() && lowering.values.contains_key(*name))
        {
            return Err(failed(Reason::Unsupported(format!(
                "it makes {} a second time",
                quorate_convert::names::shown(twice)
            ))));
        }
        // Some exporters write weights as nodes.
        let value = if node.op == "Constant" {
            node.tensor("value")
        } else {
            None
        };
        match (value, node.outputs.first()) {
            (Some(value), Some(name)) => {
                let entry = place(&mut lowering, &mut report, name, value.map_err(failed)?)?;
                lowering.values.insert(name.clone(), entry);
            }
            _ => lowering.node(node).map_err(failed)?,
        }
    }
    let wanted = if options.outputs.is_empty() {
        &model.outputs
    } else {
        &options.outputs
    };
    let mut outputs = Vec::new();
    for name in wanted {
        let unknown = |reason: String| CompileError::Tensor {
            name: name.clone(),
            reason,
        };
        let entry = lowering
            .values
            .get(name)
            .cloned()
            .ok_or_else(|| unknown("an output that no node makes".into()))?;
        let id = lowering
            .output(&entry)
            .map_err(|reason| unknown(format!("an output: {reason}")))?;
        outputs.push((name.clone(), id));
    }
    finish(lowering.build, outputs, options, report, &names).map(|(program, report)| {
        let used = |name: &str| program.graph().tensors.iter().any(|tensor| tensor.name == name);
        let tensors = taken.into_iter().filter(|(name, _)| used(name)).collect();
        Compiled {
            program,
            report,
            tensors,
        }
    })
}

/// Where an initializer comes from.
fn tensor_of(
    name: &str,
    constant: &Constant,
    weights: Option<&mut Weights>,
    extract: bool,
) -> Result<Match, CompileError> {
    // Lists of sizes and single numbers belong to the graph, not to the model.
    let elements = constant.bytes.len() / constant.element.bytes();
    let weight = matches!(
        constant.element,
        quorate_program::Type::F32 | quorate_program::Type::I8 | quorate_program::Type::U8
    );
    match weights {
        Some(weights) if weight && elements > 1 => weights.find(name, constant),
        None if extract && weight && elements > 1 => Ok(Match::Name(ModelTensor {
            name: name.into(),
            shape: constant.shape.clone(),
            element: constant.element,
        })),
        _ => Ok(Match::None),
    }
}

fn finish(
    build: Builder,
    outputs: Vec<(String, Id)>,
    options: &Options,
    mut report: Report,
    names: &HashMap<Root, String>,
) -> Result<(Program, Report), CompileError> {
    let (build, outputs) = match options.keep_nodes {
        true => (build, outputs),
        false => recognise::recognise(&build, &outputs).map_err(|reason| CompileError::Node {
            node: "a recognised pattern".into(),
            op: String::new(),
            reason,
        })?,
    };
    let finished = build
        .finish(&outputs, options.tokenizer)
        .map_err(CompileError::Program)?;
    report.of(&finished);
    let program = finished.program;
    let constants = &program.graph().constants;
    let total: u64 = constants.iter().map(|constant| constant.bytes.len() as u64).sum();
    match constants.iter().max_by_key(|constant| constant.bytes.len()) {
        Some(largest) if total > options.constants_at_most => Err(CompileError::Constants {
            total,
            limit: options.constants_at_most,
            largest: names
                .get(&quorate_exact::root(&largest.bytes))
                .cloned()
                .unwrap_or_else(|| "a folded one".into()),
            len: largest.bytes.len() as u64,
        }),
        _ => Ok((program, report)),
    }
}

/// How often each operation is in a program.
pub fn operations(program: &Program) -> std::collections::BTreeMap<String, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for node in &program.graph().nodes {
        *counts.entry(operation(&node.op)).or_default() += 1;
    }
    counts
}

/// An operation's name, of functions of one element the function's.
pub fn operation(op: &Op) -> String {
    match op {
        Op::Unary(function) => {
            let text = format!("{function:?}");
            text.split('(').next().unwrap_or("").into()
        }
        op => op.name().into(),
    }
}
