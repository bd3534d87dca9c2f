//! `kernels/matmul.cu`: products of matrices.

use super::{steps, word, Node};
use crate::infer::{
    kernel::Kernel,
    launch::{Given::At, Launch, Place},
    table::broadcast,
};

impl Node<'_, '_> {
    /// x [..., K] times w [N, K]: one matrix.
    pub(super) fn linear(self) -> Launch {
        let (k, n) = (self.operands[0].last(), self.operands[1].dim(0));
        let m = self.operands[0].len() / k;
        let axes = self.table.axes(&[], &[]);
        self.product([1, m, n, k], axes, [k, 1])
    }

    /// a [..., M, K] times b [..., K, N], with the axes before broadcast.
    pub(super) fn matmul(self) -> Launch {
        let rank = self.results[0].shape.len();
        let (batch, tail) = self.results[0].shape.split_at(rank - 2);
        let (m, n, k) = (tail[0], tail[1], self.operands[0].last());
        let begin = |operand: usize, len: usize| {
            let shape = self.operands[operand].shape;
            let own = broadcast(&shape[..shape.len() - 2], batch);
            own.into_iter().map(|stride| stride * len as i64).collect::<Vec<i64>>()
        };
        let strides = [begin(0, m * k), begin(1, k * n)];
        let axes = self.table.axes(batch, &strides);
        self.product([batch.iter().product(), m, n, k], axes, [1, n])
    }

    fn product(self, [batches, m, n, k]: [usize; 4], axes: Place, [row, column]: [usize; 2]) -> Launch {
        const TILE: usize = 64;
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1), self.at(2), At(axes)];
        given.extend([m, n, k, row, column].map(word));
        given.extend([self.to(0), node, fault]);
        let tiles = batches * m.div_ceil(TILE) * n.div_ceil(TILE);
        Launch {
            kernel: Kernel::MatMul,
            blocks: tiles as u32,
            chain: k as u64,
            steps: steps(tiles.saturating_mul(TILE * TILE), k),
            arguments: given,
        }
    }
}
