//! A run of a plan: its values, and what is known of each request.

use quorate_exact::infer::Fault;
use quorate_infer_kernels::Aligned;
use quorate_program::{each_type, Value};

use crate::{
    arena::{as_bytes, Arena, Bits, Loan},
    model::Model,
    plan::Plan,
};

/// Keys and values of the positions that an attention has seen.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    pub keys: Aligned,
    pub values: Aligned,
}

/// What a request goes on from.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Positions that were there before.
    pub first: usize,
    /// Positions that there is room for.
    pub capacity: usize,
    /// Of each attention, in the order of the steps.
    pub caches: Vec<Cache>,
}

/// Whose elements of a value are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// Those of all requests, one after the other.
    All,
    /// One request's.
    Of(usize),
}

/// A run.
pub(crate) struct Work<'a, 'p> {
    pub model: &'a Model,
    pub plan: &'a Plan,
    pub arena: &'a mut Arena,
    pub scratch: &'a mut Aligned,
    /// One for each request, or none at all.
    pub pasts: &'a mut [&'p mut Past],
    /// Each request's, once it has one.
    pub faults: &'a mut [Option<Fault>],
    /// The next attention's cache.
    pub attention: usize,
}

impl Work<'_, '_> {
    /// The requests that have no fault yet.
    pub fn requests(&self) -> impl Iterator<Item = usize> + use<> {
        let alive: Vec<usize> = (0..self.plan.requests())
            .filter(|&request| self.faults[request].is_none())
            .collect();
        alive.into_iter()
    }

    /// Threads that work of so many operations is worth.
    pub fn parts(&self, operations: usize) -> usize {
        const WORTH: usize = 1 << 15;
        self.model.threads.count().min(operations / WORTH).max(1)
    }
}

/// The f32 of a value, fixed or not.
pub(crate) fn floats<'a>(model: &'a Model, plan: &Plan, loan: &Loan<'a>, value: u32, part: Part) -> &'a [f32] {
    match model.floats(value) {
        Some(fixed) => fixed,
        None => loan.read(bytes(plan, value, part)),
    }
}

/// Where a value that is not fixed lies.
pub(crate) fn bytes(plan: &Plan, value: u32, part: Part) -> core::ops::Range<usize> {
    match part {
        Part::All => plan.all(value),
        Part::Of(request) => plan.bytes(value, request),
    }
}

/// The bytes of a request's value, fixed or not.
pub(crate) fn raw<'a>(model: &'a Model, plan: &Plan, loan: &Loan<'a>, value: u32, request: usize) -> &'a [u8] {
    match &model.raw[value as usize] {
        Some(fixed) => each_type!(fixed, tensor => as_bytes(tensor.data())),
        None => loan.read(plan.bytes(value, request)),
    }
}

/// A copy of a request's value; what is fixed needs none.
pub(crate) fn value(model: &Model, plan: &Plan, loan: &Loan<'_>, value: u32, request: usize) -> Result<Value, Fault> {
    let shape = plan.shape(value, request);
    Value::from_bytes(model.element(value), shape, loan.read::<u8>(plan.bytes(value, request)))
}

/// Writes a value to its place.
pub(crate) fn put(loan: &Loan<'_>, at: core::ops::Range<usize>, value: &Value) {
    fn copy<T: Bits>(loan: &Loan<'_>, at: core::ops::Range<usize>, from: &[T]) {
        loan.write(at).copy_from_slice(from);
    }
    match value {
        Value::F32(tensor) => copy(loan, at, tensor.data()),
        Value::I64(tensor) => copy(loan, at, tensor.data()),
        Value::I32(tensor) => copy(loan, at, tensor.data()),
        Value::I8(tensor) => copy(loan, at, tensor.data()),
        Value::U8(tensor) => copy(loan, at, tensor.data()),
        Value::Bool(tensor) => {
            let to = loan.write::<u8>(at);
            to.iter_mut()
                .zip(tensor.data())
                .for_each(|(to, &from)| *to = u8::from(from));
        }
    }
}
