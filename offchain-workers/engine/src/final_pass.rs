//! The last pass: aggregate, new values, the round's products and the tree over them.

use crate::{
    blob_file::GroupBuffer,
    optimiser::{MomentBuffers, NewValues},
    output::Aggregated,
    pass::Pass,
    read::{Roots, Rows},
    selection::Selected,
    spill::Spill,
    state::State,
    state_path,
    tiles::TileSums,
    version::{Groups, Version},
    walk::Stripe,
    EngineError, Input,
};
use quorate_exact::{detail::TILE, Products, ProductsShape, ProductsTree, Root, SumTree};
use quorate_hash_tree::{Piece, GROUP};
use quorate_kernels::{optimiser::ServerStep, Finish, TileOp};
use std::{path::Path, thread};

/// What a thread keeps from stripe to stripe.
#[derive(Default)]
struct Buffers {
    rows: Rows,
    base: GroupBuffer,
    previous: GroupBuffer,
    out: Vec<u8>,
    steps: Vec<i32>,
    moments: MomentBuffers,
}

/// What is left of a stripe.
struct Done {
    updates: Vec<Root>,
    products: TileSums,
    version: Groups,
    moments: Vec<Piece>,
}

/// Computes the version, given everything that was decided before.
pub(crate) fn run(pass: &Pass<'_>, selected: &Selected, out: &Path) -> Result<Aggregated, EngineError> {
    let job = pass.job;
    let step = ServerStep::new(&job.input.pipeline.server, job.powers()?).map_err(EngineError::Powers)?;
    let mut state = State::create(job, &state_path(out))?;
    let moments = state.as_ref().map(State::file).transpose()?;
    let work = TileOp {
        maps: selected.maps.clone(),
        finish: Finish::Aggregate {
            train: selected.decision.train.clone(),
            stat: selected.decision.stat.clone(),
            products: true,
        },
    };
    let version = Version::create(job, out)?;
    let stripes = Stripes {
        pass,
        values: NewValues {
            job,
            cpu: pass.cpu,
            step,
            state: moments.as_ref(),
        },
        work: &work,
        version: &version,
    };
    let mut tree = Leaves::new(job.plan.shape, selected.pairs.as_ref())?;
    let mut tiles = TileSums::default();
    let (mut written, mut roots) = (version.hashing(), Roots::new(job, pass.walk.stripe));
    thread::scope(|scope| {
        let syncing = version.sync_meanwhile(scope);
        pass.walk.each(
            job.layout.file_len,
            |buffers: &mut Buffers, stripe| stripes.work(buffers, stripe),
            |stripe, done| {
                roots.push(done.updates);
                if let Some(state) = &mut state {
                    done.moments.into_iter().for_each(|piece| state.take(piece));
                }
                written.push(done.version);
                syncing.written(stripe.end);
                (pass.walk.control.progress)(stripe.end, job.layout.file_len);
                tiles.join(done.products, |sums| tree.add(sums))
            },
        )?;
        syncing.finish()
    })?;
    tiles.finish(|sums| tree.add(sums))?;
    let output = version.finish(written)?;
    let optimiser = match state {
        Some(state) => Some(state.finish(step.and_then(|step| step.powers()))?),
        None => None,
    };
    roots.compare(job)?;
    Aggregated::new(output, optimiser, selected.selection.clone(), tree.finish()?)
}

/// What makes something of every stripe.
struct Stripes<'a> {
    pass: &'a Pass<'a>,
    values: NewValues<'a>,
    work: &'a TileOp,
    version: &'a Version<'a>,
}

impl Stripes<'_> {
    fn work(&self, buffers: &mut Buffers, stripe: Stripe) -> Result<Done, EngineError> {
        let Buffers {
            rows,
            base,
            previous,
            out,
            steps,
            moments,
        } = buffers;
        let input = self.pass.job.input;
        debug_assert_eq!(stripe.start % GROUP as u64, 0);
        let base = input.base.read(base, stripe.start, stripe.len(), Input::Base)?;
        let previous = match &input.previous {
            Some(file) => {
                let stripe = stripe.until(self.pass.job.layout.update_len);
                Some(file.read(previous, stripe.start, stripe.len(), Input::Previous)?)
            }
            None => None,
        };
        // The header and the `const` tensors are the base's.
        out.clear();
        out.extend_from_slice(base);
        moments.begin();
        let mut products = TileSums::default();
        let reading = self.pass.reading();
        let updates = reading.each_run(rows, stripe, |run, rows| {
            let at = (self.pass.job.layout.offset(run.first) - stripe.start) as usize;
            let within = at..at + 4 * run.len;
            let base = &base[within.clone()];
            let steps = match previous {
                Some(previous) => {
                    self.values.previous(run, base, &previous[within.clone()], steps)?;
                    Some(&steps[..])
                }
                None => None,
            };
            let result = self.pass.run(run, rows, steps, self.work)?;
            self.values
                .make(run, base, &result.aggregate, moments, &mut out[within])?;
            products.add(run.first / TILE, result.products);
            Ok(())
        })?;
        let version = self.version.write(stripe, base, out)?;
        Ok(Done {
            updates,
            products,
            version,
            moments: self.values.write_moments(moments)?,
        })
    }
}

/// The sum tree, of which a leaf is made from a tile's products and those of its pairs, if there are any.
struct Leaves<'a> {
    shape: ProductsShape,
    pairs: Option<&'a Spill>,
    tree: SumTree,
    tile: u64,
}

impl<'a> Leaves<'a> {
    fn new(shape: ProductsShape, pairs: Option<&'a Spill>) -> Result<Self, EngineError> {
        Ok(Self {
            shape,
            pairs,
            tree: SumTree::new(shape)?,
            tile: 0,
        })
    }

    /// The next tile: the entries of the shape without pairs.
    fn add(&mut self, line: Vec<i128>) -> Result<(), EngineError> {
        let entries = match self.pairs {
            Some(pairs) if self.shape.pairs => with_pairs(self.shape, &pairs.get(self.tile)?, &line),
            _ => line,
        };
        self.tree.push(Products::from_entries(self.shape, entries)?)?;
        self.tile += 1;
        Ok(())
    }

    fn finish(self) -> Result<(ProductsTree, Products), EngineError> {
        Ok(self.tree.finish()?)
    }
}

/// The entries of a shape with pairs, from the upper triangle of the updates and the entries without pairs.
fn with_pairs(shape: ProductsShape, upper: &[i128], line: &[i128]) -> Vec<i128> {
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
