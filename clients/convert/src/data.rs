//! The data of a file: its tensors in their order, whose pieces are made on several threads.

use crate::{
    pieces::in_order, report::TensorReport, rounding::Rounding, tied::Content, values::Job, writer::Writer,
    ConvertError,
};
use quorate_exact::{Kind, ModelHeader, Role};
use std::num::NonZeroUsize;

/// Writes the header and the tensors. What is written, and said of it, is the same for any number of threads.
///
/// # Errors
/// `Io`, and those of the first value that is refused.
pub(crate) fn write(
    header: &ModelHeader,
    jobs: &[Job<'_>],
    threads: NonZeroUsize,
    writer: &mut Writer<'_>,
) -> Result<(Vec<TensorReport>, Rounding), ConvertError> {
    let places = Places::of(jobs);
    let (mut rounding, mut content) = (Rounding::default(), None);
    let mut tensors: Vec<TensorReport> = jobs.iter().map(Job::report).collect();
    writer.write(&header.encode())?;
    let make = |piece, room: &mut _| {
        let (tensor, piece) = places.at(piece);
        jobs[tensor].make(piece, room)
    };
    in_order(threads, places.count, make, |piece, tally, room| {
        let (tensor, piece) = places.at(piece);
        let (job, report) = (&jobs[tensor], &mut tensors[tensor]);
        writer.write(&room.output)?;
        job.note(piece, &tally, report, &mut rounding);
        if job.kind == Kind::Model && job.tensor.role == Role::Train {
            let content = content.get_or_insert_with(|| Content::new(&job.tensor.shape));
            content.push(&room.input, job.dtype.size() as usize);
        }
        if piece + 1 == job.pieces() {
            report.content = content.take().and_then(Content::finish);
        }
        Ok(())
    })?;
    Ok((tensors, rounding))
}

/// Which piece of which tensor each piece of the file is.
struct Places {
    /// The first piece of each tensor.
    firsts: Vec<u64>,
    count: u64,
}

impl Places {
    fn of(jobs: &[Job<'_>]) -> Self {
        let mut count = 0;
        let firsts = jobs.iter().map(|job| {
            let first = count;
            count += job.pieces();
            first
        });
        Self {
            firsts: firsts.collect(),
            count,
        }
    }

    /// Index of the tensor, and the piece in it.
    fn at(&self, piece: u64) -> (usize, u64) {
        // Of several that begin here all but the last have no elements.
        let tensor = self.firsts.partition_point(|first| *first <= piece).saturating_sub(1);
        (tensor, piece - self.firsts[tensor])
    }
}
