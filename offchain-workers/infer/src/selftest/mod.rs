//! A check of this machine and build: each level of instructions has the reference's bits on small programs that use every kernel, or it is
//! not used.

mod programs;

use std::sync::{Arc, OnceLock};

use quorate_infer_kernels::{Isa, Level};
use quorate_program::{ModelTensor, Value};

pub use crate::error::Differs;
use crate::{
    environment,
    model::{Model, Options},
    runner::Runner,
    tensors::{TensorBytes, Tensors},
};
pub use programs::{trials, Trial};

/// Tries a level. The first time for each takes some milliseconds; what was found is kept as long as the process.
///
/// # Errors
/// [`Differs`].
pub fn check(isa: Isa) -> Result<(), Differs> {
    static FOUND: [OnceLock<Result<(), Differs>>; 3] = [const { OnceLock::new() }; 3];
    let number = match isa.level() {
        Level::Scalar => 0,
        Level::Avx2 => 1,
        Level::Avx512 => 2,
    };
    FOUND[number].get_or_init(|| attempt(isa)).clone()
}

/// The highest level of this processor, of those up to `most`, that passes.
///
/// # Errors
/// [`Differs`] of the lowest one, where none does.
pub fn best(most: Level) -> Result<Isa, Differs> {
    let mut last = Ok(Isa::detect());
    for isa in Isa::up_to(most).into_iter().rev() {
        match check(isa) {
            Ok(()) => return Ok(isa),
            Err(differs) => last = Err(differs),
        }
    }
    last
}

fn attempt(isa: Isa) -> Result<(), Differs> {
    let level = isa.level();
    let differs = |trial| Differs { level, trial };
    if !environment::is_default() {
        return Err(differs("rounding, or a number below the normal ones,"));
    }
    for trial in trials().ok_or(differs("a program of the self-test"))? {
        let expected = trial.program.run(trial.inputs.clone(), &trial.tensors);
        let name = trial.name;
        // Alone, and beside itself.
        let got = run(isa, trial).ok_or(differs(name))?;
        let same = |got: &Result<Vec<Value>, _>| match (got, &expected) {
            (Ok(got), Ok(expected)) => bytes(got) == bytes(expected),
            _ => false,
        };
        if got.len() != 2 || !got.iter().all(same) {
            return Err(differs(name));
        }
    }
    Ok(())
}

fn bytes(values: &[Value]) -> Vec<Vec<u8>> {
    values.iter().map(Value::bytes).collect()
}

fn run(isa: Isa, trial: Trial) -> Option<crate::runner::Answers> {
    let names = trial.program.graph().tensors.clone();
    let held = Held(
        names
            .into_iter()
            .zip(&trial.tensors)
            .map(|(t, v)| (t, v.bytes()))
            .collect(),
    );
    let options = Options {
        isa,
        threads: 1,
        fused: true,
        memory: u64::MAX,
    };
    let model = Model::new(trial.program, &held, options).ok()?;
    let inputs = trial.inputs.as_slice();
    Runner::new(Arc::new(model))
        .run_batch(&[inputs, inputs], &|_, _| true)
        .ok()
}

struct Held(Vec<(ModelTensor, Vec<u8>)>);

impl Tensors for Held {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        let (tensor, bytes) = self.0.iter().find(|(tensor, _)| tensor.name == name)?;
        Some(TensorBytes {
            shape: &tensor.shape,
            element: Ok(tensor.element),
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_of_this_processor_should_pass() {
        for isa in Isa::available() {
            assert_eq!(check(isa), Ok(()));
        }
        assert_eq!(best(Level::Avx512), Ok(Isa::detect()));
    }

    #[test]
    fn no_level_above_the_most_should_be_used() {
        for most in Isa::available() {
            assert_eq!(best(most.level()), Ok(most));
        }
        assert_eq!(best(Level::Scalar).map(Isa::level), Ok(Level::Scalar));
    }

    #[test]
    fn trials_should_have_results_of_ordinary_numbers() {
        for trial in trials().unwrap() {
            let outputs = trial.program.run(trial.inputs, &trial.tensors).unwrap();
            for value in outputs {
                let bytes = value.bytes();
                let first = &bytes[..4];
                assert!(bytes.chunks(4).any(|other| other != first), "{}: {value:?}", trial.name);
            }
        }
    }

    /// With subnormals flushed, the machine is not used.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_changed_environment_should_be_noticed() {
        let (was, mut now) = (0x1f80u32, 0u32);
        // SAFETY: reads and writes the control word of this thread alone, and sets it back before anything else is done.
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &mut now, options(nostack)) };
        assert_eq!(now & 0xffc0, was & 0xffc0);
        for bits in [0x8000, 0x0040, 0x2000, 0x4000, 0x6000] {
            let changed = was | bits;
            // SAFETY: as above.
            unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &changed, options(nostack)) };
            let noticed = !environment::is_default();
            // SAFETY: as above.
            unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &was, options(nostack)) };
            assert!(noticed, "{bits:#x}");
        }
        assert!(environment::is_default());
    }
}
