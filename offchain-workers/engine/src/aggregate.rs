//! A whole aggregation: tile by tile, each tile's blocks over all threads, the new file written and hashed in order.

use crate::{
    block::{self, Scratch},
    check::read_header,
    layout::Layout,
    output::{self, Aggregated},
    AggregateInput, Control, EngineError,
};
use quorate_exact::{check_weights, detail::TILE, Gram, ModelHeader, Rule, SumTree};
use rayon::ThreadPool;
use std::{fs::File, io::Write, os::unix::fs::FileExt, path::Path, sync::Mutex};

const COPY: usize = 1 << 20;
/// Bytes of a tile of the output.
const TILE_BYTES: usize = 4 * TILE as usize;

/// What every block of an aggregation reads.
pub(crate) struct Job<'a> {
    pub input: &'a AggregateInput,
    pub layout: Layout,
    pub weights: Vec<u32>,
}

/// How the work is cut. Neither number changes a bit of the result.
pub(crate) struct Cut {
    /// Coordinates of a block.
    pub block: usize,
    pub threads: usize,
}

impl<'a> Job<'a> {
    /// Checks everything that does not need the data.
    pub fn new(input: &'a AggregateInput) -> Result<(Self, ModelHeader), EngineError> {
        let header = read_header(&input.base, "base version")?;
        let weights: Vec<u32> = input.inputs.iter().map(|input| input.weight).collect();
        input
            .rule
            .check_updates(weights.len() as u32)
            .map_err(quorate_exact::AggregateError::from)?;
        if input.rule == Rule::WeightedMean {
            check_weights(&weights, weights.len()).map_err(quorate_exact::AggregateError::from)?;
        }
        let layout = Layout::new(&header);
        let model = header.encode();
        check_file(&input.base, "base version", &model, layout.file_len)?;
        if let Some(previous) = &input.previous {
            check_file(previous, "previous version", &model, layout.file_len)?;
        }
        let update = header.update_header().encode();
        for (i, input) in input.inputs.iter().enumerate() {
            check_file(&input.file, &format!("update {i}"), &update, layout.update_len)?;
        }
        Ok((Self { input, layout, weights }, header))
    }

    /// Rows of the Gram matrix.
    pub fn rows(&self) -> usize {
        self.weights.len() + 1 + usize::from(self.input.previous.is_some())
    }

    pub fn run(
        &self,
        header: &ModelHeader,
        cut: &Cut,
        pool: &ThreadPool,
        out: &Path,
        control: &Control<'_>,
    ) -> Result<Aggregated, EngineError> {
        let mut writer = Writer::create(out, self.layout.file_len, control)?;
        writer.write(&header.encode())?;
        let mut tree = SumTree::new(self.rows())?;
        let mut scratches: Vec<Scratch> = (0..cut.threads).map(|_| Scratch::new(self.rows(), cut.block)).collect();
        let mut tile = vec![0u8; TILE_BYTES.min(4 * self.layout.coordinates as usize)];
        for first in (0..self.layout.coordinates).step_by(TILE as usize) {
            let len = TILE.min(self.layout.coordinates - first) as usize;
            let bytes = &mut tile[..4 * len];
            tree.push(self.tile(first, bytes, cut, pool, &mut scratches, control)?)?;
            writer.write(bytes)?;
        }
        self.copy_rest(&mut writer, &mut tile)?;
        drop((scratches, tile));
        let (hash, len) = writer.finish()?;
        let (gram_tree, gram) = tree.finish()?;
        output::assemble(self, hash, len, gram_tree, gram)
    }

    /// Fills `bytes` with the new values from coordinate `first` on; returns the products of the tile.
    fn tile(
        &self,
        first: u64,
        bytes: &mut [u8],
        cut: &Cut,
        pool: &ThreadPool,
        scratches: &mut [Scratch],
        control: &Control<'_>,
    ) -> Result<Gram, EngineError> {
        let blocks = Mutex::new(bytes.chunks_mut(4 * cut.block).enumerate());
        let fault = Mutex::new(None);
        // The lock is held for taking the next block only.
        let next = || blocks.lock().ok().and_then(|mut blocks| blocks.next());
        pool.scope(|scope| {
            for scratch in scratches.iter_mut() {
                scope.spawn(|_| {
                    scratch.upper.fill(0);
                    while let Some((index, out)) = next() {
                        let from = first + (index * cut.block) as u64;
                        let result = control.check().and_then(|()| block::run(self, from, out, scratch));
                        if let (Err(error), Ok(mut fault)) = (result, fault.lock()) {
                            fault.get_or_insert(error);
                            return;
                        }
                    }
                });
            }
        });
        match fault.into_inner() {
            Ok(Some(error)) => return Err(error),
            Ok(None) => (),
            Err(_) => return Err(EngineError::Cancelled),
        }
        let mut sum = Gram::new(self.rows())?;
        for scratch in scratches {
            let part = Gram::from_upper(self.rows(), std::mem::take(&mut scratch.upper))?;
            sum.merge(&part)?;
            scratch.upper = vec![0; part.upper().len()];
        }
        Ok(sum)
    }

    /// The `const` tensors, bit for bit.
    fn copy_rest(&self, writer: &mut Writer<'_, '_>, buffer: &mut Vec<u8>) -> Result<(), EngineError> {
        buffer.resize(COPY, 0);
        let mut at = self.layout.update_len;
        while at < self.layout.file_len {
            let len = (COPY as u64).min(self.layout.file_len - at) as usize;
            self.input
                .base
                .read_exact_at(&mut buffer[..len], at)
                .map_err(EngineError::io("base version"))?;
            writer.write(&buffer[..len])?;
            at += len as u64;
        }
        Ok(())
    }
}

fn check_file(file: &File, what: &str, header: &[u8], expected: u64) -> Result<(), EngineError> {
    let got = file.metadata().map_err(EngineError::io(what))?.len();
    if got != expected {
        return Err(EngineError::Length {
            what: what.into(),
            expected,
            got,
        });
    }
    let mut bytes = vec![0; header.len()];
    file.read_exact_at(&mut bytes, 0).map_err(EngineError::io(what))?;
    match bytes == header {
        true => Ok(()),
        false => Err(EngineError::OtherModel { what: what.into() }),
    }
}

/// The new version: written and hashed in one go.
struct Writer<'a, 'b> {
    file: File,
    hasher: blake3::Hasher,
    done: u64,
    total: u64,
    control: &'a Control<'b>,
}

impl<'a, 'b> Writer<'a, 'b> {
    fn create(path: &Path, total: u64, control: &'a Control<'b>) -> Result<Self, EngineError> {
        let file = File::create(path).map_err(EngineError::io("new version"))?;
        Ok(Self {
            file,
            hasher: blake3::Hasher::new(),
            done: 0,
            total,
            control,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        self.control.check()?;
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(EngineError::io("new version"))?;
        self.done += bytes.len() as u64;
        (self.control.progress)(self.done, self.total);
        Ok(())
    }

    fn finish(self) -> Result<([u8; 32], u64), EngineError> {
        self.file.sync_all().map_err(EngineError::io("new version"))?;
        Ok((*self.hasher.finalize().as_bytes(), self.done))
    }
}
