//! From the nodes of a model to those of a program.

mod elementwise;
mod image;
mod known;
mod layout;
mod moves;
mod normalise;
mod products;
mod quantised;
mod recurrent;
mod reduce;
mod shape;
mod slice;

use std::collections::HashMap;

use quorate_program::{Constant, Expression, Type};

pub use known::Known;

use crate::{
    bounds::Bounds,
    build::{Builder, Id},
    error::{unsupported, Answer, Reason},
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

    /// An operand.
    fn entry(&self, node: &Node, operand: usize) -> Answer<Entry> {
        self.optional(node, operand)?.ok_or(Reason::Missing(operand))
    }

    /// An operand that may be left out.
    fn optional(&self, node: &Node, operand: usize) -> Answer<Option<Entry>> {
        match node.inputs.get(operand).map(String::as_str) {
            None | Some("") => Ok(None),
            Some(name) => self
                .values
                .get(name)
                .cloned()
                .map(Some)
                .ok_or_else(|| Reason::Unknown(name.into())),
        }
    }

    /// Names a result.
    fn set(&mut self, node: &Node, result: usize, entry: Entry) {
        if let Some(name) = node.outputs.get(result).filter(|name| !name.is_empty()) {
            self.values.insert(name.clone(), entry);
        }
    }

    /// Names the only result that is wanted.
    fn set_plain(&mut self, node: &Node, id: Id) -> Answer {
        if node.outputs.iter().skip(1).any(|name| !name.is_empty()) {
            return unsupported("more than its first output");
        }
        self.set(node, 0, Entry::plain(id));
        Ok(())
    }

    /// What is known of a value.
    fn known(&self, entry: &Entry) -> Option<Known> {
        match (&entry.known, entry.id) {
            (Some(known), _) => Some(known.clone()),
            (None, Some(id)) if !entry.last => self.build.constant_of(id).and_then(Known::of),
            _ => None,
        }
    }

    /// An operand's whole numbers as expressions, in one row.
    fn row(&self, node: &Node, operand: usize, what: &str) -> Answer<Option<Vec<Expression>>> {
        let Some(entry) = self.optional(node, operand)? else {
            return Ok(None);
        };
        match self.known(&entry).or(entry.literal) {
            Some(known) => Ok(Some(known.data)),
            None => known::missing(&format!(
                "{what}, {},",
                quorate_convert::names::shown(&node.inputs[operand])
            )),
        }
    }

    /// The same, without dimensions in them.
    fn numbers(&self, node: &Node, operand: usize, what: &str) -> Answer<Option<Vec<i64>>> {
        let Some(row) = self.row(node, operand, what)? else {
            return Ok(None);
        };
        let numbers: Option<Vec<i64>> = row.iter().map(Expression::constant).collect();
        numbers.map_or_else(|| known::missing(what), |numbers| Ok(Some(numbers)))
    }

    /// Axes of an attribute, or since some opset of an operand; none if there are none.
    fn axes(&self, node: &Node, operand: usize) -> Answer<Option<Vec<i64>>> {
        match node.ints("axes") {
            Some(axes) => Ok(Some(axes.to_vec())),
            None => self.numbers(node, operand, "its axes"),
        }
    }

    /// One f32 that is a constant.
    fn number(&self, node: &Node, operand: usize) -> Answer<Option<f32>> {
        let Some(entry) = self.optional(node, operand)? else {
            return Ok(None);
        };
        let id = self.value(&entry);
        let constant = id
            .and_then(|id| self.build.constant_of(id))
            .filter(|c| c.element == Type::F32 && c.bytes.len() == 4);
        let known = || {
            entry
                .known
                .as_ref()
                .filter(|known| known.data.len() == 1)
                .and_then(|known| known.constant())
                .filter(|c| c.element == Type::F32)
        };
        match constant
            .cloned()
            .or_else(known)
            .and_then(|constant| constant.floats().next())
        {
            Some(number) => Ok(Some(number)),
            None => known::missing(&format!("operand {operand}, a number,")),
        }
    }

    fn value(&self, entry: &Entry) -> Option<Id> {
        entry.id.filter(|_| !entry.last)
    }

    /// What a value is made of.
    fn element(&self, entry: &Entry) -> Type {
        match (entry.id, &entry.known) {
            (Some(id), _) => self.build.of(id).element,
            (None, Some(known)) => known.element,
            (None, None) => Type::F32,
        }
    }
}
