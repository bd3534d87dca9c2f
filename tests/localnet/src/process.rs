//! Processes and their memory, from `/proc`; signals.

use rustix::process::{kill_process, Pid, Signal};
use std::{fs, path::Path, time::Duration};

/// Ticks in a second, in which Linux tells programs of time on a processor.
const TICKS: u64 = 100;

/// Time on a processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Computed {
    pub node: Duration,
    pub worker: Duration,
}

/// Resident memory in KiB, as far as the system tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    pub node: Option<u64>,
    pub worker: Option<u64>,
}

/// A line of a process's status in KiB: `VmHWM` for the peak, `VmRSS` for what it has now.
pub(crate) fn memory(pid: u32, line: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|found| found.strip_prefix(line))?;
    line.strip_prefix(':')?.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// From now on the peak of a process is that since now.
pub(crate) fn forget_peak(pid: u32) -> std::io::Result<()> {
    // 5: the peak, and nothing else.
    fs::write(format!("/proc/{pid}/clear_refs"), "5")
}

/// Time on a processor so far, of all its threads.
pub fn computed(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    // Fields 14 and 15 of proc(5), in user and system mode; the first one here is the third.
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS))
}

/// Direct children of a process.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let child = |path: &Path| -> Option<u32> {
        let number = path.file_name()?.to_str()?.parse().ok()?;
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        // The name before the last parenthesis may hold anything; state and parent follow.
        let parent: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        (parent == pid).then_some(number)
    };
    processes.flatten().filter_map(|entry| child(&entry.path())).collect()
}

/// Sends a signal; a process that has ended already is no error.
pub(crate) fn send(pid: u32, signal: Signal) -> std::io::Result<()> {
    let Some(pid) = Pid::from_raw(pid as i32) else {
        return Ok(());
    };
    match kill_process(pid, signal) {
        Err(rustix::io::Errno::SRCH) => Ok(()),
        sent => sent.map_err(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn this_process_should_have_memory_and_its_children_should_be_found() {
        let now = memory(std::process::id(), "VmRSS");
        let peak = memory(std::process::id(), "VmHWM");
        assert!(now.is_some_and(|kib| kib > 100) && now <= peak, "{now:?}, {peak:?}");
        forget_peak(std::process::id()).unwrap();
        assert!(computed(std::process::id()).is_some());
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(children(std::process::id()).contains(&child.id()));
        send(child.id(), Signal::STOP).unwrap();
        send(child.id(), Signal::KILL).unwrap();
        assert!(!child.wait().unwrap().success());
        send(child.id(), Signal::TERM).unwrap();
    }
}
