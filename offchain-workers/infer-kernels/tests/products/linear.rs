use quorate_exact::infer::{matmul, Fault, Tensor};
use quorate_infer_kernels::{
    elementwise::{apply, Binary, Operand, Step},
    functions::Function,
    products::{linear, Finish, Packed, Tile},
    Isa, View, ViewMut,
};

use crate::values::{assert_bits, seed, Kind, Random, KINDS, UNTOUCHED};

struct Case {
    x: Vec<f32>,
    w: Vec<f32>,
    bias: Option<Vec<f32>>,
    dims: [usize; 3],
    gap: usize,
}

impl Case {
    fn new(random: &mut Random, [m, k, n]: [usize; 3], kind: Kind) -> Self {
        Self {
            x: random.values(m * k, kind),
            w: random.values(n * k, kind),
            bias: (random.below(2) == 0).then(|| random.values(n, kind)),
            dims: [m, k, n],
            gap: random.of(&[0, 0, 1, 7, 16]),
        }
    }

    fn expected(&self) -> Result<Vec<f32>, Fault> {
        let [m, k, n] = self.dims;
        let tensor = |shape: &[usize], data: &[f32]| Tensor::new(shape.to_vec(), data.to_vec()).unwrap();
        let bias = self.bias.as_ref().map(|bias| tensor(&[n], bias));
        matmul::linear(&tensor(&[m, k], &self.x), &tensor(&[n, k], &self.w), bias.as_ref()).map(|y| y.data().to_vec())
    }

    /// The product, with gaps between all rows, computed in `rows` × `panels` parts; that nothing else was written.
    fn got(&self, isa: Isa, rows: usize, panels: usize) -> (Vec<f32>, bool) {
        let [m, k, n] = self.dims;
        let spread = |data: &[f32], columns: usize| -> Vec<f32> {
            let mut all: Vec<f32> = Vec::new();
            for row in data.chunks_exact(columns) {
                all.extend(row);
                all.extend(vec![f32::NAN; self.gap]);
            }
            all
        };
        let (x, w) = (spread(&self.x, k), spread(&self.w, k));
        let packed = Packed::new(isa, View::with_step(&w, n, k, k + self.gap));
        assert_eq!(packed.panels(), n.div_ceil(packed.columns_of(0..1).len()));
        let step = n + self.gap;
        let mut y = vec![f32::from_bits(UNTOUCHED); m * step + 40];
        let mut nan = false;
        for row in (0..m).step_by(rows) {
            let count = rows.min(m - row);
            let x = View::with_step(&x, m, k, k + self.gap).rows_from(row, count);
            for panel in (0..packed.panels()).step_by(panels) {
                let panels = panel..packed.panels().min(panel + panels);
                let columns = packed.columns_of(panels.clone());
                let mut y = ViewMut::with_step(&mut y, m, n, step);
                let y = y.part((row, count), (columns.start, columns.len()));
                nan |= linear(x, &packed, panels, self.bias.as_deref(), y, None);
            }
        }
        let inside = |i: usize| i < m * step && i % step < n;
        for (i, y) in y.iter().enumerate().filter(|(i, _)| !inside(*i)) {
            assert_eq!(y.to_bits(), UNTOUCHED, "number {i} behind a row was written");
        }
        let kept = y.iter().enumerate().filter(|(i, _)| inside(*i));
        (kept.map(|(_, y)| *y).collect(), nan)
    }

    fn check(&self, rows: usize, panels: usize) {
        let expected = self.expected();
        for isa in Isa::available() {
            let what = format!(
                "{} {:?} in parts of {rows} rows, {panels} panels",
                isa.level(),
                self.dims
            );
            let (got, nan) = self.got(isa, rows, panels);
            match &expected {
                Ok(expected) => {
                    assert!(!nan, "{what}");
                    assert_bits(&got, expected, &what);
                }
                Err(_) => assert!(nan, "{what}"),
            }
        }
    }
}

#[test]
fn products_should_have_the_bits_of_the_reference_for_all_numbers_of_rows() {
    let mut random = Random::new(seed());
    for m in 1..=40 {
        for kind in KINDS {
            let (k, n) = (random.of(&[1, 2, 31, 37, 64]), random.of(&[1, 15, 17, 33, 70, 131]));
            Case::new(&mut random, [m, k, n], kind).check(m, 100);
        }
    }
}

#[test]
fn products_should_have_the_bits_of_the_reference_for_all_widths_of_the_last_panel() {
    let mut random = Random::new(seed());
    for n in 1..=70 {
        let (m, k) = (random.of(&[1, 2, 3, 5, 15]), random.of(&[1, 7, 33]));
        let kind = random.of(&KINDS);
        Case::new(&mut random, [m, k, n], kind).check(m, 100);
    }
}

#[test]
fn products_should_have_the_bits_of_the_reference_where_chains_are_cut_into_blocks() {
    let mut random = Random::new(seed());
    for (k, m, n) in [
        (511, 3, 20),
        (512, 1, 70),
        (513, 15, 33),
        (1031, 7, 40),
        (1537, 2, 129),
        (2048, 1, 17),
    ] {
        for kind in KINDS {
            Case::new(&mut random, [m, k, n], kind).check(m, 100);
        }
    }
}

#[test]
fn products_should_not_depend_on_how_threads_share_them_out() {
    let mut random = Random::new(seed());
    for (m, k, n, rows, panels) in [
        (200, 9, 300, 200, 100),
        (23, 40, 290, 5, 3),
        (40, 600, 75, 1, 1),
        (33, 33, 530, 14, 2),
    ] {
        let kind = random.of(&KINDS);
        Case::new(&mut random, [m, k, n], kind).check(rows, panels);
    }
}

#[test]
fn a_finish_should_see_each_number_once_at_its_place_after_the_bias() {
    let mut random = Random::new(seed());
    let mut case = Case::new(&mut random, [180, 5, 300], Kind::Ordinary);
    case.bias = Some(random.values(300, Kind::Ordinary));
    let expected = case.expected().unwrap();
    for isa in Isa::available() {
        let packed = Packed::new(isa, View::new(&case.w, 300, 5));
        let mut y = vec![f32::NAN; 180 * 300];
        let finish = |mut tile: Tile<'_>| {
            for i in 0..tile.values.rows() {
                let first = (tile.row + i) * 300 + tile.column;
                for (value, expected) in tile.values.row(i).iter_mut().zip(&expected[first..]) {
                    assert_eq!(value.to_bits(), expected.to_bits());
                    *value = 1.0;
                }
            }
            false
        };
        let (x, y_view) = (View::new(&case.x, 180, 5), ViewMut::new(&mut y, 180, 300));
        assert!(!linear(
            x,
            &packed,
            0..packed.panels(),
            case.bias.as_deref(),
            y_view,
            Some(&finish)
        ));
        assert!(y.iter().all(|&y| y == 1.0));
    }
}

#[test]
fn steps_of_a_finish_should_give_what_they_give_afterwards() {
    let mut random = Random::new(seed());
    let case = Case::new(&mut random, [180, 5, 300], Kind::Ordinary);
    let rest = random.values(180 * 300, Kind::Ordinary);
    for isa in Isa::available() {
        let packed = Packed::new(isa, View::new(&case.w, 300, 5));
        let steps = [
            Step::Map(Function::Gelu),
            Step::Then(Binary::Add, Operand::All(View::new(&rest, 180, 300))),
        ];
        let product = |finish: Option<Finish<'_>>| {
            let mut y = vec![f32::NAN; 180 * 300];
            let (x, y_view) = (View::new(&case.x, 180, 5), ViewMut::new(&mut y, 180, 300));
            assert!(!linear(
                x,
                &packed,
                0..packed.panels(),
                case.bias.as_deref(),
                y_view,
                finish
            ));
            y
        };
        let mut expected = product(None);
        assert!(!apply(isa, &steps, ViewMut::new(&mut expected, 180, 300), [0, 0]));
        let got = product(Some(&|tile| tile.apply(isa, &steps)));
        assert_bits(&got, &expected, "fused");
    }
}

#[test]
fn a_nan_should_be_told_though_a_finish_hides_it() {
    for isa in Isa::available() {
        for n in [1, 3, 16, 33, 100] {
            let mut w = vec![1.0; n * 3];
            w[n * 3 - 2] = f32::INFINITY;
            let packed = Packed::new(isa, View::new(&w, n, 3));
            let hide = |mut tile: Tile<'_>| {
                (0..tile.values.rows()).for_each(|i| tile.values.row(i).fill(0.0));
                false
            };
            let mut y = vec![0.0; n];
            let nan = |x: [f32; 3], y: &mut Vec<f32>| {
                linear(
                    View::new(&x, 1, 3),
                    &packed,
                    0..packed.panels(),
                    None,
                    ViewMut::new(y, 1, n),
                    Some(&hide),
                )
            };
            assert!(nan([1.0, 0.0, 1.0], &mut y), "∞ · 0 in the last of {n} columns");
            assert!(!nan([1.0, 2.0, 1.0], &mut y), "∞ · 2 in the last of {n} columns");
        }
    }
}

#[test]
fn packed_weights_should_take_no_more_memory_than_the_weights() {
    for isa in Isa::available() {
        for (n, k) in [(64, 64), (65, 64), (95, 71), (384, 1536)] {
            let packed = Packed::new(isa, View::new(&vec![0.0; n * k], n, k));
            assert!(packed.bytes() as f64 <= 1.05 * (4 * n * k) as f64);
        }
    }
}
