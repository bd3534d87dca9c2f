//! Which instructions this CPU has, and how a kernel is compiled once for each level of them.

use std::fmt;

/// Sets of instructions that kernels are compiled for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Plain Rust on vectors as wide as those of AVX-512: the level of other architectures, and what tests of that width run on
    /// where there is no AVX-512.
    Portable,
    /// What every x86-64 has: SSE2.
    Baseline,
    /// AVX2.
    Avx2,
    /// AVX-512 F, BW, DQ, VL and VNNI.
    Avx512,
}

/// The right to use a level: one exists only for a level that this CPU has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cpu {
    level: Level,
}

impl Cpu {
    /// The highest level of this CPU.
    pub fn best() -> Self {
        let level = [Level::Avx512, Level::Avx2, Level::Baseline]
            .into_iter()
            .find(|&level| has(level));
        Self {
            level: level.unwrap_or(Level::Portable),
        }
    }

    /// This level, if the CPU has it.
    pub fn with(level: Level) -> Option<Self> {
        has(level).then_some(Self { level })
    }

    /// All levels of this CPU, lowest first.
    pub fn all() -> Vec<Self> {
        [Level::Portable, Level::Baseline, Level::Avx2, Level::Avx512]
            .into_iter()
            .filter_map(Self::with)
            .collect()
    }

    /// The level.
    pub fn level(self) -> Level {
        self.level
    }
}

#[cfg(target_arch = "x86_64")]
fn has(level: Level) -> bool {
    match level {
        Level::Portable | Level::Baseline => true,
        Level::Avx2 => is_x86_feature_detected!("avx2"),
        Level::Avx512 => {
            is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn has(level: Level) -> bool {
    level == Level::Portable
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            Self::Baseline => "SSE2",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        })
    }
}

/// Calls `$body::<V>(…)`, compiled for the level of `$cpu` with the vector type of that level.
///
/// `$body` is `#[inline(always)]`, so that its loops, and whatever is inlined into it, are compiled with the level's
/// instructions; it may ignore `V` and leave vectors to the compiler.
macro_rules! dispatch {
    ($cpu:expr, $body:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        {
            use core::arch::x86_64::{__m128i, __m256i, __m512i};

            #[target_feature(enable = "avx2")]
            #[allow(clippy::too_many_arguments)]
            fn avx2($($arg: $ty),*) $(-> $ret)? {
                $body::<__m256i>($($arg),*)
            }

            #[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
            #[allow(clippy::too_many_arguments)]
            fn avx512($($arg: $ty),*) $(-> $ret)? {
                $body::<__m512i>($($arg),*)
            }

            match $cpu.level() {
                $crate::cpu::Level::Portable => $body::<[i32; 16]>($($arg),*),
                $crate::cpu::Level::Baseline => $body::<__m128i>($($arg),*),
                // SAFETY: a `Cpu` of this level exists only where the CPU has its instructions.
                $crate::cpu::Level::Avx2 => unsafe { avx2($($arg),*) },
                // SAFETY: as above.
                $crate::cpu::Level::Avx512 => unsafe { avx512($($arg),*) },
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = $cpu;
            $body::<[i32; 16]>($($arg),*)
        }
    }};
}

pub(crate) use dispatch;
