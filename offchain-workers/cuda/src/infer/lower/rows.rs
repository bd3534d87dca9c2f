//! `kernels/rows.cu`: a warp for each line of elements.

use super::{warps, word, Node, LANES};
use crate::infer::{
    kernel::Kernel,
    launch::{
        Given::{At, Float, Word},
        Launch,
    },
    table::{around, strides},
};
use quorate_program::op::Reduction;

impl Node<'_, '_> {
    pub(super) fn softmax(self, axis: u32) -> Launch {
        let [outer, size, inner] = around(self.operands[0].shape, axis);
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0)];
        given.extend([outer * inner, size, inner, 0].map(word));
        given.extend([self.to(0), node, fault]);
        warps(Kernel::Softmax, outer * inner, 3 * size.div_ceil(LANES), given)
    }

    pub(super) fn layer_norm(self, epsilon: f32) -> Launch {
        let n = self.operands[0].last();
        let lines = self.operands[0].len() / n;
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1), self.at(2), word(lines), word(n)];
        given.extend([Float(n as f32), Float(epsilon), self.to(0), node, fault]);
        warps(Kernel::LayerNorm, lines, 3 * n.div_ceil(LANES), given)
    }

    pub(super) fn rms_norm(self, epsilon: f32) -> Launch {
        let n = self.operands[0].last();
        let lines = self.operands[0].len() / n;
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1), word(lines), word(n)];
        given.extend([Float(n as f32), Float(epsilon), self.to(0), node, fault]);
        warps(Kernel::RmsNorm, lines, 2 * n.div_ceil(LANES), given)
    }

    pub(super) fn reduce(self, axes: &[u32], how: Reduction) -> Launch {
        let x = self.operands[0];
        let all = strides(x.shape);
        let mut part = |reduced: bool| {
            let own = (0..x.shape.len()).filter(|&axis| axes.contains(&(axis as u32)) == reduced);
            let (dims, strides): (Vec<usize>, Vec<i64>) = own.map(|axis| (x.shape[axis], all[axis])).unzip();
            (dims.iter().product::<usize>(), At(self.table.axes(&dims, &[strides])))
        };
        let ((lines, kept), (n, reduced)) = (part(false), part(true));
        let how = match how {
            Reduction::L1 => 0,
            Reduction::L2 => 1,
            Reduction::Max => 2,
            Reduction::Mean => 3,
            Reduction::Min => 4,
            Reduction::Sum => 5,
            Reduction::SumSquare => 6,
        };
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), kept, reduced, word(lines), word(n)];
        given.extend([Float(n as f32), Word(how), self.to(0), node, fault]);
        warps(Kernel::Reduce, lines, n.div_ceil(LANES), given)
    }
}
