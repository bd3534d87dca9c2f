//! Reductions, moves, quantised operations.

use quorate_exact::infer::{
    cast::cast,
    moves::{gather, pad, resize_nearest, transpose, Fill},
    quantised::{dequantize, dynamic_quantize, matmul_integer, quantize},
    reduce::{reduce, top_k, Reduce},
    Tensor,
};

use super::{bytes, Cases};
use crate::infer_tensors::{filled, of, tensor, usual};

pub fn moves(cases: &mut Cases) {
    let hows = [
        ("reduce sum", Reduce::Sum),
        ("reduce mean", Reduce::Mean),
        ("reduce sum_square", Reduce::SumSquare),
        ("reduce l1", Reduce::L1),
        ("reduce l2", Reduce::L2),
        ("reduce max", Reduce::Max),
        ("reduce min", Reduce::Min),
    ];
    for (name, how) in hows {
        cases.add(name, &[3, 17, 5, 4], |n| {
            bytes(reduce(&tensor(n, &[3, 17, 5, 4]), how, &[1, 3], false))
        });
    }
    cases.add("top_k", &[4, 33], |n| {
        let (values, indices) = top_k(&tensor(n, &[4, 33]), 9, 1, true)?;
        Ok([values.bytes(), indices.bytes()].concat())
    });
    cases.add("gather", &[31, 5], |n| {
        let (x, indices) = (tensor(n, &[31, 5]), filled(&[3, 4], || i64::from(n.below(62)) - 31));
        bytes(gather(&x, &indices, 0))
    });
    cases.add("transpose", &[3, 5, 7], |n| {
        bytes(transpose(&tensor(n, &[3, 5, 7]), &[2, 0, 1]))
    });
    cases.add("pad reflect", &[3, 5], |n| {
        bytes(pad(&tensor(n, &[3, 5]), 1, 4, 2, Fill::Reflect))
    });
    cases.add("resize_nearest", &[2, 3, 4], |n| {
        bytes(resize_nearest(&tensor(n, &[2, 3, 4]), 1, 3))
    });
    cases.add("cast i64", &[97], |n| {
        let y: Tensor<i64> = cast(&filled(&[97], || usual(n) * 1000.0))?;
        Ok(y.bytes())
    });
}

pub fn integers(cases: &mut Cases) {
    cases.add("quantize", &[33, 4], |n| {
        let (x, scale) = (tensor(n, &[33, 4]), filled(&[4], || usual(n).abs() + 0.015625));
        Ok(quantize(&x, &scale, &of(&[], &[3i8]))?.bytes())
    });
    cases.add("dequantize", &[33, 4], |n| {
        let (q, scale) = (filled(&[33, 4], || n.below(256) as u8), tensor(n, &[4]));
        bytes(dequantize(&q, &scale, Some(&of(&[], &[128u8]))))
    });
    cases.add("dynamic_quantize", &[389], |n| {
        let (y, scale, zero) = dynamic_quantize(&tensor(n, &[389]))?;
        Ok([y.bytes(), scale.bytes(), zero.bytes()].concat())
    });
    cases.add("matmul_integer", &[3, 389, 5], |n| {
        let (a, w) = (
            filled(&[3, 389], || n.below(256) as u8),
            filled(&[5, 389], || n.below(256) as u8 as i8),
        );
        let zeros = filled(&[5], || n.below(256) as u8 as i8);
        Ok(matmul_integer(&a, &of(&[], &[131u8]), &w, &zeros)?.bytes())
    });
}
