//! What has no kernel: the reference, request after request. Slow, and right.

use quorate_program::{run::apply, Value};

use crate::{
    steps::Step,
    work::{put, value, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> bool {
    let node = work.model.node(step);
    for request in work.requests() {
        let loan = work.arena.lend();
        let copies: Result<Vec<Option<Value>>, _> = node
            .operands
            .iter()
            .map(|&operand| match work.model.raw[operand as usize] {
                Some(_) => Ok(None),
                None => value(work.model, work.plan, &loan, operand, request).map(Some),
            })
            .collect();
        let results = copies.and_then(|copies| {
            let operands: Vec<&Value> = copies
                .iter()
                .zip(&node.operands)
                .filter_map(|(copy, &operand)| copy.as_ref().or(work.model.raw[operand as usize].as_ref()))
                .collect();
            apply(&node.op, &operands, work.plan.shapes(request))
        });
        match results {
            Ok(results) => {
                let loan = work.arena.lend();
                for (value, result) in step.results.clone().zip(&results) {
                    put(&loan, work.plan.bytes(value as u32, request), result);
                }
            }
            Err(fault) => work.faults[request] = Some(fault),
        }
    }
    false
}
