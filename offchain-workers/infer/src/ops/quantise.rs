//! Numbers of 8 bits that stand for f32, and back, with one scale and one zero point for all.

use quorate_exact::infer::{quantised::Quantised, Fault};
use quorate_infer_kernels::{
    compare::Values,
    quantised::{dequantize, dynamic_scale, quantize},
    Isa,
};
use quorate_program::{Op, Type};

use crate::{
    arena::{elements, Bits},
    steps::Step,
    work::{floats, raw, Part, Work},
};

/// None of more scales or zero points than one.
pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let op = &model.node(step).op;
    let isa = model.options.isa;
    let mut nan = false;
    for request in work.requests() {
        let single = |value: u32| plan.shape(value, request).iter().all(|&d| d == 1);
        if !step.reads[1..].iter().all(|&value| single(value)) {
            return None;
        }
        let loan = work.arena.lend();
        let bytes = |operand: usize| raw(model, plan, &loan, step.reads[operand], request);
        let float = |operand: usize| floats(model, plan, &loan, step.reads[operand], Part::Of(request));
        let result = |number: usize| plan.bytes((step.results.start + number) as u32, request);
        let fault = match op {
            Op::QuantizeLinear => {
                let (x, scale) = (float(0), float(1)[0]);
                match model.element(step.reads[2]) {
                    Type::I8 => quantize(isa, x, Values::One(scale), one::<i8>(bytes(2)), loan.write(result(0))),
                    _ => quantize(isa, x, Values::One(scale), one::<u8>(bytes(2)), loan.write(result(0))),
                }
            }
            Op::DequantizeLinear => {
                let (scale, y) = (float(1)[0], loan.write::<f32>(result(0)));
                let zero = step.reads.get(2).map(|_| bytes(2));
                nan |= match model.element(step.reads[0]) {
                    Type::I8 => number::<i8>(isa, bytes(0), scale, zero, y),
                    Type::U8 => number::<u8>(isa, bytes(0), scale, zero, y),
                    _ => {
                        let zero = zero.map_or(0, |zero| i64::from(elements::<i32>(zero)[0]));
                        let q = elements::<i32>(bytes(0));
                        y.iter_mut()
                            .zip(q)
                            .for_each(|(y, &q)| *y = (i64::from(q) - zero) as f32 * scale);
                        y.iter().any(|y| y.is_nan())
                    }
                };
                false
            }
            Op::DynamicQuantizeLinear => {
                let x = float(0);
                match dynamic_scale(isa, x) {
                    None => true,
                    Some((scale, zero)) => {
                        loan.write::<f32>(result(1))[0] = scale;
                        loan.write::<u8>(result(2))[0] = zero;
                        let y = loan.write::<u8>(result(0));
                        quantize(isa, x, Values::One(scale), Values::One(zero), y)
                    }
                }
            }
            _ => return None,
        };
        // What is no f32 cannot show it.
        if fault {
            work.faults[request] = Some(Fault::NaN);
        }
    }
    Some(nan)
}

fn one<'a, T: Bits>(bytes: &'a [u8]) -> Values<'a, T> {
    Values::One(elements::<T>(bytes)[0])
}

fn number<Q: Bits + Quantised + Default>(isa: Isa, q: &[u8], scale: f32, zero: Option<&[u8]>, y: &mut [f32]) -> bool {
    let zero = zero.map_or(Values::One(Q::default()), one::<Q>);
    dequantize(isa, elements::<Q>(q), Values::One(scale), zero, y)
}
