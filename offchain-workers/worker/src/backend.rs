//! Which backend does the arithmetic: what passes the self-test, the fastest first.

use anyhow::anyhow;
use quorate_cuda::{backend::Config, infer::programs, CudaBackend, CudaPrograms};
use quorate_engine::{inference_selftest, selftest, Engine, Isa, Level, Settings, TileEngine};
use quorate_kernels::{Cpu, Level as CpuLevel};
use quorate_protocol::Capacity;
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

/// The most instructions that the arithmetic may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Instructions {
    /// What every processor of its kind has: inference is slow.
    Portable,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512.
    #[default]
    Avx512,
}

impl Instructions {
    /// For programs.
    pub fn of_inference(self) -> Level {
        match self {
            Self::Portable => Level::Scalar,
            Self::Avx2 => Level::Avx2,
            Self::Avx512 => Level::Avx512,
        }
    }
}

/// The same for aggregation.
fn of_aggregation(most: Level) -> CpuLevel {
    match most {
        Level::Scalar => CpuLevel::Baseline,
        Level::Avx2 => CpuLevel::Avx2,
        Level::Avx512 => CpuLevel::Avx512,
    }
}

/// A backend and the result of its self-test.
pub(crate) struct Checked {
    /// Human-readable name.
    pub name: String,
    /// The digest, the same on every machine.
    pub digest: anyhow::Result<String>,
    engine: TileEngine,
}

/// Every backend that this machine has, the fastest first, after its self-test.
pub(crate) fn check_all(settings: Settings, gpu: Gpu) -> Vec<Checked> {
    backends(settings, gpu).map(check).collect()
}

/// The first backend that passes its self-test, with the GPU for programs if that passes its own.
///
/// # Errors
/// When none does: this machine or build does not compute what the specification says.
pub(crate) fn best(settings: Settings, gpu: Gpu) -> anyhow::Result<Arc<TileEngine>> {
    for engine in backends(settings, gpu) {
        let Checked { name, digest, engine } = check(engine);
        match digest {
            Ok(digest) => {
                tracing::info!(backend = name, digest, "self-test passed");
                return Ok(Arc::new(match programs(gpu) {
                    Some(device) => engine.with_programs(Arc::new(device)),
                    None => engine,
                }));
            }
            Err(error) => tracing::error!(backend = name, %error, "self-test failed: not used"),
        }
    }
    Err(anyhow!("no backend of this machine passes the self-test"))
}

/// The GPU for programs, after its self-test. The log says why there is none.
pub(crate) fn programs(gpu: Gpu) -> Option<CudaPrograms> {
    CudaPrograms::open(programs::Config {
        gpu: gpu.0?,
        ..programs::Config::default()
    })
}

/// Each level of instructions up to `most` for inference that this processor has, the best first, and whether it passes its self-test.
pub(crate) fn check_inference(most: Level) -> impl Iterator<Item = (Level, anyhow::Result<()>)> {
    let levels = Isa::up_to(most).into_iter().rev();
    levels.map(|isa| (isa.level(), inference_selftest::check(isa).map_err(anyhow::Error::from)))
}

/// Tells what inference will use; without a level that passes, this worker abstains from it.
pub(crate) fn tell_inference(most: Level) {
    for (level, passed) in check_inference(most) {
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

/// What this machine can answer on request, measured now, for some seconds; none where no level of instructions passes the self-test.
pub(crate) fn capacity(engine: &TileEngine) -> Option<Capacity> {
    match engine.measure() {
        Ok(measured) => {
            let (memory, speed) = (measured.memory, measured.speed);
            tracing::info!(
                memory,
                speed,
                "what requests may take: MiB, and millions of operations a second"
            );
            Some(Capacity { memory, speed })
        }
        Err(error) => {
            tracing::error!(%error, "inference was not measured: this validator declares nothing, and is asked for no answers");
            None
        }
    }
}

fn backends(settings: Settings, gpu: Gpu) -> impl Iterator<Item = TileEngine> {
    let device = gpu.0.and_then(|gpu| {
        CudaBackend::open(Config {
            gpu,
            ..Config::default()
        })
    });
    let on_device = device.map(|device| TileEngine::new(settings).with_device(Arc::new(device)));
    let most = of_aggregation(settings.instructions);
    let levels = Cpu::all().into_iter().rev().filter(move |cpu| cpu.level() <= most);
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
    Checked { name, digest, engine }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_level_of_this_cpu_should_pass_with_one_digest() {
        let checked = check_all(Settings::default(), Gpu(None));
        assert_eq!(checked.len(), Cpu::all().len());
        let digests: Vec<String> = checked.into_iter().map(|checked| checked.digest.unwrap()).collect();
        assert!(digests.iter().all(|digest| digest == selftest::DIGEST), "{digests:?}");
    }

    #[test]
    fn every_level_of_this_cpu_should_pass_for_inference() {
        let all: Vec<_> = check_inference(Level::Avx512).collect();
        assert_eq!(all.len(), Isa::available().len());
        assert!(all.iter().all(|(_, passed)| passed.is_ok()), "{all:?}");
    }

    #[test]
    fn no_instructions_above_the_most_should_be_used() {
        for (most, of_cpu) in [
            ("portable", CpuLevel::Baseline),
            ("avx2", CpuLevel::Avx2),
            ("avx512", CpuLevel::Avx512),
        ] {
            let most = Instructions::from_str(most, false).unwrap().of_inference();
            let settings = Settings {
                instructions: most,
                ..Settings::default()
            };
            let names: Vec<String> = check_all(settings, Gpu(None))
                .into_iter()
                .map(|checked| checked.name)
                .collect();
            let allowed: Vec<Cpu> = Cpu::all().into_iter().filter(|cpu| cpu.level() <= of_cpu).collect();
            assert_eq!(names.len(), allowed.len(), "{names:?}");
            let best = allowed.last().unwrap().level().to_string();
            assert!(names[0].contains(&best), "{names:?}");
            assert!(check_inference(most).all(|(level, passed)| level <= most && passed.is_ok()));
        }
    }

    #[test]
    fn a_gpu_should_be_a_number_or_off() {
        assert_eq!("off".parse(), Ok(Gpu(None)));
        assert_eq!("1".parse(), Ok(Gpu(Some(1))));
        assert!("-1".parse::<Gpu>().unwrap_err().contains("neither"));
    }
}
