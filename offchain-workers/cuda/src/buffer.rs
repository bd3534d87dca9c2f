//! Owned memory of a device, and a simple way of cutting it up.

use crate::device::{Address, Device, DeviceError, STREAMS};
use std::sync::Arc;

/// Every piece starts at a multiple of this many bytes.
const ALIGNMENT: usize = 256;

/// Memory of a device, given back when dropped.
pub struct Buffer<D: Device> {
    device: Arc<D>,
    address: Address,
    bytes: usize,
}

impl<D: Device> Buffer<D> {
    /// Allocates.
    ///
    /// # Errors
    /// The device's.
    pub fn new(device: &Arc<D>, bytes: usize) -> Result<Self, DeviceError> {
        Ok(Self {
            device: device.clone(),
            address: device.allocate(bytes)?,
            bytes,
        })
    }

    /// Where it starts.
    pub fn address(&self) -> Address {
        self.address
    }

    /// How long it is.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl<D: Device> Drop for Buffer<D> {
    fn drop(&mut self) {
        // Work that an error left behind may still be using it.
        for stream in 0..STREAMS {
            let _ = self.device.wait(stream);
        }
        // SAFETY: allocated by `new`, freed once, and nothing is under way.
        unsafe { self.device.free(self.address) }
    }
}

/// Hands out consecutive aligned places.
#[derive(Clone, Debug, Default)]
pub struct Cutter {
    used: usize,
}

impl Cutter {
    /// Offset of the next `bytes` bytes.
    pub fn take(&mut self, bytes: usize) -> usize {
        let at = self.used;
        self.used += bytes.next_multiple_of(ALIGNMENT);
        at
    }

    /// Bytes handed out so far.
    pub fn used(&self) -> usize {
        self.used
    }
}
