//! A program with its tensors on a device.

use super::{
    launch::{Bases, Place},
    lower::{Lacks, MOST_STEPS},
    plan::Plan,
    transfer::Transfer,
};
use crate::{
    buffer::{Buffer, Cutter},
    device::{Address, Device, DeviceError},
};
use quorate_infer::Tensors;
use quorate_program::{Program, Sizes, Value};
use std::sync::{Arc, Mutex, PoisonError};

/// Plans that are kept: sizes come back.
const PLANS: usize = 4;
/// Launches after which a run asks whether it should go on, if they are not long.
const LAUNCHES: usize = 64;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// The device has no kernel for it.
    #[error(transparent)]
    Lacks(#[from] Lacks),
    /// It needs more memory than it may use.
    #[error("{needed} bytes of the device's memory are needed; {limit} may be used")]
    Memory {
        /// Bytes.
        needed: u64,
        /// Bytes.
        limit: u64,
    },
    /// The memory that it may use is not there.
    #[error("not enough memory: {0}")]
    Room(DeviceError),
    /// A tensor is not what the program reads, or an input.
    #[error("{0} is not what the program reads")]
    Values(String),
    /// It was asked to end.
    #[error("the run was cancelled")]
    Cancelled,
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// What the device says of one request.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// The outputs, in their order.
    Outputs(Vec<Value>),
    /// A value of this node's results is no number, or lies outside of a type or an axis.
    Fault {
        /// The first such node.
        node: usize,
    },
}

/// A program with its tensors on a device.
pub struct Loaded<D: Device> {
    program: Arc<Program>,
    /// Tensors and constants, one after the other.
    tensors: Buffer<D>,
    fixed: Vec<Place>,
    /// Bytes of the device's memory that all of this may take.
    memory: u64,
    state: Mutex<State<D>>,
    device: Arc<D>,
}

struct State<D: Device> {
    arena: Option<Buffer<D>>,
    fault: Buffer<D>,
    transfer: Transfer<D>,
    plans: Vec<(Sizes, Arc<Ready<D>>)>,
}

/// A plan with its tables on the device.
struct Ready<D: Device> {
    plan: Plan,
    table: Buffer<D>,
}

impl<D: Device> Loaded<D> {
    /// Brings a program's tensors and constants to the device.
    ///
    /// # Errors
    /// [`Refused`]; `Lacks` and `Memory` before anything is taken.
    pub fn new(device: &Arc<D>, program: &Arc<Program>, tensors: &dyn Tensors, memory: u64) -> Result<Self, Refused> {
        let (fixed, needed) = arranged(program);
        supported(program, &fixed)?;
        if needed as u64 > memory {
            return Err(Refused::Memory {
                needed: needed as u64,
                limit: memory,
            });
        }
        let buffer = Buffer::new(device, needed).map_err(Refused::Room)?;
        let mut transfer = Transfer::new(device).map_err(Refused::Room)?;
        let graph = program.graph();
        for (number, place) in fixed.iter().enumerate() {
            let &Place::Fixed(at) = place else { continue };
            let bytes = match number.checked_sub(graph.tensors.len()) {
                Some(constant) => graph.constants[constant].bytes.as_slice(),
                None => {
                    let wanted = &graph.tensors[number];
                    let given = tensors.tensor(&wanted.name);
                    let fits = given.filter(|given| given.element == Ok(wanted.element) && given.shape == wanted.shape);
                    fits.ok_or_else(|| Refused::Values(format!("tensor {:?}", wanted.name)))?
                        .bytes
                }
            };
            if bytes.len() != length(program, number) {
                return Err(Refused::Values(format!("the length of tensor or constant {number}")));
            }
            // SAFETY: `arranged` gave it this place, of this length.
            unsafe { transfer.put(buffer.address() + at as u64, bytes)? };
        }
        Ok(Self {
            program: program.clone(),
            tensors: buffer,
            fixed,
            memory,
            state: Mutex::new(State {
                arena: None,
                fault: Buffer::new(device, size_of::<u64>()).map_err(Refused::Room)?,
                transfer,
                plans: vec![],
            }),
            device: device.clone(),
        })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Seconds that the device itself takes for a run, without bringing inputs and fetching outputs.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn time(&self, inputs: &[Value], sizes: &Sizes) -> Result<f64, Refused> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (ready, bases) = self.begin(&mut state, inputs, sizes)?;
        let mut refused = None;
        let seconds = self.device.time(&mut || {
            refused = self.launch(&ready.plan, &bases, &|| true).err();
            Ok(())
        });
        // Also after a failure nothing may be under way any more.
        self.device.wait(0)?;
        refused.map_or(Ok(seconds?), Err)
    }

    /// Runs one request, whose inputs have these sizes.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn run(&self, inputs: &[Value], sizes: &Sizes, go_on: &dyn Fn() -> bool) -> Result<Answer, Refused> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (ready, bases) = self.begin(&mut state, inputs, sizes)?;
        let launched = self.launch(&ready.plan, &bases, go_on);
        // Also after a failure nothing may be under way any more.
        launched.and(self.device.wait(0).map_err(Refused::from))?;
        // SAFETY: it is one u64.
        let word = unsafe { state.transfer.get(bases.fault, size_of::<u64>())? };
        // The first fault in the order of (node, index), 24 and 40 bits.
        match word.first_chunk().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes)) {
            u64::MAX => self.outputs(&mut state, &ready.plan, &bases).map(Answer::Outputs),
            fault => Ok(Answer::Fault {
                node: (fault >> 40) as usize,
            }),
        }
    }

    /// Brings the inputs to their places.
    fn begin(&self, state: &mut State<D>, inputs: &[Value], sizes: &Sizes) -> Result<(Arc<Ready<D>>, Bases), Refused> {
        let ready = self.ready(state, sizes)?;
        self.check(inputs, &ready.plan)?;
        let bases = Bases {
            fixed: self.tensors.address(),
            arena: self.reserve(state, ready.plan.arena)?,
            table: ready.table.address(),
            fault: state.fault.address(),
        };
        for (number, input) in inputs.iter().enumerate() {
            let to = bases.address(ready.plan.places[number]);
            // SAFETY: the plan has this place for a value of this type and shape.
            unsafe { state.transfer.put(to, &input.bytes())? };
        }
        Ok((ready, bases))
    }

    /// Starts everything.
    fn launch(&self, plan: &Plan, bases: &Bases, go_on: &dyn Fn() -> bool) -> Result<(), Refused> {
        // SAFETY: it is one u64.
        unsafe { self.device.fill(0, bases.fault, size_of::<u64>(), 0xff)? };
        let (mut started, mut steps) = (0, 0u64);
        for (number, launch) in plan.launches.iter().enumerate() {
            steps = steps.saturating_add(launch.steps);
            if number == 0 || started == LAUNCHES || steps > MOST_STEPS {
                self.device.wait(0)?;
                if !go_on() {
                    return Err(Refused::Cancelled);
                }
                (started, steps) = (0, launch.steps);
            }
            started += 1;
            let arguments: Vec<_> = launch.arguments.iter().map(|&given| bases.argument(given)).collect();
            let kernel = crate::kernel::Kernel::Inference(launch.kernel);
            // SAFETY: the arguments are those of the source; places are the plan's, whose memory is there.
            unsafe { self.device.launch(0, kernel, (launch.blocks, 1), &arguments)? };
        }
        Ok(())
    }

    fn outputs(&self, state: &mut State<D>, plan: &Plan, bases: &Bases) -> Result<Vec<Value>, Refused> {
        let wanted = self.program.graph().outputs.iter();
        let output = |output: &quorate_program::Output| {
            let value = output.value as usize;
            let (from, len) = (bases.address(plan.places[value]), plan.bytes(&self.program, value));
            // SAFETY: the plan has this place for a value of this length.
            let bytes = unsafe { state.transfer.get(from, len)? };
            let element = self.program.types()[value].element;
            // A NaN that no kernel reported: the device is wrong.
            Value::from_bytes(element, plan.shapes.of(output.value), &bytes).map_err(|fault| {
                Refused::Device(DeviceError {
                    what: format!("output {:?}", output.name),
                    why: fault.to_string(),
                })
            })
        };
        wanted.map(output).collect()
    }

    fn check(&self, inputs: &[Value], plan: &Plan) -> Result<(), Refused> {
        let wanted = &self.program.graph().inputs;
        let fits = |(number, (input, wanted)): (usize, (&Value, &quorate_program::Input))| {
            input.element() == wanted.element && input.shape() == plan.shapes.of(number as u32)
        };
        match inputs.len() == wanted.len() && inputs.iter().zip(wanted).enumerate().all(fits) {
            true => Ok(()),
            false => Err(Refused::Values("the request's inputs".into())),
        }
    }

    /// The memory of a run, taken anew where it is too small.
    fn reserve(&self, state: &mut State<D>, bytes: usize) -> Result<Address, Refused> {
        let needed = (self.tensors.bytes() as u64).saturating_add(bytes as u64);
        if needed > self.memory {
            return Err(Refused::Memory {
                needed,
                limit: self.memory,
            });
        }
        if let Some(arena) = state.arena.as_ref().filter(|arena| arena.bytes() >= bytes) {
            return Ok(arena.address());
        }
        state.arena = None;
        let arena = Buffer::new(&self.device, bytes).map_err(Refused::Room)?;
        let address = arena.address();
        state.arena = Some(arena);
        Ok(address)
    }

    /// The plan for these sizes, the last ones first.
    fn ready(&self, state: &mut State<D>, sizes: &Sizes) -> Result<Arc<Ready<D>>, Refused> {
        let known = state.plans.iter().position(|(own, _)| own == sizes);
        let ready = match known {
            Some(known) => state.plans.remove(known).1,
            None => {
                let shapes = self.program.at(sizes);
                let shapes = shapes.map_err(|fault| Refused::Values(format!("the request's sizes ({fault})")))?;
                let plan = Plan::new(&self.program, shapes, &self.fixed)?;
                let table = Buffer::new(&self.device, plan.table.len()).map_err(Refused::Room)?;
                // SAFETY: the buffer has this length.
                unsafe { state.transfer.put(table.address(), &plan.table)? };
                Arc::new(Ready { plan, table })
            }
        };
        state.plans.truncate(PLANS - 1);
        state.plans.insert(0, (sizes.clone(), ready.clone()));
        Ok(ready)
    }
}

/// Bytes of the tensor or constant of this number.
fn length(program: &Program, number: usize) -> usize {
    let value = &program.types()[program.first_tensor() + number];
    let dims = value.shape.iter().map(|d| d.value(&Sizes::new()).unwrap_or(0) as usize);
    dims.product::<usize>() * value.element.bytes()
}

/// Places of tensors and constants, and where they end.
fn arranged(program: &Program) -> (Vec<Place>, usize) {
    let graph = program.graph();
    let count = graph.tensors.len() + graph.constants.len();
    let mut cutter = Cutter::default();
    let fixed = (0..count)
        .map(|number| Place::Fixed(cutter.take(length(program, number))))
        .collect();
    (fixed, cutter.used())
}

/// Tries the smallest sizes: whether there is a kernel does not depend on them.
fn supported(program: &Program, fixed: &[Place]) -> Result<(), Refused> {
    let dimensions = program.graph().dimensions.iter();
    let smallest: Sizes = dimensions.map(|d| (d.name.clone(), d.min.into())).collect();
    let shapes = program.at(&smallest);
    let shapes = shapes.map_err(|fault| Refused::Values(format!("the smallest size ({fault})")))?;
    Plan::new(program, shapes, fixed)?;
    Ok(())
}
