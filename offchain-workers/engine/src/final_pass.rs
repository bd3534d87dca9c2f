//! The last pass: aggregate, new values, the round's products and the tree over them.

use crate::{
    job::Job,
    output::{Aggregated, Named},
    read::{Reading, Roots, Slab},
    root_of,
    selection::Selected,
    server::NewValues,
    spill::Spill,
    state_path,
    tile_engine::{pieces, TileEngine},
    write::Writer,
    EngineError,
};
use quorate_exact::{detail::TILE, server, Products, ProductsTree, Shape, SumTree};
use quorate_kernels::{server::ServerStep, Finish, Tile, Work};
use std::{fs::File, os::unix::fs::FileExt, path::Path, thread};

/// Computes the version, given everything that was decided before.
pub(crate) fn run(
    engine: &TileEngine,
    reading: &Reading<'_>,
    selected: &Selected,
    out: &Path,
    roots: Option<&mut Roots>,
) -> Result<Aggregated, EngineError> {
    let job = reading.job;
    let step = ServerStep::new(&job.input.pipeline.server, job.powers()?).map_err(EngineError::Powers)?;
    let state = State::create(job, &state_path(out))?;
    let values = NewValues {
        job,
        cpu: engine.cpu(),
        step,
    };
    let work = Work {
        maps: selected.maps.clone(),
        finish: Finish::Aggregate {
            train: selected.decision.train.clone(),
            stat: selected.decision.stat.clone(),
            products: true,
        },
    };
    let mut tree = Tree::new(job.plan.shape, selected.pairs.as_ref())?;
    let output = thread::scope(|scope| {
        let file = state.as_ref().map(|state| &state.file);
        let writer = Writer::start(scope, job, out, file, reading.control)?;
        let taken = reading.each(roots, |slab| {
            // A writer that has failed says so in the end.
            let Some(mut output) = writer.empty() else {
                return Err(EngineError::Cancelled);
            };
            let aggregate = aggregate(engine, &values, &work, slab, &mut tree)?;
            engine.install(|| values.make(slab, &aggregate, &mut output))?;
            writer.push(output).ok_or(EngineError::Cancelled)
        });
        match (taken, writer.finish()) {
            (Err(EngineError::Cancelled), Err(error)) => Err(error),
            (Err(error), _) => Err(error),
            (Ok(()), written) => written,
        }
    })?;
    let optimiser = match state {
        Some(state) => Some(state.finish(values.step.and_then(|step| step.powers()))?),
        None => None,
    };
    Aggregated::new(output, optimiser, selected.selection.clone(), tree.finish()?)
}

/// The aggregate of a slab; its products go to the tree.
fn aggregate(
    engine: &TileEngine,
    values: &NewValues<'_>,
    work: &Work,
    slab: &Slab,
    tree: &mut Tree<'_>,
) -> Result<Vec<i32>, EngineError> {
    let job = values.job;
    let previous = engine.install(|| values.previous(slab))?;
    let pieces = pieces(&job.layout, slab.first, slab.len);
    let rows: Vec<&[u8]> = slab.rows.iter().map(Vec::as_slice).collect();
    let tile = Tile {
        pieces: &pieces,
        rows: &rows,
        previous: previous.as_deref(),
    };
    let result = engine.run(job, slab.first, &tile, work)?;
    let end = slab.first + slab.len as u64;
    tree.add(
        &result.products,
        end.is_multiple_of(TILE) || end == job.layout.coordinates,
    )?;
    Ok(result.aggregate)
}

/// The sum tree, of which a leaf is made from several slabs.
struct Tree<'a> {
    shape: Shape,
    pairs: Option<&'a Spill>,
    tree: SumTree,
    tile: u64,
    /// The products of the tile with the aggregate and the previous one: the entries of the shape without pairs.
    line: Vec<i128>,
}

impl<'a> Tree<'a> {
    fn new(shape: Shape, pairs: Option<&'a Spill>) -> Result<Self, EngineError> {
        let line = Shape { pairs: false, ..shape };
        Ok(Self {
            shape,
            pairs,
            tree: SumTree::new(shape)?,
            tile: 0,
            line: vec![0; line.len()],
        })
    }

    fn add(&mut self, products: &[i128], last_of_tile: bool) -> Result<(), EngineError> {
        self.line.iter_mut().zip(products).for_each(|(sum, more)| *sum += more);
        if !last_of_tile {
            return Ok(());
        }
        let entries = match self.pairs {
            Some(pairs) if self.shape.pairs => with_pairs(self.shape, &pairs.get(self.tile)?, &self.line),
            _ => self.line.clone(),
        };
        self.tree.push(Products::from_entries(self.shape, entries)?)?;
        self.tile += 1;
        self.line.fill(0);
        Ok(())
    }

    fn finish(self) -> Result<(ProductsTree, Products), EngineError> {
        Ok(self.tree.finish()?)
    }
}

/// The entries of a shape with pairs, from the upper triangle of the updates and the entries without pairs.
fn with_pairs(shape: Shape, upper: &[i128], line: &[i128]) -> Vec<i128> {
    let (n, others) = (shape.updates, 1 + usize::from(shape.previous));
    let mut entries = Vec::with_capacity(shape.len());
    let mut upper = upper.iter().copied();
    for (i, own) in line.chunks_exact(1 + others).take(n).enumerate() {
        entries.extend(upper.by_ref().take(n - i));
        entries.extend(&own[1..]);
    }
    entries.extend(&line[n * (1 + others)..]);
    entries
}

/// The new state of the optimiser.
struct State {
    file: File,
    powers_at: u64,
}

impl State {
    fn create(job: &Job<'_>, path: &Path) -> Result<Option<Self>, EngineError> {
        let Some(header) = &job.state else { return Ok(None) };
        let io = || EngineError::io("optimiser state");
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .map_err(io())?;
        file.set_len(header.file_len()).map_err(io())?;
        file.write_all_at(&header.encode(), 0).map_err(io())?;
        let powers = header.tensors.iter().find(|tensor| tensor.name == server::POWERS);
        let powers_at = powers.map_or(0, |tensor| header.header_len() + tensor.begin);
        Ok(Some(Self { file, powers_at }))
    }

    /// Root and length. First moments come before all second ones in the file, so that it is hashed once it is whole.
    fn finish(self, powers: Option<[u32; 2]>) -> Result<Named, EngineError> {
        let io = || EngineError::io("optimiser state");
        if let Some(powers) = powers {
            let bytes = powers.map(u32::to_le_bytes);
            self.file
                .write_all_at(bytes.as_flattened(), self.powers_at)
                .map_err(io())?;
        }
        self.file.sync_all().map_err(io())?;
        root_of(&self.file).map_err(io())
    }
}
