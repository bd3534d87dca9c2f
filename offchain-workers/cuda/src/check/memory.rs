//! Plain transfers for checks and measurements, one allocation for each buffer.

use crate::{
    buffer::Buffer,
    device::{Address, Device, DeviceError},
    launch::Row,
};
use std::sync::Arc;

/// A device with simple transfers on stream 0.
pub struct Memory<D: Device> {
    /// The device.
    pub device: Arc<D>,
}

impl<D: Device> Memory<D> {
    /// A buffer with these bytes.
    ///
    /// # Errors
    /// The device's.
    pub fn put(&self, bytes: &[u8]) -> Result<Buffer<D>, DeviceError> {
        let buffer = Buffer::new(&self.device, bytes.len())?;
        let mut host = self.device.allocate_host(bytes.len())?;
        host.as_mut()[..bytes.len()].copy_from_slice(bytes);
        // SAFETY: the buffer has this length; `host` is dropped after waiting.
        unsafe { self.device.upload(0, buffer.address(), &host, 0..bytes.len())? };
        self.device.wait(0)?;
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
        let mut host = self.device.allocate_host(bytes)?;
        // SAFETY: callers ask for what lies within a buffer; `host` is read after waiting.
        unsafe { self.device.download(0, at, &mut host, 0..bytes)? };
        self.device.wait(0)?;
        Ok(host.as_ref()[..bytes].to_vec())
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
