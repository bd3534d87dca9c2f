//! Builds the shim with the C++ compiler, once for each variant and state of the sources.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// How the kernels are built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    Plain,
    /// With AddressSanitizer and UndefinedBehaviorSanitizer.
    Sanitized,
    /// `__syncthreads` does nothing.
    WithoutBarriers,
}

impl Variant {
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &["-O2"],
            Self::Sanitized => &[
                "-O1",
                "-g1",
                "-fsanitize=address,undefined",
                "-fno-sanitize-recover=all",
                "-fno-omit-frame-pointer",
            ],
            Self::WithoutBarriers => &["-O2", "-DSHIM_WITHOUT_BARRIERS"],
        }
    }
}

const COMMON: [&str; 6] = [
    "-std=c++17",
    "-fPIC",
    "-ffp-contract=off",
    "-Wall",
    "-Wextra",
    "-Wno-unknown-pragmas",
];
const SIZES: [u32; 5] = [16, 32, 64, 104, 128];

fn crate_folder() -> PathBuf {
    // Of this crate also where another crate's tests use this file.
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cuda")
}

pub fn compiler() -> String {
    std::env::var("CXX").unwrap_or_else(|_| "c++".into())
}

fn sources() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["shim", "kernels"]
        .iter()
        .flat_map(|folder| fs::read_dir(crate_folder().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// The shared library of a variant.
pub fn library(variant: Variant) -> PathBuf {
    let mut hasher = blake3::Hasher::new();
    for file in sources() {
        hasher.update(&fs::read(file).unwrap());
    }
    for flag in COMMON.iter().chain(variant.flags()) {
        hasher.update(flag.as_bytes());
    }
    let name = format!("shim-{variant:?}-{}", &hasher.finalize().to_hex()[..16]);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&name);
    fs::create_dir_all(&folder).unwrap();
    // Tests are processes of their own: one builds, the others wait.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let library = folder.join("shim.so");
    if !library.exists() {
        build(variant, &folder);
        fs::rename(folder.join("new.so"), &library).unwrap();
    }
    library
}

fn build(variant: Variant, folder: &Path) {
    let mut jobs: Vec<(&str, String, Option<u32>)> = vec![
        ("kernels.cpp", "kernels.o".into(), None),
        ("fibers.cpp", "fibers.o".into(), None),
        ("driver.cpp", "driver.o".into(), None),
    ];
    jobs.extend(SIZES.map(|size| ("sort.cpp", format!("sort_{size}.o"), Some(size))));
    let queue = std::sync::Mutex::new(jobs.iter());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| loop {
                let Some((source, object, size)) = queue.lock().unwrap().next() else {
                    break;
                };
                let mut command = Command::new(compiler());
                command.args(COMMON).args(variant.flags());
                command.args(size.map(|size| format!("-DSIZE={size}")));
                command.arg("-c").arg(crate_folder().join("shim").join(source));
                run(command.arg("-o").arg(folder.join(object)));
            });
        }
    });
    let mut command = Command::new(compiler());
    command.args(variant.flags()).arg("-shared");
    command.args(jobs.iter().map(|(_, object, _)| folder.join(object)));
    run(command.arg("-o").arg(folder.join("new.so")));
}

fn run(command: &mut Command) {
    let output = command.output().expect("a C++ compiler (c++, or CXX) is needed");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{text}");
    assert!(text.is_empty(), "warnings of {command:?}\n{text}");
}
