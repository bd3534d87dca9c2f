//! Who is told what, by kind: one place for each kind of work, of subject and of purpose.

mod jobs;
mod purposes;
mod subjects;

pub use jobs::JobHandlers;
pub use purposes::Funds;
pub use subjects::Subjects;
