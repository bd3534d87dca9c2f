//! The kernels as C++ behind the shim, as a device. Work is queued and runs when its stream is waited for, as late as a
//! device may: who reads or reuses host memory too early is found out.

pub mod build;

use libloading::Library;
use quorate_cuda::{
    device::{Address, Argument, Device, DeviceError, STREAMS},
    driver::to_word,
    kernel::Kernel,
};
use std::{
    alloc::{alloc, dealloc, Layout},
    collections::HashMap,
    ffi::{c_char, c_int, c_void, CString},
    ops::Range,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex, MutexGuard, PoisonError,
    },
    time::Instant,
};

type Launch = unsafe extern "C" fn(*const c_char, u32, u32, u32, *mut *mut c_void, u32, u64) -> c_int;

/// In which order threads and blocks run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Ascending = 0,
    Descending = 1,
    Random = 2,
}

pub const ORDERS: [Order; 3] = [Order::Ascending, Order::Descending, Order::Random];

enum Op {
    Copy {
        from: usize,
        to: usize,
        bytes: usize,
    },
    Fill {
        at: usize,
        bytes: usize,
        value: u8,
    },
    Launch {
        kernel: Kernel,
        grid: (u32, u32),
        arguments: Vec<Argument>,
    },
}

pub struct Shim {
    library: Library,
    order: Order,
    seed: AtomicU64,
    queues: Mutex<[Vec<Op>; STREAMS]>,
    allocations: Mutex<HashMap<Address, Layout>>,
}

/// The shim has one running thread for the whole process.
static RUNNING: Mutex<()> = Mutex::new(());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shim {
    pub fn new(variant: build::Variant, order: Order, seed: u64) -> Arc<Self> {
        let path = build::library(variant);
        let library = unsafe { Library::new(&path) }.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Arc::new(Self {
            library,
            order,
            seed: AtomicU64::new(seed),
            queues: Mutex::default(),
            allocations: Mutex::default(),
        })
    }

    /// Kernels run so far, on a shim whose seed was 0.
    pub fn launches(&self) -> u64 {
        self.seed.load(Ordering::Relaxed)
    }

    fn push(&self, stream: usize, op: Op) {
        lock(&self.queues)[stream].push(op);
    }

    fn run(&self, op: Op) -> Result<(), DeviceError> {
        match op {
            Op::Copy { from, to, bytes } => unsafe {
                std::ptr::copy_nonoverlapping(from as *const u8, to as *mut u8, bytes);
            },
            Op::Fill { at, bytes, value } => unsafe { std::ptr::write_bytes(at as *mut u8, value, bytes) },
            Op::Launch {
                kernel,
                grid,
                arguments,
            } => return self.launch_now(kernel, grid, &arguments),
        }
        Ok(())
    }

    fn launch_now(&self, kernel: Kernel, grid: (u32, u32), arguments: &[Argument]) -> Result<(), DeviceError> {
        assert_eq!(types(arguments), signature(kernel), "arguments of {kernel:?}");
        let launch = unsafe { self.library.get::<Launch>(b"quorate_shim_launch") }.unwrap();
        let name = CString::new(kernel.name()).unwrap();
        let mut words: Vec<u64> = arguments.iter().copied().map(to_word).collect();
        let mut places: Vec<*mut c_void> = words.iter_mut().map(|word| std::ptr::from_mut(word).cast()).collect();
        let seed = self.seed.fetch_add(1, Ordering::Relaxed);
        let _running = lock(&RUNNING);
        let status = unsafe {
            launch(
                name.as_ptr(),
                grid.0,
                grid.1,
                kernel.threads(),
                places.as_mut_ptr(),
                self.order as u32,
                seed,
            )
        };
        match status {
            0 => Ok(()),
            _ => Err(DeviceError {
                what: kernel.name(),
                why: format!("the shim said {status}"),
            }),
        }
    }
}

/// Types of the arguments in the words of PTX.
fn types(arguments: &[Argument]) -> Vec<&'static str> {
    let name = |argument: &Argument| match argument {
        Argument::Word(_) => "u32",
        Argument::Long(_) => "u64",
        Argument::Float(_) => "f32",
        Argument::Double(_) => "f64",
    };
    arguments.iter().map(name).collect()
}

/// The entry of a kernel in its PTX, from its name to the start of its body.
pub fn entry(kernel: Kernel) -> &'static str {
    let text = kernel.module().1;
    let start = text
        .find(&format!(".entry {}(", kernel.name()))
        .expect("the kernel is in its PTX");
    text[start..].split('{').next().unwrap()
}

/// What a kernel takes, by its PTX.
fn signature(kernel: Kernel) -> Vec<&'static str> {
    let parameters = entry(kernel).split(".param .").skip(1);
    parameters.map(|text| text.split_whitespace().next().unwrap()).collect()
}

impl Device for Shim {
    type Host = Vec<u8>;

    fn name(&self) -> String {
        format!("shim, {:?}", self.order)
    }

    fn free_memory(&self) -> Result<u64, DeviceError> {
        Ok(64 << 20)
    }

    fn allocate(&self, bytes: usize) -> Result<Address, DeviceError> {
        let layout = Layout::from_size_align(bytes.max(1), 16).unwrap();
        let at = unsafe { alloc(layout) };
        unsafe { at.write_bytes(0xa5, layout.size()) };
        lock(&self.allocations).insert(at as Address, layout);
        Ok(at as Address)
    }

    unsafe fn free(&self, address: Address) {
        let layout = lock(&self.allocations)
            .remove(&address)
            .expect("freed what was not allocated");
        unsafe { dealloc(address as *mut u8, layout) };
    }

    fn allocate_host(&self, bytes: usize) -> Result<Vec<u8>, DeviceError> {
        Ok(vec![0; bytes])
    }

    unsafe fn upload(
        &self,
        stream: usize,
        to: Address,
        from: &Vec<u8>,
        range: Range<usize>,
    ) -> Result<(), DeviceError> {
        let from = &from[range];
        self.push(
            stream,
            Op::Copy {
                from: from.as_ptr() as usize,
                to: to as usize,
                bytes: from.len(),
            },
        );
        Ok(())
    }

    unsafe fn download(
        &self,
        stream: usize,
        from: Address,
        to: &mut Vec<u8>,
        range: Range<usize>,
    ) -> Result<(), DeviceError> {
        let to = &mut to[range];
        self.push(
            stream,
            Op::Copy {
                from: from as usize,
                to: to.as_mut_ptr() as usize,
                bytes: to.len(),
            },
        );
        Ok(())
    }

    unsafe fn fill(&self, stream: usize, at: Address, bytes: usize, value: u8) -> Result<(), DeviceError> {
        self.push(
            stream,
            Op::Fill {
                at: at as usize,
                bytes,
                value,
            },
        );
        Ok(())
    }

    unsafe fn launch(
        &self,
        stream: usize,
        kernel: Kernel,
        grid: (u32, u32),
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.push(
            stream,
            Op::Launch {
                kernel,
                grid,
                arguments: arguments.to_vec(),
            },
        );
        Ok(())
    }

    fn wait(&self, stream: usize) -> Result<(), DeviceError> {
        let ops = std::mem::take(&mut lock(&self.queues)[stream]);
        ops.into_iter().try_for_each(|op| self.run(op))
    }

    fn time(&self, work: &mut dyn FnMut() -> Result<(), DeviceError>) -> Result<f64, DeviceError> {
        let start = Instant::now();
        work()?;
        self.wait(0)?;
        Ok(start.elapsed().as_secs_f64())
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        assert!(
            lock(&self.allocations).is_empty(),
            "memory of the device was not given back"
        );
    }
}
