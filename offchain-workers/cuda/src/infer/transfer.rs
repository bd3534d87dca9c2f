//! Bytes to a device and back, a piece at a time.

use crate::device::{Address, Device, DeviceError};
use std::sync::Arc;

/// Bytes of a piece: what is pinned of the host's memory.
const PIECE: usize = 4 << 20;

/// Memory of the host for transfers on stream 0.
pub struct Transfer<D: Device> {
    device: Arc<D>,
    host: D::Host,
}

impl<D: Device> Transfer<D> {
    /// Takes the memory.
    ///
    /// # Errors
    /// The device's.
    pub fn new(device: &Arc<D>) -> Result<Self, DeviceError> {
        Ok(Self {
            device: device.clone(),
            host: device.allocate_host(PIECE)?,
        })
    }

    /// Copies bytes to the device.
    ///
    /// # Errors
    /// The device's.
    ///
    /// # Safety
    /// The target lies within an allocation.
    pub unsafe fn put(&mut self, to: Address, bytes: &[u8]) -> Result<(), DeviceError> {
        for (number, piece) in bytes.chunks(PIECE).enumerate() {
            self.host.as_mut()[..piece.len()].copy_from_slice(piece);
            let at = to + (number * PIECE) as u64;
            // SAFETY: the caller's promise; `host` is used again after waiting, also after a failure.
            let started = unsafe { self.device.upload(0, at, &self.host, 0..piece.len()) };
            started.and(self.device.wait(0))?;
        }
        Ok(())
    }

    /// Bytes of the device, once all work on stream 0 is done.
    ///
    /// # Errors
    /// The device's.
    ///
    /// # Safety
    /// The source lies within an allocation.
    pub unsafe fn get(&mut self, from: Address, len: usize) -> Result<Vec<u8>, DeviceError> {
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            let piece = PIECE.min(len - bytes.len());
            let at = from + bytes.len() as u64;
            // SAFETY: as above.
            let started = unsafe { self.device.download(0, at, &mut self.host, 0..piece) };
            started.and(self.device.wait(0))?;
            bytes.extend_from_slice(&self.host.as_ref()[..piece]);
        }
        Ok(bytes)
    }
}
