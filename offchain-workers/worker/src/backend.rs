//! Which backend does the arithmetic: what passes the self-test, the fastest first.

use anyhow::anyhow;
use quorate_cuda::{backend::Config, CudaBackend};
use quorate_engine::{inference_selftest, selftest, Engine, Isa, Level, Settings, TileEngine};
use quorate_kernels::Cpu;
use std::{str::FromStr, sync::Arc};

/// The GPU that may be used: its number, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gpu(Option<usize>);

impl FromStr for Gpu {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            number => number
                .parse()
                .map(|number| Self(Some(number)))
                .map_err(|_| format!("'{number}' is neither a GPU's number, such as 0, nor 'off'")),
        }
    }
}

/// A backend and the result of its self-test.
pub(crate) struct Checked {
    /// Human-readable name.
    pub name: String,
    /// The digest, the same on every machine.
    pub digest: anyhow::Result<String>,
    engine: Arc<TileEngine>,
}

/// Every backend that this machine has, the fastest first, after its self-test.
pub(crate) fn check_all(settings: Settings, gpu: Gpu) -> Vec<Checked> {
    backends(settings, gpu).map(check).collect()
}

/// The first backend that passes its self-test.
///
/// # Errors
/// When none does: this machine or build does not compute what the specification says.
pub(crate) fn best(settings: Settings, gpu: Gpu) -> anyhow::Result<Arc<TileEngine>> {
    for engine in backends(settings, gpu) {
        let Checked { name, digest, engine } = check(engine);
        match digest {
            Ok(digest) => {
                tracing::info!(backend = name, digest, "self-test passed");
                return Ok(engine);
            }
            Err(error) => tracing::error!(backend = name, %error, "self-test failed: not used"),
        }
    }
    Err(anyhow!("no backend of this machine passes the self-test"))
}

/// Each level of instructions for inference that this processor has, the best first, and whether it passes its self-test.
pub(crate) fn check_inference() -> impl Iterator<Item = (Level, anyhow::Result<()>)> {
    let levels = Isa::available().into_iter().rev();
    levels.map(|isa| (isa.level(), inference_selftest::check(isa).map_err(anyhow::Error::from)))
}

/// Tells what inference will use; without a level that passes, this worker abstains from it.
pub(crate) fn tell_inference() {
    for (level, passed) in check_inference() {
        match passed {
            Ok(()) => {
                tracing::info!(%level, "inference: self-test passed");
                return;
            }
            Err(error) => tracing::error!(%error, "inference: self-test failed, not used"),
        }
    }
    tracing::error!(
        "no level of instructions passes the self-test: this worker abstains from evaluations and inference"
    );
}

fn backends(settings: Settings, gpu: Gpu) -> impl Iterator<Item = TileEngine> {
    let device = gpu.0.and_then(|gpu| {
        CudaBackend::open(Config {
            gpu,
            ..Config::default()
        })
    });
    let on_device = device.map(|device| TileEngine::new(settings).with_device(Arc::new(device)));
    let levels = Cpu::all().into_iter().rev();
    let on_cpu = levels.map(move |cpu| TileEngine::with_cpu(settings, cpu));
    on_device.into_iter().chain(on_cpu)
}

fn check(engine: TileEngine) -> Checked {
    // Before the test: an engine that leaves its device aside has another name.
    let name = engine.name();
    let digest = selftest::run(&engine).map_err(anyhow::Error::from);
    let digest = match engine.device_fault() {
        Some(fault) => Err(anyhow!(fault)),
        None => digest,
    };
    Checked {
        name,
        digest,
        engine: Arc::new(engine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_of_this_cpu_should_pass_with_one_digest() {
        let checked = check_all(Settings::default(), Gpu(None));
        assert_eq!(checked.len(), Cpu::all().len());
        let digests: Vec<String> = checked.into_iter().map(|checked| checked.digest.unwrap()).collect();
        assert!(digests.iter().all(|digest| digest == selftest::DIGEST), "{digests:?}");
    }

    #[test]
    fn every_level_of_this_cpu_should_pass_for_inference() {
        let all: Vec<_> = check_inference().collect();
        assert_eq!(all.len(), Isa::available().len());
        assert!(all.iter().all(|(_, passed)| passed.is_ok()), "{all:?}");
    }

    #[test]
    fn a_gpu_should_be_a_number_or_off() {
        assert_eq!("off".parse(), Ok(Gpu(None)));
        assert_eq!("1".parse(), Ok(Gpu(Some(1))));
        assert!("-1".parse::<Gpu>().unwrap_err().contains("neither"));
    }
}
