//! The rows of a data set, run several at once as they are read.

use super::{each, unfit, Stop};
use crate::{BlobFile, Control, EngineError, Input};
use quorate_data_set::Checker;
use quorate_evaluation::{Fit, Most, RowResult, Tally};
use quorate_exact::infer::Fault;
use quorate_infer::{Model, Runner, Stop as RunStop};
use quorate_program::Value;
use std::{io, sync::Arc};

/// Most rows of one run.
const BATCH: usize = 64;
/// Most bytes of inputs in one run; a row alone may have more.
const BATCH_BYTES: usize = 4 << 20;

/// Rows and their sums.
pub(crate) struct Rows<'a> {
    runner: Runner,
    model: Arc<Model>,
    /// Floating-point operations that each row may have.
    most: Most,
    fit: Fit,
    rows: u64,
    /// Rows that were run before these, for the progress.
    before: u64,
    /// Which rows are run, if not all.
    which: Option<&'a [bool]>,
    /// Bytes that are used beside the runs.
    kept: u64,
    tally: Tally,
    detail: Vec<u8>,
    details: bool,
    control: &'a Control<'a>,
}

impl<'a> Rows<'a> {
    pub fn new(model: Arc<Model>, fit: Fit, rows: u64, kept: u64, control: &'a Control<'a>) -> Self {
        Self {
            runner: Runner::new(model.clone()),
            most: Most::of(model.program()),
            model,
            fit,
            rows,
            before: 0,
            which: None,
            kept,
            tally: Tally::default(),
            detail: Vec::new(),
            details: true,
            control,
        }
    }

    /// The same of these rows alone, of which no detail is kept, after `before` others of as many as there are in all.
    pub fn some(mut self, which: Option<&'a [bool]>, before: u64) -> Self {
        (self.which, self.before, self.details) = (which, before, false);
        self
    }

    pub fn finish(self) -> (Tally, Vec<u8>) {
        (self.tally, self.detail)
    }

    /// Runs all rows of a data set.
    pub fn stream(&mut self, data: &BlobFile, input: Input) -> Result<(), Stop> {
        let mut checker = Checker::default();
        let mut number = 0usize;
        let which = self.which;
        let mut waiting: Vec<Vec<Value>> = Vec::new();
        let control = self.control;
        each(data, input, 0..data.len(), control, |bytes| {
            let fit = &self.fit;
            let pushed = checker.push(bytes, |_, row| {
                let wanted = which.is_none_or(|which| which.get(number).copied().unwrap_or(false));
                number += 1;
                if wanted {
                    waiting.push(fit.inputs(&row));
                }
            });
            pushed.map_err(|error| unfit(&error))?;
            // What is left over waits for more rows.
            let whole = self.run(&waiting, false)?;
            waiting.drain(..whole);
            Ok::<(), Stop>(())
        })?;
        self.run(&waiting, true)?;
        checker.finish().map(drop).map_err(|error| unfit(&error))
    }

    /// Runs batches, the last one also where it is no whole one, if it is the `end`. How many rows were run.
    fn run(&mut self, rows: &[Vec<Value>], end: bool) -> Result<usize, Stop> {
        let mut done = 0;
        loop {
            let left = rows.get(done..).unwrap_or_default();
            let (count, whole) = batch(left);
            if count == 0 || !(whole || end) {
                return Ok(done);
            }
            let inputs: Vec<&[Value]> = left.iter().take(count).map(Vec::as_slice).collect();
            self.together(&inputs)?;
            done += count;
            (self.control.progress)(self.before + self.tally.rows, self.rows);
        }
    }

    /// Runs rows at once, or the halves of them where there is not the memory for all.
    fn together(&mut self, rows: &[&[Value]]) -> Result<(), EngineError> {
        self.control.check()?;
        let cancel = &self.control.cancel;
        let allowed = |inputs: &&[Value]| self.most.allows(self.model.program(), inputs);
        let allowed: Vec<bool> = rows.iter().map(allowed).collect();
        let run = rows.iter().zip(&allowed).filter(|(_, &allowed)| allowed);
        let run: Vec<&[Value]> = run.map(|(&inputs, _)| inputs).collect();
        match self.runner.run_batch(&run, &|_, _| !cancel.is_cancelled()) {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for allowed in allowed {
                    // What has more operations than were paid for is counted, not run.
                    let answer = allowed.then(|| answers.next()).flatten();
                    self.add(answer.unwrap_or(Err(Fault::Size)));
                }
                Ok(())
            }
            Err(RunStop::Cancelled) => Err(EngineError::Cancelled),
            Err(_) if rows.len() > 1 => {
                let (first, second) = rows.split_at(rows.len() / 2);
                self.together(first)?;
                self.together(second)
            }
            Err(RunStop::Fault(fault)) => {
                self.add(Err(fault));
                Ok(())
            }
            Err(RunStop::Memory { needed, limit }) => Err(EngineError::Memory {
                needed: needed.saturating_add(self.kept),
                allowed: limit.saturating_add(self.kept),
            }),
            Err(other @ (RunStop::Context { .. } | RunStop::Environment)) => {
                Err(EngineError::io("the program")(io::Error::other(other.to_string())))
            }
        }
    }

    fn add(&mut self, outputs: Result<Vec<Value>, Fault>) {
        let answer = outputs.and_then(|outputs| self.fit.answer(&outputs).ok_or(Fault::Parameter("outputs")));
        let result = RowResult::new(answer);
        self.tally.add(result);
        if self.details {
            self.detail.extend(result.bytes());
        }
    }
}

/// How many rows are run next, and whether no more would fit.
fn batch(rows: &[Vec<Value>]) -> (usize, bool) {
    let mut bytes = 0usize;
    for (count, row) in rows.iter().enumerate() {
        let own = |value: &Value| value.shape().iter().product::<usize>() * value.element().bytes();
        bytes = bytes.saturating_add(row.iter().map(own).sum());
        if count > 0 && (count >= BATCH || bytes > BATCH_BYTES) {
            return (count, true);
        }
    }
    (rows.len(), rows.len() >= BATCH || bytes > BATCH_BYTES)
}
