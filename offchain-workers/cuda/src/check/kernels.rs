//! Each kernel by itself, on raw values and in buffers of exactly the length that it may touch.

use super::{
    cases::{self, Random, Style, STYLES},
    memory::Memory,
};
use crate::{
    buffer::Buffer,
    device::{Device, DeviceError},
    launch::{entry, Fault, Launcher, Row, Rows, Window},
};
use blake3::Hasher;
use quorate_exact::{
    grid::{self, quantize, Scale, Q_MAX, SCALE_MAX, SCALE_MIN},
    Combine, QuantizeError,
};
use std::sync::Arc;

/// Raw rows on the device and their grid integers.
struct Sample<D: Device> {
    scale: Scale,
    len: usize,
    values: Vec<Vec<u32>>,
    integers: Vec<Vec<i32>>,
    fault: Option<Fault>,
    _rows: Vec<Buffer<D>>,
    list: Buffer<D>,
}

impl<D: Device> Sample<D> {
    fn new(
        memory: &Memory<D>,
        random: &mut Random,
        n: usize,
        len: usize,
        weights: &[u32],
    ) -> Result<Self, DeviceError> {
        let scale = random.between(i64::from(SCALE_MIN), i64::from(SCALE_MAX)) as Scale;
        let style = random.pick(&STYLES);
        let mut values: Vec<Vec<u32>> = (0..n)
            .map(|_| (0..len).map(|_| cases::value(random, style, scale)).collect())
            .collect();
        if random.one_in(6) {
            let row = random.below(n as u64) as usize;
            values[row][random.below(len as u64) as usize] = random.pick(&[0x7f80_0000, 0xffc0_0000, 0x7f7f_ffff]);
        }
        let mut fault = None;
        let mut integers = Vec::new();
        for (row, bits) in values.iter().enumerate() {
            integers.push(
                bits.iter()
                    .enumerate()
                    .map(|(index, &bits)| {
                        quantize(bits, scale).unwrap_or_else(|error| {
                            let finite = error == QuantizeError::OutOfRange;
                            fault.get_or_insert(Fault { row, index, finite });
                            0
                        })
                    })
                    .collect(),
            );
        }
        let rows = values
            .iter()
            .map(|row| memory.words(row))
            .collect::<Result<Vec<_>, _>>()?;
        let list: Vec<Row> = rows
            .iter()
            .enumerate()
            .map(|(i, row)| Row {
                values: row.address(),
                weight: weights.get(i).copied().unwrap_or(0),
                raw: true,
            })
            .collect();
        let list = memory.list(&list)?;
        Ok(Self {
            scale,
            len,
            values,
            integers,
            fault,
            _rows: rows,
            list,
        })
    }

    fn rows(&self) -> Rows {
        Rows {
            list: self.list.address(),
            n: self.values.len() as u32,
            len: self.len as u64,
            scale: self.scale,
        }
    }

    fn column(&self, index: usize) -> Vec<i32> {
        self.integers.iter().map(|row| row[index]).collect()
    }

    fn aggregate(&self, combine: &Combine) -> Vec<u32> {
        (0..self.len)
            .map(|index| combine.column(&self.column(index)).unwrap_or(i32::MIN) as u32)
            .collect()
    }
}

/// What a check needs.
struct Bench<'a, D: Device> {
    memory: Memory<D>,
    random: &'a mut Random,
    hasher: &'a mut Hasher,
}

/// Runs every kernel `rounds` times.
///
/// # Errors
/// The first difference.
pub fn run<D: Device>(device: &Arc<D>, random: &mut Random, rounds: u64, hasher: &mut Hasher) -> Result<(), String> {
    let mut bench = Bench {
        memory: Memory::new(device),
        random,
        hasher,
    };
    for round in 0..rounds {
        let checks: [(&str, Result<bool, DeviceError>); 6] = [
            ("quantize", bench.quantize()),
            ("weighted mean", bench.weighted()),
            ("sorted means", bench.sorted()),
            ("products", bench.products()),
            ("apply", bench.apply()),
            ("sums", bench.sums()),
        ];
        for (name, result) in checks {
            match result {
                Ok(true) => (),
                Ok(false) => return Err(format!("{name} (round {round}): not what the reference says")),
                Err(error) => return Err(format!("{name} (round {round}): {error}")),
            }
        }
    }
    Ok(())
}

impl<D: Device> Bench<'_, D> {
    fn launcher(&self) -> Launcher<'_, D> {
        Launcher {
            device: &self.memory.device,
            stream: 0,
        }
    }

    fn size(&mut self, most: i64) -> (usize, usize) {
        let n = match self.random.one_in(3) {
            true => self.random.pick(&[1, 16, 17, 32, 33, 64, 65, 100, 104, 105, 128]),
            false => self.random.between(1, 24),
        };
        let len = match self.random.one_in(8) {
            true => self.random.between(1, 5),
            false => self.random.between(1, (most / n).max(5)),
        };
        (n as usize, len as usize)
    }

    /// Memory for a fault, none yet.
    fn fault(&self) -> Result<Buffer<D>, DeviceError> {
        self.memory.put(&Fault::NONE.to_le_bytes())
    }

    /// Memory for `words` words and their padding, full of rubbish.
    fn space(&self, words: usize) -> Result<Buffer<D>, DeviceError> {
        self.memory.words(&vec![0xdead_beef; words.next_multiple_of(4)])
    }

    fn fault_is(&self, at: &Buffer<D>, expected: Option<Fault>) -> Result<bool, DeviceError> {
        Ok(Fault::decode(self.memory.get_longs(at.address(), 1)?[0]) == expected)
    }

    fn feed(&mut self, words: &[u32]) {
        for word in words {
            self.hasher.update(&word.to_le_bytes());
        }
    }

    fn quantize(&mut self) -> Result<bool, DeviceError> {
        let (n, len) = self.size(20_000);
        let sample = Sample::new(&self.memory, self.random, n, len, &[])?;
        let stride = len.next_multiple_of(4);
        let (out, fault) = (self.space(n * stride)?, self.fault()?);
        // SAFETY: buffers of these sizes.
        unsafe {
            self.launcher()
                .quantize(sample.rows(), out.address(), stride as u64, fault.address())?
        };
        let got = self.memory.get_words(out.address(), n * stride)?;
        self.feed(&got);
        let equal = got.chunks_exact(stride).zip(&sample.integers).all(|(got, expected)| {
            let (values, padding) = got.split_at(len);
            values
                .iter()
                .zip(expected)
                .all(|(&got, &expected)| got as i32 == expected)
                && padding.iter().all(|&q| q == 0)
        });
        Ok(equal && self.fault_is(&fault, sample.fault)?)
    }

    fn weighted(&mut self) -> Result<bool, DeviceError> {
        let (n, len) = self.size(20_000);
        let (weights, den) = cases::weights(self.random, n);
        let sample = Sample::new(&self.memory, self.random, n, len, &weights)?;
        let (out, fault) = (self.space(len)?, self.fault()?);
        // SAFETY: buffers of these sizes.
        unsafe {
            self.launcher()
                .weighted_mean(sample.rows(), den, out.address(), fault.address())?
        };
        let got = self.memory.get_words(out.address(), len)?;
        self.feed(&got);
        let expected = sample.aggregate(&Combine::Weighted { weights, den });
        Ok(got == expected && self.fault_is(&fault, sample.fault)?)
    }

    fn sorted(&mut self) -> Result<bool, DeviceError> {
        let (mut n, len) = self.size(6_000);
        if self.random.one_in(6) {
            n = self.random.pick(&[129, 300, 1024]) as usize;
        }
        let len = if n > 128 { len.min(40) } else { len };
        let sample = Sample::new(&self.memory, self.random, n, len, &[])?;
        let combine = loop {
            match cases::combine(self.random, n) {
                Combine::Weighted { .. } => continue,
                // All rows: a subset is the list's business, which whole tiles check.
                Combine::AroundMedian { keep, .. } => {
                    let rows = (0..n as u32).collect();
                    break Combine::AroundMedian { rows, keep };
                }
                other => break other,
            }
        };
        let window = match &combine {
            Combine::Sorted { lo, hi } => Window::From { lo: *lo, keep: hi - lo },
            Combine::AroundMedian { keep, .. } => Window::AroundMedian { keep: *keep },
            Combine::Weighted { .. } => return Ok(false),
        };
        let (out, fault) = (self.space(len)?, self.fault()?);
        // SAFETY: buffers of these sizes; ranks within the rows.
        unsafe {
            self.launcher()
                .sorted(sample.rows(), window, out.address(), fault.address())?
        };
        let got = self.memory.get_words(out.address(), len)?;
        self.feed(&got);
        Ok(got == sample.aggregate(&combine) && self.fault_is(&fault, sample.fault)?)
    }

    fn products(&mut self) -> Result<bool, DeviceError> {
        let (n, len) = self.size(8_000);
        let n = n.min(80);
        let sample = Sample::new(&self.memory, self.random, n, len, &[])?;
        let others: Vec<Vec<i32>> = (0..2)
            .map(|_| {
                (0..len)
                    .map(|_| self.random.between(-i64::from(Q_MAX), i64::from(Q_MAX)) as i32)
                    .collect()
            })
            .collect();
        let words = |row: &Vec<i32>| self.memory.words(&row.iter().map(|&q| q as u32).collect::<Vec<_>>());
        let buffers = others.iter().map(words).collect::<Result<Vec<_>, _>>()?;
        let places: Vec<_> = buffers.iter().map(Buffer::address).collect();
        let single = self.memory.put(&vec![0; 48 * n])?;
        let all = self.memory.put(&vec![0; 16 * n * n])?;
        // SAFETY: buffers of these sizes.
        unsafe {
            self.launcher().dots(sample.rows(), &places, single.address())?;
            self.launcher().gram(sample.rows(), all.address())?;
        }
        let entries = |longs: Vec<u64>| {
            longs
                .chunks_exact(2)
                .map(|part| entry(part[0], part[1]))
                .collect::<Vec<_>>()
        };
        let single = entries(self.memory.get_longs(single.address(), 6 * n)?);
        let all = entries(self.memory.get_longs(all.address(), 2 * n * n)?);
        for value in single.iter().chain(&all) {
            self.hasher.update(&value.to_le_bytes());
        }
        let rows = &sample.integers;
        let equal = rows.iter().enumerate().all(|(i, row)| {
            single[3 * i..3 * i + 3] == [dot(row, row), dot(row, &others[0]), dot(row, &others[1])]
                && (i..n).all(|j| all[i * n + j] == dot(row, &rows[j]))
        });
        Ok(equal)
    }

    fn apply(&mut self) -> Result<bool, DeviceError> {
        let len = self.random.between(1, 3_000) as usize;
        let scale = self.random.between(i64::from(SCALE_MIN), i64::from(SCALE_MAX)) as Scale;
        let pairs: Vec<(u32, i32)> = (0..len).map(|_| base_and_aggregate(self.random, scale)).collect();
        let base = self
            .memory
            .words(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>())?;
        let aggregate = self
            .memory
            .words(&pairs.iter().map(|pair| pair.1 as u32).collect::<Vec<_>>())?;
        let fault = self.fault()?;
        // SAFETY: buffers of these sizes.
        unsafe {
            self.launcher()
                .apply(base.address(), aggregate.address(), len as u64, scale, fault.address())?;
        }
        let got = self.memory.get_words(base.address(), len)?;
        self.feed(&got);
        let expected: Vec<_> = pairs
            .iter()
            .map(|&(bits, a)| grid::apply(bits, i64::from(a), scale))
            .collect();
        let equal = got
            .iter()
            .zip(&expected)
            .all(|(&got, expected)| expected.is_err() || *expected == Ok(got));
        let faulty = |row: usize, error: grid::ApplyError| {
            let index = expected.iter().position(|value| *value == Err(error));
            index.map(|index| Fault {
                row,
                index,
                finite: false,
            })
        };
        let first = faulty(0, grid::ApplyError::NonFiniteBase).or(faulty(1, grid::ApplyError::NonFiniteResult));
        Ok(equal && self.fault_is(&fault, first)?)
    }

    fn sums(&mut self) -> Result<bool, DeviceError> {
        let (n, len) = self.size(4_000);
        let wide = self.random.one_in(2);
        let words = len * if wide { 2 } else { 1 };
        let values: Vec<Vec<u32>> = (0..n)
            .map(|_| (0..words).map(|_| self.random.word() as u32).collect())
            .collect();
        let buffers = values
            .iter()
            .map(|row| self.memory.words(row))
            .collect::<Result<Vec<_>, _>>()?;
        let rows: Vec<Row> = buffers
            .iter()
            .map(|row| Row {
                values: row.address(),
                weight: 0,
                raw: false,
            })
            .collect();
        let list = self.memory.list(&rows)?;
        let out = self.space(words)?;
        let rows = Rows {
            list: list.address(),
            n: n as u32,
            len: len as u64,
            scale: 0,
        };
        // SAFETY: buffers of these sizes.
        unsafe { self.launcher().sum(rows, wide, out.address())? };
        let got = self.memory.get_words(out.address(), words)?;
        self.feed(&got);
        let long = |row: &[u32], i: usize| u64::from(row[2 * i]) | u64::from(row[2 * i + 1]) << 32;
        Ok(match wide {
            false => (0..len).all(|i| got[i] == values.iter().fold(0u32, |sum, row| sum.wrapping_add(row[i]))),
            true => {
                (0..len).all(|i| long(&got, i) == values.iter().fold(0u64, |sum, row| sum.wrapping_add(long(row, i))))
            }
        })
    }
}

fn dot(a: &[i32], b: &[i32]) -> i128 {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| i128::from(i64::from(a) * i64::from(b)))
        .sum()
}

/// Pairs in which rounding is hard: sums near ties, cancellation, subnormals, very different sizes, values that are not finite.
fn base_and_aggregate(random: &mut Random, scale: Scale) -> (u32, i32) {
    let a = match random.below(4) {
        0 => 0,
        1 => random.between(-4, 4) as i32,
        2 => random.between(-i64::from(Q_MAX), i64::from(Q_MAX)) as i32,
        _ => random.word() as i32,
    };
    let near = -(f64::from(a) * 2f64.powi(-i32::from(scale))) as f32;
    let base = match random.below(6) {
        0 => random.word() as u32,
        1 => near.to_bits(),
        2 => near.to_bits().wrapping_add(random.between(-2, 2) as u32),
        3 => random.word() as u32 & 0x807f_ffff,
        4 => (near * 2f32.powi(random.between(-30, 30) as i32)).to_bits(),
        _ => cases::value(random, Style::Points, scale),
    };
    (base, a)
}
