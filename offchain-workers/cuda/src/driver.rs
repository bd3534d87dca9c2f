//! The CUDA driver as a [`Device`]. The library is loaded at run time; nothing here needs it to build or to start.

use crate::{
    device::{Address, Argument, Device, DeviceError, STREAMS},
    kernel::Kernel,
};
use cudarc::driver::{
    result::{self, DriverError},
    sys, CudaContext, CudaStream,
};
use std::{
    collections::HashMap,
    ffi::{c_void, CString},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

/// Oldest compute capability that the PTX is for.
const MIN_MAJOR: i32 = 8;
/// Oldest driver that reads the PTX's version (8.4): that of CUDA 12.4.
const MIN_DRIVER: i32 = 12_040;

/// One GPU.
pub struct Driver {
    context: Arc<CudaContext>,
    streams: Vec<Arc<CudaStream>>,
    loaded: Mutex<Loaded>,
    name: String,
}

#[derive(Default)]
struct Loaded {
    modules: HashMap<&'static str, Handle<sys::CUmodule>>,
    functions: HashMap<Kernel, Handle<sys::CUfunction>>,
}

/// A handle of the driver, which may be used from any thread that has made the context current.
#[derive(Clone, Copy)]
struct Handle<T>(T);

// SAFETY: modules and functions belong to the context; the driver's calls are thread-safe.
unsafe impl<T> Send for Handle<T> {}

/// Whether the driver's library is there. Where it is not, nothing else of this module may be called.
pub fn is_present() -> bool {
    // SAFETY: loads and unloads the library by its name.
    unsafe { sys::is_culib_present() }
}

fn error(what: impl Into<String>) -> impl FnOnce(DriverError) -> DeviceError {
    let what = what.into();
    move |error| DeviceError {
        what,
        why: error.to_string(),
    }
}

impl Driver {
    /// Number of GPUs; 0 where the driver cannot start.
    pub fn count() -> usize {
        if !is_present() || result::init().is_err() {
            return 0;
        }
        result::device::get_count().map_or(0, |count| count as usize)
    }

    /// Opens the GPU with this number.
    ///
    /// # Errors
    /// The driver's, or that driver or GPU is too old.
    pub fn open(ordinal: usize) -> Result<Self, DeviceError> {
        let context = CudaContext::new(ordinal).map_err(error(format!("opening GPU {ordinal}")))?;
        let driver = driver_version()?;
        let attribute = |which| {
            context
                .attribute(which)
                .map_err(error("asking for the compute capability"))
        };
        let major = attribute(sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
        let minor = attribute(sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
        let model = context.name().map_err(error("asking for the GPU's name"))?;
        let name = format!(
            "{model} (sm_{major}{minor}, CUDA {}.{})",
            driver / 1000,
            driver % 1000 / 10
        );
        let refuse = |why: String| DeviceError {
            what: name.clone(),
            why,
        };
        if major < MIN_MAJOR {
            return Err(refuse(format!(
                "needs a GPU of compute capability {MIN_MAJOR}.0 or later"
            )));
        }
        if driver < MIN_DRIVER {
            return Err(refuse("needs a driver for CUDA 12.4 or later (550 or later)".into()));
        }
        let streams = (0..STREAMS)
            .map(|_| context.new_stream().map_err(error("making a stream")))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            context,
            streams,
            loaded: Mutex::default(),
            name,
        })
    }

    fn bind(&self) -> Result<(), DeviceError> {
        self.context.bind_to_thread().map_err(error(&self.name))
    }

    fn function(&self, kernel: Kernel) -> Result<sys::CUfunction, DeviceError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(function) = loaded.functions.get(&kernel) {
            return Ok(function.0);
        }
        let module = kernel.module();
        let handle = match loaded.modules.get(module.0) {
            Some(handle) => handle.0,
            None => {
                let text = c_string(module.1);
                // SAFETY: a text that ends with a zero, as the driver asks for.
                let handle = unsafe { result::module::load_data(text.as_ptr().cast()) }
                    .map_err(error(format!("compiling {}.ptx for {}", module.0, self.name)))?;
                loaded.modules.insert(module.0, Handle(handle));
                handle
            }
        };
        // SAFETY: the module is loaded and stays so as long as the context.
        let function = unsafe { result::module::get_function(handle, c_string(&kernel.name())) }
            .map_err(error(format!("looking for {} in {}.ptx", kernel.name(), module.0)))?;
        loaded.functions.insert(kernel, Handle(function));
        Ok(function)
    }
}

/// Neither PTX nor names of kernels have a zero in them.
fn c_string(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}

fn driver_version() -> Result<i32, DeviceError> {
    let mut version = 0;
    // SAFETY: writes one integer.
    unsafe { sys::cuDriverGetVersion(&mut version) }
        .result()
        .map_err(error("asking for the driver's version"))?;
    Ok(version)
}

impl Drop for Driver {
    fn drop(&mut self) {
        let loaded = self.loaded.get_mut().unwrap_or_else(PoisonError::into_inner);
        if self.context.bind_to_thread().is_ok() {
            for module in loaded.modules.values() {
                // SAFETY: nothing uses a function of it any more: launching borrows the driver. A failure changes nothing.
                let _ = unsafe { result::module::unload(module.0) };
            }
        }
    }
}

/// Pinned memory of the host.
pub struct Pinned {
    at: *mut u8,
    bytes: usize,
    context: Arc<CudaContext>,
}

// SAFETY: plain memory, owned.
unsafe impl Send for Pinned {}

impl AsRef<[u8]> for Pinned {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: allocated with this length and zeroed.
        unsafe { std::slice::from_raw_parts(self.at, self.bytes) }
    }
}

impl AsMut<[u8]> for Pinned {
    fn as_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.at, self.bytes) }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if self.context.bind_to_thread().is_ok() {
            // SAFETY: from `malloc_host`, freed once; who started a transfer has waited for it. A failure changes nothing.
            let _ = unsafe { result::free_host(self.at.cast()) };
        }
    }
}

impl Device for Driver {
    type Host = Pinned;

    fn name(&self) -> String {
        self.name.clone()
    }

    fn free_memory(&self) -> Result<u64, DeviceError> {
        self.bind()?;
        let (free, _) = result::mem_get_info().map_err(error("asking for free memory"))?;
        Ok(free as u64)
    }

    fn allocate(&self, bytes: usize) -> Result<Address, DeviceError> {
        self.bind()?;
        // SAFETY: the contents are unspecified, as the trait says.
        unsafe { result::malloc_sync(bytes.max(1)) }
            .map_err(error(format!("allocating {bytes} bytes on {}", self.name)))
    }

    unsafe fn free(&self, address: Address) {
        if self.bind().is_ok() {
            // SAFETY: the caller's promise. A failure changes nothing.
            let _ = unsafe { result::free_sync(address) };
        }
    }

    fn allocate_host(&self, bytes: usize) -> Result<Pinned, DeviceError> {
        self.bind()?;
        let bytes = bytes.max(1);
        // SAFETY: zeroed before anybody sees it.
        let at = unsafe { result::malloc_host(bytes, 0) }
            .map_err(error(format!("allocating {bytes} bytes of pinned memory")))?
            .cast::<u8>();
        // SAFETY: allocated with this length.
        unsafe { at.write_bytes(0, bytes) };
        Ok(Pinned {
            at,
            bytes,
            context: self.context.clone(),
        })
    }

    unsafe fn upload(&self, stream: usize, to: Address, from: &Pinned, range: Range<usize>) -> Result<(), DeviceError> {
        self.bind()?;
        // SAFETY: the caller's promise.
        unsafe { result::memcpy_htod_async(to, &from.as_ref()[range], self.streams[stream].cu_stream()) }
            .map_err(error("copying to the GPU"))
    }

    unsafe fn download(
        &self,
        stream: usize,
        from: Address,
        to: &mut Pinned,
        range: Range<usize>,
    ) -> Result<(), DeviceError> {
        self.bind()?;
        // SAFETY: the caller's promise.
        unsafe { result::memcpy_dtoh_async(&mut to.as_mut()[range], from, self.streams[stream].cu_stream()) }
            .map_err(error("copying from the GPU"))
    }

    unsafe fn fill(&self, stream: usize, at: Address, bytes: usize, value: u8) -> Result<(), DeviceError> {
        self.bind()?;
        // SAFETY: the caller's promise.
        unsafe { result::memset_d8_async(at, value, bytes, self.streams[stream].cu_stream()) }
            .map_err(error("filling memory of the GPU"))
    }

    unsafe fn launch(
        &self,
        stream: usize,
        kernel: Kernel,
        grid: (u32, u32),
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.bind()?;
        let function = self.function(kernel)?;
        let mut words: Vec<u64> = arguments.iter().copied().map(to_word).collect();
        let mut places: Vec<*mut c_void> = words.iter_mut().map(|word| std::ptr::from_mut(word).cast()).collect();
        // SAFETY: the caller's promise; the driver copies the arguments before it returns.
        unsafe {
            result::launch_kernel(
                function,
                (grid.0, grid.1, 1),
                (kernel.threads(), 1, 1),
                0,
                self.streams[stream].cu_stream(),
                &mut places,
            )
        }
        .map_err(error(format!("starting {} on {}", kernel.name(), self.name)))
    }

    fn wait(&self, stream: usize) -> Result<(), DeviceError> {
        self.bind()?;
        self.streams[stream]
            .synchronize()
            .map_err(error(format!("computing on {}", self.name)))
    }

    fn time(&self, work: &mut dyn FnMut() -> Result<(), DeviceError>) -> Result<f64, DeviceError> {
        self.bind()?;
        let event = || {
            self.context
                .new_event(Some(sys::CUevent_flags::CU_EVENT_DEFAULT))
                .map_err(error("making an event"))
        };
        let (start, end) = (event()?, event()?);
        start.record(&self.streams[0]).map_err(error("timing"))?;
        work()?;
        end.record(&self.streams[0]).map_err(error("timing"))?;
        let milliseconds = start.elapsed_ms(&end).map_err(error("timing"))?;
        Ok(f64::from(milliseconds) / 1000.0)
    }
}

/// An argument as it lies in memory: the driver reads as many bytes as the kernel declares, from the lowest one on.
pub fn to_word(argument: Argument) -> u64 {
    match argument {
        Argument::Word(word) => u64::from(word),
        Argument::Long(long) => long,
        Argument::Float(float) => u64::from(float.to_bits()),
        Argument::Double(double) => double.to_bits(),
    }
}
