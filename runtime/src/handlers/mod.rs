//! Who is told what, by kind: one place for each kind of work, of subject and of purpose.

mod departures;
mod jobs;
mod purposes;
mod subjects;

pub use departures::Departures;
pub use jobs::{JobHandlers, Verdicts};
pub use purposes::Funds;
pub use subjects::Subjects;
