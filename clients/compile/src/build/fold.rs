//! Nodes of constants are constants, if these are small.

use quorate_program::{shapes, Constant, Graph, Node, Op, Output, Program, ProgramError, ValueType};

use super::{Builder, Id};
use crate::error::{Answer, Reason};

/// Largest result of a node of constants that is computed now, beyond what its operands have.
const FOLDED: u64 = 1 << 20;
/// Most operations of one.
const FOLDED_FLOPS: i64 = 50_000_000;

impl Builder {
    /// The results of a node of constants, if they are small enough to be constants themselves.
    pub(super) fn folded(&mut self, op: &Op, operands: &[Id], results: &[ValueType]) -> Answer<Option<Vec<Id>>> {
        let constants: Option<Vec<&Constant>> = operands.iter().map(|&id| self.constant_of(id)).collect();
        let Some(constants) = constants else { return Ok(None) };
        let own: u64 = constants.iter().map(|constant| constant.bytes.len() as u64).sum();
        let mut len = 0u64;
        for result in results {
            let elements = shapes::elements(&result.shape)?;
            let Some(elements) = elements.size() else {
                return Ok(None);
            };
            len = len.saturating_add((elements as u64).saturating_mul(result.element.bytes() as u64));
        }
        // No result is larger than what made it, but for small ones: a program does not grow by what can be computed.
        if own > self.work
            || len > own.max(FOLDED).min(self.budget)
            || (len > own && matches!(op, Op::Expand { .. })) && len > 4096
        {
            return Ok(None);
        }
        let count = constants.len() as u32;
        let graph = Graph {
            constants: constants.into_iter().cloned().collect(),
            nodes: vec![Node {
                operands: (0..count).collect(),
                op: op.clone(),
            }],
            outputs: (0..results.len() as u32)
                .map(|result| Output {
                    name: result.to_string(),
                    value: count + result,
                })
                .collect(),
            ..Graph::default()
        };
        let program = match Program::new(graph) {
            Ok(program) => program,
            Err(ProgramError::Node { fault, .. }) => return Err(Reason::Fault(*fault)),
            Err(_) => return Ok(None),
        };
        let flops = program.flops().constant().filter(|&flops| flops <= FOLDED_FLOPS);
        let work = flops.and_then(|flops| self.work.checked_sub(own.saturating_add(flops.unsigned_abs())));
        let Some(work) = work else { return Ok(None) };
        self.work = work;
        let values = program.run(Vec::new(), &[]).map_err(Reason::Value)?;
        self.budget -= len;
        let constant = |value: quorate_program::Value| Constant {
            shape: value.shape().iter().map(|&size| size as u64).collect(),
            element: value.element(),
            bytes: value.bytes(),
        };
        Ok(Some(
            values.into_iter().map(|value| self.constant(constant(value))).collect(),
        ))
    }
}
