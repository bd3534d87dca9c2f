//! A device that is wrong.

use crate::support::Shim;
use quorate_cuda::{
    device::{Address, Argument, Device, DeviceError},
    kernel::Kernel,
};
use std::{
    ops::Range,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
};

/// A device on which one kernel leaves the last row, or element, out.
pub struct Wrong {
    pub inner: Arc<Shim>,
    pub kernel: Kernel,
    pub launches: AtomicU64,
}

impl Device for Wrong {
    type Host = Vec<u8>;

    fn name(&self) -> String {
        "wrong".into()
    }
    fn free_memory(&self) -> Result<u64, DeviceError> {
        self.inner.free_memory()
    }
    fn allocate(&self, bytes: usize) -> Result<Address, DeviceError> {
        self.inner.allocate(bytes)
    }
    unsafe fn free(&self, address: Address) {
        unsafe { self.inner.free(address) }
    }
    fn allocate_host(&self, bytes: usize) -> Result<Vec<u8>, DeviceError> {
        self.inner.allocate_host(bytes)
    }
    unsafe fn upload(
        &self,
        stream: usize,
        to: Address,
        from: &Vec<u8>,
        range: Range<usize>,
    ) -> Result<(), DeviceError> {
        unsafe { self.inner.upload(stream, to, from, range) }
    }
    unsafe fn download(
        &self,
        stream: usize,
        from: Address,
        to: &mut Vec<u8>,
        range: Range<usize>,
    ) -> Result<(), DeviceError> {
        unsafe { self.inner.download(stream, from, to, range) }
    }
    unsafe fn fill(&self, stream: usize, at: Address, bytes: usize, value: u8) -> Result<(), DeviceError> {
        unsafe { self.inner.fill(stream, at, bytes, value) }
    }
    unsafe fn launch(
        &self,
        stream: usize,
        kernel: Kernel,
        grid: (u32, u32),
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.launches.fetch_add(1, Ordering::Relaxed);
        let mut arguments = arguments.to_vec();
        if let (true, Argument::Word(n)) = (kernel == self.kernel, arguments[1]) {
            arguments[1] = Argument::Word(n - 1);
        }
        unsafe { self.inner.launch(stream, kernel, grid, &arguments) }
    }
    fn wait(&self, stream: usize) -> Result<(), DeviceError> {
        self.inner.wait(stream)
    }
    fn time(&self, work: &mut dyn FnMut() -> Result<(), DeviceError>) -> Result<f64, DeviceError> {
        self.inner.time(work)
    }
}
