//! A checked graph: every shape fits for all sizes, everything is used, and values have numbers.

use alloc::{boxed::Box, collections::BTreeMap, vec, vec::Vec};

use quorate_exact::infer::{Fault, MAX_RANK};

use crate::{
    check, cost,
    error::{NodeFault, ProgramError},
    expression::{Expression, Sizes},
    graph::{Constant, Dimension, Graph, MAX_VALUES},
    header::{header, MAX_HEADER},
    op::Op,
    shapes,
    sizes::{self, Shapes},
    types::ValueType,
};

/// A graph whose shapes fit for all sizes of its dimensions and of which everything is used.
#[derive(Clone, PartialEq, Debug)]
pub struct Program {
    graph: Graph,
    types: Vec<ValueType>,
    first_results: Vec<u32>,
    flops: Expression,
}

impl Program {
    /// Checks a graph.
    ///
    /// # Errors
    /// As [`ProgramError`] says. Whether shapes can be too large, and parameters out of range, is tried with all dimensions at their
    /// smallest and at their largest; what only fails between is refused by [`Program::at`].
    pub fn new(graph: Graph) -> Result<Self, ProgramError> {
        check::graph(&graph)?;
        let mut types = sources(&graph);
        let mut first_results = Vec::with_capacity(graph.nodes.len());
        let mut flops = Expression::default();
        let mut room = check::Room::default();
        for (index, node) in graph.nodes.iter().enumerate() {
            let known = types.len();
            let missing = |&&value: &&u32| value as usize >= known;
            if let Some(&value) = node.operands.iter().find(missing) {
                return Err(ProgramError::UnknownValue {
                    node: Some(index),
                    value,
                });
            }
            let at_fault = |fault| node_error(&graph, index, fault);
            let operands: Vec<&ValueType> = node
                .operands
                .iter()
                .filter_map(|&value| types.get(value as usize))
                .collect();
            room.operands(&node.op, &operands, known)?;
            let results = shapes::results(&node.op, &operands).map_err(at_fault)?;
            room.results(&results)?;
            if results.iter().any(|result| result.shape.len() > MAX_RANK) {
                return Err(at_fault(NodeFault::Sizes(Fault::Size)));
            }
            let own = cost::flops(&node.op, &operands, &results).map_err(at_fault)?;
            flops.add(&own).map_err(|error| at_fault(error.into()))?;
            first_results.push(u32::try_from(known).unwrap_or(u32::MAX));
            types.extend(results);
            check::count("values", types.len(), MAX_VALUES)?;
        }
        let program = Self {
            graph,
            types,
            first_results,
            flops,
        };
        program.check_constant_operands()?;
        program.check_outputs()?;
        program.check_sizes()?;
        match header(program.graph()).len() as u64 {
            len if len > MAX_HEADER => Err(ProgramError::HeaderLength(len)),
            _ => Ok(program),
        }
    }

    /// Its parts.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Types of all values.
    pub fn types(&self) -> &[ValueType] {
        &self.types
    }

    /// The numbers of a node's results.
    pub fn results(&self, node: usize) -> core::ops::Range<usize> {
        let first = |node: usize| {
            self.first_results
                .get(node)
                .map_or(self.types.len(), |&first| first as usize)
        };
        first(node)..first(node.saturating_add(1))
    }

    /// The number of the first tensor among the values; the inputs come before.
    pub fn first_tensor(&self) -> usize {
        self.graph.inputs.len()
    }

    /// The number of the first constant among the values.
    pub fn first_constant(&self) -> usize {
        self.first_tensor() + self.graph.tensors.len()
    }

    /// The constant that has this number among the values.
    pub fn constant(&self, value: u32) -> Option<&Constant> {
        let index = (value as usize).checked_sub(self.first_constant())?;
        self.graph.constants.get(index)
    }

    /// Floating-point operations of a run, as a user is charged for them (section 18).
    pub fn flops(&self) -> &Expression {
        &self.flops
    }

    /// Floating-point operations of one node of a run; none of a node that there is not.
    pub fn flops_of(&self, node: usize) -> Option<Expression> {
        let own = self.graph.nodes.get(node)?;
        let operands: Option<Vec<&ValueType>> = own
            .operands
            .iter()
            .map(|&value| self.types.get(value as usize))
            .collect();
        let results = self.types.get(self.results(node))?;
        cost::flops(&own.op, &operands?, results).ok()
    }

    /// The shapes of all values for these sizes of the dimensions.
    ///
    /// # Errors
    /// `Parameter("dimensions")` unless all dimensions, and no others, have a size within their bounds; what an operation does not
    /// take.
    pub fn at(&self, sizes: &Sizes) -> Result<Shapes, Fault> {
        let own = |dimension: &Dimension| {
            let size = sizes.get(&dimension.name).copied().unwrap_or(0);
            (u64::from(dimension.min)..=u64::from(dimension.max)).contains(&size)
        };
        if sizes.len() != self.graph.dimensions.len() || !self.graph.dimensions.iter().all(own) {
            return Err(Fault::Parameter("dimensions"));
        }
        self.shapes(sizes).map_err(|(_, fault)| fault)
    }

    /// The sizes of the dimensions that a request's inputs have.
    ///
    /// # Errors
    /// `Parameter("inputs")` unless there is one shape for each input; `Rank`, `Dimension` where none of the allowed sizes gives this shape.
    pub fn sizes_of(&self, inputs: &[&[usize]]) -> Result<Sizes, Fault> {
        sizes::of_inputs(&self.graph, inputs)
    }

    fn shapes(&self, sizes: &Sizes) -> Result<Shapes, (sizes::Place, Fault)> {
        let results = |node| self.types.get(self.results(node)).unwrap_or(&[]);
        sizes::at(
            &self.graph,
            self.types.get(..self.results(0).start).unwrap_or(&[]),
            results,
            sizes,
        )
    }

    fn check_outputs(&self) -> Result<(), ProgramError> {
        if self.graph.outputs.is_empty() {
            return Err(ProgramError::NoOutput);
        }
        let mut live = vec![false; self.types.len()];
        for output in &self.graph.outputs {
            let value = output.value;
            *live
                .get_mut(value as usize)
                .ok_or(ProgramError::UnknownValue { node: None, value })? = true;
        }
        for (index, node) in self.graph.nodes.iter().enumerate().rev() {
            let used = live
                .get(self.results(index))
                .is_some_and(|results| results.contains(&true));
            if !used {
                return Err(ProgramError::Dead { what: "node", index });
            }
            for &operand in &node.operands {
                live[operand as usize] = true;
            }
        }
        let mut rest = live.into_iter();
        for (what, count) in [
            ("input", self.graph.inputs.len()),
            ("tensor", self.graph.tensors.len()),
            ("constant", self.graph.constants.len()),
        ] {
            if let Some(index) = rest
                .by_ref()
                .take(count)
                .collect::<Vec<_>>()
                .iter()
                .position(|live| !live)
            {
                return Err(ProgramError::Dead { what, index });
            }
        }
        Ok(())
    }

    /// Inverse frequencies are constants, so that sin's domain is known. Each is read once, however many nodes have it.
    fn check_constant_operands(&self) -> Result<(), ProgramError> {
        let mut known: BTreeMap<u32, f32> = BTreeMap::new();
        for (index, node) in self.graph.nodes.iter().enumerate() {
            let Op::Rope { largest } = node.op else { continue };
            let operand = node.operands.get(1).copied().unwrap_or(u32::MAX);
            let error = |fault| Err(node_error(&self.graph, index, fault));
            let Some(inverse) = self.constant(operand) else {
                return error(NodeFault::NotConstant { operand: 1 });
            };
            let most = *known
                .entry(operand)
                .or_insert_with(|| inverse.floats().map(f32::abs).fold(0.0, f32::max));
            // The largest angle is that of the largest frequency: rounding keeps the order. 0 times infinity is none.
            let in_domain = (largest as f32 * most).abs() <= 8192.0;
            if largest > 1 << 24 || !in_domain {
                return error(NodeFault::Parameter("largest"));
            }
        }
        Ok(())
    }

    fn check_sizes(&self) -> Result<(), ProgramError> {
        for size in [|d: &Dimension| d.min, |d: &Dimension| d.max] {
            let sizes = self
                .graph
                .dimensions
                .iter()
                .map(|d| (d.name.clone(), size(d).into()))
                .collect();
            self.shapes(&sizes).map_err(|(place, fault)| match place {
                sizes::Place::Node(node) => node_error(&self.graph, node, NodeFault::Sizes(fault)),
                // Those of tensors and constants have been checked.
                sizes::Place::Source(index) => ProgramError::Shape { what: "input", index },
            })?;
        }
        Ok(())
    }
}

fn node_error(graph: &Graph, node: usize, fault: NodeFault) -> ProgramError {
    ProgramError::Node {
        node,
        op: graph.nodes.get(node).map_or("", |node| node.op.name()),
        fault: Box::new(fault),
    }
}

fn sources(graph: &Graph) -> Vec<ValueType> {
    let inputs = graph
        .inputs
        .iter()
        .map(|input| ValueType::new(input.element, input.shape.clone()));
    let tensors = graph
        .tensors
        .iter()
        .map(|tensor| ValueType::fixed(tensor.element, &tensor.shape));
    let constants = graph
        .constants
        .iter()
        .map(|constant| ValueType::fixed(constant.element, &constant.shape));
    inputs.chain(tensors).chain(constants).collect()
}
