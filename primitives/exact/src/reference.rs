//! A whole round in memory, by the book: the oracle of every engine.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    combine::Combine,
    file::header::Role,
    gram::GramError,
    grid::Scale,
    hash::Root,
    pipeline::{Pipeline, PipelineError},
    pre::StageMap,
    products::{Products, ProductsError, ProductsShape},
    row_map::RowMap,
    rule::{check_weights, count, Needs, RuleError},
    rules::Decision,
    score::{scores, ScoreError},
    stage::{Context, DecideError, StageProducts},
};

/// One tensor of all updates, as grid integers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowTensor {
    /// `train` or `stat`.
    pub role: Role,
    /// Its grid.
    pub scale: Scale,
    /// `rows[i][k]` is coordinate k of update i.
    pub rows: Vec<Vec<i32>>,
    /// The coordinates of the previous aggregate. All `train` tensors have them, or none.
    pub previous: Option<Vec<i32>>,
}

/// What came of a round.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evaluated {
    /// The aggregate of each tensor.
    pub aggregate: Vec<Vec<i32>>,
    /// What each pre-aggregator decided.
    pub maps: Vec<StageMap>,
    /// What the rule decided, in terms of the rows that it was given.
    pub decision: Decision,
    /// Selection weights of the updates; none where the rule chooses by coordinate or a pre-aggregator mixed them.
    pub selection: Vec<u32>,
    /// The round's products.
    pub products: Products,
    /// The updates' scores in parts per million.
    pub scores_ppm: Vec<u32>,
}

/// Why nothing came of a round.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EvaluateError {
    /// The pipeline cannot run with this number of updates.
    Pipeline(PipelineError),
    /// The weights are not one per update in 1..=2^20.
    Weights(RuleError),
    /// A tensor is `const`, has another number of rows than there are weights, or rows of different lengths; no tensor is
    /// `train`; or only some `train` tensors have a previous aggregate.
    Tensors,
    /// An inner product of a stage's rows is too wide.
    Gram(GramError),
    /// One of the round's products is too wide.
    Products(ProductsError),
    /// A stage did not decide.
    Decide(DecideError),
    /// A kernel's bounds were not kept: a bug of the rule that chose it.
    Kernel,
    /// The products are those of no rows: a bug.
    Score(ScoreError),
}

/// Evaluates `pipeline`, its server optimiser apart, on all updates' tensors.
///
/// # Errors
/// As [`EvaluateError`] says.
pub fn evaluate(
    pipeline: &Pipeline,
    tensors: &[RowTensor],
    weights: &[u32],
    seed: Root,
) -> Result<Evaluated, EvaluateError> {
    pipeline
        .check_updates(count(weights.len()))
        .map_err(EvaluateError::Pipeline)?;
    check_weights(weights, weights.len()).map_err(EvaluateError::Weights)?;
    let s_max = check_tensors(tensors, weights.len()).ok_or(EvaluateError::Tensors)?;
    let context = Context {
        sealed: count(weights.len()),
        s_max,
        seed,
    };
    let mut rows: Vec<RowTensor> = tensors.to_vec();
    let mut weights = weights.to_vec();
    let mut maps = Vec::new();
    let mut mixed = false;
    for (stage, pre) in (0..).zip(pipeline.pre.stages()) {
        let products = stage_products(pre.needs(), &rows, s_max)?;
        let map = pre
            .apply(stage, count(weights.len()), &products, &context)
            .map_err(EvaluateError::Decide)?;
        rows = apply_map(&map, &rows)?;
        if pre.mixes() {
            mixed = true;
            weights = alloc::vec![1; map.train.rows.len()];
        }
        maps.push(map);
    }
    let products = stage_products(pipeline.rule.needs(), &rows, s_max)?;
    let decision = pipeline
        .rule
        .decide(count(weights.len()), &weights, &products, &context)
        .map_err(EvaluateError::Decide)?;
    let aggregate = rows
        .iter()
        .map(|tensor| combine(by_role(tensor.role, &decision.train, &decision.stat), tensor))
        .collect::<Result<Vec<_>, _>>()?;
    let products = round_products(pipeline, tensors, &aggregate, s_max)?;
    Ok(Evaluated {
        aggregate,
        maps,
        selection: if mixed { Vec::new() } else { decision.selection.clone() },
        decision,
        scores_ppm: scores(&products).map_err(EvaluateError::Score)?,
        products,
    })
}

/// What a pre-aggregator makes of the rows.
///
/// # Errors
/// `Kernel`.
pub fn apply_map(map: &StageMap, tensors: &[RowTensor]) -> Result<Vec<RowTensor>, EvaluateError> {
    tensors
        .iter()
        .map(|tensor| {
            let map: &RowMap = by_role(tensor.role, &map.train, &map.stat);
            let mut rows = alloc::vec![Vec::new(); map.rows.len()];
            for column in columns(tensor) {
                let values = map.column(&column).ok_or(EvaluateError::Kernel)?;
                rows.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
            }
            Ok(RowTensor { rows, ..tensor.clone() })
        })
        .collect()
}

fn combine(kernel: &Combine, tensor: &RowTensor) -> Result<Vec<i32>, EvaluateError> {
    columns(tensor)
        .map(|column| kernel.column(&column).ok_or(EvaluateError::Kernel))
        .collect()
}

fn by_role<T>(role: Role, train: T, stat: T) -> T {
    match role {
        Role::Train => train,
        Role::Stat | Role::Const => stat,
    }
}

fn columns(tensor: &RowTensor) -> impl Iterator<Item = Vec<i32>> + '_ {
    let width = tensor.rows.first().map_or(0, Vec::len);
    (0..width).map(|k| tensor.rows.iter().filter_map(|row| row.get(k).copied()).collect())
}

/// The largest scale of the `train` tensors, if all tensors fit together.
fn check_tensors(tensors: &[RowTensor], updates: usize) -> Option<Scale> {
    let fits = |tensor: &RowTensor| {
        let width = tensor.rows.first().map_or(0, Vec::len);
        let lengths = tensor.rows.iter().chain(&tensor.previous).map(Vec::len);
        tensor.role != Role::Const && tensor.rows.len() == updates && lengths.into_iter().all(|len| len == width)
    };
    let mut train = tensors.iter().filter(|tensor| tensor.role == Role::Train);
    let first = train.next()?;
    let alike = train.clone().all(|t| t.previous.is_some() == first.previous.is_some());
    let s_max = train.map(|t| t.scale).fold(first.scale, Scale::max);
    (tensors.iter().all(fits) && alike).then_some(s_max)
}

fn train(tensors: &[RowTensor], s_max: Scale) -> impl Iterator<Item = (usize, u32, &RowTensor)> {
    let train = tensors.iter().enumerate().filter(|(_, t)| t.role == Role::Train);
    // No scale is above the largest one.
    train.map(move |(i, t)| (i, u32::from(s_max.abs_diff(t.scale)), t))
}

fn stage_products(needs: Needs, tensors: &[RowTensor], s_max: Scale) -> Result<StageProducts, EvaluateError> {
    let tiles: Vec<(u32, Vec<&[i32]>)> = train(tensors, s_max)
        .map(|(_, shift, t)| (shift, t.rows.iter().map(Vec::as_slice).collect()))
        .collect();
    StageProducts::of(needs, &tiles).map_err(EvaluateError::Gram)
}

fn round_products(
    pipeline: &Pipeline,
    tensors: &[RowTensor],
    aggregate: &[Vec<i32>],
    s_max: Scale,
) -> Result<Products, EvaluateError> {
    let shape = ProductsShape {
        updates: tensors.first().map_or(0, |t| t.rows.len()),
        pairs: pipeline.first_stage_pairs(),
        previous: train(tensors, s_max).any(|(_, _, t)| t.previous.is_some()),
    };
    let mut products = Products::new(shape).map_err(EvaluateError::Products)?;
    for (i, shift, tensor) in train(tensors, s_max) {
        let rows: Vec<&[i32]> = tensor
            .rows
            .iter()
            .chain(aggregate.get(i))
            .chain(&tensor.previous)
            .map(Vec::as_slice)
            .collect();
        products.add_tile(&rows, shift).map_err(EvaluateError::Products)?;
    }
    Ok(products)
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipeline(error) => error.fmt(f),
            Self::Weights(error) => error.fmt(f),
            Self::Tensors => f.write_str(
                "the tensors do not fit together: one row per weight, rows of one length, at least one train tensor, no const \
                 one, a previous aggregate for all train tensors or for none",
            ),
            Self::Gram(error) => error.fmt(f),
            Self::Products(error) => error.fmt(f),
            Self::Decide(error) => error.fmt(f),
            Self::Kernel => f.write_str("a kernel's bounds were not kept: please report this"),
            Self::Score(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for EvaluateError {}
