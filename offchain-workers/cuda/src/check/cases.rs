//! Random and adversarial tiles, the same for a seed on every machine.

use quorate_exact::{
    grid::{limit_bits, Scale, Q_MAX, SCALE_MAX, SCALE_MIN},
    row_map::MapRow,
    Combine, RowMap,
};
use quorate_kernels::{Finish, Piece, StageMap, TileOp};

/// SplitMix64 (Steele, Lea, Flood, 2014): small, and the same for ever.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `0 .. bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.word() % bound.max(1)
    }

    /// `low ..= high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// True in one of `n` cases.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// What the values of a tile are like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Any bits within the grid: mostly tiny numbers.
    Bits,
    /// Grid points of any size.
    Points,
    /// Halves of grid points: every one a tie of rounding.
    Ties,
    /// Within a few steps of the ends of the grid.
    Ends,
    /// A handful of different values, so that columns are full of equal ones.
    Few,
    /// Grid points that need only two digits, now and then one that needs more.
    Small,
    /// Every row full of the same end of the grid, so that products reach their bounds.
    Full,
}

/// All styles.
pub const STYLES: [Style; 7] = [
    Style::Bits,
    Style::Points,
    Style::Ties,
    Style::Ends,
    Style::Few,
    Style::Small,
    Style::Full,
];

/// Bits of an f32 within the grid of `scale`.
pub fn value(random: &mut Random, style: Style, scale: Scale) -> u32 {
    let limit = limit_bits(scale).unwrap_or(0);
    let sign = (random.word() as u32) & 0x8000_0000;
    let point = |q: f64| ((q * 2f64.powi(-i32::from(scale))) as f32).to_bits();
    match style {
        Style::Bits => sign | random.below(u64::from(limit) + 1) as u32,
        Style::Points => {
            let bits = random.below(31) as u32;
            sign | point(random.below(1 << bits) as f64)
        }
        Style::Ties => sign | point(random.below(1 << 22) as f64 + 0.5),
        Style::Ends => sign | (limit - random.below(3) as u32),
        Style::Few => random.pick(&[
            0,
            0x8000_0000,
            limit,
            limit | 0x8000_0000,
            point(1.0),
            point(-1.0),
            point(0.5),
        ]),
        Style::Small => match random.one_in(500) {
            true => sign | point(random.below(1 << 28) as f64),
            false => sign | point(random.below(32_640) as f64),
        },
        Style::Full => limit,
    }
}

/// A tile that owns its data.
#[derive(Clone, Debug)]
pub struct Case {
    /// Pieces.
    pub pieces: Vec<Piece>,
    /// Bytes of the updates.
    pub rows: Vec<Vec<u8>>,
    /// Previous aggregate.
    pub previous: Option<Vec<i32>>,
    /// What to do.
    pub work: TileOp,
}

/// Numbers of rows around the sizes of networks, squares and so on.
const COUNTS: [u64; 22] = [
    1, 2, 3, 4, 5, 7, 10, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 104, 105, 127, 128, 129,
];

impl Case {
    /// A random one. `large`: now and then up to 1,024 rows.
    pub fn random(random: &mut Random, large: bool) -> Self {
        let n = match random.below(20) {
            0 if large => random.pick(&[200, 513, 1023, 1024]) as usize,
            0..=11 => random.between(1, 20) as usize,
            _ => random.pick(&COUNTS) as usize,
        };
        let most = (6_000 / n as i64).clamp(4, 400);
        let pieces = pieces(random, most);
        let len: usize = pieces.iter().map(|piece| piece.len).sum();
        let style = random.pick(&STYLES);
        let mut rows: Vec<Vec<u8>> = (0..n).map(|_| row(random, style, &pieces)).collect();
        if random.one_in(8) {
            spoil(random, &mut rows, len);
        }
        let bound = random.pick(&[1, 1_000, i64::from(Q_MAX)]);
        let previous = random
            .one_in(2)
            .then(|| (0..len).map(|_| random.between(-bound, bound) as i32).collect());
        let work = work(random, n);
        Self {
            pieces,
            rows,
            previous,
            work,
        }
    }

    /// `n` rows of `len` values each in one `train` tensor.
    pub fn uniform(random: &mut Random, n: usize, len: usize, style: Style, finish: Finish) -> Self {
        let pieces = vec![Piece {
            len,
            scale: 24,
            train: true,
            shift: 0,
        }];
        Self {
            rows: (0..n).map(|_| row(random, style, &pieces)).collect(),
            pieces,
            previous: None,
            work: TileOp {
                maps: Vec::new(),
                finish,
            },
        }
    }

    /// Values of all updates.
    pub fn values(&self) -> usize {
        self.rows.len() * self.pieces.iter().map(|piece| piece.len).sum::<usize>()
    }
}

fn pieces(random: &mut Random, most: i64) -> Vec<Piece> {
    let count = random.between(1, 4);
    (0..count)
        .map(|_| {
            let train = !random.one_in(4);
            Piece {
                len: random.between(1, most) as usize,
                scale: match random.one_in(2) {
                    true => 24,
                    false => random.between(i64::from(SCALE_MIN), i64::from(SCALE_MAX)) as Scale,
                },
                train,
                shift: if train && random.one_in(2) {
                    random.below(18) as u32
                } else {
                    0
                },
            }
        })
        .collect()
}

fn row(random: &mut Random, style: Style, pieces: &[Piece]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        for _ in 0..piece.len {
            bytes.extend(value(random, style, piece.scale).to_le_bytes());
        }
    }
    bytes
}

/// Puts a few values that no grid has somewhere.
fn spoil(random: &mut Random, rows: &mut [Vec<u8>], len: usize) {
    for _ in 0..random.between(1, 3) {
        let row = random.below(rows.len() as u64) as usize;
        let at = 4 * random.below(len as u64) as usize;
        let bits = random.pick(&[
            0x7f80_0000u32,
            0xff80_0000,
            0x7fc0_0000,
            0xffff_ffff,
            0x7f80_0001,
            0x7f7f_ffff,
        ]);
        rows[row][at..at + 4].copy_from_slice(&bits.to_le_bytes());
    }
}

/// Weights that sum to at most the divisor that comes with them.
pub fn weights(random: &mut Random, n: usize) -> (Vec<u32>, u32) {
    let bound = random.pick(&[1, 2, 1 << 20, u32::MAX / n as u32]);
    let mut weights: Vec<u32> = (0..n).map(|_| random.below(u64::from(bound) + 1) as u32).collect();
    if random.one_in(4) {
        // One heavy weight: with it the sign bit of the word is set.
        weights.fill(0);
        weights[random.below(n as u64) as usize] = u32::MAX - random.below(3) as u32;
    }
    let sum: u64 = weights.iter().copied().map(u64::from).sum();
    let most = (u64::from(u32::MAX) - sum).min(1 << random.below(32));
    let den = (sum + if random.one_in(2) { 0 } else { random.below(most + 1) }).max(1);
    (weights, den as u32)
}

fn work(random: &mut Random, n: usize) -> TileOp {
    let mut maps = Vec::new();
    let mut rows = n;
    for _ in 0..random.pick(&[0, 0, 1, 2]) {
        let targets = match random.below(3) {
            0 => rows,
            1 => rows.div_ceil(2),
            _ => random.between(1, rows as i64) as usize,
        };
        maps.push(StageMap {
            train: map(random, rows, targets),
            stat: map(random, rows, targets),
        });
        rows = targets;
    }
    let finish = match random.below(8) {
        0 => Finish::Norms,
        1 | 2 => Finish::Pairs,
        _ => Finish::Aggregate {
            train: combine(random, rows),
            stat: combine(random, rows),
            products: random.one_in(2),
        },
    };
    TileOp { maps, finish }
}

fn map(random: &mut Random, rows: usize, targets: usize) -> RowMap {
    let row = |random: &mut Random| {
        let most = random.between(1, rows.min(40) as i64) as usize;
        let mut indices: Vec<u32> = (0..most).map(|_| random.below(rows as u64) as u32).collect();
        indices.sort_unstable();
        indices.dedup();
        let (weights, den) = weights(random, indices.len());
        MapRow {
            terms: indices.into_iter().zip(weights).collect(),
            den,
        }
    };
    RowMap {
        rows: (0..targets).map(|_| row(random)).collect(),
    }
}

/// A rule for `n` rows.
pub fn combine(random: &mut Random, n: usize) -> Combine {
    let count = n as u32;
    match random.below(6) {
        0 => {
            let (weights, den) = weights(random, n);
            Combine::Weighted { weights, den }
        }
        1 => Combine::Sorted {
            lo: (count - 1) / 2,
            hi: count / 2 + 1,
        },
        2 => {
            let f = random.below(u64::from(count.div_ceil(2))) as u32;
            Combine::Sorted { lo: f, hi: count - f }
        }
        3 => {
            let lo = random.below(u64::from(count)) as u32;
            Combine::Sorted {
                lo,
                hi: lo + random.between(1, i64::from(count - lo)) as u32,
            }
        }
        _ => {
            let mut rows: Vec<u32> = (0..count).filter(|_| !random.one_in(3)).collect();
            if rows.is_empty() {
                rows.push(0);
            }
            Combine::AroundMedian {
                keep: random.between(1, rows.len() as i64) as u32,
                rows,
            }
        }
    }
}
