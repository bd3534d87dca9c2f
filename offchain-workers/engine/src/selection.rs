//! The passes before the last one: what each stage decides, from inner products of the rows that it is given.

use crate::{
    read::{Reading, Roots},
    spill::Spill,
    tile_engine::{pieces, TileEngine},
    EngineError,
};
use quorate_exact::{detail::TILE, rules::Decision, Gram, Needs, StageProducts};
use quorate_kernels::{Finish, Stage, Tile, Work};
use std::path::Path;

/// Everything that is decided before the last pass.
pub(crate) struct Selected {
    pub maps: Vec<Stage>,
    pub decision: Decision,
    /// The selection weights of the updates, as the detail has them.
    pub selection: Vec<u32>,
    /// Products of all pairs of updates, tile by tile, if the first stage looks at them.
    pub pairs: Option<Spill>,
}

/// Walks through the updates as often as the stages need it. `roots` are complete after the first walk, if there is one.
pub(crate) fn select(
    engine: &TileEngine,
    reading: &Reading<'_>,
    folder: &Path,
    mut roots: Option<&mut Roots>,
) -> Result<(Selected, bool), EngineError> {
    let job = reading.job;
    let context = job.context();
    let mut walk = Walk {
        engine,
        reading,
        folder,
        pairs: None,
        walked: false,
    };
    let (mut maps, mut weights, mut mixed) = (Vec::new(), job.weights.clone(), false);
    let mut rows = job.plan.updates;
    for (stage, pre) in (0..).zip(job.input.pipeline.pre.stages()) {
        let products = walk.products(pre.needs(), rows, &maps, roots.take())?;
        let map = pre
            .apply(stage, rows, &products, &context)
            .map_err(EngineError::Decide)?;
        rows = map.train.rows.len() as u32;
        if pre.mixes() {
            mixed = true;
            weights = vec![1; map.train.rows.len()];
        }
        maps.push(map);
    }
    let rule = &job.input.pipeline.rule;
    let products = walk.products(rule.needs(), rows, &maps, roots.take())?;
    let decision = rule
        .decide(rows, &weights, &products, &context)
        .map_err(EngineError::Decide)?;
    let selection = if mixed { Vec::new() } else { decision.selection.clone() };
    let (pairs, walked) = (walk.pairs, walk.walked);
    let selected = Selected {
        maps,
        decision,
        selection,
        pairs,
    };
    Ok((selected, walked))
}

struct Walk<'a> {
    engine: &'a TileEngine,
    reading: &'a Reading<'a>,
    folder: &'a Path,
    pairs: Option<Spill>,
    walked: bool,
}

impl Walk<'_> {
    /// The products that a stage needs, of `rows` rows that these maps make.
    fn products(
        &mut self,
        needs: Needs,
        rows: u32,
        maps: &[Stage],
        roots: Option<&mut Roots>,
    ) -> Result<StageProducts, EngineError> {
        let rows = rows as usize;
        match needs {
            Needs::Nothing => Ok(StageProducts::Nothing),
            Needs::Norms => self
                .sum(Finish::Norms, rows, maps, None, roots)
                .map(StageProducts::Norms),
            Needs::Pairs => {
                let entries = rows * (rows + 1) / 2;
                // The round's products have those of the updates themselves.
                let mut spill = match maps.is_empty() {
                    true => Some(Spill::new(self.folder, entries)?),
                    false => None,
                };
                let upper = self.sum(Finish::Pairs, entries, maps, spill.as_mut(), roots)?;
                if spill.is_some() {
                    self.pairs = spill;
                }
                Ok(StageProducts::Pairs(Gram::from_upper(rows, upper)?))
            }
        }
    }

    fn sum(
        &mut self,
        finish: Finish,
        entries: usize,
        maps: &[Stage],
        mut spill: Option<&mut Spill>,
        roots: Option<&mut Roots>,
    ) -> Result<Vec<i128>, EngineError> {
        let work = Work {
            maps: maps.to_vec(),
            finish,
        };
        let (job, mut total, mut tile_sum) = (self.reading.job, vec![0i128; entries], vec![0i128; entries]);
        self.walked = true;
        self.reading.each(roots, |slab| {
            let pieces = pieces(&job.layout, slab.first, slab.len);
            let rows: Vec<&[u8]> = slab.rows.iter().map(Vec::as_slice).collect();
            let tile = Tile {
                pieces: &pieces,
                rows: &rows,
                previous: None,
            };
            let result = self.engine.run(job, slab.first, &tile, &work)?;
            tile_sum
                .iter_mut()
                .zip(result.products)
                .for_each(|(sum, more)| *sum += more);
            let end = slab.first + slab.len as u64;
            (self.reading.control.progress)(0, job.layout.file_len);
            if !end.is_multiple_of(TILE) && end != job.layout.coordinates {
                return Ok(());
            }
            // At most 2^17 tiles, each below 2^96: no overflow.
            total.iter_mut().zip(&tile_sum).for_each(|(sum, more)| *sum += more);
            if let Some(spill) = spill.as_deref_mut() {
                spill.push(&tile_sum)?;
            }
            tile_sum.fill(0);
            Ok(())
        })?;
        Ok(total)
    }
}
