//! Reading the updates, block by block, hashed while they are in the core's cache.

use crate::{aggregation::Aggregation, cold::Cold, layout::Run, walk::Stripe, EngineError, Input, WeightedFile};
use quorate_exact::Root;
use quorate_hash_tree::{leaf, Tree};

/// Bytes between rows beyond their own: equal coordinates of different rows do not compete for the same lines of a cache.
const GAP: usize = 3 * LINE;
/// Bytes of a line of the cache.
const LINE: usize = 64;

/// How updates are read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub job: &'a Aggregation<'a>,
    /// Bytes that are read of each update at a time: a power of two, at least a chunk of BLAKE3.
    pub block: u64,
    pub cold: &'a Cold,
}

/// A block of every update.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    trees: Vec<Tree>,
}

/// The roots of the updates, joined stripe by stripe.
pub(crate) struct Roots(Vec<Tree>);

impl Reading<'_> {
    /// Hands every run of coordinates of a stripe, and its bytes in all updates, to `take`. Returns a hash of the stripe for each update:
    /// none where the stripe has nothing of them.
    ///
    /// # Errors
    /// Those of reading and of `take`.
    pub fn each_run(
        &self,
        rows: &mut Rows,
        stripe: Stripe,
        mut take: impl FnMut(Run, &[&[u8]]) -> Result<(), EngineError>,
    ) -> Result<Vec<Root>, EngineError> {
        let (layout, inputs) = (&self.job.layout, &self.job.input.inputs);
        let stripe = stripe.until(layout.update_len);
        let blocks = stripe.blocks(self.block);
        let whole = stripe.start == 0 && stripe.end == layout.update_len;
        let hashed = if blocks.len() > 0 { inputs.len() } else { 0 };
        rows.trees.clear();
        rows.trees.resize(hashed, Tree::new(blocks.len() as u64, whole));
        let stride = self.block as usize + GAP;
        rows.bytes.resize(inputs.len() * stride + LINE, 0);
        // Vectors that begin on a line of the cache are read faster.
        let first = rows.bytes.as_ptr().align_offset(LINE).min(LINE);
        let bytes = &mut rows.bytes[first..];
        for block in blocks {
            let all = inputs.iter().zip(&mut rows.trees).zip(bytes.chunks_exact_mut(stride));
            for (i, ((input, tree), row)) in all.enumerate() {
                let row = &mut row[..block.len()];
                self.cold
                    .read(&input.file, row, block.start)
                    .map_err(|error| damaged(i, &error))?;
                tree.push(leaf(block.start, row, whole && block == stripe), |_, _| ());
            }
            for run in layout.runs(block) {
                let slices: Vec<&[u8]> = bytes
                    .chunks_exact(stride)
                    .take(inputs.len())
                    .map(|row| &row[run.at..][..4 * run.len])
                    .collect();
                take(run, &slices)?;
            }
        }
        // Every block was pushed.
        Ok(rows.trees.iter().map(|tree| tree.root().unwrap_or_default()).collect())
    }
}

impl Roots {
    /// Before the first stripe.
    pub fn new(job: &Aggregation<'_>, stripe: u64) -> Self {
        let tree = Tree::new(job.layout.update_len.div_ceil(stripe), true);
        Self(vec![tree; job.input.inputs.len()])
    }

    /// The hashes of the next stripe.
    pub fn push(&mut self, hashes: Vec<Root>) {
        for (tree, hash) in self.0.iter_mut().zip(hashes) {
            tree.push(hash, |_, _| ());
        }
    }

    /// Whether the updates, read to their end, have the roots that they should have.
    ///
    /// # Errors
    /// `Damaged` with the first one that has another.
    pub fn compare(&self, job: &Aggregation<'_>) -> Result<(), EngineError> {
        let differs = |(tree, input): (&Tree, &WeightedFile)| tree.root() != Some(input.root);
        match self.0.iter().zip(&job.input.inputs).position(differs) {
            Some(update) => Err(damaged(update, &"it has another root")),
            None => Ok(()),
        }
    }
}

/// An update that cannot be read, or is another blob than its root says.
pub(crate) fn damaged(update: usize, reason: &dyn std::fmt::Display) -> EngineError {
    EngineError::Damaged {
        input: Input::Update(update),
        reason: reason.to_string(),
    }
}
