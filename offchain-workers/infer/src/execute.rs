//! The steps of a run, one after the other.

use quorate_exact::infer::Fault;
use quorate_infer_kernels::holds_nan;
use quorate_program::{Op, Type};

use crate::{
    ops,
    steps::{Kernel, Step},
    work::Work,
};

impl Work<'_, '_> {
    /// All steps before `end`, as long as a request has no fault and `go_on` says so before each. Answers how many were done.
    pub fn run(&mut self, end: usize, go_on: &(dyn Fn(usize) -> bool + Sync)) -> Option<usize> {
        let model = self.model;
        for (index, step) in model.schedule.steps.iter().take(end).enumerate() {
            if !go_on(index) {
                return None;
            }
            self.step(step);
            if self.faults.iter().all(Option::is_some) {
                return Some(index);
            }
        }
        Some(end.min(model.schedule.steps.len()))
    }

    fn step(&mut self, step: &Step) {
        let nan = match &step.kernel {
            Kernel::Alias => false,
            Kernel::Fault(fault) => {
                self.faults.iter_mut().for_each(|own| *own = own.or(Some(*fault)));
                false
            }
            Kernel::Linear(links) => ops::linear::run(self, step, links),
            Kernel::Conv(links) => ops::conv::run(self, step, links),
            Kernel::Elementwise { start, links } => ops::chain::run(self, step, *start, links),
            Kernel::Node => ops::node(self, step),
        };
        if step.kernel == Kernel::Node && matches!(self.model.node(step).op, Op::Attention { .. }) {
            self.attention += 1;
        }
        if nan {
            self.blame(step);
        }
    }

    /// Some result is NaN: of these requests.
    fn blame(&mut self, step: &Step) {
        let isa = self.model.options.isa;
        let loan = self.arena.lend();
        for (request, fault) in self.faults.iter_mut().enumerate().filter(|(_, fault)| fault.is_none()) {
            let holds = |value: usize| {
                let value = value as u32;
                self.model.element(value) == Type::F32 && holds_nan(isa, loan.read(self.plan.bytes(value, request)))
            };
            if step.results.clone().any(holds) {
                *fault = Some(Fault::NaN);
            }
        }
    }
}
