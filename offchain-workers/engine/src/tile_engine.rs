//! The engine: reading, hashing and writing around a backend that does the arithmetic.

use crate::{
    aggregation::Aggregation,
    arithmetic::Arithmetic,
    assessment::{self, AssessInput, Assessed},
    budget::{Budget, Work},
    cold::Cold,
    evaluation::{self, Bounds, EvaluateInput, Evaluated},
    final_pass,
    inference::{self, Capacity, InferInput, Keep, Unmeasured},
    pass::Pass,
    selection::select,
    walk::Walk,
    AggregateInput, Aggregated, Control, Engine, EngineError, Input, WeightedFile,
};
use quorate_hash_tree::{of_file, GROUP};
use quorate_infer::{Level, ProgramDevice};
use quorate_kernels::{Cpu, TileBackend};
use quorate_primitives::job::infer::AnswerRow;
use std::{num::NonZeroUsize, path::Path, sync::Arc, thread};

/// Bytes of a block at least: a chunk of BLAKE3.
const MIN_BLOCK: u64 = 1 << 10;
/// Bytes of a block that are worth more than the cache: a group, of which BLAKE3 hashes all chunks at once.
const WORTH_READING: u64 = GROUP as u64;
/// Bytes of a block at most: more makes neither reading nor hashing faster.
const MAX_BLOCK: u64 = 1 << 16;
/// Bytes of updates for each thread that are still in the last-level cache when they are worked on.
const CACHED: u64 = 4 << 20;
/// Bytes of a block for a device, at most: what goes to it at a time has to be worth the way.
const DEVICE_BLOCK: u64 = 1 << 20;
/// Bytes of a stripe at least, unless memory is short: enough that joining the results of stripes costs nothing.
const MIN_STRIPE: u64 = 128 << 10;
/// Bytes of a stripe at most, unless a block is larger: enough for the system to read ahead in each file.
const MAX_STRIPE: u64 = 1 << 20;
/// Stripes that there should be for each thread, so that all end at about the same time.
const STRIPES: u64 = 8;
/// Blocks of a stripe at most.
const BLOCKS: u64 = 16;
/// Threads at least that go through files which are not in memory: most of them wait for the disk.
const READERS: usize = 16;

/// How much the engine may use. Nothing here changes a bit of the result.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// 0: one for each core.
    pub threads: usize,
    /// Bytes of updates that are held. Besides, each thread uses about 5 MiB, and the products of the round what they need:
    /// where the first stage looks at pairs about 8 MiB a thread, and as much for each level of the sum tree, at 1,024 updates;
    /// 35 KiB at 64. The new version's tree of hashes takes 4 bytes for each KiB, and the base's, where it is given, 2.
    pub memory: u64,
    /// Bytes that are read of each update at a time, rounded up to a power of two from 1 KiB to 1 MiB; `None`: as
    /// memory and cache allow, 16 to 64 KiB as a rule.
    pub block: Option<u64>,
    /// Bytes that an evaluation, an assessment and a batch of requests may use together, the versions' tensors included: a quarter, a
    /// quarter and a half. `None`: three quarters of what the machine has free when the engine is made, and no job more than three
    /// quarters of what it has free then.
    pub evaluation: Option<u64>,
    /// The most that programs are run with; what this processor lacks, or does not pass the self-test, is not used in any case.
    pub instructions: Level,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threads: 0,
            memory: 256 << 20,
            block: None,
            evaluation: None,
            instructions: Level::Avx512,
        }
    }
}

/// An engine whose arithmetic is done by the CPU, or by a device of which the CPU takes over what it cannot do.
pub struct TileEngine {
    threads: usize,
    settings: Settings,
    cpu: Cpu,
    arithmetic: Arithmetic,
    programs: Option<Arc<dyn ProgramDevice>>,
    budget: Budget,
}

impl TileEngine {
    /// An engine on the CPU, with the best instructions that it has.
    pub fn new(settings: Settings) -> Self {
        Self::with_cpu(settings, Cpu::best())
    }

    /// An engine on the CPU that uses the instructions of `cpu` only.
    pub fn with_cpu(settings: Settings, cpu: Cpu) -> Self {
        let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            threads: if settings.threads == 0 {
                cores()
            } else {
                settings.threads
            },
            settings,
            cpu,
            arithmetic: Arithmetic::new(cpu),
            programs: None,
            budget: Budget::new(settings.evaluation),
        }
    }

    /// The same engine with a device for the arithmetic. It is left aside for good once it fails: see
    /// [`TileEngine::device_fault`].
    pub fn with_device(mut self, device: Arc<dyn TileBackend>) -> Self {
        self.arithmetic.set_device(device);
        self
    }

    /// The same engine with a device that runs programs: those that it can, where it is worth the way.
    pub fn with_programs(mut self, device: Arc<dyn ProgramDevice>) -> Self {
        self.programs = Some(device);
        self
    }

    /// Why the device is not used any more, if so.
    pub fn device_fault(&self) -> Option<String> {
        self.arithmetic.fault()
    }

    /// Threads that go through files which are not in memory.
    fn reading(&self) -> usize {
        self.threads.max(READERS)
    }

    /// Bytes of a block: a power of two, so that the blocks of all threads fit the memory, and each thread's the cache.
    fn block(&self, updates: usize) -> u64 {
        if let Some(block) = self.settings.block {
            return block.clamp(MIN_BLOCK, DEVICE_BLOCK).next_power_of_two();
        }
        let updates = updates.max(1) as u64;
        let widest = match self.arithmetic.has_device() {
            true => DEVICE_BLOCK,
            false => (CACHED / updates).clamp(WORTH_READING, MAX_BLOCK),
        };
        let fits = self.settings.memory / (self.reading() as u64 * updates);
        // The power of two that is not above.
        let block = fits.min(widest).max(MIN_BLOCK);
        1 << block.ilog2()
    }

    /// Bytes of a stripe: a power of two, at least a block and a group.
    fn stripe(&self, block: u64, update_len: u64) -> u64 {
        let share = update_len / (STRIPES * self.threads as u64);
        let wanted = share.clamp(MIN_STRIPE, MAX_STRIPE).min(BLOCKS * block);
        1 << wanted.max(block).max(GROUP as u64).ilog2()
    }
}

impl Engine for TileEngine {
    fn name(&self) -> String {
        match self.arithmetic.device() {
            Some(device) => device.name(),
            None => format!("CPU, {}, {} threads", self.cpu.level(), self.threads),
        }
    }

    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError> {
        self.run_job(input, out, control).map_err(|error| match error {
            EngineError::Cancelled | EngineError::Damaged { .. } | EngineError::Scratch { .. } => error,
            // Whatever is wrong may be so because the disk has changed an update: its root is compared at the end only.
            error => damaged(input, &error, control).unwrap_or(error),
        })
    }

    fn evaluate(&self, input: &EvaluateInput, control: &Control<'_>) -> Result<Evaluated, EngineError> {
        self.with_memory(Work::Evaluation, control, |bounds| {
            again_where_doubtful(bounds, |bounds| evaluation::evaluate(input, bounds, control))
        })
    }

    fn assess(&self, input: &AssessInput, control: &Control<'_>) -> Result<Assessed, EngineError> {
        self.with_memory(Work::Assessment, control, |bounds| {
            again_where_doubtful(bounds, |bounds| assessment::assess(input, (self.cpu, bounds), control))
        })
    }

    fn infer(
        &self,
        input: &InferInput,
        keep: &mut Keep<'_>,
        control: &Control<'_>,
    ) -> Result<Vec<AnswerRow>, EngineError> {
        self.with_memory(Work::Batch, control, |bounds| {
            inference::infer(input, bounds, keep, control)
        })
    }
}

impl TileEngine {
    /// What this machine can answer on request, measured for about a second.
    ///
    /// # Errors
    /// Where no instructions of this machine pass the self-test of inference.
    pub fn measure(&self) -> Result<Capacity, Unmeasured> {
        Capacity::measure(self.bounds(self.budget.part(Work::Batch), None))
    }

    /// Does a job with its part of the memory, and with the device, if that is not switched off.
    fn with_memory<T>(
        &self,
        work: Work,
        control: &Control<'_>,
        job: impl FnOnce(Bounds<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let lease = self.budget.lease(work, control)?;
        let device = self.programs.as_deref().filter(|device| !device.is_off());
        job(self.bounds(lease.bytes(), device))
    }

    fn bounds<'a>(&self, memory: u64, device: Option<&'a dyn ProgramDevice>) -> Bounds<'a> {
        Bounds {
            threads: self.threads,
            memory: Some(memory),
            instructions: self.settings.instructions,
            device,
        }
    }

    fn run_job(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError> {
        let job = Aggregation::new(input)?;
        let block = self.block(job.weights.len());
        let stripe = self.stripe(block, job.layout.update_len);
        let pass = Pass {
            arithmetic: &self.arithmetic,
            cpu: self.cpu,
            job: &job,
            walk: Walk {
                threads: self.threads,
                stripe,
                reading: self.reading(),
                cold: &Cold::default(),
                control,
            },
            block,
        };
        let folder = out
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let selected = select(&pass, folder)?;
        final_pass::run(&pass, &selected, out)
    }
}

/// Does a job, and all of it once more by the CPU where the device was switched off meanwhile, for this job or another one: what the
/// device had answered alone until then may be wrong.
fn again_where_doubtful<T>(
    bounds: Bounds<'_>,
    mut job: impl FnMut(Bounds<'_>) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let made = job(bounds)?;
    if !bounds.device.is_some_and(ProgramDevice::is_off) {
        return Ok(made);
    }
    drop(made);
    let device = None;
    job(Bounds { device, ..bounds })
}

/// The first update that has not the root that it should have.
fn damaged(input: &AggregateInput, found: &EngineError, control: &Control<'_>) -> Option<EngineError> {
    let differs = |input: &WeightedFile| of_file(&input.file, None).map_or(true, |hashed| hashed.root != input.root);
    let update = input
        .inputs
        .iter()
        .position(|input| control.check().is_err() || differs(input))?;
    if let Err(cancelled) = control.check() {
        return Some(cancelled);
    }
    Some(EngineError::Damaged {
        input: Input::Update(update),
        reason: found.to_string(),
    })
}
