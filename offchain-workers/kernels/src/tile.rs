//! The CPU as a backend: a tile's coordinates are shared out among threads, and each goes through its share block by block, so
//! that a block's integers never leave the core's cache.

use std::sync::{Arc, Mutex, PoisonError};

use quorate_exact::QuantizeError;
use rayon::prelude::*;

use crate::{
    backend::{BackendError, Finish, Piece, StageMap, Tile, TileBackend, TileOp, TileResult},
    columns::Columns,
    combine::{Combiner, Scratch},
    cpu::Cpu,
    gram::{Pairs, BLOCK},
    products::{dot, Factors, RowProducts},
    quantize::{quantize, quantize_and_fetch},
    rows::Rows,
    stream::WeightedStream,
    weighted::map_rows,
};

/// Bytes of a block's integers: half of a usual second-level cache.
const BLOCK_BYTES: usize = 256 << 10;
/// Rows between the one that is quantized and the one that is fetched.
const FETCH: usize = 3;
/// Shares for each thread, so that a slow one does not hold up the others for long.
const SHARES: usize = 4;

/// The CPU at one level of instructions: on all threads of the rayon pool that it is called in, or on the calling thread alone.
#[derive(Debug)]
pub struct CpuBackend {
    cpu: Cpu,
    parallel: bool,
    plan: Mutex<Option<Arc<Plan>>>,
    spare: Mutex<Vec<State>>,
}

/// A work made ready for `n` rows.
#[derive(Debug)]
struct Plan {
    work: TileOp,
    n: usize,
    /// Rows after the maps.
    rows: usize,
    /// The rules for `train` and `stat`, of [`Finish::Aggregate`].
    combiners: Option<[Combiner; 2]>,
}

/// Coordinates `start..start + len` of a tile, all of one piece.
#[derive(Clone, Copy, Debug)]
struct Block {
    piece: Piece,
    start: usize,
    len: usize,
}

/// What a thread keeps from block to block.
#[derive(Debug, Default)]
struct State {
    rows: Rows,
    mapped: Rows,
    spare: Rows,
    scratch: Scratch,
    stream: WeightedStream,
    pairs: Option<Pairs>,
    row_products: RowProducts,
    products: Vec<i128>,
}

impl CpuBackend {
    /// A backend that uses the instructions of `cpu`, and all threads.
    pub fn new(cpu: Cpu) -> Self {
        Self {
            cpu,
            parallel: true,
            plan: Mutex::new(None),
            spare: Mutex::new(Vec::new()),
        }
    }

    /// The same on the calling thread: for callers that have a tile for each of their threads.
    pub fn sequential(cpu: Cpu) -> Self {
        Self {
            parallel: false,
            ..Self::new(cpu)
        }
    }

    fn threads(&self) -> usize {
        if self.parallel {
            rayon::current_num_threads()
        } else {
            1
        }
    }

    fn plan(&self, work: &TileOp, n: usize) -> Result<Arc<Plan>, BackendError> {
        let mut kept = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = kept.as_ref().filter(|plan| plan.n == n && plan.work == *work) {
            return Ok(plan.clone());
        }
        let plan = Arc::new(Plan::new(work, n)?);
        *kept = Some(plan.clone());
        Ok(plan)
    }

    fn borrow_state(&self) -> State {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.pop().unwrap_or_default()
    }

    fn return_state(&self, state: State) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.push(state);
    }

    fn run_share(&self, tile: &Tile<'_>, plan: &Plan, share: Share<'_>) -> Result<Vec<i128>, Failed> {
        let mut state = self.borrow_state();
        let result = state.run(self.cpu, tile, plan, share);
        let products = state.take_products(&plan.work.finish);
        self.return_state(state);
        result.map(|()| products)
    }
}

impl TileBackend for CpuBackend {
    fn name(&self) -> String {
        format!("CPU, {}, {} threads", self.cpu.level(), self.threads())
    }

    fn run(&self, tile: &Tile<'_>, work: &TileOp) -> Result<TileResult, BackendError> {
        tile.check()?;
        let plan = self.plan(work, tile.rows.len())?;
        let aggregates = matches!(work.finish, Finish::Aggregate { .. });
        let mut aggregate = vec![0; if aggregates { tile.len() } else { 0 }];
        let wanted = if self.parallel {
            plan.parts() * self.threads()
        } else {
            1
        };
        let mut shares = shares(tile.pieces, plan.width(), wanted, &mut aggregate);
        let parts: Result<Vec<Vec<i128>>, Failed> = match shares.len() {
            1 => shares
                .drain(..)
                .map(|share| self.run_share(tile, &plan, share))
                .collect(),
            _ => shares
                .into_par_iter()
                .map(|share| self.run_share(tile, &plan, share))
                .collect(),
        };
        let parts = parts.map_err(|Failed| first_fault(self.cpu, tile))?;
        let mut products = vec![0; plan.products(tile.previous.is_some())];
        for part in parts {
            // A share without `train` coordinates has none.
            products.iter_mut().zip(part).for_each(|(sum, more)| *sum += more);
        }
        Ok(TileResult { aggregate, products })
    }
}

impl Plan {
    fn new(work: &TileOp, n: usize) -> Result<Self, BackendError> {
        let rows = work.check(n)?;
        let combiners = match &work.finish {
            Finish::Aggregate { train, stat, .. } => Some([Combiner::new(train, rows)?, Combiner::new(stat, rows)?]),
            Finish::Norms | Finish::Pairs => None,
        };
        Ok(Self {
            work: work.clone(),
            n,
            rows,
            combiners,
        })
    }

    /// Columns of a block.
    fn width(&self) -> usize {
        match self.work.finish {
            Finish::Pairs => BLOCK,
            _ => (BLOCK_BYTES / 4 / self.n.max(self.rows)).clamp(128, BLOCK) / 32 * 32,
        }
    }

    /// Shares for each thread. Each of pairs has a matrix of its own, up to 8 MiB.
    fn parts(&self) -> usize {
        match self.work.finish {
            Finish::Pairs => 1,
            _ => SHARES,
        }
    }

    /// Entries of the products.
    fn products(&self, previous: bool) -> usize {
        let p = usize::from(previous);
        match self.work.finish {
            Finish::Norms => self.rows,
            Finish::Pairs => (self.rows + p) * (self.rows + p + 1) / 2,
            Finish::Aggregate { products: true, .. } => aggregate_products(self.n, previous),
            Finish::Aggregate { products: false, .. } => 0,
        }
    }
}

/// Blocks that one thread works on, and where its part of the aggregate goes; empty if there is none.
struct Share<'a> {
    blocks: Vec<Block>,
    aggregate: &'a mut [i32],
}

/// All blocks of a tile in at most `parts` shares of about equal size, in the order of the coordinates.
fn shares<'a>(pieces: &[Piece], width: usize, parts: usize, mut aggregate: &'a mut [i32]) -> Vec<Share<'a>> {
    let mut blocks = Vec::new();
    let mut first = 0;
    for &piece in pieces {
        for at in (0..piece.len).step_by(width) {
            blocks.push(Block {
                piece,
                start: first + at,
                len: width.min(piece.len - at),
            });
        }
        first += piece.len;
    }
    let each = blocks.len().div_ceil(parts).max(1);
    let cut = |blocks: &[Block]| {
        let coordinates: usize = blocks.iter().map(|block| block.len).sum();
        let rest = std::mem::take(&mut aggregate);
        let (own, rest) = rest.split_at_mut(coordinates.min(rest.len()));
        aggregate = rest;
        Share {
            blocks: blocks.to_vec(),
            aggregate: own,
        }
    };
    blocks.chunks(each).map(cut).collect()
}

/// Some value has no place on its grid.
struct Failed;

impl State {
    fn run(&mut self, cpu: Cpu, tile: &Tile<'_>, plan: &Plan, share: Share<'_>) -> Result<(), Failed> {
        let mut aggregate = share.aggregate;
        for (i, &block) in share.blocks.iter().enumerate() {
            let next = share.blocks.get(i + 1);
            let next = next.map_or(Columns::default(), |next| next.columns(tile));
            let len = block.len.min(aggregate.len());
            let (out, rest) = std::mem::take(&mut aggregate).split_at_mut(len);
            aggregate = rest;
            self.run_block(cpu, tile, plan, (block, next), out)?;
        }
        Ok(())
    }

    fn run_block(
        &mut self,
        cpu: Cpu,
        tile: &Tile<'_>,
        plan: &Plan,
        (block, next): (Block, Columns<'_>),
        out: &mut [i32],
    ) -> Result<(), Failed> {
        let train = block.piece.train;
        let (combiner, wants_products) = match (&plan.combiners, &plan.work.finish) {
            (Some([for_train, for_stat]), Finish::Aggregate { products, .. }) => {
                (Some(if train { for_train } else { for_stat }), *products && train)
            }
            // Only `train` tensors have products.
            _ if !train => return Ok(()),
            _ => (None, true),
        };
        let weighted = combiner
            .filter(|_| plan.work.maps.is_empty())
            .and_then(Combiner::as_weighted);
        if let Some((terms, den)) = weighted {
            // A row without a weight counts only where it has products.
            let terms = terms
                .iter()
                .copied()
                .filter(|&(_, weight)| weight > 0 || wants_products);
            let rows = |row: u32| block.bytes(tile.rows[row as usize]);
            let largest = self.stream.run(cpu, rows, block.piece.scale, terms, den, out);
            let largest = largest.map_err(|_| Failed)?;
            if wants_products {
                self.multiply_aggregate(cpu, tile, block, out, largest);
            }
            return Ok(());
        }
        let sorter = combiner.filter(|combiner| plan.work.maps.is_empty() && combiner.sorts(plan.n));
        if let Some(sorter) = sorter {
            let bytes = (block.columns(tile), block.piece.scale);
            let largest = sorter
                .run_bytes(cpu, bytes, next, &mut self.scratch, out)
                .ok_or(Failed)?;
            if wants_products {
                self.multiply_aggregate(cpu, tile, block, out, largest);
            }
            return Ok(());
        }
        self.quantize(cpu, tile, block)?;
        self.map(cpu, &plan.work.maps, train);
        let last = if plan.work.maps.is_empty() {
            &self.rows
        } else {
            &self.mapped
        };
        if let Some(combiner) = combiner {
            combiner.run_and_fetch(cpu, last, next, &mut self.scratch, out);
        }
        if wants_products {
            self.multiply(cpu, tile, plan, block, out);
        }
        Ok(())
    }

    fn quantize(&mut self, cpu: Cpu, tile: &Tile<'_>, block: Block) -> Result<(), Failed> {
        self.rows.reset(tile.rows.len(), block.len);
        for (i, row) in tile.rows.iter().enumerate() {
            let ahead = tile.rows.get(i + FETCH).map_or(&[][..], |row| block.bytes(row));
            let (bytes, scale) = (block.bytes(row), block.piece.scale);
            let largest = quantize_and_fetch(cpu, bytes, ahead, scale, self.rows.row_mut(i)).map_err(|_| Failed)?;
            self.rows.raise(largest);
        }
        Ok(())
    }

    /// The maps one after the other; the result is in `mapped` if there are any.
    fn map(&mut self, cpu: Cpu, maps: &[StageMap], train: bool) {
        for (i, stage) in maps.iter().enumerate() {
            let map = if train { &stage.train } else { &stage.stat };
            let from = if i == 0 { &self.rows } else { &self.mapped };
            map_rows(cpu, map, from, &mut self.scratch.sums, &mut self.spare);
            std::mem::swap(&mut self.mapped, &mut self.spare);
        }
    }

    fn multiply(&mut self, cpu: Cpu, tile: &Tile<'_>, plan: &Plan, block: Block, aggregate: &[i32]) {
        let shift = block.piece.shift;
        let has_maps = !plan.work.maps.is_empty();
        match plan.work.finish {
            Finish::Norms => {
                let rows = if has_maps { &self.mapped } else { &self.rows };
                let bound = u64::from(rows.largest()).pow(2);
                self.products.resize(rows.count(), 0);
                for (i, sum) in self.products.iter_mut().enumerate() {
                    *sum += dot(cpu, rows.row(i), rows.row(i), bound) << (2 * shift);
                }
            }
            Finish::Pairs => {
                let rows = if has_maps { &mut self.mapped } else { &mut self.rows };
                if let Some(previous) = block.previous(tile) {
                    rows.push(previous);
                }
                let pairs = self.pairs.take().filter(|pairs| pairs.rows() == rows.count());
                let mut pairs = pairs.unwrap_or_else(|| Pairs::new(rows.count()));
                pairs.add(cpu, rows, shift);
                self.pairs = Some(pairs);
            }
            Finish::Aggregate { .. } => self.multiply_aggregate(cpu, tile, block, aggregate, self.rows.largest()),
        }
    }

    /// Products of the original rows; `largest` bounds their magnitudes, and thereby that of the aggregate, a mean of their means.
    fn multiply_aggregate(&mut self, cpu: Cpu, tile: &Tile<'_>, block: Block, aggregate: &[i32], largest: u32) {
        let previous = block.previous(tile);
        let factors = Factors {
            aggregate,
            previous,
            largest,
            shift: block.piece.shift,
        };
        let (n, rows) = (tile.rows.len(), |row: usize| block.bytes(tile.rows[row]));
        self.products.resize(aggregate_products(n, previous.is_some()), 0);
        self.row_products
            .add(cpu, (n, rows), block.piece.scale, &factors, &mut self.products);
    }

    fn take_products(&mut self, finish: &Finish) -> Vec<i128> {
        match (finish, &mut self.pairs) {
            (Finish::Pairs, Some(pairs)) => pairs.take(),
            _ => std::mem::take(&mut self.products),
        }
    }
}

/// How many products [`Finish::Aggregate`] has.
fn aggregate_products(n: usize, previous: bool) -> usize {
    let p = usize::from(previous);
    n * (2 + p) + 1 + 2 * p
}

impl Block {
    /// Its part of a row of the tile.
    fn bytes<'a>(&self, row: &'a [u8]) -> &'a [u8] {
        &row[4 * self.start..][..4 * self.len]
    }

    /// Its bytes of all rows.
    fn columns<'a>(&self, tile: &Tile<'a>) -> Columns<'a> {
        Columns {
            rows: tile.rows,
            start: 4 * self.start,
            len: 4 * self.len,
        }
    }

    /// Its part of the previous aggregate.
    fn previous<'a>(&self, tile: &Tile<'a>) -> Option<&'a [i32]> {
        tile.previous.map(|previous| &previous[self.start..][..self.len])
    }
}

/// The fault that [`BackendError::Value`] names, once some value was refused.
#[cold]
fn first_fault(cpu: Cpu, tile: &Tile<'_>) -> BackendError {
    let mut buffer = Vec::new();
    for (row, bytes) in tile.rows.iter().enumerate() {
        let mut start = 0;
        for &piece in tile.pieces {
            let block = Block {
                piece,
                start,
                len: piece.len,
            };
            buffer.resize(piece.len, 0);
            if let Err(fault) = quantize(cpu, block.bytes(bytes), piece.scale, &mut buffer) {
                return BackendError::Value {
                    row,
                    index: start + fault.index,
                    error: fault.error,
                };
            }
            start += piece.len;
        }
    }
    BackendError::Value {
        row: 0,
        index: 0,
        error: QuantizeError::Scale,
    }
}
