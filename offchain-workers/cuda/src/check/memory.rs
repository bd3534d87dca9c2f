//! Plain transfers for checks and measurements, one allocation for each buffer.

use crate::{
    buffer::Buffer,
    device::{Address, Device, DeviceError},
    launch::Row,
};
use std::sync::{Arc, Mutex, PoisonError};

/// A device with simple transfers on stream 0.
pub struct Memory<D: Device> {
    /// The device.
    pub device: Arc<D>,
    /// For the next transfer: pinned memory takes long to make.
    host: Mutex<Option<D::Host>>,
}

impl<D: Device> Memory<D> {
    /// Of a device.
    pub fn new(device: &Arc<D>) -> Self {
        Self {
            device: device.clone(),
            host: Mutex::new(None),
        }
    }

    /// Lends the host memory, at least `bytes` of it. Whoever uses it waits for the device before the end.
    fn with_host<T>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut D::Host) -> Result<T, DeviceError>,
    ) -> Result<T, DeviceError> {
        let mut host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = host.take().filter(|host| host.as_ref().len() >= bytes);
        let mut lent = match enough {
            Some(lent) => lent,
            None => self.device.allocate_host(bytes.next_power_of_two())?,
        };
        let result = work(&mut lent);
        if result.is_err() {
            // A transfer may be under way: it must not outlive its memory.
            let _ = self.device.wait(0);
        }
        *host = Some(lent);
        result
    }

    /// A buffer with these bytes.
    ///
    /// # Errors
    /// The device's.
    pub fn put(&self, bytes: &[u8]) -> Result<Buffer<D>, DeviceError> {
        let buffer = Buffer::new(&self.device, bytes.len())?;
        self.with_host(bytes.len(), |host| {
            host.as_mut()[..bytes.len()].copy_from_slice(bytes);
            // SAFETY: the buffer has this length; `host` is used again after waiting.
            unsafe { self.device.upload(0, buffer.address(), host, 0..bytes.len())? };
            self.device.wait(0)
        })?;
        Ok(buffer)
    }

    /// A buffer of words, padded to a multiple of four as kernels ask for.
    ///
    /// # Errors
    /// The device's.
    pub fn words(&self, words: &[u32]) -> Result<Buffer<D>, DeviceError> {
        let padding = words.len().next_multiple_of(4) - words.len();
        // Padding that would show if it were taken for values.
        let words = words.iter().copied().chain(std::iter::repeat_n(0x7f80_0000, padding));
        self.put(&words.flat_map(u32::to_le_bytes).collect::<Vec<_>>())
    }

    /// A list of rows.
    ///
    /// # Errors
    /// The device's.
    pub fn list(&self, rows: &[Row]) -> Result<Buffer<D>, DeviceError> {
        self.put(&rows.iter().flat_map(|row| row.encode()).collect::<Vec<_>>())
    }

    /// The bytes of a buffer, once all work on stream 0 is done.
    ///
    /// # Errors
    /// The device's.
    pub fn get(&self, at: Address, bytes: usize) -> Result<Vec<u8>, DeviceError> {
        self.with_host(bytes, |host| {
            // SAFETY: callers ask for what lies within a buffer; `host` is read after waiting.
            unsafe { self.device.download(0, at, host, 0..bytes)? };
            self.device.wait(0)?;
            Ok(host.as_ref()[..bytes].to_vec())
        })
    }

    /// The words of a buffer.
    ///
    /// # Errors
    /// The device's.
    pub fn get_words(&self, at: Address, words: usize) -> Result<Vec<u32>, DeviceError> {
        let bytes = self.get(at, 4 * words)?;
        Ok(bytes
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect())
    }

    /// The u64 of a buffer.
    ///
    /// # Errors
    /// The device's.
    pub fn get_longs(&self, at: Address, longs: usize) -> Result<Vec<u64>, DeviceError> {
        let words = self.get_words(at, 2 * longs)?;
        Ok(words
            .chunks_exact(2)
            .map(|pair| u64::from(pair[0]) | u64::from(pair[1]) << 32)
            .collect())
    }
}
