//! Products with packed weights, of all rows of all requests, and what follows them element by element.

use quorate_infer_kernels::{
    elementwise,
    functions::Function,
    moves::transpose,
    products::{linear, matmul, Tile},
    View, ViewMut,
};

use super::chain::{operand, pair};
use crate::{
    scratch::{turned_scratch, TURNED},
    steps::{Link, Step, MAX_LINKS},
    threads::{by_columns, by_rows},
    work::{floats, Part, Work},
};

/// From so many rows for each thread on, they are shared out: the weights then pass by often enough.
const MANY: usize = 256;
/// Rows that are one strip of any level.
const UNIT: usize = 84;

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step, links: &[Link]) -> bool {
    let (model, plan) = (work.model, work.plan);
    let node = model.node(step);
    let Some(weights) = model.packed.get(&node.operands[1]) else {
        return super::reference::run(work, step);
    };
    let (n, k) = (weights.columns(), weights.pairs());
    let isa = weights.isa();
    let loan = work.arena.lend();
    let x = floats(model, plan, &loan, node.operands[0], Part::All);
    let rows = x.len() / k;
    let x = View::new(x, rows, k);
    let y = ViewMut::new(loan.write(plan.all(step.results.start as u32)), rows, n);
    let request = Part::All;
    let bias = node
        .operands
        .get(2)
        .map(|&bias| floats(model, plan, &loan, bias, request));
    let mut steps = [elementwise::Step::Map(Function::Neg); MAX_LINKS];
    for (to, link) in steps.iter_mut().zip(links) {
        *to = match *link {
            Link::Map(function) => elementwise::Step::Map(function),
            Link::Pair {
                how,
                other,
                spread,
                after,
            } => pair(
                how,
                operand(floats(model, plan, &loan, other, request), spread, rows, n),
                after,
            ),
        };
    }
    let steps = &steps[..links.len()];
    let threads = model.threads.count();
    let parts = threads.min((rows * n * k) >> 16).max(1);
    let by_row = parts > 1 && rows >= MANY * threads;
    let part = |first_row: usize, first_column: usize, y: ViewMut<'_>| {
        let width = weights.columns_of(0..1).len();
        let panels = first_column / width..(first_column + y.columns()).div_ceil(width);
        let finish = |tile: Tile<'_>| elementwise::apply(isa, steps, tile.values, [first_row + tile.row, tile.column]);
        let finish: Option<quorate_infer_kernels::products::Finish<'_>> = match steps.is_empty() {
            true => None,
            false => Some(&finish),
        };
        linear(x.rows_from(first_row, y.rows()), weights, panels, bias, y, finish)
    };
    match by_row {
        true => by_rows(y, 0, parts, UNIT, &|row, y| part(row, 0, y)),
        false => {
            let unit = weights.columns_of(0..1).len();
            by_columns(y, 0, parts, unit, &mut [], &|column, y, _| part(0, column, y))
        }
    }
}

/// Where weights, or the bias, are the request's own: they are turned each time.
pub(crate) fn of_request(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let requests = work.requests();
    Some(requests.fold(false, |nan, request| nan | one(work, step, request)))
}

fn one(work: &mut Work<'_, '_>, step: &Step, request: usize) -> bool {
    let (model, plan) = (work.model, work.plan);
    let (isa, part) = (model.options.isa, Part::Of(request));
    let &[n, k] = plan.shape(step.reads[1], request) else {
        return false;
    };
    let parts = work.parts(plan.bytes(step.results.start as u32, request).len() * k / 4);
    let loan = work.arena.lend();
    let float = |operand: usize| floats(model, plan, &loan, step.reads[operand], part);
    let (x, weights) = (float(0), float(1));
    let rows = x.len() / k;
    let x = View::new(x, rows, k);
    let result = loan.write(plan.bytes(step.results.start as u32, request));
    let mut y = ViewMut::new(result, rows, n);
    let scratch = &mut work.scratch.as_mut_slice()[..parts * turned_scratch(isa, [n, k])];
    let nan = by_columns(y.again(), 0, parts, TURNED, scratch, &|first, mut y, scratch| {
        let mut nan = false;
        for column in (0..y.columns()).step_by(TURNED) {
            let columns = TURNED.min(y.columns() - column);
            let (turned, scratch) = scratch.split_at_mut(k * columns);
            let own = View::new(&weights[(first + column) * k..][..columns * k], columns, k);
            transpose(isa, own, turned, columns);
            let y = y.part((0, rows), (column, columns));
            nan |= matmul(isa, x, View::new(turned, k, columns), y, scratch);
        }
        nan
    });
    match step.reads.get(2) {
        None => nan,
        Some(_) => {
            let bias = elementwise::Operand::Row(float(2));
            nan | elementwise::apply(isa, &[pair(elementwise::Binary::Add, bias, false)], y, [0, 0])
        }
    }
}
