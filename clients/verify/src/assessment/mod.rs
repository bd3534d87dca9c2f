//! The assessment of a round's version: what can be derived of it from the chain's own data, and computing it again.

mod compare;
mod compute;
mod computed;
mod record;
#[cfg(test)]
mod tests;

pub(crate) use compute::again;
pub(crate) use record::check;
