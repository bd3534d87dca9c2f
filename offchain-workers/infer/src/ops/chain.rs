//! Chains of functions and operations on elements.

use quorate_infer_kernels::{
    elementwise::{self, Operand},
    functions::Function,
    View, ViewMut,
};

use crate::{
    spread::Spread,
    steps::{Link, Step, MAX_LINKS},
    threads::by_rows,
    work::{bytes, floats, Part, Work},
};

/// Elements that are worth a part of their own.
const UNIT: usize = 4096;

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step, start: u32, links: &[Link]) -> bool {
    let flat = links.iter().all(|link| match link {
        Link::Map(_) => true,
        Link::Pair { other, spread, .. } => match (spread, work.model.schedule.fixed[*other as usize]) {
            (Spread::All, fixed) => !fixed,
            (Spread::One | Spread::Row { .. }, fixed) => fixed,
            (Spread::Column { .. }, _) => false,
        },
    });
    match flat {
        true => part(work, step, start, links, Part::All),
        false => work.requests().fold(false, |nan, request| {
            nan | part(work, step, start, links, Part::Of(request))
        }),
    }
}

fn part(work: &mut Work<'_, '_>, step: &Step, start: u32, links: &[Link], part: Part) -> bool {
    let (model, plan) = (work.model, work.plan);
    let parts = work.parts(8 * plan.all(start).len());
    let result = step.results.start as u32;
    let request = match part {
        Part::All => 0,
        Part::Of(request) => request,
    };
    let shape = plan.shape(result, request);
    let columns = links.iter().find_map(|link| match link {
        Link::Pair {
            spread: Spread::Row { axis } | Spread::Column { axis },
            ..
        } => Some(shape[*axis..].iter().product()),
        _ => None,
    });
    let columns: usize = columns.unwrap_or(1);
    let loan = work.arena.lend();
    let y = loan.write::<f32>(bytes(plan, result, part));
    let rows = y.len() / columns;
    let mut steps = [elementwise::Step::Map(Function::Neg); MAX_LINKS];
    for (to, link) in steps.iter_mut().zip(links) {
        *to = match *link {
            Link::Map(function) => elementwise::Step::Map(function),
            Link::Pair {
                how,
                other,
                spread,
                after,
            } => {
                let data = floats(model, plan, &loan, other, part);
                pair(how, operand(data, spread, rows, columns), after)
            }
        };
    }
    let x = View::new(floats(model, plan, &loan, start, part), rows, columns);
    let steps = &steps[..links.len()];
    by_rows(
        ViewMut::new(y, rows, columns),
        0,
        parts,
        UNIT.div_ceil(columns),
        &|row, y| elementwise::compute(model.options.isa, Operand::All(x), steps, y, [row, 0]),
    )
}

pub(crate) fn operand(data: &[f32], spread: Spread, rows: usize, columns: usize) -> Operand<'_> {
    match spread {
        Spread::One => Operand::One(data[0]),
        Spread::All => Operand::All(View::new(data, rows, columns)),
        Spread::Row { .. } => Operand::Row(data),
        Spread::Column { .. } => Operand::Column(data),
    }
}

pub(crate) fn pair(how: elementwise::Binary, operand: Operand<'_>, after: bool) -> elementwise::Step<'_> {
    match after {
        true => elementwise::Step::After(how, operand),
        false => elementwise::Step::Then(how, operand),
    }
}
