//! Reductions, moves, quantised operations.

use quorate_exact::infer::{
    cast::cast,
    moves::{gather, pad, resize_nearest, transpose, Fill},
    quantised::{dequantize, dynamic_quantize, matmul_integer, quantize},
    reduce::{reduce, top_k, Reduce},
    Tensor,
};

use super::{bytes, inputs::of, Cases};

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
            bytes(reduce(&n.tensor(&[3, 17, 5, 4]), how, &[1, 3], false))
        });
    }
    cases.add("top_k", &[4, 33], |n| {
        let (values, indices) = top_k(&n.tensor(&[4, 33]), 9, 1, true)?;
        Ok([values.bytes(), indices.bytes()].concat())
    });
    cases.add("gather", &[31, 5], |n| {
        let (x, indices) = (n.tensor(&[31, 5]), n.filled(&[3, 4], |n| i64::from(n.below(62)) - 31));
        bytes(gather(&x, &indices, 0))
    });
    cases.add("transpose", &[3, 5, 7], |n| {
        bytes(transpose(&n.tensor(&[3, 5, 7]), &[2, 0, 1]))
    });
    cases.add("pad reflect", &[3, 5], |n| {
        bytes(pad(&n.tensor(&[3, 5]), 1, 4, 2, Fill::Reflect))
    });
    cases.add("resize_nearest", &[2, 3, 4], |n| {
        bytes(resize_nearest(&n.tensor(&[2, 3, 4]), 1, 3))
    });
    cases.add("cast i64", &[97], |n| {
        let y: Tensor<i64> = cast(&n.filled(&[97], |n| n.value() * 1000.0))?;
        Ok(y.bytes())
    });
}

pub fn integers(cases: &mut Cases) {
    cases.add("quantize", &[33, 4], |n| {
        let (x, scale) = (n.tensor(&[33, 4]), n.filled(&[4], |n| n.value().abs() + 0.015625));
        Ok(quantize(&x, &scale, &of(&[], &[3i8]))?.bytes())
    });
    cases.add("dequantize", &[33, 4], |n| {
        let (q, scale) = (n.filled(&[33, 4], |n| n.byte()), n.tensor(&[4]));
        bytes(dequantize(&q, &scale, Some(&of(&[], &[128u8]))))
    });
    cases.add("dynamic_quantize", &[389], |n| {
        let (y, scale, zero) = dynamic_quantize(&n.tensor(&[389]))?;
        Ok([y.bytes(), scale.bytes(), zero.bytes()].concat())
    });
    cases.add("matmul_integer", &[3, 389, 5], |n| {
        let (a, w) = (
            n.filled(&[3, 389], |n| n.byte()),
            n.filled(&[5, 389], |n| n.byte() as i8),
        );
        let zeros = n.filled(&[5], |n| n.byte() as i8);
        Ok(matmul_integer(&a, &of(&[], &[131u8]), &w, &zeros)?.bytes())
    });
}
