//! The backends that do the arithmetic: a device, and the CPU for what it cannot do.

use quorate_kernels::{BackendError, Cpu, CpuBackend, Tile, TileBackend, TileOp, TileResult};
use std::sync::{Arc, Mutex, PoisonError};

/// The backends of an engine.
pub(crate) struct Arithmetic {
    cpu: CpuBackend,
    device: Option<Arc<dyn TileBackend>>,
    /// Why the device is not used any more.
    fault: Mutex<Option<String>>,
}

impl Arithmetic {
    pub fn new(cpu: Cpu) -> Self {
        Self {
            cpu: CpuBackend::sequential(cpu),
            device: None,
            fault: Mutex::new(None),
        }
    }

    pub fn set_device(&mut self, device: Arc<dyn TileBackend>) {
        self.device = Some(device);
    }

    pub fn has_device(&self) -> bool {
        self.device.is_some()
    }

    /// Why the device is not used any more, if so.
    pub fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The device, as long as it is used.
    pub fn device(&self) -> Option<&dyn TileBackend> {
        self.device.as_deref().filter(|_| self.fault().is_none())
    }

    /// The result of a tile. A device that fails is left aside for good.
    pub fn run(&self, tile: &Tile<'_>, work: &TileOp) -> Result<TileResult, BackendError> {
        if let Some(device) = self.device() {
            match device.run(tile, work) {
                Err(BackendError::Device(fault)) => {
                    *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
                }
                other => return other,
            }
        }
        self.cpu.run(tile, work)
    }
}
