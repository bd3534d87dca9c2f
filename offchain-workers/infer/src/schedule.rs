//! What a program becomes for all sizes: what is computed once, the steps, and how long values live.

use quorate_program::Program;

use crate::{
    fuse::Builder,
    steps::{Kernel, Step},
};

/// What a program becomes, for all sizes.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub steps: Vec<Step>,
    /// Values that depend on tensors and constants alone.
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
    /// `fused` or node by node, which is slower and has the same results.
    pub fn new(program: &Program, fused: bool) -> Self {
        let fixed = fixed(program);
        let mut steps = Builder::new(program, &fixed, fused).steps();
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

/// Which values are computed once: those that depend on tensors and constants alone. Their bytes together are at most so many times those of
/// tensors and constants (weights of 8 bits become numbers of 32, are scaled and transposed), as a program may make large values of small ones.
fn fixed(program: &Program) -> Vec<bool> {
    const TIMES: u64 = 16;
    const SPARE: u64 = 1 << 20;
    let types = program.types();
    let bytes = |value: usize| {
        let size = |d: &quorate_program::Expression| d.size().and_then(|size| u64::try_from(size).ok());
        let elements = types[value]
            .shape
            .iter()
            .try_fold(1u64, |product, d| product.checked_mul(size(d)?));
        elements.and_then(|elements| elements.checked_mul(types[value].element.bytes() as u64))
    };
    let sources = program.first_tensor()..program.results(0).start;
    let mut left =
        SPARE.saturating_add(TIMES.saturating_mul(sources.clone().filter_map(bytes).fold(0, u64::saturating_add)));
    let mut fixed = vec![false; types.len()];
    fixed[sources].fill(true);
    for (index, node) in program.graph().nodes.iter().enumerate() {
        let all = node.operands.iter().all(|&operand| fixed[operand as usize])
            && node.op.expressions().iter().all(|e| e.constant().is_some());
        // A shape with a dimension is another one for each request.
        let needed = program
            .results(index)
            .try_fold(0u64, |sum, value| sum.checked_add(bytes(value)?));
        if let (true, Some(rest)) = (all, needed.and_then(|needed| left.checked_sub(needed))) {
            left = rest;
            fixed[program.results(index)].fill(true);
        }
    }
    fixed
}
