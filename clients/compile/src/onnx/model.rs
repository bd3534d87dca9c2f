//! A model as it is compiled: owned, checked, and without what programs do not have.

use std::collections::BTreeSet;

use quorate_program::{Constant, Type};
use rten_onnx::onnx::{AttributeProto, DataLocation, DataType, ModelProto, NodeProto, TensorProto, ValueInfoProto};

use super::wire;
use crate::error::{Answer, CompileError, Reason};

/// The opsets whose operations are known.
const OPSETS: std::ops::RangeInclusive<i64> = 9..=23;
/// Most nodes of a model, of which many disappear.
const MAX_NODES: usize = 1 << 18;

/// A dimension of an input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Dim {
    /// A number.
    Fixed(u64),
    /// A name.
    Named(String),
    /// Neither.
    Unknown,
}

/// An input of a model.
#[derive(Clone, Debug)]
pub struct ModelInput {
    /// Its name.
    pub name: String,
    /// Its elements.
    pub element: Type,
    /// Its shape; none if the model does not say how many axes it has.
    pub dims: Option<Vec<Dim>>,
}

/// A node.
#[derive(Debug)]
pub struct Node {
    /// Its name, or that of its first result.
    pub name: String,
    /// Its operation.
    pub op: String,
    /// Names of values; empty where one is left out.
    pub inputs: Vec<String>,
    /// Names of values.
    pub outputs: Vec<String>,
    attributes: Vec<AttributeProto>,
}

/// A model.
#[derive(Debug)]
pub struct Model {
    /// Its version of the operations.
    pub opset: i64,
    /// What it reads.
    pub inputs: Vec<ModelInput>,
    /// What it answers.
    pub outputs: Vec<String>,
    /// Its tensors.
    pub initializers: Vec<(String, Constant)>,
    /// In their order.
    pub nodes: Vec<Node>,
}

impl Model {
    /// Reads a file.
    ///
    /// # Errors
    /// As [`CompileError`] says. Memory is bounded by the file's length.
    pub fn read(bytes: &[u8]) -> Result<Self, CompileError> {
        wire::check(bytes).map_err(CompileError::Onnx)?;
        let model = ModelProto::parse_buf(bytes).map_err(|error| CompileError::Onnx(error.to_string()))?;
        let opset = opset(&model).map_err(CompileError::Onnx)?;
        let graph = model
            .graph
            .ok_or_else(|| CompileError::Onnx("it has no graph".into()))?;
        if graph.node.len() > MAX_NODES {
            return Err(CompileError::Onnx(format!("more than {MAX_NODES} nodes")));
        }
        let mut initializers = Vec::with_capacity(graph.initializer.len());
        for tensor in &graph.initializer {
            let name = tensor.name.clone().unwrap_or_default();
            let value = constant(tensor).map_err(|reason| CompileError::Tensor {
                name: name.clone(),
                reason,
            })?;
            initializers.push((name, value));
        }
        let own: BTreeSet<&str> = initializers.iter().map(|(name, _)| name.as_str()).collect();
        let mut inputs = Vec::new();
        for input in &graph.input {
            // Before IR version 4 initializers were inputs, too.
            if !own.contains(input.name.as_deref().unwrap_or_default()) {
                inputs.push(self::input(input)?);
            }
        }
        let outputs = graph
            .output
            .iter()
            .map(|output| output.name.clone().unwrap_or_default())
            .collect();
        let nodes = graph.node.into_iter().enumerate().map(node).collect::<Result<_, _>>()?;
        Ok(Self {
            opset,
            inputs,
            outputs,
            initializers,
            nodes,
        })
    }
}

fn opset(model: &ModelProto) -> Result<i64, String> {
    let own = |set: &&rten_onnx::onnx::OperatorSetIdProto| matches!(set.domain.as_deref(), None | Some("" | "ai.onnx"));
    let version = model.opset_import.iter().find(own).and_then(|set| set.version);
    match version {
        Some(version) if OPSETS.contains(&version) => Ok(version),
        Some(version) => Err(format!(
            "opset {version}; {} to {} are known: convert it (onnx.version_converter)",
            OPSETS.start(),
            OPSETS.end()
        )),
        None => Err("it names no opset".into()),
    }
}

fn input(input: &ValueInfoProto) -> Result<ModelInput, CompileError> {
    let name = input.name.clone().unwrap_or_default();
    let refused = |reason: &str| CompileError::Tensor {
        name: name.clone(),
        reason: reason.into(),
    };
    let tensor = input.r#type.as_ref().and_then(|own| own.tensor_type.as_ref());
    let tensor = tensor.ok_or_else(|| refused("an input that is not a tensor"))?;
    let element = tensor.elem_type.and_then(element).ok_or_else(|| {
        let got = tensor.elem_type.map_or_else(String::new, |own| own.to_string());
        refused(&format!(
            "an input of {got}; programs have FLOAT, INT64, INT32, INT8, UINT8 and BOOL"
        ))
    })?;
    let dims = tensor.shape.as_ref().map(|shape| {
        let dim = |dim: &rten_onnx::onnx::Dimension| match (&dim.dim_param, dim.dim_value) {
            (Some(name), _) if !name.is_empty() => Dim::Named(name.clone()),
            (_, Some(size)) if size > 0 => Dim::Fixed(size as u64),
            _ => Dim::Unknown,
        };
        shape.dim.iter().map(dim).collect()
    });
    Ok(ModelInput { name, element, dims })
}

fn node((index, node): (usize, NodeProto)) -> Result<Node, CompileError> {
    let first = node.output.first().cloned().unwrap_or_default();
    let name = node.name.filter(|name| !name.is_empty()).unwrap_or(first);
    let name = if name.is_empty() {
        format!("number {index}")
    } else {
        name
    };
    let op = node.op_type.unwrap_or_default();
    match node.domain.as_deref() {
        None | Some("" | "ai.onnx") => Ok(Node {
            name,
            op,
            inputs: node.input,
            outputs: node.output,
            attributes: node.attribute,
        }),
        Some(domain) => Err(CompileError::Node {
            node: name,
            op,
            reason: Reason::Unsupported(format!(
                "its operations are those of {}, not of ONNX: export the model without fused operations",
                quorate_convert::names::shown(domain)
            )),
        }),
    }
}

/// The element type of programs.
pub fn element(data_type: DataType) -> Option<Type> {
    Some(match data_type {
        DataType::FLOAT => Type::F32,
        DataType::INT64 => Type::I64,
        DataType::INT32 => Type::I32,
        DataType::INT8 => Type::I8,
        DataType::UINT8 => Type::U8,
        DataType::BOOL => Type::Bool,
        _ => return None,
    })
}

/// A tensor's bytes, of which there are as many as its shape says.
fn constant(tensor: &TensorProto) -> Result<Constant, String> {
    if tensor.data_location == Some(DataLocation::EXTERNAL) || !tensor.external_data.is_empty() {
        return Err(
            "its data is in another file: save the model in one file (onnx.save_model without external data)".into(),
        );
    }
    let data_type = tensor.data_type.unwrap_or(DataType(0));
    let element = element(data_type).ok_or_else(|| {
        format!("{data_type}; programs have FLOAT, INT64, INT32, INT8, UINT8 and BOOL: convert the model to these")
    })?;
    let size = |&size: &i64| u64::try_from(size).map_err(|_| "a negative dimension".to_string());
    let shape: Vec<u64> = tensor.dims.iter().map(size).collect::<Result<_, _>>()?;
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow().clone());
    let narrow = |element: Type| {
        let bytes = |&value: &i32| match element {
            Type::I32 => value.to_le_bytes().to_vec(),
            _ => vec![value as u8],
        };
        tensor.int32_data.iter().flat_map(bytes).collect::<Vec<u8>>()
    };
    let bytes = match (raw, element) {
        (Some(raw), _) if !raw.is_empty() => raw,
        (_, Type::F32) => tensor.float_data.iter().flat_map(|value| value.to_le_bytes()).collect(),
        (_, Type::I64) => tensor.int64_data.iter().flat_map(|value| value.to_le_bytes()).collect(),
        (_, element) => narrow(element),
    };
    let value = Constant { shape, element, bytes };
    if value.len() != Some(value.bytes.len() as u64) {
        return Err(format!(
            "{} bytes do not fill its shape {:?}",
            value.bytes.len(),
            value.shape
        ));
    }
    if value.floats().any(f32::is_nan) {
        return Err("it holds a value that is not a number".into());
    }
    Ok(value)
}

impl Node {
    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attributes.iter().find(|own| own.name.as_deref() == Some(name))
    }

    /// An integer.
    pub fn int(&self, name: &str) -> Option<i64> {
        // A zero may be left out by writers of proto3.
        self.attribute(name).map(|own| own.i.unwrap_or(0))
    }

    /// An integer, or what it is if it is missing.
    pub fn int_or(&self, name: &str, default: i64) -> i64 {
        self.int(name).unwrap_or(default)
    }

    /// Integers.
    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|own| own.ints.as_slice())
    }

    /// A number, or what it is if it is missing.
    pub fn float_or(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |own| own.f.unwrap_or(0.0))
    }

    /// Numbers.
    pub fn floats(&self, name: &str) -> Option<&[f32]> {
        self.attribute(name).map(|own| own.floats.as_slice())
    }

    /// A word; empty if it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.attribute(name).and_then(|own| own.s.as_deref()).unwrap_or("")
    }

    /// Words; empty if they are missing.
    pub fn texts(&self, name: &str) -> &[String] {
        self.attribute(name).map_or(&[], |own| &own.strings)
    }

    /// A tensor.
    pub fn tensor(&self, name: &str) -> Option<Answer<Constant>> {
        let tensor = self.attribute(name)?.t.as_ref()?;
        Some(constant(tensor).map_err(|reason| Reason::Attribute(format!("{name}: {reason}"))))
    }

    /// The element type that an integer attribute names.
    pub fn element(&self, name: &str) -> Answer<Type> {
        let code = self
            .int(name)
            .ok_or_else(|| Reason::Attribute(format!("{name} is missing")))?;
        let data_type = DataType(i32::try_from(code).unwrap_or(0));
        element(data_type).ok_or_else(|| {
            Reason::Attribute(format!(
                "{name}: {data_type}; programs have FLOAT, INT64, INT32, INT8, UINT8 and BOOL"
            ))
        })
    }
}
