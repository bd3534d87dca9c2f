//! The engine: reading, hashing and writing around a backend that does the arithmetic.

use crate::{
    final_pass,
    job::{update_name, Job},
    layout::Layout,
    read::{Reading, Roots, SLABS},
    selection::select,
    AggregateInput, Aggregated, Control, Engine, EngineError,
};
use quorate_exact::{detail::TILE, Root};
use quorate_kernels::{BackendError, Cpu, CpuBackend, Piece, Tile, TileBackend, TileResult, Work};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// Fewest coordinates of a slab: reads of 4 KiB.
const MIN_SLAB: usize = 1 << 10;
/// Bytes of a slab's updates beyond which more memory makes nothing faster: two of them fit a usual last-level cache, so that
/// what was read is still there when it is hashed and worked on.
const CACHED: usize = 8 << 20;
/// Coordinates of a slab that are worth more than the cache: reads of 64 KiB.
const WORTH_READING: usize = 1 << 14;
/// Threads that read and hash: enough to keep a disk busy.
const READERS: usize = 4;

/// How much the engine may use. Nothing here changes a bit of the result.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// 0: one for each core.
    pub threads: usize,
    /// Bytes of file data that are held. Besides, each thread uses about 1 MiB, and the products of the round what they need:
    /// where the first stage looks at pairs about 8 MiB a thread, and as much for each level of the sum tree, at 1,024 updates;
    /// 35 KiB at 64.
    pub memory: u64,
    /// Coordinates that are read at a time; `None`: chosen from the memory.
    pub block: Option<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threads: 0,
            memory: 256 << 20,
            block: None,
        }
    }
}

/// An engine whose arithmetic is done by the CPU, or by a device of which the CPU takes over what it cannot do.
pub struct TileEngine {
    pool: ThreadPool,
    readers: ThreadPool,
    settings: Settings,
    cpu: Cpu,
    cpu_backend: CpuBackend,
    device: Option<Arc<dyn TileBackend>>,
    /// Why the device is not used any more.
    device_fault: Mutex<Option<String>>,
}

impl TileEngine {
    /// An engine on the CPU, with the best instructions that it has.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(settings: Settings) -> Result<Self, ThreadPoolBuildError> {
        Self::with_cpu(settings, Cpu::best())
    }

    /// An engine on the CPU that uses the instructions of `cpu` only.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn with_cpu(settings: Settings, cpu: Cpu) -> Result<Self, ThreadPoolBuildError> {
        let pool = |threads, name: &'static str| {
            let name = move |index| format!("{name}-{index}");
            ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build()
        };
        Ok(Self {
            pool: pool(settings.threads, "engine")?,
            readers: pool(READERS, "reader")?,
            settings,
            cpu,
            cpu_backend: CpuBackend::new(cpu),
            device: None,
            device_fault: Mutex::new(None),
        })
    }

    /// The same engine with a device for the arithmetic. It is left aside for good once it fails: see
    /// [`TileEngine::device_fault`].
    pub fn with_device(mut self, device: Arc<dyn TileBackend>) -> Self {
        self.device = Some(device);
        self
    }

    /// Why the device is not used any more, if so.
    pub fn device_fault(&self) -> Option<String> {
        self.device_fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// [`Engine::aggregate`], and the updates' bytes have to be those of these roots: they are hashed as they are read.
    ///
    /// # Errors
    /// As there, and `Root`.
    ///
    /// # Panics
    /// If there is not a root for each update.
    pub fn aggregate_verified(
        &self,
        input: &AggregateInput,
        roots: &[Root],
        out: &Path,
        control: &Control<'_>,
    ) -> Result<Aggregated, EngineError> {
        assert_eq!(roots.len(), input.inputs.len(), "a root for each update");
        self.run_job(input, Some(roots), out, control)
    }

    fn run_job(
        &self,
        input: &AggregateInput,
        expected: Option<&[Root]>,
        out: &Path,
        control: &Control<'_>,
    ) -> Result<Aggregated, EngineError> {
        let job = Job::new(input)?;
        let mut reading = Reading {
            job: &job,
            width: self.slab(&job),
            pool: &self.readers,
            control,
            everything: false,
        };
        let update_header = job.header.update_header().encode();
        let mut roots = expected.map(|_| Roots::new(job.weights.len(), &update_header));
        let folder = out
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let (selected, walked) = select(self, &reading, folder, roots.as_mut())?;
        reading.everything = true;
        // Only the first walk is hashed.
        let hashed = if walked { None } else { roots.as_mut() };
        let aggregated = final_pass::run(self, &reading, &selected, out, hashed)?;
        if let (Some(roots), Some(expected)) = (&roots, expected) {
            roots.compare(expected)?;
        }
        Ok(aggregated)
    }

    pub(crate) fn cpu(&self) -> Cpu {
        self.cpu
    }

    /// Runs on the threads for arithmetic.
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// The result of one tile, whose first coordinate is `first`.
    pub(crate) fn run(
        &self,
        job: &Job<'_>,
        first: u64,
        tile: &Tile<'_>,
        work: &Work,
    ) -> Result<TileResult, EngineError> {
        if let Some(device) = self.device.as_ref().filter(|_| self.device_fault().is_none()) {
            match device.run(tile, work) {
                Err(BackendError::Device(fault)) => {
                    *self.device_fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
                }
                other => return other.map_err(|error| named(job, first, error)),
            }
        }
        self.install(|| self.cpu_backend.run(tile, work))
            .map_err(|error| named(job, first, error))
    }

    /// Coordinates of a slab: those whose bytes, and the outputs', fit memory and cache, a power of two, at most a tile.
    fn slab(&self, job: &Job<'_>) -> usize {
        if let Some(block) = self.settings.block {
            return block.clamp(1, TILE as usize);
        }
        // Updates, base, previous, moments for each slab; new values and moments twice; aggregate, previous steps.
        let slab = job.weights.len() + 2 + job.moments();
        let each = 4 * (SLABS * slab + 2 * (1 + job.moments()) + 2);
        let cached = (CACHED / (4 * job.weights.len())).max(WORTH_READING);
        let fits = (usize::try_from(self.settings.memory).unwrap_or(usize::MAX) / each).min(cached);
        (fits.max(MIN_SLAB) + 1)
            .next_power_of_two()
            .div_euclid(2)
            .min(TILE as usize)
    }
}

/// The pieces of a tile.
pub(crate) fn pieces(layout: &Layout, first: u64, len: usize) -> Vec<Piece> {
    let pieces = layout.pieces(first, len).map(|piece| Piece {
        len: piece.range.len(),
        scale: piece.span.scale,
        train: piece.span.shift.is_some(),
        shift: piece.span.shift.unwrap_or(0),
    });
    pieces.collect()
}

/// A fault of a tile with the tensor's name.
fn named(job: &Job<'_>, first: u64, error: BackendError) -> EngineError {
    let BackendError::Value { row, index, error } = error else {
        return EngineError::Backend(error);
    };
    let coordinate = first + index as u64;
    let span = job.layout.pieces(coordinate, 1).next().map(|piece| piece.span);
    EngineError::Quantize {
        what: update_name(row),
        tensor: span.map_or(String::new(), |span| span.name.clone()),
        index: span.map_or(0, |span| coordinate - span.first),
        error,
    }
}

impl Engine for TileEngine {
    fn name(&self) -> String {
        match &self.device {
            Some(device) if self.device_fault().is_none() => device.name(),
            _ => format!("CPU, {}, {} threads", self.cpu.level(), self.pool.current_num_threads()),
        }
    }

    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError> {
        self.run_job(input, None, out, control)
    }
}
