//! Writes ONNX models, compiles and runs them.

use std::cell::RefCell;

use quorate_compile::{onnx, CompileError, Compiled, Options, Sizes, Weights};
use quorate_exact::infer::Tensor;
use quorate_program::Value;
use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

/// A model that is being written.
pub struct Onnx {
    pub graph: GraphProto,
    opset: i64,
}

/// A value of an attribute.
pub enum Attribute<'a> {
    Int(i64),
    Ints(&'a [i64]),
    Float(f32),
    Text(&'a str),
}

pub use Attribute::{Float, Int, Ints, Text};

impl Onnx {
    pub fn new(opset: i64) -> Self {
        Self {
            graph: GraphProto::default(),
            opset,
        }
    }

    /// An input; a dimension is a number, a name or `?`.
    pub fn input(mut self, name: &str, element: DataType, shape: &[&str]) -> Self {
        let dim = |dim: &&str| match (dim.parse::<i64>(), *dim) {
            (Ok(size), _) => Dimension {
                dim_value: Some(size),
                dim_param: None,
            },
            (_, "?") => Dimension::default(),
            (_, name) => Dimension {
                dim_value: None,
                dim_param: Some(name.into()),
            },
        };
        let tensor = TypeProtoTensor {
            elem_type: Some(element),
            shape: Some(TensorShapeProto {
                dim: shape.iter().map(dim).collect(),
            }),
        };
        self.graph.input.push(ValueInfoProto {
            name: Some(name.into()),
            r#type: Some(TypeProto {
                tensor_type: Some(tensor),
                sequence: None,
            }),
        });
        self
    }

    pub fn floats(mut self, name: &str, shape: &[i64], values: &[f32]) -> Self {
        self.graph.initializer.push(floats(name, shape, values));
        self
    }

    pub fn ints(mut self, name: &str, shape: &[i64], values: &[i64]) -> Self {
        self.graph.initializer.push(TensorProto {
            name: Some(name.into()),
            dims: shape.to_vec(),
            data_type: Some(DataType::INT64),
            int64_data: values.to_vec(),
            ..TensorProto::default()
        });
        self
    }

    pub fn node(self, op: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        self.with(op, inputs, outputs, &[])
    }

    pub fn with(mut self, op: &str, inputs: &[&str], outputs: &[&str], attributes: &[(&str, Attribute)]) -> Self {
        let attribute = |(name, value): &(&str, Attribute)| {
            let mut own = AttributeProto {
                name: Some((*name).into()),
                ..AttributeProto::default()
            };
            own.r#type = Some(match value {
                Attribute::Int(value) => {
                    own.i = Some(*value);
                    AttributeType::INT
                }
                Attribute::Ints(values) => {
                    own.ints = values.to_vec();
                    AttributeType::INTS
                }
                Attribute::Float(value) => {
                    own.f = Some(*value);
                    AttributeType::FLOAT
                }
                Attribute::Text(value) => {
                    own.s = Some((*value).into());
                    AttributeType::STRING
                }
            });
            own
        };
        self.graph.node.push(NodeProto {
            op_type: Some(op.into()),
            input: inputs.iter().map(|name| (*name).into()).collect(),
            output: outputs.iter().map(|name| (*name).into()).collect(),
            attribute: attributes.iter().map(attribute).collect(),
            ..NodeProto::default()
        });
        self
    }

    /// The model's bytes.
    pub fn bytes(mut self, outputs: &[&str]) -> Vec<u8> {
        self.graph.output = outputs
            .iter()
            .map(|name| ValueInfoProto {
                name: Some((*name).into()),
                r#type: None,
            })
            .collect();
        let model = ModelProto {
            ir_version: Some(8),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto {
                domain: None,
                version: Some(self.opset),
            }],
            ..ModelProto::default()
        };
        model.write_buf().unwrap()
    }
}

pub fn floats(name: &str, shape: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: shape.to_vec(),
        data_type: Some(DataType::FLOAT),
        raw_data: Some(RefCell::new(
            values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        )),
        ..TensorProto::default()
    }
}

/// Options with these `--dimension`s.
pub fn options(dimensions: &[&str]) -> Options {
    Options {
        sizes: Sizes {
            dimensions: dimensions.iter().map(|text| (*text).into()).collect(),
            inputs: Vec::new(),
        },
        outputs: Vec::new(),
        extract: false,
        keep_nodes: false,
        constants_at_most: 1 << 20,
        tokenizer: None,
    }
}

pub fn compile(bytes: &[u8], dimensions: &[&str]) -> Result<Compiled, CompileError> {
    onnx(bytes, None, &options(dimensions))
}

/// Compiles without recognising patterns.
pub fn keep(bytes: &[u8]) -> Compiled {
    let options = Options {
        keep_nodes: true,
        ..options(&[])
    };
    onnx(bytes, None, &options).unwrap()
}

/// Compiles with all weights as constants and runs.
pub fn run(bytes: &[u8], dimensions: &[&str], inputs: Vec<Value>) -> Vec<Value> {
    let compiled = compile(bytes, dimensions).unwrap_or_else(|error| panic!("{error}"));
    compiled.program.run(inputs, &[]).unwrap()
}

pub fn f32s(shape: &[usize], values: &[f32]) -> Value {
    Value::F32(Tensor::new(shape.to_vec(), values.to_vec()).unwrap())
}

pub fn i64s(shape: &[usize], values: &[i64]) -> Value {
    Value::I64(Tensor::new(shape.to_vec(), values.to_vec()).unwrap())
}

/// 1, 2, 3 … as f32, some of them negative and none large.
pub fn counting(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7 + 3) % 23) as f32 / 4.0 - 2.5).collect()
}

/// The operations of a program, in their order.
pub fn operations(compiled: &Compiled) -> Vec<String> {
    compiled
        .program
        .graph()
        .nodes
        .iter()
        .map(|node| quorate_compile::operation(&node.op))
        .collect()
}

/// A file with these tensors, opened.
pub fn weights(tensors: &[(&str, &[u64], &[f32])]) -> (tempfile::TempDir, Weights) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let constant = |shape: &[u64], values: &[f32]| quorate_program::Constant {
        shape: shape.to_vec(),
        element: quorate_program::Type::F32,
        bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    };
    let tensors: Vec<_> = tensors
        .iter()
        .map(|(name, shape, values)| ((*name).into(), constant(shape, values)))
        .collect();
    std::fs::write(&path, quorate_compile::safetensors(&tensors)).unwrap();
    let weights = Weights::new(quorate_convert::Source::open(&path).unwrap());
    (folder, weights)
}
