//! `kernels/windows.cu`: convolutions and pools.

use super::{launch, warps, word, Node, LANES};
use crate::infer::{
    kernel::Kernel,
    launch::{
        Given::{self, At, Word},
        Launch,
    },
};
use quorate_program::op::Stride;

impl Node<'_, '_> {
    fn window(&mut self, [rows, columns]: [usize; 2], [depth, shared]: [usize; 2], strides: &[Stride; 2]) -> Given {
        let (x, y) = (self.operands[0], self.results[0]);
        let mut words = vec![x.dim(1), x.dim(2), x.dim(3), rows, columns];
        words.extend([y.dim(3), depth, shared, y.dim(1), y.dim(2)]);
        let each = |of: fn(&Stride) -> u32| strides.iter().map(move |stride| of(stride) as usize);
        words.extend(each(|stride| stride.step));
        words.extend(each(|stride| stride.dilation));
        words.extend(each(|stride| stride.before));
        let padded = strides.iter().enumerate();
        words.extend(padded.map(|(axis, own)| x.dim(axis + 1) + own.before as usize + own.after as usize));
        At(self.table.small(&words))
    }

    pub(super) fn conv(mut self, kernel: Kernel, groups: u32, strides: &[Stride; 2]) -> Launch {
        let w = self.operands[1];
        let chain = w.dim(1).saturating_mul(w.dim(2)).saturating_mul(w.dim(3));
        let shared = w.dim(0) / (groups as usize).max(1);
        let window = self.window([w.dim(1), w.dim(2)], [w.dim(3), shared], strides);
        let [node, fault] = self.faults();
        let bias = self.at(2);
        let given = vec![self.at(0), self.at(1), bias, window, self.n(), self.to(0), node, fault];
        launch(kernel, self.results[0].len(), chain, given)
    }

    pub(super) fn pool(mut self, kernel: [u32; 2], strides: &[Stride; 2], padding: Option<bool>) -> Launch {
        let [rows, columns] = kernel.map(|taps| taps as usize);
        let taps = rows.saturating_mul(columns);
        let window = self.window([rows, columns], [1, 1], strides);
        let [node, fault] = self.faults();
        let n = self.results[0].len();
        let mut given = vec![self.at(0), window, word(n)];
        match padding {
            None => {
                given.extend([self.to(0), node, fault]);
                launch(Kernel::MaxPool, n, taps, given)
            }
            Some(padding) => {
                given.extend([Word(padding.into()), self.to(0), node, fault]);
                warps(Kernel::AveragePool, n, taps.div_ceil(LANES) + rows + columns, given)
            }
        }
    }
}
