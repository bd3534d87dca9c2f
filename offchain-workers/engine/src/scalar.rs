//! The scalar engine.

use crate::{
    aggregate::{Cut, Job},
    block::Scratch,
    AggregateInput, Aggregated, Control, Engine, EngineError,
};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::path::Path;

/// Most coordinates of a block: 64 KiB of each file.
const MAX_BLOCK: usize = 1 << 14;
/// Fewest: reads of 1 KiB.
const MIN_BLOCK: usize = 1 << 8;

/// How much the engine may use. Nothing here changes a bit of the result.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// 0: one for each core.
    pub threads: usize,
    /// Bytes. What the Gram matrix of the round needs is used in any case: about 8 MiB a thread, and as much for each level
    /// of its tree, at 1,024 updates; 35 KiB at 64.
    pub memory: u64,
    /// Coordinates of a block; `None`: chosen from the memory.
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

/// Plain loops over a pool of threads.
#[derive(Debug)]
pub struct ScalarEngine {
    pool: ThreadPool,
    settings: Settings,
}

impl ScalarEngine {
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(settings: Settings) -> Result<Self, ThreadPoolBuildError> {
        let name = |index| format!("engine-{index}");
        let pool = ThreadPoolBuilder::new()
            .num_threads(settings.threads)
            .thread_name(name)
            .build()?;
        Ok(Self { pool, settings })
    }

    fn cut(&self, rows: usize) -> Cut {
        let threads = self.pool.current_num_threads().max(1);
        let block = self.settings.block.unwrap_or_else(|| {
            let share = usize::try_from(self.settings.memory).unwrap_or(usize::MAX) / threads;
            (share / Scratch::bytes_per_coordinate(rows)).clamp(MIN_BLOCK, MAX_BLOCK)
        });
        Cut {
            block: block.max(1),
            threads,
        }
    }
}

impl Engine for ScalarEngine {
    fn name(&self) -> String {
        format!("scalar, {} threads", self.pool.current_num_threads())
    }

    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError> {
        let (job, header) = Job::new(input)?;
        job.run(&header, &self.cut(job.rows()), &self.pool, out, control)
    }
}
