//! What ordinary tests do with a target's corpus: they replay it, then go on with spoilt copies of it for a moment. The crates'
//! `tests/replay` include this file; `QUORATE_SEED` repeats a run, `QUORATE_WRITE_CORPUS` writes a test's own inputs into the corpus.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// What parsers trip over.
const BAIT: [&[u8]; 12] = [
    b"\xff\xff\xff\xff",
    b"\x00",
    b"\xfe\xff\xff\xff",
    b"\x03\xff\xff\xff\xff",
    b"\x13\xff\xff\xff\xff\xff\xff\xff\xff",
    b"18446744073709551615",
    b"-1",
    b"\"",
    b"{",
    b":",
    b"\r\n",
    b"\xed\xa0\x80",
];

/// Prints the input that a check fails with.
struct Input<'a>(&'a str, &'a [u8]);

impl Drop for Input<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}: {:02x?}", self.0, self.1);
        }
    }
}

fn corpus(target: &str) -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let corpora = folders.find_map(|folder| Some(folder.join("fuzz/corpus")).filter(|corpora| corpora.is_dir()));
    corpora.expect("fuzz/corpus").join(target)
}

/// Checks `seeds`, the target's corpus, and `spoilt` spoilt copies of them.
pub fn run(target: &str, seeds: &[(&str, Vec<u8>)], spoilt: usize, check: impl Fn(&[u8])) {
    let folder = corpus(target);
    if env::var_os("QUORATE_WRITE_CORPUS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in seeds {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    let mut inputs: Vec<Vec<u8>> = seeds.iter().map(|(_, bytes)| bytes.clone()).collect();
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    inputs.extend(files.iter().map(|file| fs::read(file).unwrap()));
    for bytes in &inputs {
        let input = Input("input", bytes);
        check(bytes);
        drop(input);
    }

    let given = env::var("QUORATE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos() as u64));
    println!("QUORATE_SEED={seed}");
    let mut random = Random(seed);
    for _ in 0..spoilt {
        let bytes = random.spoil(&inputs);
        let input = Input("spoilt input", &bytes);
        check(&bytes);
        drop(input);
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    fn spoil(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            match self.below(6) {
                0 => drop(bytes.splice(at..at, BAIT[self.below(BAIT.len())].iter().copied())),
                1 => bytes.truncate(at),
                2 => bytes.insert(at, self.below(256) as u8),
                // The rest of another input.
                3 => {
                    let other = &inputs[self.below(inputs.len())];
                    bytes.truncate(at);
                    bytes.extend(&other[self.below(other.len() + 1)..]);
                }
                _ if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ => bytes.push(0),
            }
        }
        bytes
    }
}
