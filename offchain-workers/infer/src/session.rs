//! Sequences that grow: keys and values of what was seen are kept, so that a token costs one row. A sequence has the same bits in one
//! piece, in several, and token by token.

use std::sync::Arc;

use quorate_exact::infer::Fault;
use quorate_infer_kernels::Aligned;
use quorate_program::{Op, Sizes, Value};

use crate::{
    error::{ModelError, Stop},
    model::Model,
    runner::{GoOn, Runner},
    steps::{Kernel, Step},
    work::{value, Cache, Past},
};

/// A sequence, with what is kept of it.
pub struct Session {
    model: Arc<Model>,
    dimension: String,
    past: Past,
}

impl Session {
    /// With room for so many positions, at most what the program allows.
    ///
    /// # Errors
    /// `NotCausal`.
    pub fn new(model: Arc<Model>, capacity: usize) -> Result<Self, ModelError> {
        let dimension = model.program().causal().map_err(ModelError::NotCausal)?.to_owned();
        let most = model
            .program()
            .graph()
            .dimensions
            .first()
            .map_or(0, |dimension| dimension.max as usize);
        let capacity = capacity.min(most);
        let caches = rows(&model).map(|[keys, values]| Cache {
            keys: Aligned::zeros(keys * capacity),
            values: Aligned::zeros(values * capacity),
        });
        let past = Past {
            first: 0,
            capacity,
            caches: caches.collect(),
        };
        Ok(Self { dimension, past, model })
    }

    /// Bytes that a session of this many positions keeps.
    pub fn memory(model: &Model, capacity: usize) -> u64 {
        rows(model)
            .map(|[keys, values]| 4 * (keys + values) as u64 * capacity as u64)
            .sum()
    }

    /// Positions that were seen.
    pub fn len(&self) -> usize {
        self.past.first
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.past.first == 0
    }

    /// Forgets all, or all but the first positions.
    pub fn truncate(&mut self, len: usize) {
        self.past.first = self.past.first.min(len);
    }
}

/// Numbers of a row of keys and of values, for each attention in the order of the steps.
fn rows(model: &Model) -> impl Iterator<Item = [usize; 2]> + '_ {
    let row = move |value: u32| {
        let shape = &model.program().types()[value as usize].shape;
        shape.iter().skip(1).map(|d| d.size().unwrap_or(0)).product::<usize>()
    };
    let attention =
        move |step: &&Step| step.kernel == Kernel::Node && matches!(model.node(step).op, Op::Attention { .. });
    model
        .schedule
        .steps
        .iter()
        .filter(attention)
        .map(move |step| [row(step.reads[1]), row(step.reads[2])])
}

/// The outputs of some positions: each has a row for each of them.
pub type Rows = Vec<Value>;

impl Runner {
    /// The next positions of a sequence, at most `chunk` at a time: the outputs' rows, piece by piece, as they are in one run over the
    /// whole sequence. It ends where `each` says no, or `go_on`, which is asked before each step with the number of steps of a piece that are
    /// done and of all. After an error the session is as it was.
    ///
    /// # Errors
    /// As [`Stop`] says: the fault is that of one run over all positions.
    pub fn extend(
        &mut self,
        session: &mut Session,
        inputs: &[Value],
        chunk: usize,
        go_on: GoOn<'_>,
        each: &mut dyn FnMut(Rows) -> bool,
    ) -> Result<(), Stop> {
        let begin = session.past.first;
        let done = self.pieces(session, inputs, chunk.max(1), go_on, each);
        if done.is_err() {
            session.past.first = begin;
        }
        done
    }

    /// The next position of several sequences, each with its inputs' one row: the outputs' rows, each as if it were alone. A session with
    /// a fault stays as it was, and so do all where `go_on` says no, which is asked as in [`Runner::extend`].
    ///
    /// # Errors
    /// `Memory`; `Cancelled`; `Context`, before anything is computed; a `Parameter` where inputs have not exactly one row.
    pub fn step(
        &mut self,
        sessions: &mut [&mut Session],
        inputs: &[&[Value]],
        go_on: GoOn<'_>,
    ) -> Result<Vec<Result<Rows, Fault>>, Stop> {
        if sessions.len() != inputs.len() {
            return Err(Fault::Parameter("inputs").into());
        }
        for (session, inputs) in sessions.iter().zip(inputs) {
            if self.rows_of(session, inputs)? != 1 {
                return Err(Fault::Parameter("inputs").into());
            }
        }
        let sizes: Vec<Sizes> = sessions.iter().map(|session| session.sizes(1)).collect();
        let mut faults = vec![None; sessions.len()];
        let mut pasts: Vec<&mut Past> = sessions.iter_mut().map(|session| &mut session.past).collect();
        let steps = self.model.schedule.steps.len();
        if sizes.is_empty() {
            return Ok(vec![]);
        }
        let (plan, _) = self.execute(&sizes, inputs, &mut pasts, &mut faults, steps, go_on)?;
        let mut answers = vec![];
        for (i, (session, fault)) in sessions.iter_mut().zip(faults).enumerate() {
            answers.push(match fault {
                Some(fault) => Err(fault),
                None => {
                    session.past.first += 1;
                    self.outputs(&plan, i)
                }
            });
        }
        Ok(answers)
    }

    fn pieces(
        &mut self,
        session: &mut Session,
        inputs: &[Value],
        chunk: usize,
        go_on: GoOn<'_>,
        each: &mut dyn FnMut(Rows) -> bool,
    ) -> Result<(), Stop> {
        let total = self.rows_of(session, inputs)?;
        let (mut done, mut end) = (0, self.model.schedule.steps.len());
        let mut fault = None;
        while done < total {
            let rows = chunk.min(total - done);
            let piece: Vec<Value> = inputs
                .iter()
                .map(|input| part(input, done, rows))
                .collect::<Result<_, _>>()?;
            let mut faults = [None];
            let (plan, steps) = self.execute(
                &[session.sizes(rows)],
                &[piece.as_slice()],
                &mut [&mut session.past],
                &mut faults,
                end,
                go_on,
            )?;
            if let [Some(own)] = faults {
                // What comes later may have a fault that is earlier in the order of the nodes: these alone are looked at.
                (end, fault) = (steps, Some(own));
            } else if fault.is_none() {
                let rows = self.outputs(&plan, 0)?;
                if !each(rows) {
                    return Err(Stop::Cancelled);
                }
            }
            session.past.first += rows;
            done += rows;
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// How many positions inputs have, for which there is room.
    fn rows_of(&self, session: &Session, inputs: &[Value]) -> Result<usize, Stop> {
        if !Arc::ptr_eq(&self.model, &session.model) {
            return Err(Fault::Parameter("session").into());
        }
        let shapes: Vec<&[usize]> = inputs.iter().map(Value::shape).collect();
        let sizes = self.model.program().sizes_of(&shapes)?;
        let typed = inputs.iter().zip(&self.model.program().graph().inputs);
        if !typed.clone().all(|(value, input)| value.element() == input.element) {
            return Err(Fault::Parameter("inputs").into());
        }
        let rows = sizes.get(&session.dimension).map_or(0, |&rows| rows as usize);
        let needed = session.past.first + rows;
        match needed > session.past.capacity {
            true => Err(Stop::Context {
                capacity: session.past.capacity,
                needed,
            }),
            false => Ok(rows),
        }
    }

    fn outputs(&mut self, plan: &crate::Plan, request: usize) -> Result<Rows, Fault> {
        let model = self.model.clone();
        let loan = self.arena.lend();
        let outputs = model.program().graph().outputs.iter();
        outputs
            .map(|output| value(&model, plan, &loan, output.value, request))
            .collect()
    }
}

impl Session {
    fn sizes(&self, rows: usize) -> Sizes {
        Sizes::from([(self.dimension.clone(), rows as u64)])
    }
}

/// Some rows of a value.
fn part(input: &Value, first: usize, rows: usize) -> Result<Value, Fault> {
    let bytes = input.bytes();
    let mut shape = input.shape().to_vec();
    let row = bytes.len() / shape.first().copied().unwrap_or(1).max(1);
    if let Some(own) = shape.first_mut() {
        *own = rows;
    }
    let own = bytes.get(first * row..(first + rows) * row).unwrap_or(&[]);
    Value::from_bytes(input.element(), &shape, own)
}
