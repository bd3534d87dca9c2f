//! Assessments: what a policy asks for, and what was found of a version.

mod count;
mod record;
mod rules;

pub use count::{counted, fee};
pub use record::{document, print_record, short};
pub use rules::print_rules;
