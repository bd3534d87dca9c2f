//! What a step of an LSTM or a GRU does after its products: sums [sequences, gates · units] hold
//! ((chain(x, W) ⊕ chain(h, R)) ⊕ Wb) ⊕ Rb of each gate.

use crate::{
    functions::{Sigmoid, Tanh},
    isa::{dispatch, Isa},
    simd::Vector,
    view::{View, ViewMut},
    walk::{join, Join, Map, Source},
};

/// LSTM, gates i, o, f, c: cells become c' and y is h'. Answers whether some result is NaN.
///
/// # Panics
/// Unless cells and y have the rows of the sums and a quarter of their columns.
#[must_use = "a NaN ends the run"]
pub fn lstm_cell(isa: Isa, sums: View<'_>, cells: ViewMut<'_>, y: ViewMut<'_>) -> bool {
    check(sums, 4, [&cells, &y]);
    dispatch!(isa, lstm(sums: View<'_>, cells: ViewMut<'_>, y: ViewMut<'_>) -> bool)
}

/// GRU, gates z, r, and perhaps more: y = r ⊗ h, of which the product with the third gate's weights is the one that enters
/// [`gru_cell`]. Answers whether some result is NaN.
///
/// # Panics
/// Unless h and y have the rows of the sums, as many columns, and the sums twice as many or more.
#[must_use = "a NaN ends the run"]
pub fn gru_reset(isa: Isa, sums: View<'_>, h: View<'_>, y: ViewMut<'_>) -> bool {
    check_two(sums, &[(h.rows(), h.columns()), (y.rows(), y.columns())]);
    dispatch!(isa, reset(sums: View<'_>, h: View<'_>, y: ViewMut<'_>) -> bool)
}

/// GRU whose reset gate comes after the product (`linear_before_reset`): from hidden, which is chain(h, R) ⊕ Rb of the third gate, to
/// input ⊕ (r ⊗ hidden), where input is chain(x, W) of it; Wb is to be added. Answers whether some result is NaN.
///
/// # Panics
/// Unless input and hidden have the rows of the sums, as many columns, and the sums twice as many or more.
#[must_use = "a NaN ends the run"]
pub fn gru_after(isa: Isa, sums: View<'_>, input: View<'_>, hidden: ViewMut<'_>) -> bool {
    check_two(
        sums,
        &[(input.rows(), input.columns()), (hidden.rows(), hidden.columns())],
    );
    dispatch!(isa, after(sums: View<'_>, input: View<'_>, hidden: ViewMut<'_>) -> bool)
}

/// GRU: from state h to h' = ((1 ⊖ z) ⊗ tanh(third)) ⊕ (z ⊗ h), in place; z is the first of the sums. Answers whether some result is NaN.
///
/// # Panics
/// Unless third and h have the rows of the sums, as many columns, and the sums twice as many or more.
#[must_use = "a NaN ends the run"]
pub fn gru_cell(isa: Isa, sums: View<'_>, third: View<'_>, h: ViewMut<'_>) -> bool {
    check_two(sums, &[(third.rows(), third.columns()), (h.rows(), h.columns())]);
    dispatch!(isa, gru(sums: View<'_>, third: View<'_>, h: ViewMut<'_>) -> bool)
}

fn check(sums: View<'_>, gates: usize, others: [&ViewMut<'_>; 2]) {
    let fits = |other: &ViewMut<'_>| other.rows() == sums.rows() && other.columns() * gates == sums.columns();
    assert!(others.into_iter().all(fits), "rows and units of the sums");
}

fn check_two(sums: View<'_>, [first, second]: &[(usize, usize); 2]) {
    assert!(
        first == second && first.0 == sums.rows() && 2 * first.1 <= sums.columns(),
        "rows and units of the sums"
    );
}

#[inline(always)]
fn lstm<V: Vector>(sums: View<'_>, mut cells: ViewMut<'_>, mut y: ViewMut<'_>) -> bool {
    let units = y.columns();
    let mut nan = false;
    for row in 0..y.rows() {
        let gate = |gate: usize| &sums.row(row)[gate * units..][..units];
        let others = [gate(0), gate(2), gate(3)];
        nan |= join::<V, _, 3>(Cell, Source::Own, others, cells.row(row));
        nan |= join::<V, _, 1>(Output, Source::Values(gate(1)), [cells.row(row)], y.row(row));
    }
    nan
}

#[inline(always)]
fn reset<V: Vector>(sums: View<'_>, h: View<'_>, mut y: ViewMut<'_>) -> bool {
    let units = y.columns();
    let mut nan = false;
    for row in 0..y.rows() {
        let r = &sums.row(row)[units..2 * units];
        nan |= join::<V, _, 1>(Gated, Source::Values(h.row(row)), [r], y.row(row));
    }
    nan
}

#[inline(always)]
fn after<V: Vector>(sums: View<'_>, input: View<'_>, mut hidden: ViewMut<'_>) -> bool {
    let units = hidden.columns();
    let mut nan = false;
    for row in 0..hidden.rows() {
        let r = &sums.row(row)[units..2 * units];
        nan |= join::<V, _, 2>(GatedSum, Source::Own, [r, input.row(row)], hidden.row(row));
    }
    nan
}

#[inline(always)]
fn gru<V: Vector>(sums: View<'_>, third: View<'_>, mut h: ViewMut<'_>) -> bool {
    let units = h.columns();
    let mut nan = false;
    for row in 0..h.rows() {
        let z = &sums.row(row)[..units];
        nan |= join::<V, _, 2>(Between, Source::Own, [z, third.row(row)], h.row(row));
    }
    nan
}

/// c' of c and the gates i, f, c.
#[derive(Clone, Copy)]
struct Cell;

impl Join<3> for Cell {
    #[inline(always)]
    fn of<V: Vector>(self, c: V, [i, f, new]: [V; 3]) -> V {
        let kept = Sigmoid.of(f).mul(c);
        kept.add(Sigmoid.of(i).mul(Tanh.of(new)))
    }
}

/// h' of the gate o and c'.
#[derive(Clone, Copy)]
struct Output;

impl Join<1> for Output {
    #[inline(always)]
    fn of<V: Vector>(self, o: V, [c]: [V; 1]) -> V {
        Sigmoid.of(o).mul(Tanh.of(c))
    }
}

/// σ(gate) ⊗ x.
#[derive(Clone, Copy)]
struct Gated;

impl Join<1> for Gated {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, [gate]: [V; 1]) -> V {
        Sigmoid.of(gate).mul(x)
    }
}

/// input ⊕ (σ(gate) ⊗ x).
#[derive(Clone, Copy)]
struct GatedSum;

impl Join<2> for GatedSum {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, [gate, input]: [V; 2]) -> V {
        input.add(Sigmoid.of(gate).mul(x))
    }
}

/// ((1 ⊖ σ(z)) ⊗ tanh(third)) ⊕ (σ(z) ⊗ h).
#[derive(Clone, Copy)]
struct Between;

impl Join<2> for Between {
    #[inline(always)]
    fn of<V: Vector>(self, h: V, [z, third]: [V; 2]) -> V {
        let z = Sigmoid.of(z);
        V::splat(1.0).sub(z).mul(Tanh.of(third)).add(z.mul(h))
    }
}
