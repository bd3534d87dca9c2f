//! A launch whose places are not addresses yet.

use super::kernel::Kernel;
use crate::device::{Address, Argument};

/// Where something lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Among tensors and constants, at this byte.
    Fixed(usize),
    /// In the memory of a run, at this byte.
    Arena(usize),
    /// In the plan's tables, at this byte.
    Table(usize),
    /// The run's first fault.
    Fault,
    /// Not there: an operand that was left out.
    Nowhere,
}

/// An argument.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Given {
    /// An address.
    At(Place),
    /// `u32`.
    Word(u32),
    /// `float`.
    Float(f32),
}

/// A launch: blocks in one row.
#[derive(Clone, PartialEq, Debug)]
pub struct Launch {
    /// The kernel.
    pub kernel: Kernel,
    /// Blocks.
    pub blocks: u32,
    /// Steps that one of its threads does one after the other, at most.
    pub chain: u64,
    /// Steps of all threads.
    pub steps: u64,
    /// In the order of the source.
    pub arguments: Vec<Given>,
}

/// Where places begin.
#[derive(Clone, Copy, Debug)]
pub struct Bases {
    /// Tensors and constants.
    pub fixed: Address,
    /// Memory of a run.
    pub arena: Address,
    /// Tables of the plan.
    pub table: Address,
    /// Of one u64.
    pub fault: Address,
}

impl Bases {
    /// The address of a place; 0 of nothing.
    pub fn address(&self, place: Place) -> Address {
        match place {
            Place::Fixed(at) => self.fixed + at as u64,
            Place::Arena(at) => self.arena + at as u64,
            Place::Table(at) => self.table + at as u64,
            Place::Fault => self.fault,
            Place::Nowhere => 0,
        }
    }

    /// As the device takes it.
    pub fn argument(&self, given: Given) -> Argument {
        match given {
            Given::At(place) => Argument::Long(self.address(place)),
            Given::Word(word) => Argument::Word(word),
            Given::Float(float) => Argument::Float(float),
        }
    }
}
