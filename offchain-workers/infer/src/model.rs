//! A program with its tensors, ready to run: what depends on them alone is computed, weights are packed once.

use std::{
    collections::HashMap,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

use quorate_exact::infer::Fault;
use quorate_infer_kernels::{conv::Conv, products::Packed, Isa, View};
use quorate_program::{run::apply, Node, Program, Shapes, Sizes, Type, Value};

use crate::{
    device::DeviceModel,
    error::ModelError,
    schedule::Schedule,
    steps::{Kernel, Step},
    tensors::Tensors,
    threads::Threads,
    weights::convolution,
};

/// How runs are done. No result depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The instructions to use.
    pub isa: Isa,
    /// Threads, at least one.
    pub threads: usize,
    /// Do several nodes at once where that is faster.
    pub fused: bool,
    /// Most bytes that the model as it is kept and a run may use together. Where it is little, less is computed once for all runs.
    pub memory: u64,
}

impl Default for Options {
    /// All instructions, tried or not, and processors, no limit.
    fn default() -> Self {
        Self {
            isa: Isa::detect(),
            threads: std::thread::available_parallelism().map_or(1, Into::into),
            fused: true,
            memory: u64::MAX,
        }
    }
}

/// A program with its tensors.
pub struct Model {
    program: Arc<Program>,
    pub(crate) schedule: Schedule,
    pub(crate) raw: Vec<Option<Value>>,
    pub(crate) packed: HashMap<u32, Packed>,
    /// By node.
    pub(crate) convs: HashMap<usize, Conv>,
    pub(crate) threads: Threads,
    pub(crate) options: Options,
    device: Option<Box<dyn DeviceModel>>,
    /// Whether outputs of the device were compared with the CPU's, and were equal.
    proven: AtomicBool,
    bytes: u64,
}

impl Model {
    /// Takes a model's tensors: they are copied, and can be given back then.
    ///
    /// # Errors
    /// As [`ModelError`] says; a fault of what is computed from tensors alone is one of the run.
    pub fn new(program: Program, tensors: &dyn Tensors, options: Options) -> Result<Self, ModelError> {
        Self::new_while(program, tensors, options, &|| true)
    }

    /// The same, as long as `go_on` says so: it is asked before each tensor, and before each node that is computed once.
    ///
    /// # Errors
    /// Also `Cancelled`.
    pub fn new_while(
        program: Program,
        tensors: &dyn Tensors,
        options: Options,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Self, ModelError> {
        let schedule = Schedule::new(&program, options.fused, options.memory);
        let mut model = Self {
            raw: (0..program.types().len()).map(|_| None).collect(),
            packed: HashMap::new(),
            convs: HashMap::new(),
            threads: Threads::new(options.threads)?,
            program: Arc::new(program),
            schedule,
            options,
            device: None,
            proven: AtomicBool::new(false),
            bytes: 0,
        };
        model.load(tensors, go_on)?;
        model.bytes = model.counted();
        Ok(model)
    }

    /// From now on model and runs may use so many bytes together: once what it was made from is gone, there may be more.
    pub fn allow(&mut self, memory: u64) {
        self.options.memory = memory;
    }

    /// Has a device answer the requests that it takes; their first answer, and some of the others, are compared with the CPU's.
    pub fn set_device(&mut self, device: Box<dyn DeviceModel>) {
        self.device = Some(device);
        self.proven = AtomicBool::new(false);
    }

    /// The program, for whoever keeps it as long as the model.
    pub fn shared_program(&self) -> &Arc<Program> {
        &self.program
    }

    pub(crate) fn device(&self) -> Option<&dyn DeviceModel> {
        self.device.as_deref()
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    /// Outputs of the device were compared, and are equal.
    pub(crate) fn prove(&self) {
        self.proven.store(true, Ordering::Relaxed);
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Its options.
    pub fn options(&self) -> Options {
        self.options
    }

    /// Bytes of the tensors, constants and what was computed from them, as they are kept.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn counted(&self) -> u64 {
        let raw = |value: &Value| value.shape().iter().product::<usize>() * value.element().bytes();
        let raw: usize = self.raw.iter().flatten().map(raw).sum();
        let packed: usize = self.packed.values().map(Packed::bytes).sum();
        (raw + packed + self.convs.values().map(Conv::bytes).sum::<usize>()) as u64
    }

    /// What the steps of a run do, for people: the first operation and, where several are done together, the last one.
    pub fn steps(&self) -> Vec<String> {
        let nodes = &self.program.graph().nodes;
        let name = |step: &Step| match (&step.kernel, step.node == step.last) {
            (Kernel::Alias, _) => format!("{} (another shape)", nodes[step.node].op.name()),
            (_, true) => nodes[step.node].op.name().to_owned(),
            (_, false) => format!("{} … {}", nodes[step.node].op.name(), nodes[step.last].op.name()),
        };
        self.schedule.steps.iter().map(name).collect()
    }

    /// The node of a step.
    pub(crate) fn node(&self, step: &Step) -> &Node {
        &self.program.graph().nodes[step.node]
    }

    /// Everything fixed, in the order of the nodes, so that no more than is needed is there at once.
    fn load(&mut self, tensors: &dyn Tensors, go_on: &dyn Fn() -> bool) -> Result<(), ModelError> {
        let goes_on = || go_on().then_some(()).ok_or(ModelError::Cancelled);
        let mut left = self.uses();
        // Sizes do not matter: nothing fixed depends on them.
        let smallest: Sizes = self
            .program
            .graph()
            .dimensions
            .iter()
            .map(|d| (d.name.clone(), d.min.into()))
            .collect();
        let shapes = self.program.at(&smallest).map_err(|fault| ModelError::Values {
            name: "of the program".into(),
            fault,
        })?;
        let readers = self.readers();
        let sources = self.program.first_tensor()..self.program.results(0).start;
        for value in sources {
            goes_on()?;
            if left.get(value) == Some(&0) {
                self.source(value, tensors)?;
                self.finish(value, &readers, &shapes);
            }
        }
        for index in 0..self.program.graph().nodes.len() {
            let results = self.program.results(index);
            if !self.schedule.fixed[results.start] {
                continue;
            }
            goes_on()?;
            let node = self.program.graph().nodes[index].clone();
            for &operand in &node.operands {
                self.source(operand as usize, tensors)?;
            }
            match self.apply(&node, &shapes) {
                Ok(values) => results
                    .clone()
                    .zip(values)
                    .for_each(|(value, result)| self.raw[value] = Some(result)),
                Err(fault) => {
                    self.ends(index, fault);
                    break;
                }
            }
            for &operand in &node.operands {
                left[operand as usize] -= 1;
                if left[operand as usize] == 0 {
                    self.finish(operand as usize, &readers, &shapes);
                }
            }
            for value in results {
                if left[value] == 0 {
                    self.finish(value, &readers, &shapes);
                }
            }
        }
        // After a fault not all of them were used up.
        for (value, left) in left.into_iter().enumerate() {
            if self.schedule.fixed[value] && left > 0 {
                goes_on()?;
                self.source(value, tensors)?;
                self.finish(value, &readers, &shapes);
            }
        }
        Ok(())
    }

    /// The convolutions that have a value as their weights.
    fn readers(&self) -> HashMap<usize, Vec<usize>> {
        let mut readers: HashMap<usize, Vec<usize>> = HashMap::new();
        for step in &self.schedule.steps {
            if matches!(step.kernel, Kernel::Conv(_)) {
                readers.entry(step.reads[1] as usize).or_default().push(step.node);
            }
        }
        readers
    }

    /// How many fixed nodes read each value.
    fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.raw.len()];
        for (index, node) in self.program.graph().nodes.iter().enumerate() {
            if self.schedule.fixed[self.program.results(index).start] {
                node.operands.iter().for_each(|&operand| uses[operand as usize] += 1);
            }
        }
        uses
    }

    fn apply(&self, node: &Node, shapes: &Shapes) -> Result<Vec<Value>, Fault> {
        let operands: Vec<&Value> = node
            .operands
            .iter()
            .filter_map(|&x| self.raw[x as usize].as_ref())
            .collect();
        apply(&node.op, &operands, shapes)
    }

    /// A tensor or constant, if it is not there yet.
    fn source(&mut self, value: usize, tensors: &dyn Tensors) -> Result<(), ModelError> {
        if self.raw[value].is_some() || value >= self.program.results(0).start {
            return Ok(());
        }
        let graph = self.program.graph();
        let of_values = |name: &str, fault| ModelError::Values {
            name: name.into(),
            fault,
        };
        let size = |shape: &[u64]| {
            shape
                .iter()
                .map(|&d| usize::try_from(d).unwrap_or(usize::MAX))
                .collect::<Vec<_>>()
        };
        self.raw[value] = Some(match value.checked_sub(self.program.first_constant()) {
            Some(constant) => {
                let constant = &graph.constants[constant];
                Value::from_bytes(constant.element, &size(&constant.shape), &constant.bytes)
                    .map_err(|fault| of_values("(a constant of the program)", fault))?
            }
            None => {
                let wanted = &graph.tensors[value - self.program.first_tensor()];
                let name = wanted.name.clone();
                let Some(given) = tensors.tensor(&name) else {
                    return Err(ModelError::Missing { name });
                };
                if given.element != Ok(wanted.element) {
                    let expected = wanted.element;
                    let got = given.element.map_or_else(str::to_owned, |element| element.to_string());
                    return Err(ModelError::Type { name, expected, got });
                }
                if given.shape != wanted.shape {
                    let (expected, got) = (wanted.shape.clone(), given.shape.to_vec());
                    return Err(ModelError::Shape { name, expected, got });
                }
                Value::from_bytes(wanted.element, &size(given.shape), given.bytes)
                    .map_err(|fault| of_values(&name, fault))?
            }
        });
        Ok(())
    }

    /// What stays of a fixed value that no fixed node reads any more.
    fn finish(&mut self, value: usize, readers: &HashMap<usize, Vec<usize>>, shapes: &Shapes) {
        if let (true, Some(Value::F32(weights))) = (self.schedule.packed[value], &self.raw[value]) {
            for &node in readers.get(&value).map_or(&[][..], Vec::as_slice) {
                let own = &self.program.graph().nodes[node];
                if let Some(conv) = convolution(self.options.isa, own, shapes, weights.data()) {
                    self.convs.insert(node, conv);
                }
            }
            if let (&[n, k], false) = (weights.shape(), readers.contains_key(&value)) {
                let packed = Packed::new(self.options.isa, View::new(weights.data(), n, k));
                self.packed.insert(value as u32, packed);
            }
        }
        if !self.schedule.raw[value] {
            self.raw[value] = None;
        }
    }

    /// The run ends at this node, whatever the request is.
    fn ends(&mut self, node: usize, fault: Fault) {
        let before = |step: &Step| step.last < node;
        let at = self
            .schedule
            .steps
            .iter()
            .position(|step| !before(step))
            .unwrap_or(self.schedule.steps.len());
        self.schedule.steps.truncate(at);
        self.schedule.steps.push(Step {
            node,
            last: node,
            kernel: Kernel::Fault(fault),
            reads: vec![],
            results: 0..0,
        });
    }

    /// The elements of a fixed f32.
    pub(crate) fn floats(&self, value: u32) -> Option<&[f32]> {
        match self.raw.get(value as usize)?.as_ref()? {
            Value::F32(tensor) => Some(tensor.data()),
            _ => None,
        }
    }

    /// The type of a value's elements.
    pub(crate) fn element(&self, value: u32) -> Type {
        self.program.types()[value as usize].element
    }
}
