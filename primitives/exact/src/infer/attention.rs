//! Attention of one sequence. A cache is longer `k` and `v`: the same definition.

use alloc::{vec, vec::Vec};

use super::{
    fault::Fault,
    matmul::pairs,
    normalise::softmax_row,
    sums::chain,
    tensor::{same, Tensor},
};

/// Which keys a query sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// All.
    All,
    /// Query i, at position `first + i`, sees the keys 0 … `first + i`. The others are skipped: they are as good as absent.
    Causal {
        /// Position of the first query: the number of keys that were there before its own.
        first: usize,
    },
}

/// q [T, H, d], k [S, G, d], v [S, G, e] give [T, H, e]; G divides H, and head h reads k's and v's head h div (H / G). For a query
/// and a head, with j ascending over the keys seen: a_j = chain(q, k_j) ⊗ scale, ⊕ mask_ij where there is a mask [T, S];
/// p = Softmax(a); y = chain over j of (p_j, v_j).
///
/// # Errors
/// `Rank`, `Dimension`, `Size`; `Parameter` unless G divides H; `NaN`, also if all that a query sees is masked.
pub fn attention([q, k, v]: [&Tensor; 3], scale: f32, mask: Option<&Tensor>, seen: Seen) -> Result<Tensor, Fault> {
    let ([queries, heads, d], [keys, groups, _], [_, _, e]) = (q.dims()?, k.dims()?, v.dims()?);
    k.expect(&[keys, groups, d])?;
    v.expect(&[keys, groups, e])?;
    mask.map_or(Ok(()), |mask| mask.expect(&[queries, keys]))?;
    if heads % groups != 0 {
        return Err(Fault::Parameter("heads"));
    }
    if let Seen::Causal { first } = seen {
        let needed = first.saturating_add(queries);
        if needed > keys {
            same(needed, keys)?;
        }
    }
    let mut y = Vec::with_capacity(super::tensor::elements(&[queries, heads, e])?);
    for (row, q) in q.data().chunks_exact(d).enumerate() {
        let (query, head) = (row / heads, row % heads / (heads / groups));
        let seen = match seen {
            Seen::All => keys,
            Seen::Causal { first } => first + query + 1,
        };
        let score = |j: usize| {
            let at = (j * groups + head) * d;
            let a = chain(pairs(q, &k.data()[at..at + d])) * scale;
            mask.map_or(a, |mask| a + mask.data()[query * keys + j])
        };
        let a: Vec<f32> = (0..seen).map(score).collect();
        let p = softmax_row(&a);
        let value = |j: usize, column: usize| v.data()[(j * groups + head) * e + column];
        y.extend((0..e).map(|column| chain(p.iter().enumerate().map(|(j, &p)| (p, value(j, column))))));
    }
    Tensor::new(vec![queries, heads, e], y)
}
