//! What a run of given sizes does, and where its values lie.

use super::{
    launch::{Launch, Place},
    lower::{scratch, Lacks, Node, Operand},
    table::Table,
};
use quorate_infer::{places, Block};
use quorate_program::{Program, Shapes};

/// A run: everything but addresses.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In their order.
    pub launches: Vec<Launch>,
    /// What they read of shapes.
    pub table: Vec<u8>,
    /// Bytes of memory for values.
    pub arena: usize,
    /// Of all values.
    pub places: Vec<Place>,
    /// Of all values.
    pub shapes: Shapes,
}

impl Plan {
    /// `fixed` says where tensors and constants lie.
    ///
    /// # Errors
    /// [`Lacks`].
    pub fn new(program: &Program, shapes: Shapes, fixed: &[Place]) -> Result<Self, Lacks> {
        let graph = program.graph();
        let (mut values, mut beside, arena) = arranged(program, &shapes);
        let sources = program.first_tensor()..program.first_tensor() + fixed.len();
        values[sources].copy_from_slice(fixed);
        let (mut launches, mut table) = (vec![], Table::default());
        for (number, node) in graph.nodes.iter().enumerate() {
            let operand = |value: usize| operand(program, &shapes, &values, value);
            let operands: Vec<_> = node.operands.iter().map(|&value| operand(value as usize)).collect();
            let results: Vec<_> = program.results(number).map(operand).collect();
            let node = Node {
                number: number as u32,
                op: &node.op,
                operands: &operands,
                results: &results,
                scratch: beside.remove(&number).unwrap_or(Place::Nowhere),
                shapes: &shapes,
                table: &mut table,
            };
            launches.extend(node.launches()?);
        }
        Ok(Self {
            launches,
            table: table.0,
            arena,
            places: values,
            shapes,
        })
    }

    /// Bytes of a value.
    pub fn bytes(&self, program: &Program, value: usize) -> usize {
        bytes(program, &self.shapes, value)
    }
}

fn bytes(program: &Program, shapes: &Shapes, value: usize) -> usize {
    shapes.of(value as u32).iter().product::<usize>() * program.types()[value].element.bytes()
}

fn operand<'a>(program: &Program, shapes: &'a Shapes, places: &[Place], value: usize) -> Operand<'a> {
    Operand {
        place: places[value],
        element: program.types()[value].element,
        shape: shapes.of(value as u32),
    }
}

/// Places of inputs and results, those of the nodes that need some beside, and where all end. What is not needed at the same time may
/// lie at the same place.
fn arranged(program: &Program, shapes: &Shapes) -> (Vec<Place>, std::collections::HashMap<usize, Place>, usize) {
    let (graph, count) = (program.graph(), program.types().len());
    let nodes = graph.nodes.len();
    let mut last = vec![0; count];
    for (number, node) in graph.nodes.iter().enumerate() {
        program.results(number).for_each(|value| last[value] = number);
        node.operands.iter().for_each(|&value| last[value as usize] = number);
    }
    graph
        .outputs
        .iter()
        .for_each(|output| last[output.value as usize] = nodes);
    let block = |value: usize, first: usize| Block {
        value,
        bytes: bytes(program, shapes, value),
        first,
        last: last[value],
    };
    let mut blocks: Vec<Block> = (0..program.first_tensor()).map(|value| block(value, 0)).collect();
    let nowhere = vec![Place::Nowhere; count];
    for (number, node) in graph.nodes.iter().enumerate() {
        blocks.extend(program.results(number).map(|value| block(value, number)));
        let operands: Vec<_> = node
            .operands
            .iter()
            .map(|&value| operand(program, shapes, &nowhere, value as usize))
            .collect();
        let beside = scratch(&node.op, &operands);
        if beside > 0 {
            blocks.push(Block {
                value: count + number,
                bytes: beside,
                first: number,
                last: number,
            });
        }
    }
    let (offsets, end) = places(&blocks);
    let (mut values, mut beside) = (nowhere, std::collections::HashMap::new());
    for (block, offset) in blocks.iter().zip(offsets) {
        match block.value.checked_sub(count) {
            None => values[block.value] = Place::Arena(offset),
            Some(node) => {
                beside.insert(node, Place::Arena(offset));
            }
        }
    }
    (values, beside, end)
}
