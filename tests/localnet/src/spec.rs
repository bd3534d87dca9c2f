//! The chain's specification, written once for all nodes.
//!
//! From the preset's name every node would compute genesis by itself, for which it compiles the runtime once more.

use crate::{io, Error, Settings};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Write the raw specification of the `local` preset into `folder`, unless it is there.
pub(crate) fn write(settings: &Settings, folder: &Path) -> Result<PathBuf, Error> {
    let path = folder.join("chain.json");
    if path.is_file() {
        return Ok(path);
    }
    let program = settings.programs.join("quorate-node");
    if !program.is_file() {
        return Err(Error::NoProgram { path: program });
    }
    let output = Command::new(&program)
        .args(["export-chain-spec", "--chain=local", "--raw"])
        .stdin(Stdio::null())
        .output()
        .map_err(io(&program))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_string();
        return Err(Error::Spec {
            status: output.status.to_string(),
            reason,
        });
    }
    fs::write(&path, output.stdout).map_err(io(&path))?;
    Ok(path)
}
