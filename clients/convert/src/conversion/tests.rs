//! What is written, and said, is the same for any number of threads.

use super::*;
use crate::values::PIECE;
use half::{bf16, f16};
use serde_json::json;
use std::fs;

const SEVERAL: [usize; 3] = [1, 2, 7];
const CONTRIBUTOR: Account = Account([0xc0; 32]);
/// Tensors of all types, of several pieces and of few elements.
const TENSORS: [(&str, Dtype, u64); 6] = [
    ("a.weight", Dtype::F32, 3 * PIECE + 17),
    ("b.weight", Dtype::BF16, 2 * PIECE),
    ("c.bias", Dtype::F32, 3),
    ("c.weight", Dtype::F16, PIECE + 1),
    ("d.running_mean", Dtype::F64, PIECE - 1),
    ("e.mask", Dtype::U8, PIECE + 5),
];

/// The same values in ±1 for ever.
struct Values(u32);

impl Values {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

fn bytes(dtype: Dtype, value: f32) -> Vec<u8> {
    match dtype {
        Dtype::F32 => value.to_le_bytes().into(),
        Dtype::F64 => f64::from(value).to_le_bytes().into(),
        Dtype::F16 => f16::from_f32(value).to_le_bytes().into(),
        Dtype::BF16 => bf16::from_f32(value).to_le_bytes().into(),
        _ => vec![u8::from(value > 0.0)],
    }
}

/// A file of these values, each by its tensor and index, after `change`.
fn write_file(path: &Path, seed: u32, change: impl Fn(&str, u64, f32) -> f32) {
    let (mut header, mut data, mut values) = (serde_json::Map::new(), Vec::new(), Values(seed));
    for (name, dtype, elements) in TENSORS {
        let begin = data.len();
        for index in 0..elements {
            data.extend(bytes(dtype, change(name, index, values.next())));
        }
        let place = json!({ "dtype": dtype.name(), "shape": [elements], "data_offsets": [begin, data.len()] });
        header.insert(name.into(), place);
    }
    let header = serde_json::to_vec(&header).unwrap();
    fs::write(
        path,
        [&(header.len() as u64).to_le_bytes(), &header[..], &data].concat(),
    )
    .unwrap();
}

fn run(job: Job<'_>, threads: usize, input: &Path, output: &Path) -> Result<Report, ConvertError> {
    let conversion = Conversion {
        output,
        job,
        strip: Vec::new(),
        existing: Existing::Keep,
    };
    conversion.run_on(NonZeroUsize::new(threads).unwrap(), Source::open(input)?, &|_, _| ())
}

fn hex(root: &quorate_exact::Root) -> String {
    root.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn files_and_reports_should_be_the_same_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_file(&at("weights"), 1, |_, _, value| value);
    // A third of them unchanged.
    write_file(&at("trained"), 1, |_, index, value| match index % 3 {
        0 => value,
        _ => value * 0.99,
    });
    let mut reports = Vec::new();
    for threads in SEVERAL {
        let base = at(&format!("base-{threads}"));
        let version = run(Job::Model(Options::default()), threads, &at("weights"), &base).unwrap();
        let job = Job::Difference(Against {
            base: &base,
            // Known, or hashed.
            root: (threads > 1).then_some(version.root),
            contributor: CONTRIBUTOR,
        });
        let update = run(job, threads, &at("trained"), &at(&format!("update-{threads}"))).unwrap();
        reports.push((version, update));
    }
    let (version, update) = &reports[0];
    for other in &reports[1..] {
        // Sums of f64, too, to their last digit.
        assert_eq!(other, &reports[0]);
    }
    assert!(version.tensors[0].content.is_some() && version.tensors[2].content.is_some());
    assert!(update.rounding.share().is_some() && update.rounding.changed < update.rounding.all);
    let golden = [GOLDEN_VERSION, GOLDEN_UPDATE];
    assert_eq!([hex(&version.root), hex(&update.root)], golden);
    for (file, root) in [("base-7", &version.root), ("update-7", &update.root)] {
        assert_eq!(quorate_exact::root(&fs::read(at(file)).unwrap()), *root);
    }
}

/// As the program wrote them before there were threads.
const GOLDEN_VERSION: &str = "dc58dcc59906e8346d09db8e97cade2bb272c20579b8be21b5c5825815e646dd";
const GOLDEN_UPDATE: &str = "3423c03f6faff7850573c2653760c7e1c0b1d3abb6858f1ad8c30e0bdc34e891";

#[test]
fn first_wrong_value_should_be_named_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_file(&at("weights"), 1, |_, _, value| value);
    let base = at("base");
    run(Job::Model(Options::default()), 2, &at("weights"), &base).unwrap();
    // In the third piece of a tensor, in the same block, in the next piece, and in the next tensor.
    let first = 2 * PIECE + 17;
    write_file(&at("trained"), 2, |name, index, value| match (name, index) {
        ("a.weight", index) if index == first => f32::NAN,
        ("a.weight", index) if index == first + 1 || index == 3 * PIECE => f32::INFINITY,
        ("b.weight", 0) => f32::NAN,
        _ => value,
    });
    for threads in SEVERAL {
        let job = Job::Difference(Against {
            base: &base,
            root: None,
            contributor: CONTRIBUTOR,
        });
        let output = at(&format!("update-{threads}"));
        for job in [job, Job::Model(Options::default())] {
            let wrong = run(job, threads, &at("trained"), &output).unwrap_err();
            let ConvertError::NonFinite { name, index, value } = &wrong else {
                panic!("{wrong}")
            };
            assert_eq!((name.as_str(), *index), ("a.weight", first), "{threads} threads");
            assert!(value.is_nan() && !output.exists());
        }
    }
}
