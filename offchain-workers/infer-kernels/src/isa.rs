//! Which instructions this CPU has, and how a kernel is compiled once for each level of them.

use std::fmt;

/// Sets of instructions that kernels are compiled for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Plain Rust; where the target is not known to have a fused multiply-add, it is made in software, which is slow.
    Scalar,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 F, BW, DQ and VL.
    Avx512,
}

/// The right to use a level: one exists only for a level that this CPU has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Isa {
    level: Level,
}

const LEVELS: [Level; 3] = [Level::Scalar, Level::Avx2, Level::Avx512];

impl Isa {
    /// The highest level of this CPU.
    pub fn detect() -> Self {
        let level = LEVELS.into_iter().rev().find(|&level| has(level));
        Self {
            level: level.unwrap_or(Level::Scalar),
        }
    }

    /// This level, if the CPU has it.
    pub fn with(level: Level) -> Option<Self> {
        has(level).then_some(Self { level })
    }

    /// All levels of this CPU, lowest first.
    pub fn available() -> Vec<Self> {
        Self::up_to(Level::Avx512)
    }

    /// Those that are not above `most`.
    pub fn up_to(most: Level) -> Vec<Self> {
        let allowed = LEVELS.into_iter().filter(|&level| level <= most);
        allowed.filter_map(Self::with).collect()
    }

    /// The level.
    pub fn level(self) -> Level {
        self.level
    }
}

#[cfg(target_arch = "x86_64")]
fn has(level: Level) -> bool {
    let avx2 = || is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    match level {
        Level::Scalar => true,
        Level::Avx2 => avx2(),
        Level::Avx512 => {
            avx2()
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn has(level: Level) -> bool {
    level == Level::Scalar
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "portable",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        })
    }
}

/// `dispatch!(isa, body(a: A, b: B) -> R)` calls `body::<V>(a, b)`, compiled for the level of `isa` with the vector type of that
/// level; `dispatch!(isa, body<T: Bound>(…))` calls `body::<V, T>(…)`.
///
/// `body` is `#[inline(always)]`, and so is all that it calls with vectors, so that its loops are compiled with the level's
/// instructions; it may ignore `V` and leave vectors to the compiler.
macro_rules! dispatch {
    ($isa:expr, $body:ident $(<$($generic:ident: $bound:path),*>)? ($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        {
            use core::arch::x86_64::{__m256, __m512};

            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            fn avx2 $(<$($generic: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? {
                $body::<__m256 $($(, $generic)*)?>($($arg),*)
            }

            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
            #[allow(clippy::too_many_arguments)]
            fn avx512 $(<$($generic: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? {
                $body::<__m512 $($(, $generic)*)?>($($arg),*)
            }

            match $isa.level() {
                $crate::isa::Level::Scalar => $body::<$crate::simd::Plain $($(, $generic)*)?>($($arg),*),
                // SAFETY: an `Isa` of this level exists only where the CPU has its instructions.
                $crate::isa::Level::Avx2 => unsafe { avx2($($arg),*) },
                // SAFETY: as above.
                $crate::isa::Level::Avx512 => unsafe { avx512($($arg),*) },
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = $isa;
            $body::<$crate::simd::Plain $($(, $generic)*)?>($($arg),*)
        }
    }};
}

pub(crate) use dispatch;
