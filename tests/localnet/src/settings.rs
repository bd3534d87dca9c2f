//! What to start.

use crate::{error::io, Error, Ports};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Validators of the `local` preset.
const VALIDATORS: usize = 4;
/// Names the folder of the programs, where it is not that of the running one.
const PROGRAMS: &str = "QUORATE_PROGRAMS";

/// What to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of `quorate-node` and `quorate-worker`.
    pub programs: PathBuf,
    /// Folder for databases, blobs and logs; a temporary one unless given.
    pub folder: Option<PathBuf>,
    /// Number of founding validators.
    pub validators: usize,
    /// Further ones that are no founders and have no keys: they are not started with the others, and may join.
    pub reserve: usize,
    /// Organisations: as many as validators, and five, unless it is more.
    pub organisations: usize,
    pub ports: Ports,
    /// Proxies between the validators, whose links can be cut and slowed.
    pub links: bool,
    /// Other worker programs, by validator.
    pub workers: BTreeMap<usize, PathBuf>,
    /// Further arguments for workers, by validator.
    pub worker_arguments: BTreeMap<usize, Vec<String>>,
    /// Further arguments for each node.
    pub arguments: Vec<String>,
}

impl Settings {
    /// Four validators with free ports, programs from the folder that `QUORATE_PROGRAMS` names, or else from that of this program.
    pub fn new() -> Result<Self, Error> {
        let programs = match std::env::var_os(PROGRAMS) {
            Some(folder) => PathBuf::from(folder),
            None => own_folder()?,
        };
        Ok(Self {
            programs,
            folder: None,
            validators: VALIDATORS,
            reserve: 0,
            organisations: 0,
            ports: Ports::Free,
            links: false,
            workers: BTreeMap::new(),
            worker_arguments: BTreeMap::new(),
            arguments: Vec::new(),
        })
    }

    /// A program of this workspace: from the programs' folder, or else from that of this program.
    pub fn program(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.programs.join(name);
        match path.is_file() {
            true => Ok(path),
            false => Ok(own_folder()?.join(name)),
        }
    }
}

/// Where the running program lies.
fn own_folder() -> Result<PathBuf, Error> {
    let me = std::env::current_exe().map_err(io("this program"))?;
    let mut folder = me.parent().unwrap_or(Path::new(".")).to_path_buf();
    // Tests lie in `deps`, one below the programs.
    if folder.ends_with("deps") {
        folder.pop();
    }
    Ok(folder)
}
