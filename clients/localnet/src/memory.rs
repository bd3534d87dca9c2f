//! Peak memory of processes, as Linux counts it.

/// Highest resident set so far, in bytes.
pub type PeakRss = u64;

/// Peak memory of one validator.
#[derive(Clone, Debug)]
pub struct Memory {
    pub validator: &'static str,
    pub node: PeakRss,
    pub worker: Option<PeakRss>,
}

/// Peak of the process `pid`, and of its first child.
pub fn of(validator: &'static str, pid: u32) -> Option<Memory> {
    Some(Memory { validator, node: peak(pid)?, worker: child(pid).and_then(peak) })
}

fn peak(pid: u32) -> Option<PeakRss> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn child(pid: u32) -> Option<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    tasks.flatten().find_map(|task| {
        let children = std::fs::read_to_string(task.path().join("children")).ok()?;
        children.split_whitespace().next()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_test_itself_has_a_peak_of_some_memory() {
        let memory = super::of("self", std::process::id()).expect("Linux has /proc");
        assert!(memory.node > 100 * 1024);
    }
}
