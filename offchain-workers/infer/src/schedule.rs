//! What a program becomes for all sizes: what is computed once, the steps, and how long values live.

use quorate_program::Program;

use crate::{
    fuse::Builder,
    kept::Kept,
    steps::{Kernel, Step},
};

/// What a program becomes, for all sizes.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub steps: Vec<Step>,
    /// Values that depend on tensors and constants alone and are computed once.
    pub fixed: Vec<bool>,
    /// Fixed values that some step, or an output, reads as they are.
    pub raw: Vec<bool>,
    /// Fixed values that are weights of a product or convolution.
    pub packed: Vec<bool>,
    /// The value whose memory a value has.
    pub root: Vec<u32>,
    /// Of each root: the step that writes it, and the last one that reads it. Inputs are written before all.
    pub lives: Vec<(usize, usize)>,
}

impl Schedule {
    /// `fused` or node by node, which is slower and has the same results, as has less memory.
    pub fn new(program: &Program, fused: bool, memory: u64) -> Self {
        let Kept { fixed, ordered } = Kept::new(program, memory);
        let mut steps = Builder::new(program, &fixed, &ordered, fused).steps();
        steps.sort_by_key(|step| step.last);
        let mut schedule = Self {
            raw: vec![false; fixed.len()],
            packed: vec![false; fixed.len()],
            root: (0..fixed.len() as u32).collect(),
            lives: vec![(0, 0); fixed.len()],
            fixed,
            steps,
        };
        schedule.uses(program);
        schedule
    }

    fn uses(&mut self, program: &Program) {
        for (i, step) in self.steps.iter().enumerate() {
            if matches!(step.kernel, Kernel::Alias) {
                self.root[step.results.start] = self.root[step.reads[0] as usize];
            } else {
                step.results.clone().for_each(|value| self.lives[value] = (i, i));
            }
            let weights = matches!(step.kernel, Kernel::Linear(_) | Kernel::Conv(_)).then_some(1);
            for (operand, &value) in step.reads.iter().enumerate() {
                if self.fixed[value as usize] {
                    let kind = if Some(operand) == weights {
                        &mut self.packed
                    } else {
                        &mut self.raw
                    };
                    kind[value as usize] = true;
                } else {
                    self.lives[self.root[value as usize] as usize].1 = i;
                }
            }
        }
        for output in &program.graph().outputs {
            let value = output.value as usize;
            match self.fixed[value] {
                true => self.raw[value] = true,
                false => self.lives[self.root[value] as usize].1 = self.steps.len(),
            }
        }
    }
}
