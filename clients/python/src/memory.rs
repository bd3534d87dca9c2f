//! Weights that Python has in memory, read where they lie.
//!
//! The system copies the bytes ([process_vm_readv(2)]): no reference to them is made, so whoever writes to them meanwhile spoils the update and
//! nothing else, and bytes that are not there any more are an error.
//!
//! [process_vm_readv(2)]: https://man7.org/linux/man-pages/man2/process_vm_readv.2.html

use pyo3::{buffer::PyBuffer, prelude::*};
use quorate_convert::{
    source::{ElementType, Memory},
    ConvertError, Held, Source,
};
use std::{
    io,
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

/// Name, element type as safetensors has it, shape, and bytes, row-major and little-endian.
type Tensor = (String, String, Vec<u64>, PyBuffer<u8>);

/// The weights that an update is made of.
#[derive(FromPyObject)]
pub enum Weights {
    /// A safetensors file.
    File(PathBuf),
    Memory(Vec<Tensor>),
}

impl Weights {
    /// A file is opened at once: its path may come to name another one while it is read. What is lent is read until [`Loan`] is dropped.
    ///
    /// # Errors
    /// Those of [`Source`].
    pub fn open(self) -> Result<(Source, Option<Loan>), ConvertError> {
        let tensors = match self {
            Self::File(path) => return Ok((Source::open(&path)?, None)),
            Self::Memory(tensors) => tensors,
        };
        let (mut buffers, mut all) = (Vec::new(), Vec::new());
        for (name, element, shape, buffer) in tensors {
            all.push((name, element, shape, place_of(&buffer)));
            buffers.push(buffer);
        }
        let lent = Arc::new(Lent {
            buffers,
            is_over: AtomicBool::new(false),
        });
        let loan = Loan(lent.clone());
        let held = all.into_iter().map(|(name, element, shape, place)| {
            let Some(element) = ElementType::by_name(&element) else {
                let reason = format!("is of type {element}, which safetensors does not have");
                return Err(ConvertError::Held { name, reason });
            };
            let bytes = Arc::new(Array {
                place,
                lent: lent.clone(),
            });
            Ok(Held {
                name,
                element,
                shape,
                bytes,
            })
        });
        let source = Source::held("the state dict", held.collect::<Result<Vec<_>, _>>()?)?;
        Ok((source, Some(loan)))
    }
}

/// As long as this lives the weights are read. Whoever lent them may write to them afterwards, also where the call ended early and the work that it
/// began goes on: that ends with an error at its next look.
pub struct Loan(Arc<Lent>);

impl Drop for Loan {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

/// Python's objects, which are not freed as long as this lives.
struct Lent {
    buffers: Vec<PyBuffer<u8>>,
    is_over: AtomicBool,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let buffers = std::mem::take(&mut self.buffers);
        // The interpreter is waited for once, and not for each. One that has ended wants nothing back.
        Python::try_attach(|_| drop(buffers));
    }
}

/// The bytes of one of them.
struct Array {
    /// Address, and bytes.
    place: (usize, usize),
    lent: Arc<Lent>,
}

fn place_of(buffer: &PyBuffer<u8>) -> (usize, usize) {
    (buffer.buf_ptr() as usize, buffer.len_bytes())
}

impl Memory for Array {
    fn size(&self) -> u64 {
        self.place.1 as u64
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let (address, len) = self.place;
        let first = usize::try_from(at).ok().filter(|first| *first <= len);
        match first {
            Some(first) if buffer.len() <= len - first => read(address + first, buffer)?,
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        // Looked at when it was read: before, it was not yet anybody else's.
        match self.lent.is_over.load(Ordering::SeqCst) {
            true => Err(io::Error::other("the call that lent it has ended")),
            false => Ok(()),
        }
    }
}

/// Copies bytes of this process.
#[cfg(target_os = "linux")]
fn read(mut address: usize, mut buffer: &mut [u8]) -> io::Result<()> {
    use nix::{
        sys::uio::{process_vm_readv, RemoteIoVec},
        unistd::Pid,
    };
    while !buffer.is_empty() {
        let remote = RemoteIoVec {
            base: address,
            len: buffer.len(),
        };
        let got = process_vm_readv(Pid::this(), &mut [io::IoSliceMut::new(buffer)], &[remote])?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        address += got;
        buffer = &mut buffer[got..];
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn read(_: usize, _: &mut [u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether the system lets this process read bytes where they lie: its first and its last. Containers may forbid it, and what belongs to a device may
/// not be read so.
#[pyfunction]
pub fn is_readable(buffer: PyBuffer<u8>) -> bool {
    let (first, len) = place_of(&buffer);
    let Some(last) = len.checked_sub(1) else { return true };
    [first, first + last]
        .into_iter()
        .all(|address| read(address, &mut [0]).is_ok())
}
