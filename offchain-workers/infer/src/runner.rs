//! Runs: one request, or several at once.

use std::sync::Arc;

use quorate_exact::infer::Fault;
use quorate_infer_kernels::Aligned;
use quorate_program::{Sizes, Value};

use crate::{
    arena::Arena,
    environment,
    error::Stop,
    model::Model,
    plan::Plan,
    work::{put, value, Past, Work},
};

/// Plans that are kept: sizes come back.
const PLANS: usize = 16;
/// Shapes that all kept plans have at most, if it is more than one: of large programs fewer requests are run at once, and fewer plans kept.
const SHAPES: usize = 1 << 22;

/// Runs a model, again and again in the same memory.
pub struct Runner {
    pub(crate) model: Arc<Model>,
    pub(crate) arena: Arena,
    scratch: Aligned,
    plans: Vec<Arc<Plan>>,
}

/// What each request's run has: its outputs in their order, or its fault.
pub type Answers = Vec<Result<Vec<Value>, Fault>>;

/// Whether a run goes on, by the number of steps that are done and of all.
pub type GoOn<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

impl Runner {
    /// Takes no memory yet.
    pub fn new(model: Arc<Model>) -> Self {
        Self {
            model,
            arena: Arena::default(),
            scratch: Aligned::default(),
            plans: vec![],
        }
    }

    /// Bytes that it holds besides the model's.
    pub fn memory(&self) -> u64 {
        (self.arena.bytes() + size_of_val(self.scratch.as_slice())) as u64
    }

    /// The outputs of one request.
    ///
    /// # Errors
    /// As [`Stop`] says.
    pub fn run(&mut self, inputs: &[Value]) -> Result<Vec<Value>, Stop> {
        let mut answers = self.run_batch(&[inputs], &|_, _| true)?;
        answers
            .pop()
            .unwrap_or(Err(Fault::Parameter("inputs")))
            .map_err(Stop::Fault)
    }

    /// The outputs of several requests, each as if it were alone. As many are run at once as fit into the memory that is allowed;
    /// `go_on` is asked before each step of theirs, with the number of steps that are done and of all.
    ///
    /// # Errors
    /// `Memory`; `Cancelled`. What is wrong with one request is its answer, and nobody else's.
    pub fn run_batch(&mut self, requests: &[&[Value]], go_on: GoOn<'_>) -> Result<Answers, Stop> {
        let model = self.model.clone();
        let mut answers: Vec<Result<Vec<Value>, Fault>> = requests.iter().map(|_| Ok(vec![])).collect();
        let mut running = vec![];
        for (request, inputs) in requests.iter().enumerate() {
            match checked(&model, inputs) {
                Ok(sizes) => running.push((request, sizes)),
                Err(fault) => answers[request] = Err(fault),
            }
        }
        let answered = self.by_device(requests, &mut running, &|| go_on(0, model.schedule.steps.len()));
        self.by_cpu(requests, &running, &mut answers, go_on)?;
        let left = self.trust(answered, &mut answers);
        if !left.is_empty() {
            let sizes = left
                .into_iter()
                .map(|request| checked(&model, requests[request]).map(|sizes| (request, sizes)));
            let running = sizes.collect::<Result<Vec<_>, Fault>>()?;
            self.by_cpu(requests, &running, &mut answers, go_on)?;
        }
        Ok(answers)
    }

    /// Answers requests of these sizes, as many at once as fit into the memory.
    fn by_cpu(
        &mut self,
        requests: &[&[Value]],
        running: &[(usize, Sizes)],
        answers: &mut Answers,
        go_on: GoOn<'_>,
    ) -> Result<(), Stop> {
        let most = (SHAPES / self.model.raw.len().max(1)).max(1);
        let (mut first, mut size) = (0, running.len().min(most));
        while first < running.len() {
            let group = &running[first..running.len().min(first + size)];
            let inputs: Vec<&[Value]> = group.iter().map(|&(request, _)| requests[request]).collect();
            let sizes: Vec<Sizes> = group.iter().map(|(_, sizes)| sizes.clone()).collect();
            match self.group(&sizes, &inputs, go_on) {
                // Fewer at once need less; no answer depends on it.
                Err(Stop::Memory { .. }) if group.len() > 1 => size = group.len() / 2,
                Err(stop) => return Err(stop),
                Ok(own) => {
                    group
                        .iter()
                        .zip(own)
                        .for_each(|((request, _), own)| answers[*request] = own);
                    first += group.len();
                }
            }
        }
        Ok(())
    }

    /// The outputs of requests that are run at once.
    fn group(&mut self, sizes: &[Sizes], inputs: &[&[Value]], go_on: GoOn<'_>) -> Result<Answers, Stop> {
        let model = self.model.clone();
        let mut faults = vec![None; inputs.len()];
        let steps = model.schedule.steps.len();
        let plan = self.execute(sizes, inputs, &mut [], &mut faults, steps, go_on)?.0;
        let loan = self.arena.lend();
        let answer = |(i, fault): (usize, Option<Fault>)| {
            let output = |output: &quorate_program::Output| match &model.raw[output.value as usize] {
                Some(fixed) => Ok(fixed.clone()),
                None => value(&model, &plan, &loan, output.value, i),
            };
            match fault {
                Some(fault) => Err(fault),
                None => model.program().graph().outputs.iter().map(output).collect(),
            }
        };
        Ok(faults.into_iter().enumerate().map(answer).collect())
    }

    /// Runs the steps before `end`, and answers with how many were done.
    pub(crate) fn execute(
        &mut self,
        sizes: &[Sizes],
        inputs: &[&[Value]],
        pasts: &mut [&mut Past],
        faults: &mut [Option<Fault>],
        end: usize,
        go_on: GoOn<'_>,
    ) -> Result<(Arc<Plan>, usize), Stop> {
        let model = self.model.clone();
        let past = pasts.iter().map(|past| past.capacity).max().unwrap_or(0);
        let plan = self.plan(sizes, past)?;
        let limit = model.options().memory.saturating_sub(model.bytes());
        if plan.memory() > limit {
            let needed = plan.memory();
            return Err(Stop::Memory { needed, limit });
        }
        self.arena.reserve(plan.arena());
        if self.scratch.as_slice().len() < plan.scratch() {
            self.scratch = Aligned::default();
            self.scratch = Aligned::zeros(plan.scratch());
        }
        let loan = self.arena.lend();
        for (request, inputs) in inputs.iter().enumerate() {
            for (number, input) in inputs.iter().enumerate() {
                put(&loan, plan.bytes(number as u32, request), input);
            }
        }
        let steps = model.schedule.steps.len();
        let mut work = Work {
            model: &model,
            plan: &plan,
            arena: &mut self.arena,
            scratch: &mut self.scratch,
            pasts,
            faults,
            attention: 0,
        };
        let done = model.threads.enter(|| match environment::is_default() {
            true => work.run(end, &|done| go_on(done, steps)).ok_or(Stop::Cancelled),
            false => Err(Stop::Environment),
        })?;
        Ok((plan, done))
    }

    /// The plan for these sizes, the last ones first.
    fn plan(&mut self, sizes: &[Sizes], past: usize) -> Result<Arc<Plan>, Fault> {
        let known = self.plans.iter().position(|plan| plan.is_for(sizes, past));
        let plan = match known {
            Some(known) => self.plans.remove(known),
            None => Arc::new(Plan::new(&self.model, sizes, past)?),
        };
        self.plans.truncate(PLANS - 1);
        self.plans.insert(0, plan.clone());
        while self.plans.len() > 1 && self.plans.iter().map(|plan| plan.shapes_kept()).sum::<usize>() > SHAPES {
            self.plans.pop();
        }
        Ok(plan)
    }
}

/// The sizes of a request, whose inputs are of the program's types.
fn checked(model: &Model, inputs: &[Value]) -> Result<Sizes, Fault> {
    let shapes: Vec<&[usize]> = inputs.iter().map(Value::shape).collect();
    let sizes = model.program().sizes_of(&shapes)?;
    let typed = inputs
        .iter()
        .zip(&model.program().graph().inputs)
        .all(|(value, input)| value.element() == input.element);
    match typed {
        // What is between the bounds may still not fit.
        true => model.program().at(&sizes).map(|_| sizes),
        false => Err(Fault::Parameter("inputs")),
    }
}
