//! What a graph is checked for before its shapes are known, and how much its shapes may be.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use quorate_exact::infer::{elements, MAX_RANK};

use crate::{
    error::ProgramError,
    graph::{
        Constant, Graph, MAX_DIMENSIONS, MAX_DIMENSION_NAME, MAX_NAME, MAX_NODES, MAX_OPERANDS, MAX_SHAPES, MAX_VALUES,
    },
    op::Op,
    sizes::line,
    types::{Type, ValueType},
    Expression,
};

/// Counts, names, and the tensors that have a fixed shape.
pub(crate) fn graph(graph: &Graph) -> Result<(), ProgramError> {
    counts(graph)?;
    names(graph)?;
    dimensions(graph)?;
    let tensors = graph.tensors.iter().map(|tensor| &tensor.shape);
    let constants = graph.constants.iter().map(|constant| &constant.shape);
    tensors.enumerate().try_for_each(|of| shape("tensor", of))?;
    constants.enumerate().try_for_each(|of| shape("constant", of))?;
    let inputs = graph.inputs.iter().enumerate();
    if let Some((index, _)) = inputs.clone().find(|(_, input)| input.shape.len() > MAX_RANK) {
        return Err(ProgramError::Shape { what: "input", index });
    }
    graph.constants.iter().enumerate().try_for_each(constant)
}

pub(crate) fn count(what: &'static str, got: usize, limit: usize) -> Result<(), ProgramError> {
    match got > limit {
        true => Err(ProgramError::TooMany { what, limit, got }),
        false => Ok(()),
    }
}

/// What the shapes of operands and results have had of [`MAX_SHAPES`]. It is counted before anything is made of them: time and
/// memory follow from it.
#[derive(Default)]
pub(crate) struct Room {
    parts: usize,
}

impl Room {
    /// Operands, before the node's results are made; `known` values came before.
    pub(crate) fn operands(&mut self, op: &Op, operands: &[&ValueType], known: usize) -> Result<(), ProgramError> {
        operands.iter().try_for_each(|operand| self.take(parts(operand)))?;
        let (Op::Split { axis, sizes }, [x]) = (op, operands) else {
            return Ok(());
        };
        // The one operation with any number of results.
        count("values", known.saturating_add(sizes.len()), MAX_VALUES)?;
        let own = x.shape.get(*axis as usize).map_or(0, Expression::parts);
        let others = parts(x).saturating_sub(own);
        let all = sizes.iter().map(|size| others.saturating_add(size.parts()));
        self.fits(all.fold(0, usize::saturating_add)).map(|_| ())
    }

    pub(crate) fn results(&mut self, results: &[ValueType]) -> Result<(), ProgramError> {
        results.iter().try_for_each(|result| self.take(parts(result)))
    }

    fn take(&mut self, parts: usize) -> Result<(), ProgramError> {
        self.parts = self.fits(parts)?;
        Ok(())
    }

    fn fits(&self, parts: usize) -> Result<usize, ProgramError> {
        let got = self.parts.saturating_add(parts);
        count("parts of the shapes of operands and results", got, MAX_SHAPES).map(|()| got)
    }
}

fn parts(value: &ValueType) -> usize {
    value.shape.iter().map(Expression::parts).fold(0, usize::saturating_add)
}

fn counts(graph: &Graph) -> Result<(), ProgramError> {
    count("nodes", graph.nodes.len(), MAX_NODES)?;
    count("dimensions", graph.dimensions.len(), MAX_DIMENSIONS)?;
    let sources = graph.inputs.len() + graph.tensors.len() + graph.constants.len();
    count("values", sources, MAX_VALUES)?;
    count("outputs", graph.outputs.len(), MAX_VALUES)?;
    let operands = graph.nodes.iter().map(|node| node.operands.len()).max();
    count("operands of a node", operands.unwrap_or(0), MAX_OPERANDS)
}

fn names(graph: &Graph) -> Result<(), ProgramError> {
    unique(
        "dimension",
        MAX_DIMENSION_NAME,
        graph.dimensions.iter().map(|d| &d.name),
    )?;
    unique("input", MAX_NAME, graph.inputs.iter().map(|input| &input.name))?;
    unique("tensor", MAX_NAME, graph.tensors.iter().map(|tensor| &tensor.name))?;
    unique("output", MAX_NAME, graph.outputs.iter().map(|output| &output.name))
}

fn unique<'a>(what: &'static str, longest: usize, names: impl Iterator<Item = &'a String>) -> Result<(), ProgramError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() || name.len() > longest || !seen.insert(name) {
            return Err(named(what, name));
        }
    }
    Ok(())
}

/// A name that is refused, as much of it as people read.
fn named(what: &'static str, name: &str) -> ProgramError {
    let name = name.chars().take(64).collect();
    ProgramError::Name { what, name }
}

/// That dimensions have bounds, that an input says the size of each, and that no others are named.
fn dimensions(graph: &Graph) -> Result<(), ProgramError> {
    let mut unused: BTreeMap<&str, bool> = BTreeMap::new();
    for dimension in &graph.dimensions {
        if !dimension.is_named() {
            return Err(named("dimension", &dimension.name));
        }
        if !dimension.is_bounded() {
            return Err(ProgramError::Bounds(dimension.name.clone()));
        }
        unused.insert(&dimension.name, true);
    }
    let of_inputs = || graph.inputs.iter().flat_map(|input| &input.shape);
    let of_nodes = graph.nodes.iter().flat_map(|node| node.op.expressions());
    let mut named = of_inputs().chain(of_nodes).flat_map(Expression::dimensions);
    if let Some(name) = named.find(|name| !unused.contains_key(name)) {
        return Err(ProgramError::UnknownDimension(name.into()));
    }
    for (name, ..) in of_inputs().filter_map(line) {
        unused.insert(name, false);
    }
    match unused.iter().find(|(_, unused)| **unused) {
        Some((name, _)) => Err(ProgramError::UnusedDimension((*name).into())),
        None => Ok(()),
    }
}

fn shape(what: &'static str, (index, shape): (usize, &Vec<u64>)) -> Result<(), ProgramError> {
    let size = |&size: &u64| usize::try_from(size).unwrap_or(usize::MAX);
    // More axes than there may be are not worth a copy.
    let shape: Vec<usize> = shape.iter().take(MAX_RANK + 1).map(size).collect();
    elements(&shape)
        .map(|_| ())
        .map_err(|_| ProgramError::Shape { what, index })
}

fn constant((constant, value): (usize, &Constant)) -> Result<(), ProgramError> {
    let reason = if value.len() != Some(value.bytes.len() as u64) {
        "its shape asks for another number of bytes"
    } else if value.floats().any(f32::is_nan) {
        "it holds a value that is not a number"
    } else if value.element == Type::Bool && value.bytes.iter().any(|&byte| byte > 1) {
        "a bool that is neither 0 nor 1"
    } else {
        return Ok(());
    };
    Err(ProgramError::Constant { constant, reason })
}
