//! From the nodes of a model to those of a program.

mod concat;
mod elementwise;
mod gather;
mod image;
mod known;
mod layout;
mod moves;
mod normalise;
mod operands;
mod products;
mod quantised;
mod recurrent;
mod reduce;
mod reshape;
mod shape;
mod slice;
mod unary;

use std::collections::HashMap;

use quorate_program::{Constant, Expression, Type};

pub use known::Known;

use crate::{
    bounds::Bounds,
    build::{Builder, Id},
    error::{unsupported, Answer},
    onnx::Node,
};

/// What a name of the model stands for.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The program's value, if there is one.
    id: Option<Id>,
    /// What is known of it.
    known: Option<Known>,
    /// The value is stored with its channels, the model's axis 1, behind all others.
    last: bool,
    /// What the model's file has there, if it is small: read only where a node needs a number when it is compiled.
    literal: Option<Known>,
}

impl Entry {
    /// A value of the program with the model's axes.
    pub fn plain(id: Id) -> Self {
        Self {
            id: Some(id),
            ..Self::default()
        }
    }

    /// A tensor of the model, with what its initializer holds.
    pub fn tensor(id: Id, initializer: &Constant) -> Self {
        let small = initializer.bytes.len() <= 256;
        Self {
            literal: Known::of(initializer).filter(|_| small),
            ..Self::plain(id)
        }
    }

    /// A value that is known.
    pub fn known(known: Known) -> Self {
        Self {
            known: Some(known),
            ..Self::default()
        }
    }
}

/// A model that is being compiled.
pub struct Lowering {
    /// The program so far.
    pub build: Builder,
    /// Of the dimensions.
    pub bounds: Bounds,
    /// What names stand for.
    pub values: HashMap<String, Entry>,
    /// The model's.
    pub opset: i64,
    /// How much may still be known: a model is not larger in memory than its file by what it repeats.
    pub budget: usize,
}

/// How much is known of all values of a model at most, in parts of expressions.
pub const MOST_KNOWN: usize = 1 << 22;

impl Lowering {
    /// Compiles one node.
    pub fn node(&mut self, node: &Node) -> Answer {
        self.lowered(node)?;
        let made = node
            .outputs
            .iter()
            .filter_map(|name| self.values.get(name)?.known.as_ref());
        let parts = made.flat_map(|known| &known.data).map(Expression::parts).sum();
        match self.budget.checked_sub(parts) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => unsupported("more is computed of sizes than a model needs"),
        }
    }

    fn lowered(&mut self, node: &Node) -> Answer {
        match node.op.as_str() {
            "Constant" => self.constant_node(node),
            "Identity" | "Dropout" => self.identity(node),
            "Shape" | "Size" | "Range" | "ConstantOfShape" => self.shape_op(node),
            "Cast" | "CastLike" => self.cast(node),
            "Abs" | "Ceil" | "Clip" | "Cos" | "Erf" | "Exp" | "Floor" | "Gelu" | "HardSigmoid" | "HardSwish"
            | "IsNaN" | "LeakyRelu" | "Log" | "Neg" | "Not" | "Reciprocal" | "Relu" | "Round" | "Sigmoid" | "Sin"
            | "Sqrt" | "Swish" | "Tanh" => self.unary_op(node),
            "Add" | "And" | "Div" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Max"
            | "Mean" | "Min" | "Mod" | "Mul" | "Or" | "Pow" | "PRelu" | "Sub" | "Sum" | "Where" | "Xor" => {
                self.elementwise(node)
            }
            "Concat" | "DepthToSpace" | "Expand" | "Flatten" | "Gather" | "GatherND" | "Pad" | "Reshape" | "Slice"
            | "SpaceToDepth" | "Split" | "Squeeze" | "Tile" | "Transpose" | "Unsqueeze" => self.move_op(node),
            "Gemm" | "MatMul" => self.product(node),
            "Conv" | "ConvTranspose" | "AveragePool" | "MaxPool" | "GlobalAveragePool" | "GlobalMaxPool" | "Resize"
            | "Upsample" => self.image(node),
            "BatchNormalization"
            | "InstanceNormalization"
            | "LayerNormalization"
            | "LogSoftmax"
            | "RMSNormalization"
            | "Softmax" => self.normalise(node),
            "ArgMax" | "ReduceL1" | "ReduceL2" | "ReduceMax" | "ReduceMean" | "ReduceMin" | "ReduceProd"
            | "ReduceSum" | "ReduceSumSquare" | "TopK" => self.reduce_op(node),
            "DequantizeLinear" | "DynamicQuantizeLinear" | "MatMulInteger" | "QuantizeLinear" => self.quantised(node),
            "GRU" | "LSTM" => self.recurrent(node),
            "If" | "Loop" | "Scan" => {
                unsupported("programs have no subgraphs: export the model without, for instance by tracing it")
            }
            op if op.starts_with("Sequence") || op.starts_with("Optional") || op.starts_with("String") => {
                unsupported("programs have tensors only, no sequences, optional values or strings")
            }
            _ => unsupported("programs do not have this operation"),
        }
    }

    /// A tensor that the model has itself.
    pub fn constant(&mut self, constant: Constant) -> Entry {
        match (constant.bytes.is_empty(), Known::of(&constant)) {
            // A tensor without elements is no value; as a list it may be empty.
            (true, known) => Entry {
                known,
                ..Entry::default()
            },
            (false, known) => Entry {
                id: Some(self.build.constant(constant)),
                known,
                ..Entry::default()
            },
        }
    }

    fn constant_node(&mut self, node: &Node) -> Answer {
        let row = |element, len: usize, bytes: Vec<u8>, scalar: bool| Constant {
            shape: if scalar { Vec::new() } else { vec![len as u64] },
            element,
            bytes,
        };
        let constant = if let Some(value) = node.tensor("value") {
            value?
        } else if let Some(value) = node.int("value_int") {
            row(Type::I64, 1, value.to_le_bytes().to_vec(), true)
        } else if let Some(values) = node.ints("value_ints") {
            row(
                Type::I64,
                values.len(),
                values.iter().flat_map(|v| v.to_le_bytes()).collect(),
                false,
            )
        } else if let Some(values) = node.floats("value_floats") {
            row(
                Type::F32,
                values.len(),
                values.iter().flat_map(|v| v.to_le_bytes()).collect(),
                false,
            )
        } else {
            let value = node.float_or("value_float", f32::NAN);
            if value.is_nan() {
                return unsupported("a constant that is no tensor of numbers");
            }
            row(Type::F32, 1, value.to_le_bytes().to_vec(), true)
        };
        let entry = self.constant(constant);
        self.set(node, 0, entry);
        Ok(())
    }

    fn identity(&mut self, node: &Node) -> Answer {
        if node.outputs.get(1).is_some_and(|name| !name.is_empty()) {
            return unsupported("a mask as second output");
        }
        if node.op == "Dropout"
            && self
                .row(node, 2, "whether it is training")?
                .is_some_and(|row| !row.iter().all(|value| value.is(0)))
        {
            return unsupported("training: export the model for inference");
        }
        let entry = self.entry(node, 0)?;
        self.set(node, 0, entry);
        Ok(())
    }
}
