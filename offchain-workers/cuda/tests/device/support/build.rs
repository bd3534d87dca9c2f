//! Builds the shim with the C++ compiler: each object once for each state of the sources, however many variants and tests use it.

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

const COMMON: [&str; 6] = [
    "-std=c++17",
    "-fPIC",
    "-ffp-contract=off",
    "-Wall",
    "-Wextra",
    "-Wno-unknown-pragmas",
];
const PLAIN: &[&str] = &["-O2"];
const SANITIZED: &[&str] = &[
    "-O1",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
];
const SIZES: [u32; 5] = [16, 32, 64, 104, 128];
/// Sizes of sorting that are built with the sanitizers: the others are the same source, which takes long to build with them.
const SANITIZED_SIZES: [u32; 2] = [16, 104];

/// A source as it is built.
struct Object {
    source: &'static str,
    size: Option<u32>,
    name: String,
    flags: &'static [&'static str],
}

impl Variant {
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Sanitized => SANITIZED,
            Self::Plain | Self::WithoutBarriers => PLAIN,
        }
    }

    fn objects(self) -> Vec<Object> {
        let object = |source: &'static str, size: Option<u32>, flags: &'static [&'static str]| {
            let kind = if flags == SANITIZED { "sanitized" } else { "plain" };
            let size_name = size.map_or(String::new(), |size| format!("_{size}"));
            Object {
                source,
                size,
                name: format!("{}{size_name}_{kind}.o", source.trim_end_matches(".cpp")),
                flags,
            }
        };
        let mut all: Vec<Object> = ["kernels.cpp", "inference.cpp", "driver.cpp"]
            .map(|source| object(source, None, self.flags()))
            .into();
        // Barriers are in the scheduler alone.
        all.push(match self {
            Self::WithoutBarriers => Object {
                name: "fibers_without_barriers.o".into(),
                ..object("fibers.cpp", None, &["-O2", "-DSHIM_WITHOUT_BARRIERS"])
            },
            _ => object("fibers.cpp", None, self.flags()),
        });
        all.extend(SIZES.map(|size| {
            let sanitized = self == Self::Sanitized && SANITIZED_SIZES.contains(&size);
            object("sort.cpp", Some(size), if sanitized { SANITIZED } else { PLAIN })
        }));
        all
    }
}

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
    for flag in COMMON.iter().chain(PLAIN).chain(SANITIZED) {
        hasher.update(flag.as_bytes());
    }
    let name = format!("shim-{}", &hasher.finalize().to_hex()[..16]);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&name);
    fs::create_dir_all(&folder).unwrap();
    // Tests are processes of their own: one builds, the others wait.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let library = folder.join(format!("{variant:?}.so"));
    if !library.exists() {
        build(variant, &folder);
        fs::rename(folder.join("new.so"), &library).unwrap();
    }
    library
}

fn build(variant: Variant, folder: &Path) {
    let objects = variant.objects();
    let queue = std::sync::Mutex::new(objects.iter());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| loop {
                let Some(object) = queue.lock().unwrap().next() else {
                    break;
                };
                compile(object, folder);
            });
        }
    });
    let mut command = Command::new(compiler());
    command.args(variant.flags()).arg("-shared");
    command.args(objects.iter().map(|object| folder.join(&object.name)));
    run(command.arg("-o").arg(folder.join("new.so")));
}

fn compile(object: &Object, folder: &Path) {
    let path = folder.join(&object.name);
    if path.exists() {
        return;
    }
    let mut command = Command::new(compiler());
    command.args(COMMON).args(object.flags);
    command.args(object.size.map(|size| format!("-DSIZE={size}")));
    command.arg("-c").arg(crate_folder().join("shim").join(object.source));
    let new = path.with_extension("new");
    run(command.arg("-o").arg(&new));
    fs::rename(new, path).unwrap();
}

fn run(command: &mut Command) {
    let output = command.output().expect("a C++ compiler (c++, or CXX) is needed");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{text}");
    assert!(text.is_empty(), "warnings of {command:?}\n{text}");
}
