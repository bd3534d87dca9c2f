//! What the backend asks of a device. Two things are one: the CUDA driver, and in the tests the shim that runs the kernels as C++.

use crate::kernel::Kernel;
use std::ops::Range;

/// Streams of a device: what is put on one runs in order, two of them run beside each other.
pub const STREAMS: usize = 2;

/// Start of an allocation on the device, or a place in one.
pub type Address = u64;

/// An argument of a kernel, of the type that its source says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Argument {
    /// `u32`.
    Word(u32),
    /// `u64` or a pointer to memory of the device.
    Long(u64),
    /// `float`.
    Float(f32),
    /// `double`.
    Double(f64),
}

/// The device failed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct DeviceError {
    /// What was being done.
    pub what: String,
    /// What the driver says.
    pub why: String,
}

/// A device with memory of its own. All of it may be called from any thread, one call at a time.
pub trait Device: Send + Sync {
    /// Memory of the host from which the device can copy at any time.
    type Host: AsMut<[u8]> + AsRef<[u8]> + Send;

    /// For people: model, driver.
    fn name(&self) -> String;

    /// Bytes that are free on the device.
    ///
    /// # Errors
    /// The driver's.
    fn free_memory(&self) -> Result<u64, DeviceError>;

    /// Memory of the device that starts at a multiple of 256 (the shim: 16) bytes. Its contents are unspecified.
    ///
    /// # Errors
    /// The driver's, most of all that there is not enough.
    fn allocate(&self, bytes: usize) -> Result<Address, DeviceError>;

    /// Gives memory back.
    ///
    /// # Safety
    /// `address` is from [`Device::allocate`], not freed before, and nothing that is under way uses it.
    unsafe fn free(&self, address: Address);

    /// Memory of the host for transfers.
    ///
    /// # Errors
    /// The driver's.
    fn allocate_host(&self, bytes: usize) -> Result<Self::Host, DeviceError>;

    /// Starts to copy `range` of `from` to the device.
    ///
    /// # Safety
    /// The target lies within an allocation. `from` is neither changed nor dropped before [`Device::wait`].
    unsafe fn upload(
        &self,
        stream: usize,
        to: Address,
        from: &Self::Host,
        range: Range<usize>,
    ) -> Result<(), DeviceError>;

    /// Starts to copy from the device into `range` of `to`.
    ///
    /// # Safety
    /// The source lies within an allocation. `to` is neither read nor dropped before [`Device::wait`].
    unsafe fn download(
        &self,
        stream: usize,
        from: Address,
        to: &mut Self::Host,
        range: Range<usize>,
    ) -> Result<(), DeviceError>;

    /// Starts to fill memory of the device with a byte.
    ///
    /// # Safety
    /// The memory lies within an allocation.
    unsafe fn fill(&self, stream: usize, at: Address, bytes: usize, value: u8) -> Result<(), DeviceError>;

    /// Starts a kernel with blocks of [`Kernel::threads`].
    ///
    /// # Safety
    /// The arguments are those of the kernel's source in number and type; what it reads and writes lies within allocations.
    unsafe fn launch(
        &self,
        stream: usize,
        kernel: Kernel,
        grid: (u32, u32),
        arguments: &[Argument],
    ) -> Result<(), DeviceError>;

    /// Waits until a stream has nothing left to do.
    ///
    /// # Errors
    /// Also those of what was started before.
    fn wait(&self, stream: usize) -> Result<(), DeviceError>;

    /// Seconds that the device itself takes for what `work` starts on stream 0; waits for it.
    ///
    /// # Errors
    /// Those of `work` and of waiting.
    fn time(&self, work: &mut dyn FnMut() -> Result<(), DeviceError>) -> Result<f64, DeviceError>;
}
