#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod aggregate;
pub mod check;
pub mod combine;
pub mod detail;
pub mod file;
pub mod gram;
pub mod grid;
pub mod hash;
pub mod infer;
pub mod masked;
pub mod optimiser;
pub mod pipeline;
pub mod plan;
pub mod pre;
pub mod products;
pub mod reference;
pub mod row_map;
pub mod rule;
pub mod rules;
pub mod score;
pub mod stage;
mod wide;

pub use aggregate::{aggregate_column, aggregate_tile, weighted_mean, AggregateError};
pub use check::{Malformed, ModelChecker, UpdateChecker};
pub use combine::Combine;
pub use detail::{Detail, DetailError, ProductsTree, SumTree};
pub use file::{
    header::{Account, Dtype, HeaderError, Kind, ModelHeader, Role, Tensor, TensorFault, TensorSpec},
    update::UpdateHeader,
};
pub use gram::{Gram, GramError};
pub use grid::{ApplyError, QuantizeError, Scale};
pub use hash::{root, Root};
pub use optimiser::{state_header, Moments, Optimiser, ServerOptimiser, StepError};
pub use pipeline::{Part, Pipeline, PipelineError, PreAggregation};
pub use plan::{Pass, Plan, PlanError};
pub use pre::{PreAggregator, StageMap};
pub use products::{Products, ProductsError, ProductsShape};
pub use reference::{evaluate, EvaluateError, Evaluated, RowTensor};
pub use row_map::{MapRow, RowMap};
pub use rule::{check_weights, Needs, Rule, RuleError};
pub use rules::Decision;
pub use score::{scores, ScoreError};
pub use stage::{Context, DecideError, StageProducts};

/// Version of this specification. A job names it; who does not have it abstains.
pub const EXACT_VERSION: u32 = 2;
