//! Frozen bases: one root, in whatever form they are kept.

use crate::common::{f32s, write};
use quorate_convert::{
    convert, read_header, root_of, Against, Conversion, ConvertError, Existing, FrozenBase, Job, Options, Source,
};
use quorate_exact::Dtype;
use std::{
    cell::Cell,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// The bits of these numbers in bf16, which has them exactly.
fn bf16(values: &[f32]) -> Vec<u8> {
    let bits = values.iter().map(|value| (value.to_bits() >> 16) as u16);
    bits.flat_map(u16::to_le_bytes).collect()
}

struct Base(tempfile::TempDir);

impl Base {
    /// A folder with one file, and the same model in two shards with an index.
    fn new() -> Self {
        let base = Self(tempfile::tempdir().unwrap());
        let (one, shards) = (base.path("one"), base.path("shards"));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&shards).unwrap();
        let embed = || ("embed", "BF16", &[2, 2][..], bf16(&[1.5, -2.0, 0.25, 3.0]));
        let head = || ("head", "F32", &[2][..], f32s(&[0.1, 1e20]));
        let steps = || ("steps", "I64", &[][..], 7i64.to_le_bytes().to_vec());
        write(&one.join("model.safetensors"), &[embed(), head(), steps()]);
        fs::write(one.join("config.json"), "{\"model_type\": \"tiny\"}").unwrap();
        write(&shards.join("model-00001-of-00002.safetensors"), &[head()]);
        write(&shards.join("model-00002-of-00002.safetensors"), &[steps(), embed()]);
        let index = r#"{"metadata": {}, "weight_map": {"head": "model-00001-of-00002.safetensors",
            "embed": "model-00002-of-00002.safetensors", "steps": "model-00002-of-00002.safetensors"}}"#;
        fs::write(shards.join("model.safetensors.index.json"), index).unwrap();
        base
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The canonical file.
    fn canonical(&self) -> PathBuf {
        let output = self.path("base.quorate");
        convert(&self.path("one"), &output, &Job::Frozen, &|_, _| ()).unwrap();
        output
    }
}

fn found(path: &Path) -> FrozenBase {
    FrozenBase::of(path, &|_, _| ()).unwrap()
}

#[test]
fn base_should_have_one_root_in_all_forms_that_it_is_kept_in() {
    let base = Base::new();
    let file = base.canonical();
    let canonical = found(&file);
    assert!(canonical.is_canonical);
    assert_eq!(
        (canonical.root, canonical.len),
        (root_of(&file).unwrap(), fs::metadata(&file).unwrap().len())
    );
    let cache = base.path("models--someone--tiny");
    fs::create_dir_all(cache.join("snapshots/abc")).unwrap();
    fs::create_dir_all(cache.join("blobs")).unwrap();
    fs::copy(base.path("one/model.safetensors"), cache.join("blobs/1234")).unwrap();
    symlink("../../blobs/1234", cache.join("snapshots/abc/model.safetensors")).unwrap();
    let kept = [
        base.path("one"),
        base.path("one/model.safetensors"),
        base.path("shards"),
        base.path("shards/model.safetensors.index.json"),
        cache.clone(),
        cache.join("snapshots/abc"),
    ];
    for path in &kept {
        let found = found(path);
        assert!(!found.is_canonical, "{path:?}");
        assert_eq!((found.root, found.len), (canonical.root, canonical.len), "{path:?}");
        FrozenBase::verify(path, (canonical.root, canonical.len), &|_, _| ()).unwrap();
    }
    // Of two revisions the one that `refs/main` names.
    fs::create_dir_all(cache.join("snapshots/def")).unwrap();
    let refused = FrozenBase::of(&cache, &|_, _| ()).unwrap_err().to_string();
    assert!(refused.contains("2 revisions"), "{refused}");
    fs::create_dir_all(cache.join("refs")).unwrap();
    fs::write(cache.join("refs/main"), "abc\n").unwrap();
    assert_eq!(found(&cache).root, canonical.root);
}

/// Programs read f32, and no type of 16 bits.
#[test]
fn floats_should_be_what_programs_read_and_nothing_should_hang_on_values() {
    let base = Base::new();
    let header = read_header(&base.canonical()).unwrap();
    let types: Vec<_> = header
        .tensors
        .iter()
        .map(|tensor| (tensor.name.as_str(), tensor.dtype, tensor.original_dtype, tensor.scale))
        .collect();
    let expected = [
        ("embed", Dtype::F32, Dtype::BF16, 0),
        ("head", Dtype::F32, Dtype::F32, 0),
        ("steps", Dtype::I64, Dtype::I64, 0),
    ];
    assert_eq!(types, expected, "no config.json, either");
}

#[test]
fn another_base_should_be_refused_with_what_it_is() {
    let base = Base::new();
    let FrozenBase { root, len, .. } = found(&base.path("one"));
    let refused = |path: &Path, expected| {
        let hashed = Cell::new(0);
        let error = FrozenBase::verify(path, expected, &|done, _| hashed.set(done)).unwrap_err();
        assert!(matches!(error, ConvertError::OtherBase { .. }), "{error}");
        (error.to_string(), hashed.get())
    };
    let other = base.path("other.safetensors");
    write(&other, &[("embed", "F32", &[2, 2], f32s(&[1.5, -2.0, 0.25, 3.5]))]);
    for (path, expected) in [
        (base.path("one"), (root, len + 1)),
        (other.clone(), (root, len + 1)),
        (base.canonical(), (root, 1)),
    ] {
        let (text, hashed) = refused(&path, expected);
        assert!(
            text.contains("another base") && text.contains(&format!("of {} bytes", expected.1)),
            "{text}"
        );
        assert_eq!(hashed, 0, "the length tells it");
    }
    let (text, hashed) = refused(&other, (root, found(&other).len));
    assert!(text.contains("with the root 0x"), "{text}");
    assert!(hashed > 0);
}

#[test]
fn what_is_no_base_should_be_refused() {
    let base = Base::new();
    let refused = |path: &Path| FrozenBase::of(path, &|_, _| ()).unwrap_err().to_string();
    assert!(refused(&base.path("none")).contains("none"));
    let nan = base.path("nan.safetensors");
    write(&nan, &[("w", "F32", &[1], f32s(&[f32::NAN]))]);
    assert!(refused(&nan).contains('w'));
    let (version, update) = (base.path("version"), base.path("update"));
    let input = base.path("one");
    convert(&input, &version, &Job::Model(Options::default()), &|_, _| ()).unwrap();
    assert!(found(&version).is_canonical, "a version of another model may be one");
    let job = Job::Difference(Against {
        base: &version,
        root: None,
        contributor: quorate_exact::Account([1; 32]),
    });
    let conversion = Conversion {
        output: &update,
        job,
        strip: vec![],
        existing: Existing::Keep,
    };
    conversion
        .run(Source::open(&input.join("model.safetensors")).unwrap(), &|_, _| ())
        .unwrap();
    assert!(refused(&update).contains("a frozen base is a file of weights"));
}
