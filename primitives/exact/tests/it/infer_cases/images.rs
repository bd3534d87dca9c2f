//! Convolutions and pools.

use alloc::vec;

use quorate_exact::infer::{
    conv::{conv, conv_transpose, Filters},
    pool::{pool, Pool},
    Stride,
};

use super::{bytes, Cases, Inputs};

pub fn images(cases: &mut Cases) {
    let odd = Stride {
        step: 2,
        dilation: 1,
        before: 1,
        after: 2,
    };
    let wide = Stride {
        step: 1,
        dilation: 2,
        before: 2,
        after: 1,
    };
    // channels, outputs, groups, kernel
    for [c, o, groups, kh, kw] in [[3, 8, 1, 3, 3], [8, 8, 8, 3, 3], [33, 5, 1, 1, 1], [4, 6, 2, 2, 3]] {
        let inputs = move |n: &mut Inputs| {
            let shapes = [vec![2, 7, 6, c], vec![o, kh, kw, c / groups], vec![o]];
            shapes.map(|shape| n.tensor(&shape))
        };
        cases.add("conv", &[2, 7, 6, c, o, groups, kh, kw], |n| {
            let [x, w, b] = inputs(n);
            bytes(conv(
                &x,
                Filters {
                    weights: &w,
                    bias: Some(&b),
                    groups,
                },
                [odd, wide],
            ))
        });
        cases.add("conv_transpose", &[2, 7, 6, c, o, groups, kh, kw], |n| {
            let [x, w, b] = inputs(n);
            bytes(conv_transpose(
                &x,
                Filters {
                    weights: &w,
                    bias: Some(&b),
                    groups,
                },
                [odd, wide],
                [1, 0],
            ))
        });
    }
    let kinds = [
        ("max_pool", Pool::Max),
        ("average_pool", Pool::Average { include_padding: false }),
        (
            "average_pool count_include_pad",
            Pool::Average { include_padding: true },
        ),
    ];
    for (name, kind) in kinds {
        cases.add(name, &[2, 7, 6, 3], |n| {
            bytes(pool(
                &n.tensor(&[2, 7, 6, 3]),
                kind,
                [3, 2],
                [odd, Stride::default()],
                true,
            ))
        });
        cases.add(name, &[1, 9, 9, 2], |n| {
            bytes(pool(&n.tensor(&[1, 9, 9, 2]), kind, [7, 7], [odd; 2], false))
        });
    }
}
