//! A tile through the device: slices on two streams in turn, so that the host packs and the bus carries one while the device
//! computes the other.

use crate::{
    buffer::Buffer,
    device::{Device, DeviceError},
    launch::{entry, Fault, Launcher, Rows, Window},
    layout::{slices, Layout, Slice, TileShape, ENTRY},
    tables::{List, Tables},
};
use quorate_exact::Combine;
use quorate_kernels::{Finish, Tile, TileOp, TileResult};
use rayon::prelude::*;
use std::sync::Arc;

/// Memory of one stream, kept from tile to tile.
pub struct Slot<D: Device> {
    device: Arc<D>,
    stream: usize,
    memory: Option<Buffer<D>>,
    host: Option<D::Host>,
    back: Option<D::Host>,
    busy: Option<(Slice, Layout)>,
}

/// How large the slices are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of the device that all slots together may take.
    pub memory: usize,
    /// Bytes of updates that a slice should have.
    pub slice: usize,
}

/// What a tile gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The results, meaningless if there is a fault.
    pub result: TileResult,
    /// The first fault, its index a coordinate of the tile.
    pub fault: Option<Fault>,
}

impl<D: Device> Slot<D> {
    /// Without memory yet.
    pub fn new(device: &Arc<D>, stream: usize) -> Self {
        Self {
            device: device.clone(),
            stream,
            memory: None,
            host: None,
            back: None,
            busy: None,
        }
    }

    /// Makes sure that there are `bytes` on the device and as many as the transfers need on the host.
    fn reserve(&mut self, bytes: usize, up: usize, down: usize) -> Result<(), DeviceError> {
        if self.memory.as_ref().is_none_or(|memory| memory.bytes() < bytes) {
            self.memory = None; // the old one first: both together might not fit
            self.memory = Some(Buffer::new(&self.device, bytes)?);
        }
        grow(&*self.device, &mut self.host, up)?;
        grow(&*self.device, &mut self.back, down)
    }

    /// Packs a slice and starts everything that it needs.
    fn start(&mut self, tile: &Tile<'_>, work: &TileOp, shape: &TileShape, slice: Slice) -> Result<(), DeviceError> {
        let layout = Layout::new(shape, slice.len);
        let sketch = Tables::new(work, shape, &slice, &layout, 0).bytes.len();
        let rows = layout.upload(shape);
        let total = layout.tables + sketch;
        self.reserve(total, rows.end + sketch, layout.download().len())?;
        let (Some(memory), Some(host), Some(back)) = (&self.memory, &mut self.host, &mut self.back) else {
            return Ok(()); // reserved just now
        };
        let base = memory.address();
        let at = |offset: usize| base + offset as u64;
        let tables = Tables::new(work, shape, &slice, &layout, base);
        pack(tile, &slice, &layout, &mut host.as_mut()[rows.clone()]);
        host.as_mut()[rows.end..rows.end + sketch].copy_from_slice(&tables.bytes);
        self.busy = Some((slice, layout.clone()));
        // SAFETY: the layout lies within `memory`; `host` is next written after `finish` has waited; so is `back` read.
        unsafe {
            let device = &*self.device;
            device.upload(self.stream, base, host, rows.clone())?;
            device.upload(self.stream, at(layout.tables), host, rows.end..rows.end + sketch)?;
            device.fill(self.stream, at(layout.fault), 8, 0xff)?;
            if shape.entries > 0 {
                device.fill(self.stream, at(layout.entries), ENTRY * shape.entries, 0)?;
            }
            let launcher = Launcher {
                device,
                stream: self.stream,
            };
            compute(&launcher, work, shape, &slice, &layout, &tables, base)?;
            let range = layout.download();
            device.download(self.stream, at(range.start), back, 0..range.len())
        }
    }

    /// Waits for the slice that was started and takes its results.
    fn finish(&mut self, work: &TileOp, shape: &TileShape, outcome: &mut Outcome) -> Result<(), DeviceError> {
        let Some((slice, layout)) = self.busy.take() else {
            return Ok(());
        };
        self.device.wait(self.stream)?;
        let Some(back) = &self.back else { return Ok(()) };
        let bytes = &back.as_ref()[..layout.download().len()];
        let fault = Fault::decode(words(&bytes[..8]).next().unwrap_or(Fault::NONE)).map(|fault| Fault {
            index: fault.index + slice.first,
            ..fault
        });
        outcome.fault = [outcome.fault, fault].into_iter().flatten().min();
        if let Finish::Aggregate { .. } = work.finish {
            let start = layout.aggregate - layout.fault;
            let values = bytes[start..start + 4 * slice.len].chunks_exact(4);
            let target = &mut outcome.result.aggregate[slice.first..slice.first + slice.len];
            for (target, value) in target.iter_mut().zip(values) {
                *target = i32::from_le_bytes([value[0], value[1], value[2], value[3]]);
            }
        }
        if slice.train && shape.entries > 0 {
            let start = layout.entries - layout.fault;
            let parts: Vec<u64> = words(&bytes[start..start + ENTRY * shape.entries]).collect();
            let entries: Vec<i128> = parts.chunks_exact(2).map(|part| entry(part[0], part[1])).collect();
            let products = &mut outcome.result.products;
            for (sum, value) in products.iter_mut().zip(arrange(work, shape, &entries)) {
                *sum += value << (2 * slice.shift);
            }
        }
        Ok(())
    }
}

impl<D: Device> Drop for Slot<D> {
    fn drop(&mut self) {
        // After an error a transfer may still be under way: pinned memory must outlive it.
        let _ = self.device.wait(self.stream);
    }
}

fn grow<D: Device>(device: &D, host: &mut Option<D::Host>, bytes: usize) -> Result<(), DeviceError> {
    if host.as_ref().is_none_or(|host| host.as_ref().len() < bytes) {
        *host = Some(device.allocate_host(bytes)?);
    }
    Ok(())
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes
        .chunks_exact(8)
        .map(|b| u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
}

/// Rows and previous aggregate of a slice, one after the other.
fn pack(tile: &Tile<'_>, slice: &Slice, layout: &Layout, into: &mut [u8]) {
    let range = 4 * slice.first..4 * (slice.first + slice.len);
    let (rows, previous) = into.split_at_mut(layout.previous.min(into.len()));
    rows.par_chunks_mut(4 * layout.stride)
        .zip(tile.rows.par_iter())
        .for_each(|(to, row)| to[..4 * slice.len].copy_from_slice(&row[range.clone()]));
    if let Some(values) = tile.previous {
        let values = &values[slice.first..slice.first + slice.len];
        for (to, value) in previous.chunks_exact_mut(4).zip(values) {
            to.copy_from_slice(&value.to_le_bytes());
        }
    }
}

/// Starts the kernels of a slice.
///
/// # Safety
/// `layout` and `tables` belong to an allocation at `base`.
unsafe fn compute<D: Device>(
    launcher: &Launcher<'_, D>,
    work: &TileOp,
    shape: &TileShape,
    slice: &Slice,
    layout: &Layout,
    tables: &Tables,
    base: u64,
) -> Result<(), DeviceError> {
    let at = |offset: usize| base + offset as u64;
    let of = |list: List| Rows {
        list: list.at,
        n: list.n,
        len: slice.len as u64,
        scale: slice.scale,
    };
    let stride = layout.stride as u64;
    let (aggregate, fault) = (at(layout.aggregate), at(layout.fault));
    // SAFETY: the caller's promise; ranks and terms were checked with the work.
    unsafe {
        launcher.quantize(of(tables.raw), at(layout.rows), stride, fault)?;
        for ((list, map), &out) in tables.stages.iter().zip(&layout.stages) {
            launcher.map(of(*list), *map, at(out), stride)?;
        }
        if let (Some(list), Finish::Aggregate { train, stat, .. }) = (tables.combine, &work.finish) {
            match if slice.train { train } else { stat } {
                Combine::Weighted { den, .. } => launcher.weighted_mean(of(list), *den, aggregate, fault)?,
                Combine::Sorted { lo, hi } => {
                    let window = Window::From { lo: *lo, keep: hi - lo };
                    launcher.sorted(of(list), window, aggregate, fault)?;
                }
                Combine::AroundMedian { keep, .. } => {
                    launcher.sorted(of(list), Window::AroundMedian { keep: *keep }, aggregate, fault)?;
                }
            }
        }
        let Some(list) = tables.products else { return Ok(()) };
        let entries = at(layout.entries);
        match &work.finish {
            Finish::Norms => launcher.dots(of(list), &[], entries),
            Finish::Pairs => launcher.gram(of(list), entries),
            Finish::Aggregate { .. } if shape.previous => {
                launcher.dots(of(list), &[aggregate, at(layout.previous)], entries)
            }
            Finish::Aggregate { .. } => launcher.dots(of(list), &[aggregate], entries),
        }
    }
}

/// The products in the order that [`Finish`] names, from the entries of the kernels.
fn arrange(work: &TileOp, shape: &TileShape, entries: &[i128]) -> Vec<i128> {
    match &work.finish {
        Finish::Norms => entries.iter().step_by(3).copied().collect(),
        Finish::Pairs => {
            let n = entries.len().isqrt();
            let rows = entries.chunks_exact(n.max(1)).enumerate();
            rows.flat_map(|(i, row)| row[i..].iter().copied()).collect()
        }
        Finish::Aggregate { .. } => {
            let others = 1 + usize::from(shape.previous);
            let rows = entries.chunks_exact(3).enumerate();
            // Of the last rows, a and p, what stands before their own place is already there.
            rows.flat_map(|(i, row)| match i.checked_sub(shape.n) {
                None => row[..=others].to_vec(),
                Some(0) if shape.previous => vec![row[0], row[2]],
                Some(_) => vec![row[0]],
            })
            .collect()
        }
    }
}

fn products(work: &TileOp, shape: &TileShape) -> usize {
    arrange(work, shape, &vec![0; shape.entries]).len()
}

/// Does `work` on `tile`. Both have been checked.
///
/// # Errors
/// The device's.
pub fn run<D: Device>(
    slots: &mut [Slot<D>],
    tile: &Tile<'_>,
    work: &TileOp,
    limits: Limits,
) -> Result<Outcome, DeviceError> {
    let shape = TileShape::new(work, tile.rows.len(), tile.previous.is_some());
    let width = width(work, &shape, limits, slots.len())?;
    let mut outcome = Outcome::default();
    if matches!(work.finish, Finish::Aggregate { .. }) {
        outcome.result.aggregate = vec![0; tile.len()];
    }
    outcome.result.products = vec![0; products(work, &shape)];
    let count = slots.len();
    for (i, slice) in slices(tile, width).into_iter().enumerate() {
        let slot = &mut slots[i % count];
        slot.finish(work, &shape, &mut outcome)?;
        slot.start(tile, work, &shape, slice)?;
    }
    for slot in slots.iter_mut() {
        slot.finish(work, &shape, &mut outcome)?;
    }
    Ok(outcome)
}

/// Coordinates of a slice.
fn width(work: &TileOp, shape: &TileShape, limits: Limits, slots: usize) -> Result<usize, DeviceError> {
    let mut width = (limits.slice / (4 * shape.n)).clamp(4, 1 << 30);
    loop {
        let bytes = |train| {
            let slice = Slice {
                first: 0,
                len: width,
                scale: 0,
                train,
                shift: 0,
            };
            let layout = Layout::new(shape, width);
            layout.tables + Tables::new(work, shape, &slice, &layout, 0).bytes.len()
        };
        if bytes(true).max(bytes(false)) <= limits.memory / slots {
            return Ok(width);
        }
        if width == 4 {
            return Err(DeviceError {
                what: format!("{} rows", shape.n),
                why: format!("a budget of {} bytes on the device is too small", limits.memory),
            });
        }
        width = (width / 2).max(4);
    }
}
