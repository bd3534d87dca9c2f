//! `kernels/attention.cu`: attention and the turning of its heads.

use super::{launch, warps, word, Lacks, Node, LANES};
use crate::infer::{
    kernel::Kernel,
    launch::{
        Given::{At, Float, Word},
        Launch,
    },
};

impl Node<'_, '_> {
    pub(super) fn rope(self) -> Launch {
        let (x, half) = (self.operands[0], self.operands[1].len());
        let n = x.dim(0) * x.dim(1) * half;
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1)];
        given.extend([n, x.dim(1), half].map(word));
        given.extend([self.to(0), node, fault]);
        launch(Kernel::Rope, n, 1, given)
    }

    /// Scores, their Softmax in place, and the sums of values.
    pub(super) fn attention(self, causal: bool, scale: f32) -> Result<Vec<Launch>, Lacks> {
        let [queries, heads, d] = [0, 1, 2].map(|axis| self.operands[0].dim(axis));
        let [keys, groups] = [0, 1].map(|axis| self.operands[1].dim(axis));
        let e = self.operands[2].dim(2);
        let scores = [queries, heads, keys].into_iter().fold(1, usize::saturating_mul);
        if scores > i32::MAX as usize {
            return Err(Lacks(format!("attention with {scores} products of queries and keys")));
        }
        let shape = At(self.table.small(&[queries, keys, heads, groups, d, e]));
        let ([node, fault], table) = (self.faults(), At(self.scratch));
        let (flag, lines) = (Word(causal.into()), queries * heads);
        let mut first = vec![self.at(0), self.at(1), self.at(3), shape, word(scores)];
        first.extend([Float(scale), flag, table]);
        let mut second = vec![table];
        second.extend([lines, keys, 1, if causal { heads } else { 0 }].map(word));
        second.extend([table, node, fault]);
        let third = vec![table, self.at(2), shape, self.n(), flag, self.to(0), node, fault];
        Ok(vec![
            launch(Kernel::AttentionScores, scores, d, first),
            warps(Kernel::Softmax, lines, 3 * keys.div_ceil(LANES), second),
            launch(Kernel::AttentionValues, self.results[0].len(), keys, third),
        ])
    }
}
