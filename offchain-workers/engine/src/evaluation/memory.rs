//! How much memory there is.

use crate::EngineError;

/// Three quarters of what the machine has free now, where it says so.
pub(crate) fn free() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(1024) / 4 * 3)
}

/// # Errors
/// `Memory`, before anything of it is taken.
pub(crate) fn check(needed: u64, allowed: u64) -> Result<(), EngineError> {
    match needed <= allowed {
        true => Ok(()),
        false => Err(EngineError::Memory { needed, allowed }),
    }
}
