//! Assessments of rounds (section 21 of `exactness.md`): a version and its base on data sets, and variants of the base with the shares of
//! organisations, by the fast engine of programs.

mod parallel;
mod player_rows;
mod sets;
#[cfg(test)]
mod tests;

use crate::{
    evaluation::{load_changed, memory, read, rows::Rows, unfit, Bounds, Files, FrozenBase, Stop, BESIDE},
    version_header, BlobFile, Control, EngineError, Input,
};
use player_rows::{PlayerRows, Variant};
use quorate_evaluation::{
    assessment::{
        measures, players, shares, AssessmentDetail, Fewest, Losses, Measures, Played, Player, SetRecord, Update,
        BENCHMARK,
    },
    Tally,
};
use quorate_exact::{Detail, DetailError};
use quorate_infer::Model;
use quorate_kernels::Cpu;
use quorate_program::Program;
use sets::{sets, Set};
use std::{cell::Cell, path::PathBuf, sync::Arc};

/// Coordinates of rows that are worked on at a time.
const CHUNK: u64 = 1 << 16;

/// What an assessment is made from. All files are canonical and belong to one model; every byte is verified while it is read.
#[derive(Debug)]
pub struct AssessInput {
    /// The version that the updates follow.
    pub base: BlobFile,
    /// The version that was made of them.
    pub version: BlobFile,
    /// What the tensors of both are trained on top of, if the model has that.
    pub frozen_base: Option<BlobFile>,
    pub program: BlobFile,
    /// The public data set.
    pub benchmark: Option<BlobFile>,
    /// Suppliers and their data sets.
    pub shards: Vec<(u32, BlobFile)>,
    /// In the sealed order.
    pub updates: Vec<(Update, BlobFile)>,
    /// What the round's aggregation found out.
    pub aggregation: Detail,
    /// Set where updates are scored.
    pub contribution: Option<Fewest>,
    /// Thousands of millions of operations that the policy allows.
    pub operations: u64,
    /// Where temporary files go: they have no names, and [`AssessInput::scratch_len`] bytes.
    pub folder: PathBuf,
}

/// What an assessment yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assessed {
    /// The program does not fit; why is for people.
    Unfit(String),
    Done {
        measures: Measures,
        detail: AssessmentDetail,
    },
}

impl AssessInput {
    /// Bytes of temporary files, at most.
    ///
    /// # Errors
    /// Those of reading the base's header.
    pub fn scratch_len(&self) -> Result<u64, EngineError> {
        if self.contribution.is_none() {
            return Ok(0);
        }
        let header = version_header(&self.base, Input::Base)?;
        Ok(player_rows::scratch_len(&header, self.players().len()))
    }

    fn players(&self) -> Vec<Player> {
        players(&self.updates.iter().map(|(update, _)| *update).collect::<Vec<_>>())
    }
}

pub(crate) fn assess(
    input: &AssessInput,
    (cpu, bounds): (Cpu, Bounds<'_>),
    control: &Control<'_>,
) -> Result<Assessed, EngineError> {
    match run(input, (cpu, bounds, CHUNK), control) {
        Ok((measures, detail)) => Ok(Assessed::Done { measures, detail }),
        Err(Stop::Unfit(reason)) => Ok(Assessed::Unfit(reason)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

fn run(
    input: &AssessInput,
    (cpu, bounds, chunk): (Cpu, Bounds<'_>, u64),
    control: &Control<'_>,
) -> Result<(Measures, AssessmentDetail), Stop> {
    let memory = bounds.memory.or_else(memory::free).unwrap_or(u64::MAX);
    let kept = input.program.len().saturating_mul(2);
    memory::check(kept, memory)?;
    let program = read(&input.program, Input::Program, 0, input.program.len(), control)?;
    let program = Program::decode(&program).map_err(|error| unfit(&error))?;
    let players = input.players();
    let kept = kept.saturating_add(BESIDE);
    let sets = sets(input, &program, players.len(), (kept, memory), control)?;
    let flags = sets
        .iter()
        .flat_map(|set| &set.which)
        .map(|which| which.len() as u64)
        .sum();
    let shards: Vec<&Set<'_>> = sets.iter().filter(|set| set.place != BENCHMARK).collect();
    let scored = input
        .contribution
        .is_some_and(|fewest| shards.len() as u64 >= fewest.shards.into());
    let run = Runs {
        program,
        frozen_base: input.frozen_base.as_ref().map(FrozenBase::kept).transpose()?,
        kept: kept.saturating_add(flags),
        memory,
        bounds,
        control,
        done: Cell::new(0),
        all: all_runs(&sets, scored.then_some(players.len())),
    };
    let versions = [(&input.base, Input::Base), (&input.version, Input::Version)];
    let mut records: Vec<SetRecord> = sets.iter().map(record).collect();
    for (number, version) in versions.into_iter().enumerate() {
        let model = run.load(version, None)?;
        for (set, record) in sets.iter().zip(&mut records) {
            let sums = run.tally(&model, set)?.into();
            match number {
                0 => record.before = sums,
                _ => record.after = sums,
            }
        }
    }
    let measures = measures(&records).ok_or_else(|| unfit(&"there is no data set with rows that count"))?;
    if !scored {
        return Ok((measures, AssessmentDetail::of(records)));
    }
    let header = version_header(&input.base, Input::Base)?;
    let (mut rows, norms) = PlayerRows::new(input, &header, &players, (cpu, bounds.threads, chunk), control)?;
    let shares = shares(&players, &norms);
    rows.share(shares.clone(), bounds.threads)?;
    let on_shards = |variant| -> Result<Vec<i64>, Stop> {
        let model = run.load((&input.base, Input::Base), Some((&rows, variant)))?;
        let loss = |set: &&Set<'_>| Ok(run.tally(&model, set)?.loss);
        shards.iter().map(loss).collect()
    };
    let each = |variant: fn(usize) -> Variant| -> Result<Vec<Vec<i64>>, Stop> {
        (0..players.len()).map(|player| on_shards(variant(player))).collect()
    };
    let (all, alone, without) = (on_shards(Variant::All)?, each(Variant::Alone)?, each(Variant::Without)?);
    let before = records.iter().filter(|record| record.place != BENCHMARK);
    let losses = shards
        .iter()
        .zip(before)
        .enumerate()
        .map(|(number, (set, record))| Losses {
            supplier: set.supplier,
            rows: set.counted,
            none: record.before.loss,
            all: all[number],
            alone: alone.iter().map(|sums| sums[number]).collect(),
            without: without.iter().map(|sums| sums[number]).collect(),
        });
    let losses: Vec<Losses> = losses.collect();
    let played = Played {
        players: &players,
        norms: &norms,
        shares: &shares,
        losses: &losses,
        aggregation: &input.aggregation,
    };
    let detail = played.conclude(records).map_err(of_detail)?;
    Ok((measures, detail))
}

/// A round's detail that is not the round's: no result that anybody else has.
fn of_detail(error: DetailError) -> EngineError {
    match error {
        DetailError::Products(error) => EngineError::Products(error),
        other => EngineError::io("the aggregation's detail")(std::io::Error::other(other.to_string())),
    }
}

fn record(set: &Set<'_>) -> SetRecord {
    SetRecord {
        place: set.place,
        rows: set.rows,
        counted: set.counted,
        before: Tally::default().into(),
        after: Tally::default().into(),
    }
}

/// Rows that are run in all, for the progress.
fn all_runs(sets: &[Set<'_>], players: Option<usize>) -> u64 {
    let of = |set: &Set<'_>| match players {
        Some(players) if set.place != BENCHMARK => set.counted.saturating_mul(2 * players as u64 + 3),
        _ => set.counted.saturating_mul(2),
    };
    sets.iter().map(of).fold(0, u64::saturating_add)
}

/// What all runs share.
struct Runs<'a> {
    program: Program,
    /// Read once: it is the same in every variant, and may be most of what is read.
    frozen_base: Option<FrozenBase<'a>>,
    kept: u64,
    memory: u64,
    bounds: Bounds<'a>,
    control: &'a Control<'a>,
    /// Rows that were run, of all.
    done: Cell<u64>,
    all: u64,
}

impl Runs<'_> {
    fn load(
        &self,
        version: (&BlobFile, Input),
        variant: Option<(&PlayerRows<'_>, Variant)>,
    ) -> Result<Arc<Model>, Stop> {
        let files = Files {
            version,
            frozen_base: self.frozen_base.as_ref(),
        };
        let model = load_changed(
            files,
            self.program.clone(),
            self.kept,
            (self.bounds, self.memory),
            self.control,
            &mut |tensor, bytes| match variant {
                Some((rows, variant)) => rows.change(variant, tensor, bytes),
                None => Ok(()),
            },
        )?;
        Ok(Arc::new(model))
    }

    /// The sums over the rows of a set that count.
    fn tally(&self, model: &Arc<Model>, set: &Set<'_>) -> Result<Tally, Stop> {
        let frozen = self.frozen_base.as_ref().map_or(0, FrozenBase::bytes);
        let kept = self.kept.saturating_add(frozen).saturating_add(model.bytes());
        let rows = Rows::new(model.clone(), set.fit.clone(), self.all, kept, self.control);
        let mut rows = rows.some(set.which.as_deref(), self.done.get());
        rows.stream(set.blob, set.input)?;
        let (tally, _) = rows.finish();
        self.done.set(self.done.get() + tally.rows);
        Ok(tally)
    }
}
