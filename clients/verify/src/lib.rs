#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod ancestry;
mod answer;
mod assessment;
mod blobs;
mod contributors;
mod evaluation;
mod evidence;
mod facts;
mod finality;
mod frozen;
mod job;
mod record;
mod replay;
mod report;
mod scores;
mod shown;
#[cfg(test)]
mod tests;
mod version;

pub use ancestry::{verify_ancestry, Ancestry};
pub use answer::{verify_answer, AnswerReport};
pub use blobs::{Blobs, Bring};
pub use evaluation::{verify_evaluation, EvaluationReport};
pub use evidence::{of_version, read};
pub use quorate_engine::Level;
pub use report::{Check, Conclusion, Found, Report, Unchecked};
pub use version::verify;
