//! A device for programs whose answers may be wrong.

use quorate_infer::{DeviceAnswer, DeviceModel, ProgramDevice, Tensors};
use quorate_program::{Program, Sizes, Value};
use std::sync::{
    atomic::{AtomicBool, AtomicU64, Ordering},
    Arc,
};

/// A device that answers as the reference does but for one run, and counts.
#[derive(Clone, Default)]
pub struct Device {
    pub runs: Arc<AtomicU64>,
    pub off: Arc<AtomicBool>,
    /// The run whose answer is wrong, and the one whose answer is wrong and compared with the CPU's.
    pub lies: Option<[u64; 2]>,
    /// The run at which another job finds the device to be wrong.
    pub fails: Option<u64>,
}

struct OnDevice {
    program: Arc<Program>,
    weights: Vec<Value>,
    device: Device,
}

impl ProgramDevice for Device {
    fn name(&self) -> String {
        "a device".into()
    }

    fn load(&self, program: &Arc<Program>, tensors: &dyn Tensors) -> Option<Box<dyn DeviceModel>> {
        let weights = program.graph().tensors.iter().map(|tensor| {
            let own = tensors.tensor(&tensor.name).unwrap();
            let shape: Vec<usize> = own.shape.iter().map(|&d| d as usize).collect();
            Value::from_bytes(own.element.unwrap(), &shape, own.bytes).unwrap()
        });
        Some(Box::new(OnDevice {
            program: program.clone(),
            weights: weights.collect(),
            device: self.clone(),
        }))
    }

    fn is_off(&self) -> bool {
        self.off.load(Ordering::Relaxed)
    }
}

impl DeviceModel for OnDevice {
    fn run(&self, inputs: &[Value], _: &Sizes, _: &dyn Fn() -> bool) -> Option<DeviceAnswer> {
        if self.device.is_off() {
            return None;
        }
        let run = self.device.runs.fetch_add(1, Ordering::Relaxed) + 1;
        if self.device.fails == Some(run) {
            self.switch_off("another job's comparison");
        }
        let answer = self.program.run(inputs.to_vec(), &self.weights);
        let outputs = answer.map(|outputs| match self.device.lies {
            Some(lies) if lies.contains(&run) => outputs.iter().map(another).collect(),
            _ => outputs,
        });
        Some(outputs.map_or(DeviceAnswer::Fault, DeviceAnswer::Outputs))
    }

    fn is_audited(&self) -> bool {
        let run = self.device.runs.load(Ordering::Relaxed);
        self.device.lies.is_some_and(|[_, compared]| compared == run)
    }

    fn switch_off(&self, why: &str) {
        println!("{why}");
        self.device.off.store(true, Ordering::Relaxed);
    }
}

/// Another value of the same type and shape.
fn another(value: &Value) -> Value {
    let mut bytes = value.bytes();
    bytes[0] ^= 1;
    Value::from_bytes(value.element(), value.shape(), &bytes).unwrap()
}
