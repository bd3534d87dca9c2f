//! Builds a program's graph: types are known at every step, equal nodes are there once, constants are computed at once.

mod finish;
mod fold;

use std::collections::HashMap;

use quorate_exact::Root;
use quorate_program::{
    op::{Binary, Unary},
    shapes, Constant, Dimension, Expression, Input, ModelTensor, NodeFault, Op, Real, Type, ValueType,
};

use crate::error::{Answer, Reason};

/// The number of a value while a graph is built.
pub type Id = u32;

/// Most bytes that are read, and operations, to compute constants, beyond 16 times the model's length: seconds.
const WORK: u64 = 1 << 32;
/// Most bytes of all constants that are computed, beyond the model's length.
const COMPUTED: u64 = 64 << 20;

pub use finish::Finished;

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The input of this number.
    Input(usize),
    /// The model's tensor of this number.
    Tensor(usize),
    /// The constant of this number.
    Constant(usize),
    /// A node, and which of its results.
    Node(usize, usize),
}

#[derive(Clone, Debug)]
struct Value {
    of: ValueType,
    origin: Origin,
    /// No input is behind it.
    weight: bool,
}

/// A node that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it does.
    pub op: Op,
    /// What it reads.
    pub operands: Vec<Id>,
    /// Its first result.
    pub first: Id,
    /// Which pattern it was recognised from.
    pub pattern: Option<&'static str>,
}

/// A graph that grows.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    /// Declared dimensions.
    pub dimensions: Vec<Dimension>,
    inputs: Vec<Input>,
    tensors: Vec<ModelTensor>,
    constants: Vec<Constant>,
    nodes: Vec<Made>,
    values: Vec<Value>,
    by_name: HashMap<String, Id>,
    by_bytes: HashMap<(Root, Vec<u64>, Type), Id>,
    by_node: HashMap<(String, Vec<Id>), Id>,
    /// Bytes that computed constants may still have.
    budget: u64,
    /// Bytes and operations that computing constants may still take.
    work: u64,
}

impl Builder {
    /// For requests of these sizes; of a model's file of this length.
    pub fn new(dimensions: Vec<Dimension>, len: u64) -> Self {
        Self {
            dimensions,
            budget: len.saturating_add(COMPUTED),
            work: len.saturating_mul(16).saturating_add(WORK),
            ..Self::default()
        }
    }

    fn add(&mut self, of: ValueType, origin: Origin) -> Id {
        let id = self.values.len() as Id;
        let weight = match origin {
            Origin::Input(_) => false,
            Origin::Tensor(_) | Origin::Constant(_) => true,
            Origin::Node(node, _) => self.nodes[node].operands.iter().all(|&operand| self.is_weight(operand)),
        };
        self.values.push(Value { of, origin, weight });
        id
    }

    /// An input.
    pub fn input(&mut self, input: Input) -> Id {
        let of = ValueType::new(input.element, input.shape.clone());
        self.inputs.push(input);
        self.add(of, Origin::Input(self.inputs.len() - 1))
    }

    /// A tensor of the model, the same for the same name.
    pub fn tensor(&mut self, tensor: ModelTensor) -> Id {
        if let Some(&known) = self.by_name.get(&tensor.name) {
            return known;
        }
        let name = tensor.name.clone();
        let of = ValueType::fixed(tensor.element, &tensor.shape);
        self.tensors.push(tensor);
        let id = self.add(of, Origin::Tensor(self.tensors.len() - 1));
        self.by_name.insert(name, id);
        id
    }

    /// A constant, the same for the same bytes.
    pub fn constant(&mut self, constant: Constant) -> Id {
        let key = (
            quorate_exact::root(&constant.bytes),
            constant.shape.clone(),
            constant.element,
        );
        if let Some(&known) = self.by_bytes.get(&key) {
            return known;
        }
        let of = ValueType::fixed(constant.element, &constant.shape);
        self.constants.push(constant);
        let id = self.add(of, Origin::Constant(self.constants.len() - 1));
        self.by_bytes.insert(key, id);
        id
    }

    /// A constant of f32.
    pub fn floats(&mut self, shape: &[u64], values: &[f32]) -> Id {
        self.constant(Constant {
            shape: shape.to_vec(),
            element: Type::F32,
            bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        })
    }

    /// A constant of i64.
    pub fn integers(&mut self, shape: &[u64], values: &[i64]) -> Id {
        self.constant(Constant {
            shape: shape.to_vec(),
            element: Type::I64,
            bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        })
    }

    /// The type of a value.
    pub fn of(&self, id: Id) -> &ValueType {
        &self.values[id as usize].of
    }

    /// The shape of a value.
    pub fn shape(&self, id: Id) -> &[Expression] {
        &self.of(id).shape
    }

    /// Where a value comes from.
    pub fn origin(&self, id: Id) -> Origin {
        self.values[id as usize].origin
    }

    /// The constant that a value is.
    pub fn constant_of(&self, id: Id) -> Option<&Constant> {
        match self.origin(id) {
            Origin::Constant(index) => self.constants.get(index),
            _ => None,
        }
    }

    /// The input that a value is.
    pub fn input_of(&self, index: usize) -> &Input {
        &self.inputs[index]
    }

    /// The model's tensor that a value is.
    pub fn tensor_of(&self, index: usize) -> &ModelTensor {
        &self.tensors[index]
    }

    /// All nodes.
    pub fn nodes(&self) -> &[Made] {
        &self.nodes
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The node whose only result a value is.
    pub fn producer(&self, id: Id) -> Option<&Made> {
        match self.origin(id) {
            Origin::Node(node, 0) => self.nodes.get(node),
            _ => None,
        }
    }

    /// Whether a value depends on no input.
    pub fn is_weight(&self, id: Id) -> bool {
        self.values[id as usize].weight
    }

    /// The results of a node.
    pub fn node(&mut self, op: Op, operands: &[Id]) -> Answer<Vec<Id>> {
        self.node_of(op, operands, None)
    }

    /// The results of a node that stands for a pattern.
    pub fn node_of(&mut self, op: Op, operands: &[Id], pattern: Option<&'static str>) -> Answer<Vec<Id>> {
        let types: Vec<&ValueType> = operands.iter().map(|&id| self.of(id)).collect();
        let results = shapes::results(&op, &types)?;
        if let Some(folded) = self.folded(&op, operands, &results)? {
            return Ok(folded);
        }
        let key = (format!("{op:?}"), operands.to_vec());
        if let Some(&first) = self.by_node.get(&key) {
            return Ok((first..).take(results.len()).collect());
        }
        let (node, first) = (self.nodes.len(), self.values.len() as Id);
        self.nodes.push(Made {
            op,
            operands: operands.to_vec(),
            first,
            pattern,
        });
        self.by_node.insert(key, first);
        let results = results.into_iter().enumerate();
        Ok(results
            .map(|(index, of)| self.add(of, Origin::Node(node, index)))
            .collect())
    }

    /// The only result of a node.
    pub fn one(&mut self, op: Op, operands: &[Id]) -> Answer<Id> {
        let results = self.node(op, operands)?;
        results.first().copied().ok_or(Reason::Missing(0))
    }

    /// A function of each element.
    pub fn unary(&mut self, function: Unary, x: Id) -> Answer<Id> {
        self.one(Op::Unary(function), &[x])
    }

    /// A function of two elements.
    pub fn binary(&mut self, function: Binary, a: Id, b: Id) -> Answer<Id> {
        self.one(Op::Binary(function), &[a, b])
    }

    /// The same elements in another shape; nothing is done where that is the same.
    pub fn reshape(&mut self, x: Id, shape: Vec<Expression>) -> Answer<Id> {
        match self.shape(x) == shape {
            true => Ok(x),
            false => match self.producer(x) {
                // A shape of a shape is the last one.
                Some(Made {
                    op: Op::Reshape { .. },
                    operands,
                    ..
                }) => {
                    let before = operands[0];
                    self.reshape(before, shape)
                }
                _ => self.one(Op::Reshape { shape }, &[x]),
            },
        }
    }

    /// Axes in another order: a Reshape where only dimensions of 1 change places.
    pub fn transpose(&mut self, x: Id, order: &[usize]) -> Answer<Id> {
        let shape = self.shape(x);
        if order.len() != shape.len() || order.iter().any(|&axis| axis >= shape.len()) {
            let got = shape.len();
            return Err(Reason::Fault(NodeFault::Rank { operand: 0, got }));
        }
        let moved: Vec<usize> = order.iter().copied().filter(|&axis| !shape[axis].is(1)).collect();
        if moved.windows(2).all(|pair| pair[0] < pair[1]) {
            let shape = order.iter().map(|&axis| shape[axis].clone()).collect();
            return self.reshape(x, shape);
        }
        // Two changes of the order are one.
        let before = match self.producer(x) {
            Some(Made {
                op: Op::Transpose { order },
                operands,
                ..
            }) => Some((operands[0], order.clone())),
            _ => None,
        };
        if let Some((before, first)) = before {
            let both: Vec<usize> = order.iter().map(|&axis| first[axis] as usize).collect();
            return self.transpose(before, &both);
        }
        let order = order.iter().map(|&axis| axis as u32).collect();
        self.one(Op::Transpose { order }, &[x])
    }
}

/// A number that is one for all programs.
pub fn real(value: f32) -> Answer<Real> {
    Real::new(value).ok_or_else(|| Reason::Attribute("a number that is not one".into()))
}

/// The rank of a fault that names an axis.
pub fn axis_of(axis: i64, rank: usize) -> Answer<usize> {
    let own = if axis < 0 { axis + rank as i64 } else { axis };
    match usize::try_from(own) {
        Ok(own) if own < rank => Ok(own),
        _ => Err(Reason::Fault(NodeFault::Axis {
            axis: axis.unsigned_abs() as usize,
            rank,
        })),
    }
}
