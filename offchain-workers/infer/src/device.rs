//! A device that runs programs beside the CPU, with the same bits: what the engine asks of it.

use std::sync::Arc;

use quorate_program::{Program, Sizes, Value};

use crate::tensors::Tensors;

/// A device.
pub trait ProgramDevice: Send + Sync {
    /// For people.
    fn name(&self) -> String;

    /// The program with its tensors on the device. None where it stays on the CPU as a whole: the device lacks an operation, there is
    /// not the memory, or it is not worth the way.
    fn load(&self, program: &Arc<Program>, tensors: &dyn Tensors) -> Option<Box<dyn DeviceModel>>;

    /// Whether it was switched off, by a program's comparison or because it failed: what it answered alone shortly before may be wrong.
    fn is_off(&self) -> bool;
}

/// A program with its tensors on a device.
pub trait DeviceModel: Send + Sync {
    /// What the device says of one request, whose inputs have these sizes. None where it does not run it, or `go_on` ended it.
    fn run(&self, inputs: &[Value], sizes: &Sizes, go_on: &dyn Fn() -> bool) -> Option<DeviceAnswer>;

    /// Whether its next answer is to be compared with the CPU's, though one was found equal already. Before that all of them depend on
    /// a comparison.
    fn is_audited(&self) -> bool;

    /// Its answers are wrong: neither it nor any other program of the device is run there again.
    fn switch_off(&self, why: &str);
}

/// What a device says of a request.
#[derive(Clone, PartialEq, Debug)]
pub enum DeviceAnswer {
    /// Its outputs, in their order.
    Outputs(Vec<Value>),
    /// It has a fault: which one the CPU finds.
    Fault,
}
