//! The passes before the last one: what each stage decides, from inner products of the rows that it is given.

use crate::{
    pass::Pass,
    read::{Roots, Rows},
    spill::Spill,
    tiles::TileSums,
    EngineError,
};
use quorate_exact::{detail::TILE, rules::Decision, Gram, Needs, StageProducts};
use quorate_kernels::{Finish, StageMap, TileOp};
use std::path::Path;

/// Everything that is decided before the last pass.
pub(crate) struct Selected {
    pub maps: Vec<StageMap>,
    pub decision: Decision,
    /// The selection weights of the updates, as the detail has them.
    pub selection: Vec<u32>,
    /// Products of all pairs of updates, tile by tile, if the first stage looks at them.
    pub pairs: Option<Spill>,
}

/// Goes through the updates as often as the stages need it, and verifies them each time: the disk may have changed them meanwhile.
pub(crate) fn select(pass: &Pass<'_>, folder: &Path) -> Result<Selected, EngineError> {
    let job = pass.job;
    let context = job.context();
    let mut walks = Walks {
        pass,
        folder,
        pairs: None,
    };
    let (mut maps, mut weights, mut mixed) = (Vec::new(), job.weights.clone(), false);
    let mut rows = job.plan.updates;
    for (stage, pre) in (0..).zip(job.input.pipeline.pre.stages()) {
        let products = walks.products(pre.needs(), rows, &maps)?;
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
    let products = walks.products(rule.needs(), rows, &maps)?;
    let decision = rule
        .decide(rows, &weights, &products, &context)
        .map_err(EngineError::Decide)?;
    let selection = if mixed { Vec::new() } else { decision.selection.clone() };
    Ok(Selected {
        pairs: walks.pairs,
        maps,
        decision,
        selection,
    })
}

struct Walks<'a> {
    pass: &'a Pass<'a>,
    folder: &'a Path,
    pairs: Option<Spill>,
}

impl Walks<'_> {
    /// The products that a stage needs, of `rows` rows that these maps make.
    fn products(&mut self, needs: Needs, rows: u32, maps: &[StageMap]) -> Result<StageProducts, EngineError> {
        let rows = rows as usize;
        match needs {
            Needs::Nothing => Ok(StageProducts::Nothing),
            Needs::Norms => self.sum(Finish::Norms, rows, maps, None).map(StageProducts::Norms),
            Needs::Pairs => {
                let entries = rows * (rows + 1) / 2;
                // The round's products have those of the updates themselves.
                let mut spill = match maps.is_empty() {
                    true => Some(Spill::new(self.folder, entries)?),
                    false => None,
                };
                let upper = self.sum(Finish::Pairs, entries, maps, spill.as_mut())?;
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
        maps: &[StageMap],
        mut spill: Option<&mut Spill>,
    ) -> Result<Vec<i128>, EngineError> {
        let work = TileOp {
            maps: maps.to_vec(),
            finish,
        };
        let (pass, mut total) = (self.pass, vec![0i128; entries]);
        let layout = &pass.job.layout;
        let (mut roots, reading) = (Roots::new(pass.job, pass.walk.stripe), pass.reading());
        let mut tiles = TileSums::default();
        let mut add_tile = |sums: Vec<i128>| {
            // At most 2^17 tiles, each below 2^96: no overflow.
            total.iter_mut().zip(&sums).for_each(|(sum, more)| *sum += more);
            spill.as_deref_mut().map_or(Ok(()), |spill| spill.push(&sums))
        };
        pass.walk.each(
            layout.update_len,
            |rows: &mut Rows, stripe| {
                let mut products = TileSums::default();
                let hashes = reading.each_run(rows, stripe, |run, rows| {
                    products.add(run.first / TILE, pass.run(run, rows, None, &work)?.products);
                    Ok(())
                })?;
                Ok((hashes, products))
            },
            |_, (hashes, products)| {
                roots.push(hashes);
                (pass.walk.control.progress)(0, layout.file_len);
                tiles.join(products, &mut add_tile)
            },
        )?;
        tiles.finish(&mut add_tile)?;
        roots.compare(pass.job)?;
        Ok(total)
    }
}
