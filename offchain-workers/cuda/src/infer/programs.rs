//! The GPU as a device of the engine of programs.

use super::loaded::{Answer, Loaded, Refused};
use crate::{
    check::{self, cases::Random},
    device::Device,
    driver::{self, Driver},
};
use quorate_infer::{DeviceAnswer, DeviceModel, ProgramDevice, Tensors};
use quorate_program::{Program, Sizes, Value};
use rand::{rngs::StdRng, Rng, SeedableRng};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How the device is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Number of the GPU.
    pub gpu: usize,
    /// Bytes of the GPU's memory that a program, with its tensors and a run, may take; without, three quarters of what is free when it
    /// is loaded.
    pub memory: Option<u64>,
    /// Floating-point operations of a run that are worth the way to the device; smaller ones stay on the CPU.
    pub worth: u64,
    /// Of how many answers one is computed by the CPU too. The first one of each loaded program always is.
    pub audit_one_in: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            gpu: 0,
            memory: None,
            worth: 1 << 28,
            audit_one_in: 16,
        }
    }
}

/// Rounds of the self-test before first use.
const SELF_TEST: u64 = 2;

/// A device that runs programs.
pub struct Programs<D: Device> {
    device: Arc<D>,
    config: Config,
    /// Why it may not be used any more.
    off: Arc<OnceLock<String>>,
}

/// Programs on a real GPU.
pub type CudaPrograms = Programs<Driver>;

impl CudaPrograms {
    /// A tested GPU, or none: no driver, no GPU, or one that failed its self-test. One line of the log says which.
    pub fn open(config: Config) -> Option<Self> {
        if !driver::is_present() {
            tracing::info!("no CUDA driver (libcuda): programs run on the CPU");
            return None;
        }
        let opened = Driver::open(config.gpu).map_err(|error| error.to_string());
        let tested = opened
            .map(|driver| Self::new(Arc::new(driver), config))
            .and_then(|programs| {
                let digest = programs.self_test(SELF_TEST, 1)?;
                Ok((programs, digest))
            });
        match tested {
            Ok((programs, digest)) => {
                tracing::info!(
                    "programs run on {}; self-test {}",
                    programs.device.name(),
                    digest.to_hex()
                );
                Some(programs)
            }
            Err(why) => {
                tracing::warn!("programs run on the CPU, the GPU cannot be used: {why}");
                None
            }
        }
    }
}

impl<D: Device> Programs<D> {
    /// Of a device that has not been tested yet.
    pub fn new(device: Arc<D>, config: Config) -> Self {
        Self {
            device,
            config,
            off: Arc::default(),
        }
    }

    /// For people.
    pub fn name(&self) -> String {
        self.device.name()
    }

    /// Compares every operation with the reference, `rounds` times, on values made from `seed`. Returns the digest of all results, which
    /// is the same wherever the test passes.
    ///
    /// # Errors
    /// The first difference.
    pub fn self_test(&self, rounds: u64, seed: u64) -> Result<blake3::Hash, String> {
        let mut hasher = blake3::Hasher::new();
        check::nodes::run(&self.device, &mut Random::new(seed), rounds, &mut hasher)?;
        Ok(hasher.finalize())
    }

    fn memory(&self) -> Result<u64, Refused> {
        match self.config.memory {
            Some(memory) => Ok(memory),
            None => Ok(self.device.free_memory()? / 4 * 3),
        }
    }

    /// Whether the largest run is worth the way.
    fn is_worth(&self, program: &Program) -> bool {
        let dimensions = program.graph().dimensions.iter();
        let largest: Sizes = dimensions.map(|d| (d.name.clone(), d.max.into())).collect();
        flops(program, &largest) >= self.config.worth
    }
}

/// Floating-point operations of a run; as many as there can be, where they cannot be counted.
fn flops(program: &Program, sizes: &Sizes) -> u64 {
    let flops = program.flops().value(sizes);
    flops.map_or(u64::MAX, |flops| u64::try_from(flops).unwrap_or(0))
}

fn switch_off(off: &OnceLock<String>, device: &str, why: &str) {
    off.get_or_init(|| {
        tracing::error!("{device} is switched off for programs until the worker restarts, they run on the CPU: {why}");
        why.to_owned()
    });
}

impl<D: Device + 'static> ProgramDevice for Programs<D> {
    fn name(&self) -> String {
        self.device.name()
    }

    fn is_off(&self) -> bool {
        self.off.get().is_some()
    }

    fn load(&self, program: &Arc<Program>, tensors: &dyn Tensors) -> Option<Box<dyn DeviceModel>> {
        if self.is_off() || !self.is_worth(program) {
            return None;
        }
        let loaded = self
            .memory()
            .and_then(|memory| Loaded::new(&self.device, program, tensors, memory));
        match loaded {
            Ok(loaded) => Some(Box::new(OnDevice {
                loaded,
                name: self.device.name(),
                config: self.config,
                off: self.off.clone(),
                refused: OnceLock::new(),
                random: Mutex::new(StdRng::from_os_rng()),
            })),
            Err(why) => {
                if matches!(why, Refused::Device(_)) {
                    switch_off(&self.off, &self.device.name(), &why.to_string());
                }
                tracing::info!("this program runs on the CPU, not on {}: {why}", self.device.name());
                None
            }
        }
    }
}

/// A program on a device.
struct OnDevice<D: Device> {
    loaded: Loaded<D>,
    name: String,
    config: Config,
    off: Arc<OnceLock<String>>,
    /// Whether the log says that a request was not run here.
    refused: OnceLock<()>,
    /// Which answers are compared.
    random: Mutex<StdRng>,
}

impl<D: Device> DeviceModel for OnDevice<D> {
    fn run(&self, inputs: &[Value], sizes: &Sizes, go_on: &dyn Fn() -> bool) -> Option<DeviceAnswer> {
        if self.off.get().is_some() || flops(self.loaded.program(), sizes) < self.config.worth {
            return None;
        }
        match self.loaded.run(inputs, sizes, go_on) {
            Ok(Answer::Outputs(outputs)) => Some(DeviceAnswer::Outputs(outputs)),
            Ok(Answer::Fault { .. }) => Some(DeviceAnswer::Fault),
            Err(Refused::Cancelled) => None,
            Err(Refused::Device(why)) => {
                self.switch_off(&why.to_string());
                None
            }
            Err(why) => {
                // Once: the others are likely to have the same reason.
                self.refused.get_or_init(|| {
                    tracing::info!("requests of this program run on the CPU, not on {}: {why}", self.name);
                });
                None
            }
        }
    }

    fn is_audited(&self) -> bool {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.random_ratio(1, self.config.audit_one_in.max(1))
    }

    fn switch_off(&self, why: &str) {
        switch_off(&self.off, &self.name, why);
    }
}
