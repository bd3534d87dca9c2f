//! How many files this process may open: a round of 1,024 updates opens as many at once.

use anyhow::{bail, Context};
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

/// Inputs of the largest round, connections of the gateway, and what else a worker has open.
pub(crate) const NEEDED: u64 = 1_024 + 512 + 512;
/// As many as anything here could use.
const ENOUGH: u64 = 65_536;

/// Raises the limit where it is allowed.
///
/// # Errors
/// Where fewer than [`NEEDED`] are allowed: a round could not be computed then.
pub(crate) fn raise() -> anyhow::Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(wanted) = wanted(current, maximum)? else {
        return Ok(());
    };
    let limit = Rlimit {
        current: Some(wanted),
        maximum,
    };
    setrlimit(Resource::Nofile, limit).with_context(|| format!("raising the limit of open files to {wanted}"))?;
    tracing::debug!(wanted, "the limit of open files is raised");
    Ok(())
}

/// The new limit, if another one is wanted; `None` stands for no limit.
fn wanted(current: Option<u64>, maximum: Option<u64>) -> anyhow::Result<Option<u64>> {
    let allowed = maximum.unwrap_or(u64::MAX);
    if allowed < NEEDED {
        bail!(
            "this process may open {allowed} files, and a round of 1,024 updates needs {NEEDED}: raise the limit (LimitNOFILE= of the \
             systemd unit, or ulimit -Hn)"
        );
    }
    let wanted = allowed.min(ENOUGH);
    Ok(current.filter(|current| *current < wanted).map(|_| wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_should_be_raised_as_far_as_it_helps() {
        assert_eq!(wanted(Some(1_024), Some(4_096)).unwrap(), Some(4_096));
        assert_eq!(wanted(Some(1_024), Some(1 << 20)).unwrap(), Some(ENOUGH));
        assert_eq!(wanted(Some(1_024), None).unwrap(), Some(ENOUGH));
        assert_eq!(wanted(Some(4_096), Some(4_096)).unwrap(), None);
        assert_eq!(wanted(Some(1 << 20), None).unwrap(), None);
        assert_eq!(wanted(None, None).unwrap(), None);
        let refused = wanted(Some(1_024), Some(1_024)).unwrap_err().to_string();
        assert!(
            refused.contains("1024 files") && refused.contains("LimitNOFILE"),
            "{refused}"
        );
    }
}
