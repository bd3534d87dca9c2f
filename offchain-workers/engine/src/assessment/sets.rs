//! The data sets of an assessment, and which of their rows count.

use crate::{
    evaluation::{each, header, memory, unfit, Stop},
    AssessInput, BlobFile, Control, Input,
};
use quorate_data_set::{Checker, DataSet};
use quorate_evaluation::{
    assessment::{counting, row_key, rows_run, RowKey, BENCHMARK},
    operations, Fit,
};
use quorate_program::Program;

/// Bytes for each row while it is found out which ones count.
const OF_A_ROW: u64 = 120;

/// A data set that counts.
pub(super) struct Set<'a> {
    /// As the detail names it.
    pub place: u8,
    pub supplier: u32,
    pub blob: &'a BlobFile,
    pub input: Input,
    pub fit: Fit,
    /// All its rows.
    pub rows: u64,
    pub counted: u64,
    /// None: all.
    pub which: Option<Vec<bool>>,
}

/// A data set that the program fits, by its header.
struct Fitting<'a> {
    place: u8,
    supplier: u32,
    blob: &'a BlobFile,
    input: Input,
    data: DataSet,
    fit: Fit,
}

/// The sets that count, the benchmark first. `kept` bytes are used beside them, of `memory`.
pub(super) fn sets<'a>(
    input: &'a AssessInput,
    program: &Program,
    players: usize,
    (kept, memory): (u64, u64),
    control: &Control<'_>,
) -> Result<Vec<Set<'a>>, Stop> {
    let fitting = |place: u8, supplier: u32, blob: &'a BlobFile, input: Input| -> Result<Fitting<'a>, Stop> {
        let data = header(blob, input)?;
        let fit = Fit::new(program, &data).map_err(|misfit| unfit(&misfit))?;
        Ok(Fitting {
            place,
            supplier,
            blob,
            input,
            data,
            fit,
        })
    };
    let benchmark = match &input.benchmark {
        Some(blob) => Some(fitting(BENCHMARK, 0, blob, Input::DataSet)?),
        None => None,
    };
    let mut shards = Vec::new();
    for (place, (supplier, blob)) in (0u8..).zip(&input.shards) {
        match fitting(place, *supplier, blob, Input::Shard(place.into())) {
            Ok(shard) => shards.push(shard),
            // It does not count.
            Err(Stop::Unfit(_)) => (),
            Err(failed) => return Err(failed),
        }
    }
    let of_benchmark = benchmark.as_ref().map_or(0, |set| set.data.rows());
    let of_shards = shards.iter().map(|set| set.data.rows()).fold(0, u64::saturating_add);
    let needed = rows_run(of_benchmark, of_shards, input.contribution.map(|_| players));
    let needed = needed.and_then(|rows| operations(program, rows));
    if needed.is_none_or(|needed| needed > input.operations) {
        let needed = needed.map_or_else(|| "more than there are".into(), |needed| needed.to_string());
        return Err(unfit(&format_args!(
            "{needed} thousand million operations are needed, the policy allows {}",
            input.operations
        )));
    }
    let rows = of_benchmark.saturating_add(of_shards);
    if !shards.is_empty() {
        memory::check(rows.saturating_mul(OF_A_ROW).saturating_add(kept), memory)?;
    }
    let public = match &benchmark {
        Some(set) if !shards.is_empty() => keys(set, control)?,
        _ => Vec::new(),
    };
    let mut sealed = Vec::new();
    for shard in &shards {
        // One that is no data set has no rows.
        match keys(shard, control) {
            Ok(keys) => sealed.push(keys),
            Err(Stop::Unfit(_)) => sealed.push(Vec::new()),
            Err(failed) => return Err(failed),
        }
    }
    let counting = counting(&public, &sealed);
    let fewest = input.contribution.map_or(1, |fewest| fewest.rows).max(1);
    let of = |set: Fitting<'a>, which: Option<Vec<bool>>| {
        let counted = which
            .as_ref()
            .map(|which| which.iter().filter(|&&counts| counts).count() as u64);
        Set {
            place: set.place,
            supplier: set.supplier,
            blob: set.blob,
            input: set.input,
            fit: set.fit,
            rows: set.data.rows(),
            counted: counted.unwrap_or(set.data.rows()),
            which,
        }
    };
    let shards = shards
        .into_iter()
        .zip(counting)
        .map(|(set, which)| of(set, Some(which)));
    let shards = shards.filter(|set| set.counted >= fewest.into());
    Ok(benchmark.map(|set| of(set, None)).into_iter().chain(shards).collect())
}

/// What each row of a data set is.
fn keys(set: &Fitting<'_>, control: &Control<'_>) -> Result<Vec<RowKey>, Stop> {
    let (mut checker, mut keys) = (Checker::default(), Vec::new());
    each(set.blob, set.input, 0..set.blob.len(), control, |bytes| {
        let pushed = checker.push(bytes, |_, row| keys.push(row_key(&set.fit.inputs(&row))));
        pushed.map_err(|error| unfit(&error))
    })?;
    checker.finish().map_err(|error| unfit(&error))?;
    Ok(keys)
}
