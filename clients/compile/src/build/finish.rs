//! From a graph that has grown to the program of what its outputs depend on.

use std::collections::HashMap;

use quorate_exact::Root;
use quorate_program::{Graph, Node, Output, Program, ProgramError};

use super::{Builder, Id, Origin};

/// A finished program, and what was left out of it or recognised in it.
#[derive(Debug)]
pub struct Finished {
    /// The program.
    pub program: Program,
    /// Inputs that no output depends on.
    pub dropped: Vec<String>,
    /// Patterns of its nodes.
    pub patterns: Vec<&'static str>,
}

impl Builder {
    /// The program of what these outputs depend on.
    ///
    /// # Errors
    /// As [`ProgramError`].
    pub fn finish(self, outputs: &[(String, Id)], tokenizer: Option<Root>) -> Result<Finished, ProgramError> {
        let mut live = vec![false; self.values.len()];
        let mut wanted: Vec<Id> = outputs.iter().map(|(_, id)| *id).collect();
        while let Some(id) = wanted.pop() {
            if std::mem::replace(&mut live[id as usize], true) {
                continue;
            }
            if let Origin::Node(node, _) = self.origin(id) {
                wanted.extend(&self.nodes[node].operands);
            }
        }
        let mut numbers: HashMap<Id, u32> = HashMap::new();
        let mut graph = Graph {
            dimensions: self.dimensions.clone(),
            tokenizer,
            ..Graph::default()
        };
        let mut dropped = Vec::new();
        let mut kept = 0u32;
        let mut keep = |id: usize, numbers: &mut HashMap<Id, u32>| {
            numbers.insert(id as Id, kept);
            kept += 1;
        };
        for pass in 0..3 {
            for (id, value) in self.values.iter().enumerate() {
                match (pass, value.origin, live[id]) {
                    (0, Origin::Input(index), true) => graph.inputs.push(self.inputs[index].clone()),
                    (0, Origin::Input(index), false) => {
                        dropped.push(self.inputs[index].name.clone());
                        continue;
                    }
                    (1, Origin::Tensor(index), true) => graph.tensors.push(self.tensors[index].clone()),
                    (2, Origin::Constant(index), true) => graph.constants.push(self.constants[index].clone()),
                    _ => continue,
                }
                keep(id, &mut numbers);
            }
        }
        let mut patterns = Vec::new();
        for (node, made) in self.nodes.iter().enumerate() {
            let results = made.first as usize..self.values.len();
            let results: Vec<usize> = results
                .take_while(|&id| matches!(self.values[id].origin, Origin::Node(own, _) if own == node))
                .collect();
            if !results.iter().any(|&id| live[id]) {
                continue;
            }
            graph.nodes.push(Node {
                operands: made.operands.iter().filter_map(|id| numbers.get(id).copied()).collect(),
                op: made.op.clone(),
            });
            patterns.extend(made.pattern);
            results.into_iter().for_each(|id| keep(id, &mut numbers));
        }
        let output = |(name, id): &(String, Id)| Output {
            name: name.clone(),
            value: numbers.get(id).copied().unwrap_or(u32::MAX),
        };
        graph.outputs = outputs.iter().map(output).collect();
        let used: Vec<String> = graph
            .inputs
            .iter()
            .flat_map(|input| &input.shape)
            .flat_map(|dimension| dimension.dimensions().into_iter().map(String::from))
            .collect();
        graph.dimensions.retain(|dimension| used.contains(&dimension.name));
        Program::new(graph).map(|program| Finished {
            program,
            dropped,
            patterns,
        })
    }
}
