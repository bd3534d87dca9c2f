//! Convolutions, and what follows them element by element.

use quorate_infer_kernels::{
    conv::Conv,
    elementwise,
    functions::Function,
    products::{Finish, Tile},
    View,
};

use super::chain::{operand, pair};
use crate::{
    spread::Spread,
    steps::{Link, Step, MAX_LINKS},
    threads::by_items,
    weights::convolution,
    work::{floats, Part, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step, links: &[Link]) -> bool {
    let requests = work.requests();
    requests.fold(false, |nan, request| {
        let plan = work.plan;
        nan | one(work, step, links, request, plan.conv(step.node, request))
    })
}

/// Where weights are the request's own: they are put in order each time.
pub(crate) fn of_request(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let mut nan = false;
    for request in work.requests() {
        let (model, plan) = (work.model, work.plan);
        let loan = work.arena.lend();
        let weights = floats(model, plan, &loan, step.reads[1], Part::Of(request));
        let conv = convolution(model.options.isa, model.node(step), plan.shapes(request), weights)?;
        nan |= one(work, step, &[], request, &conv);
    }
    Some(nan)
}

fn one(work: &mut Work<'_, '_>, step: &Step, links: &[Link], request: usize, conv: &Conv) -> bool {
    let (model, plan) = (work.model, work.plan);
    let node = model.node(step);
    let (x, result) = (node.operands[0], step.results.start as u32);
    let w = plan.shape(node.operands[1], request);
    let outputs = w[0];
    let operations = plan.bytes(result, request).len() * w[1..].iter().product::<usize>() / 8;
    let parts = work.parts(operations);
    let loan = work.arena.lend();
    let part = Part::Of(request);
    let images = floats(model, plan, &loan, x, part);
    let batch = plan.shape(x, request)[0];
    let bias = node.operands.get(2).map(|&bias| floats(model, plan, &loan, bias, part));
    let y = loan.write::<f32>(plan.bytes(result, request));
    let size = y.len() / batch;
    let row = conv.places()[1] * outputs;
    let mut others: [&[f32]; MAX_LINKS] = [&[]; MAX_LINKS];
    for (data, link) in others.iter_mut().zip(links) {
        if let Link::Pair { other, .. } = link {
            *data = floats(model, plan, &loan, *other, part);
        }
    }
    let mut nan = false;
    let images = images.chunks_exact(images.len() / batch);
    for (index, (image, y)) in images.zip(y.chunks_exact_mut(size)).enumerate() {
        let finish = |tile: Tile<'_>| {
            let mut steps = [elementwise::Step::Map(Function::Neg); MAX_LINKS];
            let rows = tile.values.rows();
            for ((to, link), data) in steps.iter_mut().zip(links).zip(others) {
                *to = match *link {
                    Link::Map(function) => elementwise::Step::Map(function),
                    Link::Pair { how, spread, after, .. } => {
                        let operand = match spread {
                            Spread::All => {
                                let data = &data[index * size + tile.row * outputs..];
                                elementwise::Operand::All(View::with_step(data, rows, outputs, outputs * tile.row_step))
                            }
                            _ => operand(data, spread, rows, outputs),
                        };
                        pair(how, operand, after)
                    }
                };
            }
            elementwise::apply(model.options.isa, &steps[..links.len()], tile.values, [0, tile.column])
        };
        let finish: Option<Finish<'_>> = match links.is_empty() {
            true => None,
            false => Some(&finish),
        };
        nan |= by_items(y, row, 0, parts, &mut [], &|first, y, _| {
            conv.run(image, first..first + y.len() / row, bias, y, finish)
        });
    }
    nan
}
