//! The planner: what an engine has to do for a job, after it has proved that no number can leave its type.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    detail::{MAX_LEAVES, TILE},
    file::header::{HeaderError, Kind, ModelHeader, MAX_GRAM_COORDINATES},
    gram::GRAM_BITS,
    grid::{is_scale, Scale},
    optimiser::state_header,
    pipeline::{Pipeline, PipelineError},
    products::ProductsShape,
    rule::{check_weights, count, Needs, Rule, RuleError},
};

/// What an engine does in a round.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// What becomes of the updates.
    pub pipeline: Pipeline,
    /// Number of updates.
    pub updates: u32,
    /// The grid of the products.
    pub s_max: Scale,
    /// Which products the round has.
    pub shape: ProductsShape,
    /// The pre-aggregators in their order, then the rule.
    pub stages: Vec<PlannedStage>,
    /// Every pass over the updates, in its order. The last one is [`Pass::Final`].
    pub passes: Vec<Pass>,
    /// The widest integers on the way, each within its type.
    pub bounds: Vec<Bound>,
}

/// One stage of a pipeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedStage {
    /// Rows that come in.
    pub rows: u32,
    /// Which inner products of them it looks at.
    pub needs: Needs,
}

/// A walk over all coordinates of all updates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pass {
    /// Maps each column by what the stages before `stage` decided, and sums up the inner products of the new rows that the
    /// stage needs. The products of stage 0 are part of the round's products.
    Products {
        /// Index in [`Plan::stages`].
        stage: u8,
        /// Norms or pairs.
        needs: Needs,
        /// Rows of the stage.
        rows: u32,
    },
    /// Maps each column, combines it, applies the aggregate, and sums up what is missing of the round's products: those with
    /// the aggregate and the previous one, and the updates' own where no pass before stage 0 has made them.
    Final {
        /// Whether norms of the updates are known already.
        norms_known: bool,
    },
}

/// An integer that a stage forms, and the width of its type without the sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// What it is.
    pub what: &'static str,
    /// Its magnitude is at most 2^bits.
    pub bits: u32,
    /// Bits that the type has.
    pub room: u32,
}

/// Why there is no plan: what to change is part of the message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlanError {
    /// The pipeline cannot run with this number of updates.
    Pipeline(PipelineError),
    /// The weights are not one per update in 1..=2^20.
    Weights(RuleError),
    /// The header is that of a state, or has a scale out of range.
    Header,
    /// The model is too large for exact products.
    Coordinates {
        /// `Σ numel · 4^(s_max − s)`; none above 2^128.
        got: Option<u128>,
    },
    /// The model has too many tiles for a detail blob.
    Leaves {
        /// Number of tiles.
        got: u64,
    },
    /// The optimiser's state has no header.
    State(HeaderError),
    /// An integer would be wider than its type: a bug of the limits above.
    Bound(Bound),
}

impl Plan {
    /// A plan for updates of a model with this header (a version's or an update's) and these weights, `previous` saying
    /// whether the base version has a parent version of the same model.
    ///
    /// # Errors
    /// As [`PlanError`] says.
    pub fn new(pipeline: &Pipeline, header: &ModelHeader, weights: &[u32], previous: bool) -> Result<Self, PlanError> {
        let updates = count(weights.len());
        pipeline.check_updates(updates).map_err(PlanError::Pipeline)?;
        check_weights(weights, weights.len()).map_err(PlanError::Weights)?;
        let s_max = check_header(header)?;
        if pipeline.server.has_state() {
            state_header(header, &pipeline.server).map_err(PlanError::State)?;
        }
        let shape = ProductsShape {
            updates: weights.len(),
            pairs: pipeline.first_stage_pairs(),
            previous,
        };
        let stages = stages(pipeline, updates);
        let bounds = bounds(pipeline, header, &stages);
        match bounds.iter().find(|bound| bound.bits > bound.room) {
            Some(bound) => Err(PlanError::Bound(*bound)),
            None => Ok(Self {
                pipeline: *pipeline,
                updates,
                s_max,
                shape,
                passes: passes(&stages),
                stages,
                bounds,
            }),
        }
    }
}

/// The grid of the products.
fn check_header(header: &ModelHeader) -> Result<Scale, PlanError> {
    let scales_fit = header.tensors.iter().all(|tensor| is_scale(tensor.scale));
    let s_max = header.s_max().filter(|_| scales_fit && header.kind != Kind::State);
    let got = header.gram_coordinates();
    if got.is_none_or(|got| got > MAX_GRAM_COORDINATES.into()) {
        return Err(PlanError::Coordinates { got });
    }
    let leaves = header.coordinates().div_ceil(TILE);
    if leaves > MAX_LEAVES as u64 {
        return Err(PlanError::Leaves { got: leaves });
    }
    s_max.ok_or(PlanError::Header)
}

fn stages(pipeline: &Pipeline, updates: u32) -> Vec<PlannedStage> {
    let mut rows = updates;
    let mut stages = Vec::new();
    for pre in pipeline.pre.stages() {
        let needs = pre.needs();
        stages.push(PlannedStage { rows, needs });
        rows = pre.rows_after(rows);
    }
    let needs = pipeline.rule.needs();
    stages.push(PlannedStage { rows, needs });
    stages
}

fn passes(stages: &[PlannedStage]) -> Vec<Pass> {
    let products = (0..).zip(stages).filter(|(_, stage)| stage.needs != Needs::Nothing);
    let mut passes: Vec<Pass> = products
        .map(|(stage, &PlannedStage { rows, needs })| Pass::Products { stage, needs, rows })
        .collect();
    let norms_known = matches!(passes.first(), Some(Pass::Products { stage: 0, .. }));
    passes.push(Pass::Final { norms_known });
    passes
}

/// The widest integers, from |q| ≤ 2^30 upward. A mean lies between its terms and 0: every stage's rows, the aggregate and
/// the previous one (clamped) keep to the same bound.
fn bounds(pipeline: &Pipeline, header: &ModelHeader, stages: &[PlannedStage]) -> Vec<Bound> {
    let bound = |what, bits, room| Bound { what, bits, room };
    let entry = 60 + ceil_log2(header.gram_coordinates().unwrap_or(u128::MAX));
    // Three entries and more: 2^2 of them.
    let distance = entry.saturating_add(2);
    let rows = stages.last().map_or(0, |stage| ceil_log2(stage.rows.into()));
    let mut bounds = Vec::from([
        bound("weighted sum of a column", 30 + 32, 63),
        bound("an inner product", entry, GRAM_BITS),
        bound("a squared distance", distance, 127),
        bound(
            "an inner product without the previous aggregate",
            entry.saturating_mul(2) + 1,
            256,
        ),
        bound(
            "a squared cosine in parts per million",
            entry.saturating_mul(4) + 2 + 40,
            512,
        ),
        bound("a norm factor", entry + 62, 256),
    ]);
    match pipeline.rule {
        Rule::Krum { .. } | Rule::MultiKrum { .. } | Rule::Bulyan { .. } => {
            bounds.push(bound("a sum of squared distances", distance + rows, 128));
        }
        Rule::GeometricMedian { .. } | Rule::CentredClipping { .. } => bounds.extend([
            bound("a weighted sum of inner products", 31 + entry, 127),
            bound("a squared distance from the centre", 62 + distance, 255),
            bound("a weight times one", 96 + 31, 128),
            bound("a clip factor", 112 + 124, 256),
        ]),
        _ => {}
    }
    bounds
}

/// The least b with `x ≤ 2^b`.
fn ceil_log2(x: u128) -> u32 {
    128 - x.saturating_sub(1).leading_zeros()
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipeline(error) => error.fmt(f),
            Self::Weights(error) => error.fmt(f),
            Self::Header => f.write_str("the header is neither a model's nor an update's, or has a scale outside -16..=40"),
            Self::Coordinates { got: Some(got) } => write!(
                f,
                "the sum of numel * 4^(largest scale - scale) is {got}, above 2^35: bring the scales of the train tensors \
                 closer, or split the model"
            ),
            Self::Coordinates { got: None } => {
                f.write_str("the sum of numel * 4^(largest scale - scale) exceeds 2^128: bring the scales closer")
            }
            Self::Leaves { got } => write!(f, "{got} tiles; at most {MAX_LEAVES} are possible: split the model"),
            Self::State(error) => write!(f, "the optimiser's state: {error}; shorten the name or use the plain server"),
            Self::Bound(Bound { what, bits, room }) => {
                write!(f, "{what} could have {bits} bits, its type has {room}: please report this")
            }
        }
    }
}

impl core::error::Error for PlanError {}
