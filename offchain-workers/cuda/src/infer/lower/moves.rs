//! `kernels/moves.cu`: what moves elements, and what looks for the largest of them.

use super::{launch, word, Node, Operand};
use crate::infer::{
    kernel::Kernel,
    launch::{
        Given::{self, At, Word},
        Launch,
    },
    table::{around, strides, Along, Source, Table},
};
use quorate_program::{op::Fill, Type};

impl Node<'_, '_> {
    pub(super) fn arg_max(self, axis: u32) -> Launch {
        let [outer, size, inner] = around(self.operands[0].shape, axis);
        let mut given = vec![self.at(0)];
        given.extend([outer * inner, size, inner].map(word));
        given.push(self.to(0));
        launch(Kernel::ArgMax, outer * inner, size, given)
    }

    pub(super) fn top_k(self, axis: u32, largest: bool) -> Launch {
        let [outer, size, inner] = around(self.operands[0].shape, axis);
        let n = outer * size * inner;
        let mut given = vec![self.at(0)];
        given.extend([n, size, inner, self.results[0].dim(axis as usize)].map(word));
        given.extend([Word(largest.into()), self.to(0), self.to(1)]);
        launch(Kernel::TopK, n, size, given)
    }

    pub(super) fn gather(self, axis: u32) -> Launch {
        let [_, size, inner] = around(self.operands[0].shape, axis);
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1), self.n()];
        given.extend([size, self.operands[1].len(), inner].map(word));
        given.extend([self.operands[0].bytes(), self.to(0), node, fault]);
        self.each(Kernel::Gather, given)
    }

    pub(super) fn transpose(self, order: &[u32]) -> Launch {
        let own = strides(self.operands[0].shape);
        let turned = order.iter().map(|&axis| own[axis as usize]).collect();
        let axes = At(self.table.axes(self.results[0].shape, &[turned]));
        self.view(axes)
    }

    pub(super) fn expand(mut self) -> Launch {
        let axes = self.axes();
        self.view(axes)
    }

    fn view(self, axes: Given) -> Launch {
        let given = vec![self.at(0), axes, self.n(), self.operands[0].bytes(), self.to(0)];
        self.each(Kernel::View, given)
    }

    pub(super) fn concat(self, axis: u32) -> Vec<Launch> {
        let size_there = self.results[0].dim(axis as usize);
        let mut first = 0;
        let mut launches = Vec::with_capacity(self.operands.len());
        for part in self.operands {
            let [outer, size, inner] = around(part.shape, axis);
            let from = Source::Every { start: 0, step: 1 };
            let along = Along {
                outer,
                inner,
                size,
                count: size,
                first,
                size_there,
                from,
            };
            first += size;
            launches.push(place(self.table, part, &self.results[0], along));
        }
        launches
    }

    pub(super) fn split(self, axis: u32) -> Vec<Launch> {
        let x = &self.operands[0];
        let [outer, size, inner] = around(x.shape, axis);
        let mut start = 0;
        let mut launches = Vec::with_capacity(self.results.len());
        for part in self.results {
            let count = part.dim(axis as usize);
            let from = Source::Every { start, step: 1 };
            start += count;
            launches.push(place(
                self.table,
                x,
                part,
                all_places([outer, size, inner], count, from),
            ));
        }
        launches
    }

    pub(super) fn take(self, axis: u32, from: Source) -> Launch {
        let around = around(self.operands[0].shape, axis);
        let along = all_places(around, self.results[0].dim(axis as usize), from);
        place(self.table, &self.operands[0], &self.results[0], along)
    }

    pub(super) fn pad(self, axis: u32, before: u32, fill: Fill) -> Launch {
        let before = before as usize;
        let bits = |bits| Source::Filled { before, bits };
        let from = match (fill, self.operands[0].element) {
            (Fill::Edge, _) => Source::Nearest { before },
            (Fill::Reflect, _) => Source::Mirrored { before },
            (Fill::Constant(real), _) => bits(real.get().to_bits().into()),
            (Fill::Integer(number), Type::Bool) => bits((number != 0).into()),
            (Fill::Integer(number), _) => bits(number as u64),
        };
        self.take(axis, from)
    }

    pub(super) fn reshape(self) -> Launch {
        let n = self.operands[0].len();
        let along = all_places([1, n, 1], n, Source::Every { start: 0, step: 1 });
        place(self.table, &self.operands[0], &self.results[0], along)
    }
}

/// All places of the result.
fn all_places([outer, size, inner]: [usize; 3], count: usize, from: Source) -> Along {
    Along {
        outer,
        inner,
        size,
        count,
        first: 0,
        size_there: count,
        from,
    }
}

fn place(table: &mut Table, x: &Operand<'_>, y: &Operand<'_>, along: Along) -> Launch {
    let n = along.outer * along.count * along.inner;
    let along = At(table.along(along));
    launch(
        Kernel::Place,
        n,
        1,
        vec![At(x.place), along, word(n), x.bytes(), At(y.place)],
    )
}
