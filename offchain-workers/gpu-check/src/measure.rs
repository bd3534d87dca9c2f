//! How fast the kernels are on data that is already on the device: those of aggregation against a copy in the same run, the product of
//! matrices by its operations.

use quorate_cuda::{
    buffer::Buffer,
    check::{
        cases::Random,
        memory::Memory,
        nodes::{loaded, trial},
        operations::{Maker, Numbers},
    },
    device::{Device, DeviceError},
    infer::loaded::Refused,
    launch::{Fault, Launcher, Row, Rows, Window},
};
use serde_json::{json, Value};
use std::sync::Arc;

/// Scale of the data.
const SCALE: i8 = 24;
/// Times that everything is measured; the median counts.
const REPEATS: usize = 7;

/// Rows of one length on the device.
struct Data<D: Device> {
    len: usize,
    rows: Vec<Buffer<D>>,
    list: Buffer<D>,
}

impl<D: Device> Data<D> {
    /// `n` rows of values of up to `bits` bits on the grid. A block of 2^20 random values is copied all over each row, from
    /// another place on in each: sorting sees random columns, and nothing has to cross the bus.
    fn new(memory: &Memory<D>, n: usize, len: usize, bits: u32) -> Result<Self, DeviceError> {
        const BLOCK: usize = 1 << 20;
        let mut random = Random::new(u64::from(bits));
        let mut value = || {
            let q = random.below(1 << bits) as i64 - (1 << (bits - 1));
            (q as f64 * 2f64.powi(-i32::from(SCALE))) as f32
        };
        let words: Vec<u32> = (0..2 * BLOCK).map(|_| value().to_bits()).collect();
        let block = memory.words(&words)?;
        let launcher = Launcher {
            device: &*memory.device,
            stream: 0,
        };
        let mut rows = Vec::new();
        for i in 0..n {
            let row = Buffer::new(&memory.device, 4 * len.next_multiple_of(4))?;
            let from = block.address() + 16 * ((i * 4_093) % (BLOCK / 4)) as u64;
            for start in (0..len).step_by(BLOCK) {
                let count = BLOCK.min(len - start);
                // SAFETY: `from` lies in the first half of the block, `count` is at most the other half.
                unsafe { launcher.copy(from, count as u64, row.address() + 4 * start as u64)? };
            }
            rows.push(row);
        }
        memory.device.wait(0)?;
        let list: Vec<Row> = rows
            .iter()
            .map(|row| Row {
                values: row.address(),
                weight: 1,
                raw: true,
            })
            .collect();
        let list = memory.list(&list)?;
        Ok(Self { len, rows, list })
    }

    fn rows(&self) -> Rows {
        Rows {
            list: self.list.address(),
            n: self.rows.len() as u32,
            len: self.len as u64,
            scale: SCALE,
        }
    }

    fn bytes(&self) -> f64 {
        4.0 * self.len as f64 * self.rows.len() as f64
    }
}

/// Seconds, median of several after one that does not count.
fn median<D: Device>(device: &D, mut work: impl FnMut() -> Result<(), DeviceError>) -> Result<f64, DeviceError> {
    device.time(&mut work)?;
    let mut seconds = (0..REPEATS)
        .map(|_| device.time(&mut work))
        .collect::<Result<Vec<_>, _>>()?;
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[REPEATS / 2])
}

/// All rows of the table of goals that concern a GPU. `share` of the free memory holds the largest data.
///
/// # Errors
/// The device's.
pub fn run<D: Device>(device: &Arc<D>, share: f64) -> Result<Vec<Value>, DeviceError> {
    let memory = Memory::new(device);
    let budget = (device.free_memory()? as f64 * share) as usize;
    let copy = copy_rate(&memory, budget / 4)?;
    let mut rows = vec![json!({ "what": "copy", "bytes_per_second": copy })];
    for (n, most) in [(64, 64 << 20), (100, 40 << 20)] {
        let len = most.min(budget / (4 * n + 8)) / 4 * 4;
        let data = Data::new(&memory, n, len, 28)?;
        let (out, fault) = (Buffer::new(device, 4 * len)?, memory.put(&Fault::NONE.to_le_bytes())?);
        let launcher = Launcher {
            device: &**device,
            stream: 0,
        };
        let window = |lo: usize, hi: usize| Window::From {
            lo: lo as u32,
            keep: (hi - lo) as u32,
        };
        // SAFETY: buffers of these sizes.
        let (mean, middle, trimmed) = unsafe {
            let sorted = |w| {
                median(&**device, || {
                    launcher.sorted(data.rows(), w, out.address(), fault.address())
                })
            };
            (
                median(&**device, || {
                    launcher.weighted_mean(data.rows(), n as u32, out.address(), fault.address())
                })?,
                sorted(window((n - 1) / 2, n / 2 + 1))?,
                sorted(window(n / 5, n - n / 5))?,
            )
        };
        // A copy moves each byte twice; the others read each once and write little.
        let moved = data.bytes() + 4.0 * len as f64;
        rows.push(result("weighted mean", n, len, moved / mean, copy, Some(0.95)));
        let goal = if n == 64 { 0.5 } else { 0.4 };
        rows.push(result("median", n, len, moved / middle, copy, Some(goal)));
        rows.push(result("trimmed mean, 20 %", n, len, moved / trimmed, copy, None));
    }
    for (bits, goal) in [(30, 0.25), (16, 0.4)] {
        let n = 100;
        let len = (100_000_000).min(budget / (4 * n)) / 4 * 4;
        let data = Data::new(&memory, n, len, bits)?;
        let entries = memory.put(&vec![0; 16 * n * n])?;
        let launcher = Launcher {
            device: &**device,
            stream: 0,
        };
        // SAFETY: buffers of these sizes.
        let seconds = median(&**device, || unsafe { launcher.gram(data.rows(), entries.address()) })?;
        let what = format!("Gram, {} digits", if bits > 16 { 4 } else { 2 });
        rows.push(result(&what, n, len, data.bytes() / seconds, copy, Some(goal)));
    }
    Ok(rows)
}

/// Operations a second of a product of square matrices, of 2,048 rows or as many as fit this share of the free memory.
///
/// # Errors
/// Why there is none.
pub fn product<D: Device>(device: &Arc<D>, share: f64) -> Result<Value, String> {
    let free = device.free_memory().map_err(|error| error.to_string())?;
    let side = ((free as f64 * share / 12.0).sqrt() as usize).clamp(1, 2_048);
    let mut random = Random::new(1);
    let mut maker = Maker {
        random: &mut random,
        numbers: Numbers::Ordinary,
    };
    let operation = maker.linear(side).map_err(|fault| fault.to_string())?;
    let trial = trial(operation, true)?;
    let seconds = || {
        let (loaded, sizes) = loaded(device, &trial)?;
        let run = || loaded.time(&trial.inputs, &sizes);
        run()?;
        let mut seconds = (0..REPEATS).map(|_| run()).collect::<Result<Vec<_>, Refused>>()?;
        seconds.sort_by(f64::total_cmp);
        Ok::<f64, Refused>(seconds[REPEATS / 2])
    };
    let rate = 2.0 * (side as f64).powi(3) / seconds().map_err(|refused| refused.to_string())?;
    Ok(json!({ "what": "product of square matrices", "rows": side, "operations_per_second": rate }))
}

/// Bytes a second that a copy reads and writes.
fn copy_rate<D: Device>(memory: &Memory<D>, bytes: usize) -> Result<f64, DeviceError> {
    let len = bytes.min(4 << 30) / 16 * 4;
    let (from, to) = (
        Buffer::new(&memory.device, 4 * len)?,
        Buffer::new(&memory.device, 4 * len)?,
    );
    let launcher = Launcher {
        device: &*memory.device,
        stream: 0,
    };
    // SAFETY: buffers of these sizes.
    let seconds = median(&*memory.device, || unsafe {
        launcher.copy(from.address(), len as u64, to.address())
    })?;
    Ok(8.0 * len as f64 / seconds)
}

fn result(what: &str, n: usize, len: usize, rate: f64, copy: f64, goal: Option<f64>) -> Value {
    json!({
        "what": what,
        "rows": n,
        "coordinates": len,
        "bytes_per_second": rate,
        "ratio_to_copy": rate / copy,
        "goal": goal,
    })
}
