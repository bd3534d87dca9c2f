//! An assessment in memory, by the book: what it means, and the oracle of every engine.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use quorate_data_set::{Checker, DataSet, Row};
use quorate_exact::{
    file::header::header_len,
    grid::{quantize, Scale},
    Detail, DetailError, Dtype, Gram, ModelHeader, Role, Tensor,
};
use quorate_program::{Program, Type, Value};

use super::{
    conclude::Played,
    counting,
    detail::{AssessmentDetail, SetRecord, BENCHMARK},
    game::Losses,
    measures::{measures, Measures},
    players::{moved, players, shares, Player, Share, Update},
    row_key, rows_run, RowKey,
};
use crate::{evaluate, operations, Fit, Tally};

/// With less there are no scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fewest {
    /// Rows of a shard that count.
    pub rows: u32,
    /// Shards that count.
    pub shards: u32,
}

/// What a round's assessment is made from. All files are canonical and of one model.
#[derive(Clone, Debug)]
pub struct AssessedRound<'a> {
    /// The version that the updates follow.
    pub base: &'a [u8],
    /// The version that was made of them.
    pub version: &'a [u8],
    /// The program.
    pub program: &'a [u8],
    /// The public data set.
    pub benchmark: Option<&'a [u8]>,
    /// Suppliers and their data sets.
    pub shards: Vec<(u32, &'a [u8])>,
    /// In the sealed order.
    pub updates: Vec<(Update, &'a [u8])>,
    /// What the round's aggregation found out.
    pub aggregation: &'a Detail,
    /// Set where updates are scored.
    pub contribution: Option<Fewest>,
    /// Thousands of millions that are paid for.
    pub operations: u64,
}

/// What an assessment yields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Assessed {
    /// Nothing ran; why is for people.
    Unfit(String),
    /// Measures, and the detail with the scores.
    Done(Measures, AssessmentDetail),
}

/// What no round of the chain has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AssessmentError {
    /// A file is none of the model.
    File(String),
    /// The aggregation's detail is no round's.
    Detail(DetailError),
}

/// Why there is no result.
enum Stop {
    Unfit(String),
    Failed(AssessmentError),
}

impl From<AssessmentError> for Stop {
    fn from(error: AssessmentError) -> Self {
        Self::Failed(error)
    }
}

fn unfit(reason: impl fmt::Display) -> Stop {
    Stop::Unfit(reason.to_string())
}

fn file(reason: impl fmt::Display) -> AssessmentError {
    AssessmentError::File(reason.to_string())
}

/// # Errors
/// [`AssessmentError`].
pub fn assess(round: &AssessedRound<'_>) -> Result<Assessed, AssessmentError> {
    match run(round) {
        Ok((measures, detail)) => Ok(Assessed::Done(measures, detail)),
        Err(Stop::Unfit(reason)) => Ok(Assessed::Unfit(reason)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

fn run(round: &AssessedRound<'_>) -> Result<(Measures, AssessmentDetail), Stop> {
    let program = Program::decode(round.program).map_err(unfit)?;
    let updates: Vec<Update> = round.updates.iter().map(|(update, _)| *update).collect();
    let players = players(&updates);
    check_operations(round, &program, players.len())?;
    let sets = Sets::of(round, &program)?;
    let model = Model::of(round.base)?;
    let version = Model::of(round.version)?;
    let tally = |model: &Model, set: &Set| model.tally(&program, set);
    let mut records = Vec::new();
    for set in sets.counted() {
        records.push(SetRecord {
            place: set.place,
            rows: set.all,
            counted: set.rows.len() as u64,
            before: tally(&model, set)?.into(),
            after: tally(&version, set)?.into(),
        });
    }
    let measures = measures(&records).ok_or_else(|| unfit("there is no data set with rows that count"))?;
    let shards: Vec<&Set> = sets.counted().filter(|set| set.place != BENCHMARK).collect();
    let enough = |fewest: Fewest| shards.len() as u64 >= fewest.shards.into();
    if !round.contribution.is_some_and(enough) {
        return Ok((measures, AssessmentDetail::of(records)));
    }
    let rows = player_rows(&model.header, &players, &round.updates)?;
    let norms = norms(&model.header, &rows)?;
    let shares = shares(&players, &norms);
    let loss = |of: &dyn Fn(usize) -> bool, set: &Set| -> Result<i64, Stop> {
        Ok(tally(&model.variant(&rows, &shares, of)?, set)?.loss)
    };
    let mut losses = Vec::new();
    for set in shards {
        let each = |with: bool| {
            let of = move |player: usize| loss(&move |other| (other == player) == with, set);
            (0..players.len()).map(of).collect::<Result<Vec<i64>, Stop>>()
        };
        losses.push(Losses {
            supplier: set.supplier,
            rows: set.rows.len() as u64,
            none: loss(&|_| false, set)?,
            all: loss(&|_| true, set)?,
            alone: each(true)?,
            without: each(false)?,
        });
    }
    let played = Played {
        players: &players,
        norms: &norms,
        shares: &shares,
        losses: &losses,
        aggregation: round.aggregation,
    };
    let detail = played.conclude(records).map_err(AssessmentError::Detail)?;
    Ok((measures, detail))
}

/// The rows of all sets that the program fits, by their headers alone.
fn check_operations(round: &AssessedRound<'_>, program: &Program, players: usize) -> Result<(), Stop> {
    let rows = |bytes: &[u8]| {
        header(bytes)
            .filter(|set| Fit::new(program, set).is_ok())
            .map(|set| set.rows())
    };
    let benchmark = match round.benchmark {
        Some(bytes) => rows(bytes).ok_or_else(|| unfit("the program does not fit the benchmark"))?,
        None => 0,
    };
    let shards = round
        .shards
        .iter()
        .filter_map(|(_, bytes)| rows(bytes))
        .fold(0, u64::saturating_add);
    let players = round.contribution.map(|_| players);
    let needed = rows_run(benchmark, shards, players).and_then(|rows| operations(program, rows));
    match needed.is_some_and(|needed| needed <= round.operations) {
        true => Ok(()),
        false => Err(unfit("more operations are needed than were paid for")),
    }
}

fn header(bytes: &[u8]) -> Option<DataSet> {
    let len = DataSet::header_len(bytes.first_chunk().copied()?).ok()?;
    DataSet::read_header(bytes.get(..len)?).ok()
}

/// A data set with the rows that count.
struct Set {
    place: u8,
    supplier: u32,
    data: DataSet,
    all: u64,
    rows: Vec<Row>,
    counts: bool,
}

struct Sets(Vec<Set>);

impl Sets {
    fn of(round: &AssessedRound<'_>, program: &Program) -> Result<Self, Stop> {
        let benchmark = match round.benchmark {
            Some(bytes) => {
                Some(read(program, bytes).ok_or_else(|| unfit("the benchmark is no data set of the program"))?)
            }
            None => None,
        };
        let shards: Vec<_> = round.shards.iter().map(|(_, bytes)| read(program, bytes)).collect();
        let keys =
            |set: &Option<(DataSet, Vec<Row>, Vec<RowKey>)>| set.as_ref().map_or(Vec::new(), |set| set.2.clone());
        let counting = counting(&keys(&benchmark), &shards.iter().map(keys).collect::<Vec<_>>());
        let fewest = round.contribution.map_or(1, |fewest| fewest.rows).max(1);
        let mut sets = Vec::new();
        if let Some((data, rows, _)) = benchmark {
            sets.push(Set {
                place: BENCHMARK,
                supplier: 0,
                all: data.rows(),
                data,
                rows,
                counts: true,
            });
        }
        for (place, ((shard, counting), (supplier, _))) in
            (0u8..).zip(shards.into_iter().zip(counting).zip(&round.shards))
        {
            let Some((data, rows, _)) = shard else { continue };
            let rows: Vec<Row> = rows
                .into_iter()
                .zip(counting)
                .filter_map(|(row, counts)| counts.then_some(row))
                .collect();
            sets.push(Set {
                place,
                supplier: *supplier,
                all: data.rows(),
                counts: rows.len() as u64 >= fewest.into(),
                data,
                rows,
            });
        }
        Ok(Self(sets))
    }

    fn counted(&self) -> impl Iterator<Item = &Set> {
        self.0.iter().filter(|set| set.counts)
    }
}

/// The rows of a data set that the program fits, and what each is.
fn read(program: &Program, bytes: &[u8]) -> Option<(DataSet, Vec<Row>, Vec<RowKey>)> {
    let fit = Fit::new(program, &header(bytes)?).ok()?;
    let (mut checker, mut rows) = (Checker::default(), Vec::new());
    checker.push(bytes, |_, row| rows.push(row)).ok()?;
    let data = checker.finish().ok()?;
    let keys = rows.iter().map(|row| row_key(&fit.inputs(row))).collect();
    Some((data, rows, keys))
}

/// A version, or a variant of one.
struct Model {
    header: ModelHeader,
    data: Vec<u8>,
}

impl Model {
    fn of(bytes: &[u8]) -> Result<Self, AssessmentError> {
        let prefix = bytes
            .first_chunk()
            .ok_or_else(|| file("a version is shorter than its header"))?;
        let len = header_len(prefix).map_err(file)?;
        let split = usize::try_from(len).ok().and_then(|len| bytes.split_at_checked(len));
        let (head, data) = split.ok_or_else(|| file("a version is shorter than its header"))?;
        let header = ModelHeader::decode(head).map_err(file)?;
        match header.data_len() == data.len() as u64 {
            true => Ok(Self {
                header,
                data: data.to_vec(),
            }),
            false => Err(file("a version has another length than its header says")),
        }
    }

    /// The base with the shares of the players that `of` names.
    fn variant(
        &self,
        rows: &[Vec<i32>],
        shares: &[Share],
        of: &dyn Fn(usize) -> bool,
    ) -> Result<Self, AssessmentError> {
        let mut data = self.data.clone();
        for (at, scale) in train(&self.header) {
            let part = |(number, (row, share)): (usize, (&Vec<i32>, &Share))| match of(number) {
                true => i64::from(share.share) * i64::from(row.get(at).copied().unwrap_or(0)),
                false => 0,
            };
            let sum: i64 = rows.iter().zip(shares).enumerate().map(part).sum();
            let value = data.get_mut(at * 4..).and_then(|rest| rest.first_chunk_mut::<4>());
            let value = value.ok_or_else(|| file("a coordinate beyond the base"))?;
            *value = moved(u32::from_le_bytes(*value), sum, scale)
                .map_err(file)?
                .to_le_bytes();
        }
        Ok(Self {
            header: self.header.clone(),
            data,
        })
    }

    fn tally(&self, program: &Program, set: &Set) -> Result<Tally, Stop> {
        let tensors = self.tensors(program)?;
        let (tally, _) = evaluate(program, &tensors, &set.data, set.rows.iter().cloned()).map_err(unfit)?;
        Ok(tally)
    }

    fn tensors(&self, program: &Program) -> Result<Vec<Value>, Stop> {
        let mut names: BTreeMap<&str, &Tensor> = BTreeMap::new();
        for tensor in &self.header.tensors {
            names.extend(
                core::iter::once(&tensor.name)
                    .chain(&tensor.aliases)
                    .map(|name| (name.as_str(), tensor)),
            );
        }
        let value = |wanted: &quorate_program::ModelTensor| {
            let missing = || unfit(format!("the version has no such tensor {:?}", wanted.name));
            let tensor = names.get(wanted.name.as_str()).ok_or_else(missing)?;
            let range = usize::try_from(tensor.begin).ok().zip(usize::try_from(tensor.end).ok());
            let bytes = range
                .and_then(|(begin, end)| self.data.get(begin..end))
                .ok_or_else(missing)?;
            let shape: Vec<usize> = tensor.shape.iter().filter_map(|&size| size.try_into().ok()).collect();
            match element(tensor.dtype) == Some(wanted.element) && tensor.shape == wanted.shape {
                true => Value::from_bytes(wanted.element, &shape, bytes).map_err(|_| missing()),
                false => Err(missing()),
            }
        };
        program.graph().tensors.iter().map(value).collect()
    }
}

fn element(dtype: Dtype) -> Option<Type> {
    match dtype {
        Dtype::F32 => Some(Type::F32),
        Dtype::I64 => Some(Type::I64),
        Dtype::I32 => Some(Type::I32),
        Dtype::I8 => Some(Type::I8),
        Dtype::U8 => Some(Type::U8),
        Dtype::Bool => Some(Type::Bool),
        _ => None,
    }
}

/// The coordinates of the `train` tensors, and their scales.
fn train(header: &ModelHeader) -> impl Iterator<Item = (usize, Scale)> + '_ {
    let tensors = header.tensors.iter().filter(|tensor| tensor.role == Role::Train);
    tensors.flat_map(|tensor| (tensor.begin / 4..tensor.end / 4).map(|at| (at as usize, tensor.scale)))
}

/// The row of each player by all coordinates of an update: 0 in those of `stat` tensors.
fn player_rows(
    header: &ModelHeader,
    players: &[Player],
    updates: &[(Update, &[u8])],
) -> Result<Vec<Vec<i32>>, AssessmentError> {
    let start = usize::try_from(header.header_len()).map_err(file)?;
    let coordinates = usize::try_from(header.coordinates()).map_err(file)?;
    let value = |update: usize, at: usize, scale: Scale| {
        let bytes = updates
            .get(update)
            .and_then(|(_, bytes)| bytes.get(start + 4 * at..)?.first_chunk::<4>());
        let bytes = bytes.ok_or_else(|| file(format!("update {update} is too short")))?;
        quantize(u32::from_le_bytes(*bytes), scale).map_err(file)
    };
    let row = |player: &Player| {
        let mut row = alloc::vec![0; coordinates];
        for (at, scale) in train(header) {
            let values = player.updates.iter().map(|&(update, _)| value(update, at, scale));
            let mean = player.value(values.collect::<Result<Vec<i32>, _>>()?);
            if let Some(own) = row.get_mut(at) {
                *own = mean;
            }
        }
        Ok(row)
    };
    players.iter().map(row).collect()
}

/// Squared norms of rows (section 3).
fn norms(header: &ModelHeader, rows: &[Vec<i32>]) -> Result<Vec<u128>, AssessmentError> {
    let s_max = header.s_max().unwrap_or(0);
    let norm = |row: &Vec<i32>| {
        let mut gram = Gram::new(1).map_err(file)?;
        for tensor in header.tensors.iter().filter(|tensor| tensor.role == Role::Train) {
            let part = row
                .get((tensor.begin / 4) as usize..(tensor.end / 4) as usize)
                .unwrap_or_default();
            gram.add_tile(&[part], u32::from(s_max.abs_diff(tensor.scale)))
                .map_err(file)?;
        }
        let norm = gram.get(0, 0).and_then(|norm| u128::try_from(norm).ok());
        norm.ok_or_else(|| file("a row has no norm"))
    };
    rows.iter().map(norm).collect()
}

impl fmt::Display for AssessmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(reason) => f.write_str(reason),
            Self::Detail(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for AssessmentError {}
