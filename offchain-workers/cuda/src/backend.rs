//! The GPU as a backend of the engine.

use crate::{
    audit,
    check::{self, cases::Random},
    device::{Device, DeviceError, STREAMS},
    driver::{self, Driver},
    kernel::MAX_ROWS,
    launch::Fault,
    pipeline::{self, Limits, Slot},
};
use quorate_exact::{grid::Q_MAX, QuantizeError};
use quorate_kernels::{BackendError, Tile, TileBackend, TileOp, TileResult};
use rand::{rngs::StdRng, Rng, SeedableRng};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How the backend uses the device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Number of the GPU.
    pub gpu: usize,
    /// Bytes of the GPU's memory that the backend may take; pinned memory of the host is a little less.
    pub memory: usize,
    /// Bytes of updates that go to the device at a time. Small enough that transfers and computing overlap within a tile.
    pub slice: usize,
    /// Of how many tiles with products one is recomputed by the reference. The first one always is.
    pub audit_one_in: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            gpu: 0,
            memory: 1 << 30,
            slice: 4 << 20,
            audit_one_in: 32,
        }
    }
}

/// Cases of the self-test before first use.
const SELF_TEST: u64 = 60;

/// A device that does the arithmetic of tiles.
pub struct Backend<D: Device> {
    device: Arc<D>,
    state: Mutex<State<D>>,
    limits: Limits,
    audit_one_in: u32,
    /// Why it may not be used any more.
    off: OnceLock<String>,
}

struct State<D: Device> {
    slots: Vec<Slot<D>>,
    random: StdRng,
    audited: bool,
}

/// The backend of a real GPU.
pub type CudaBackend = Backend<Driver>;

impl CudaBackend {
    /// A tested GPU, or none: no driver, no GPU, or one that failed its self-test. One line of the log says which.
    pub fn open(config: Config) -> Option<Self> {
        if !driver::is_present() {
            tracing::info!("no CUDA driver (libcuda): aggregating on the CPU");
            return None;
        }
        let opened = Driver::open(config.gpu).map_err(|error| error.to_string());
        let backend = opened
            .map(|driver| Self::new(Arc::new(driver), config))
            .and_then(|backend| {
                let digest = backend.self_test(SELF_TEST, 1)?;
                Ok((backend, digest))
            });
        match backend {
            Ok((backend, digest)) => {
                tracing::info!("aggregating on {}; self-test {}", backend.name(), digest.to_hex());
                Some(backend)
            }
            Err(why) => {
                tracing::warn!("aggregating on the CPU, the GPU cannot be used: {why}");
                None
            }
        }
    }
}

impl<D: Device> Backend<D> {
    /// Of a device that has not been tested yet.
    pub fn new(device: Arc<D>, config: Config) -> Self {
        let slots = (0..STREAMS).map(|stream| Slot::new(&device, stream)).collect();
        Self {
            state: Mutex::new(State {
                slots,
                random: StdRng::from_os_rng(),
                audited: false,
            }),
            device,
            limits: Limits {
                memory: config.memory,
                slice: config.slice.max(4),
            },
            audit_one_in: config.audit_one_in.max(1),
            off: OnceLock::new(),
        }
    }

    /// The device.
    pub fn device(&self) -> &Arc<D> {
        &self.device
    }

    /// Compares `cases` tiles, made from `seed`, and all kernels with the reference. Returns the digest of all results,
    /// which is the same wherever the test passes.
    ///
    /// # Errors
    /// The first difference.
    pub fn self_test(&self, cases: u64, seed: u64) -> Result<blake3::Hash, String> {
        let mut hasher = blake3::Hasher::new();
        check::kernels::run(&self.device, &mut Random::new(seed), cases / 8 + 1, &mut hasher)?;
        check::tiles::run(self, &mut Random::new(seed), cases, &mut hasher)?;
        Ok(hasher.finalize())
    }

    fn failed(&self, why: String) -> BackendError {
        let why = self.off.get_or_init(|| {
            tracing::error!(
                "{} is switched off until the worker restarts, and jobs go to the CPU: {why}",
                self.device.name()
            );
            why
        });
        BackendError::Device(format!("{} is switched off: {why}", self.device.name()))
    }

    fn compute(&self, tile: &Tile<'_>, work: &TileOp) -> Result<TileResult, BackendError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { slots, random, audited } = &mut *state;
        let device = |error: DeviceError| BackendError::Device(error.to_string());
        let outcome = pipeline::run(slots, tile, work, self.limits).map_err(device)?;
        if let Some(fault) = outcome.fault {
            return Err(value_fault(tile, fault));
        }
        audit::window(tile, work, &outcome.result, random)?;
        if !outcome.result.products.is_empty() && (!*audited || random.random_ratio(1, self.audit_one_in)) {
            audit::products(tile, work, &outcome.result, random)?;
            *audited = true;
        }
        Ok(outcome.result)
    }
}

/// The reference's word on a value that the device refused; if it does not refuse it, the device is wrong.
fn value_fault(tile: &Tile<'_>, fault: Fault) -> BackendError {
    let Fault { row, index, finite } = fault;
    let error = match finite {
        true => QuantizeError::OutOfRange,
        false => QuantizeError::NonFinite,
    };
    let word = tile.rows.get(row).and_then(|bytes| bytes.get(4 * index..4 * index + 4));
    let piece = crate::reference::piece_at(tile, index);
    let reference = word
        .zip(piece)
        .map(|(b, piece)| quorate_exact::grid::quantize(u32::from_le_bytes([b[0], b[1], b[2], b[3]]), piece.scale));
    match reference == Some(Err(error)) {
        true => BackendError::Value { row, index, error },
        false => BackendError::Device(format!(
            "wrong fault: update {row}, coordinate {index}: {error}; the reference does not say so"
        )),
    }
}

impl<D: Device> TileBackend for Backend<D> {
    fn name(&self) -> String {
        self.device.name()
    }

    fn run(&self, tile: &Tile<'_>, work: &TileOp) -> Result<TileResult, BackendError> {
        if let Some(why) = self.off.get() {
            return Err(self.failed(why.clone()));
        }
        tile.check()?;
        let remaining = work.check(tile.rows.len())?;
        if tile.rows.len().max(remaining) > MAX_ROWS as usize {
            return Err(BackendError::Shape("more than 1,024 rows"));
        }
        if tile
            .previous
            .is_some_and(|values| values.iter().any(|q| q.unsigned_abs() > Q_MAX.unsigned_abs()))
        {
            return Err(BackendError::Shape("a previous aggregate beyond the grid"));
        }
        if tile.is_empty() {
            return crate::reference::run(tile, work);
        }
        self.compute(tile, work).map_err(|error| match error {
            BackendError::Device(why) => self.failed(why),
            other => other,
        })
    }
}
