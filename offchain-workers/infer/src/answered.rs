//! Requests that a device answers, and how far it is trusted.

use quorate_exact::infer::Fault;
use quorate_program::{Sizes, Value};

use crate::{
    device::DeviceAnswer,
    runner::{Answers, Runner},
};

/// Requests that a device has answered.
#[derive(Default)]
pub(crate) struct Answered {
    /// Numbers, with outputs. These answers hold if the others are right.
    alone: Vec<(usize, Vec<Value>)>,
    /// Those that the CPU runs too; none where the device says that there is a fault.
    compared: Vec<(usize, Option<Vec<Value>>)>,
}

impl Answered {
    /// Whether outputs are compared, and not faults alone.
    fn compares_outputs(&self) -> bool {
        self.compared.iter().any(|(_, outputs)| outputs.is_some())
    }
}

impl Runner {
    /// Has the model's device, if there is one, answer these requests. What is to be run by the CPU is left in `running`.
    pub(crate) fn by_device(
        &self,
        requests: &[&[Value]],
        running: &mut Vec<(usize, Sizes)>,
        go_on: &dyn Fn() -> bool,
    ) -> Answered {
        let mut answered = Answered::default();
        let Some(device) = self.model.device() else {
            return answered;
        };
        running.retain(|(request, sizes)| match device.run(requests[*request], sizes, go_on) {
            None => true,
            Some(DeviceAnswer::Fault) => {
                answered.compared.push((*request, None));
                true
            }
            Some(DeviceAnswer::Outputs(outputs)) => {
                let first = !self.model.is_proven() && !answered.compares_outputs();
                let audited = device.is_audited() || first;
                match audited {
                    true => answered.compared.push((*request, Some(outputs))),
                    false => answered.alone.push((*request, outputs)),
                }
                audited
            }
        });
        answered
    }

    /// Compares the CPU's answers with the device's, and puts those in that it gave alone. Where one differs, the device is switched
    /// off, and the numbers of the requests that it answered alone are given back: they are for the CPU.
    pub(crate) fn trust(&self, answered: Answered, answers: &mut Answers) -> Vec<usize> {
        let differs = |(request, outputs): &&(usize, Option<Vec<Value>>)| match (&answers[*request], outputs) {
            (Ok(ours), Some(theirs)) => ours.iter().map(Value::bytes).ne(theirs.iter().map(Value::bytes)),
            (Err(fault), None) => !matches!(fault, Fault::NaN | Fault::Range | Fault::Index { .. }),
            _ => true,
        };
        match (answered.compared.iter().find(differs), self.model.device()) {
            (Some(_), Some(device)) => {
                device.switch_off("it answered a request otherwise than the CPU");
                answered.alone.into_iter().map(|(request, _)| request).collect()
            }
            _ => {
                if answered.compares_outputs() {
                    self.model.prove();
                }
                for (request, outputs) in answered.alone {
                    answers[request] = Ok(outputs);
                }
                vec![]
            }
        }
    }
}
