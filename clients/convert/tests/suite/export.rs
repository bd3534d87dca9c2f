//! Versions as folders that other libraries load.

use crate::common::{delta, f32s, write, Tensor};
use quorate_convert::{convert, ConvertError, Export, Exported, Job, Options, Precision, Report};
use safetensors::SafeTensors;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const LARGE: u64 = 5_000_000_000;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A version, `version`, of a folder with these tensors and small files.
    fn version(&self, tensors: &[Tensor<'_>], files: &[(&str, &str)], options: Options) -> Report {
        let folder = self.at("original");
        fs::create_dir(&folder).unwrap();
        write(&folder.join("model.safetensors"), tensors);
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        convert(&folder, &self.at("version"), &Job::Model(options), &|_, _| ()).unwrap()
    }

    fn export(&self, precision: Precision, shard_len: u64) -> Result<Exported, ConvertError> {
        let (input, output) = (self.at("version"), self.at("folder"));
        let export = Export {
            input: &input,
            output: &output,
            precision,
            shard_len,
            base_name: None,
        };
        let exported = export.run(&|done, total| assert!(done <= total));
        assert_eq!(output.exists(), exported.is_ok());
        let left = fs::read_dir(self.0.path()).unwrap();
        let hidden = left.filter(|entry| entry.as_ref().unwrap().file_name().as_encoded_bytes().starts_with(b"."));
        assert_eq!(hidden.count(), 0, "something is left behind");
        exported
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.at("folder").join(name)).unwrap()
    }
}

/// Type, shape and bytes by name, as the reference loader reads them.
fn tensors(file: &[u8]) -> BTreeMap<String, (String, Vec<usize>, Vec<u8>)> {
    let (_, metadata) = SafeTensors::read_metadata(file).unwrap();
    assert_eq!(metadata.metadata().as_ref().unwrap()["format"], "pt");
    let read = SafeTensors::deserialize(file).unwrap();
    read.tensors()
        .into_iter()
        .map(|(name, view)| {
            (
                name,
                (
                    format!("{:?}", view.dtype()),
                    view.shape().to_vec(),
                    view.data().to_vec(),
                ),
            )
        })
        .collect()
}

fn all_types() -> Vec<Tensor<'static>> {
    vec![
        ("bf16", "BF16", &[2], vec![0x80, 0x3f, 0xf7, 0xc2]),
        ("bool", "BOOL", &[3], vec![0, 1, 1]),
        ("f16", "F16", &[2], vec![0x00, 0x3c, 0x01, 0x00]),
        ("f64", "F64", &[1], 0.5f64.to_le_bytes().to_vec()),
        ("i64", "I64", &[], 7i64.to_le_bytes().to_vec()),
        ("single", "F32", &[], f32s(&[-0.0])),
        ("w", "F32", &[1, 2], f32s(&[1.5, -2.0])),
    ]
}

#[test]
fn a_folder_should_come_back_as_it_went_in() {
    let place = Place::new();
    let config = "{ \"model_type\" :\"llama\"}";
    place.version(
        &all_types(),
        &[("config.json", config), ("generation_config.json", "{}")],
        Options::default(),
    );
    let exported = place.export(Precision::Original, LARGE).unwrap();
    let original = fs::read(place.at("original/model.safetensors")).unwrap();
    let original = SafeTensors::deserialize(&original).unwrap();
    let written = tensors(&place.read("model.safetensors"));
    assert_eq!(written.len(), original.len());
    for (name, view) in original.tensors() {
        let expected = (
            format!("{:?}", view.dtype()),
            view.shape().to_vec(),
            view.data().to_vec(),
        );
        assert_eq!(written[&name], expected, "{name}");
    }
    assert_eq!(place.read("config.json"), config.as_bytes());
    assert_eq!((exported.rounded, exported.tensors, exported.is_adapter), (0, 7, false));
    for (name, len) in &exported.files {
        assert_eq!(place.read(name).len() as u64, *len, "{name}");
    }
    assert_eq!(exported.files.len(), fs::read_dir(place.at("folder")).unwrap().count());
}

#[test]
fn every_tensor_should_lie_at_a_multiple_of_its_elements_size() {
    let place = Place::new();
    place.version(&all_types(), &[], Options::default());
    place.export(Precision::Original, LARGE).unwrap();
    let file = place.read("model.safetensors");
    let (header, metadata) = SafeTensors::read_metadata(&file).unwrap();
    assert_eq!((header + 8) % 8, 0);
    for (name, info) in metadata.tensors() {
        let size = info.dtype.bitsize() / 8;
        assert_eq!(info.data_offsets.0 % size, 0, "{name}");
    }
}

#[test]
fn aliases_should_be_there_under_their_names() {
    let place = Place::new();
    let options = Options {
        ties: vec![("w".into(), "head".into()), ("w".into(), "tail".into())],
        ..Options::default()
    };
    place.version(&[("w", "F32", &[2], f32s(&[1.0, 2.0]))], &[], options);
    let exported = place.export(Precision::Original, LARGE).unwrap();
    let written = tensors(&place.read("model.safetensors"));
    assert_eq!(written.keys().collect::<Vec<_>>(), ["head", "tail", "w"]);
    assert!(written.values().all(|tensor| tensor == &written["w"]));
    assert_eq!(exported.tensors, 3);
}

/// A version after one round: what was trained is not what the type holds.
fn trained(place: &Place, dtype: &'static str, first: Vec<u8>, deltas: &[f32]) {
    let shape = [deltas.len() as u64];
    place.version(&[("w", dtype, &shape, first)], &[], Options::default());
    // A version with other values: its data follow its header.
    let mut bytes = fs::read(place.at("version")).unwrap();
    let at = bytes.len() - 4 * deltas.len();
    for (value, delta) in bytes[at..].as_chunks_mut().0.iter_mut().zip(deltas) {
        *value = (f32::from_le_bytes(*value) + delta).to_le_bytes();
    }
    fs::write(place.at("version"), bytes).unwrap();
}

#[test]
fn trained_values_should_be_rounded_to_their_type_half_to_even() {
    let place = Place::new();
    let step = 2f32.powi(-7);
    // Around 1: a quarter of a step, half of one from an even and from an odd value, three quarters, and none.
    let deltas = [step / 4.0, step / 2.0, step * 1.5, step * 0.75, 0.0];
    trained(&place, "BF16", [0x80, 0x3f].repeat(5), &deltas);
    let exported = place.export(Precision::Original, LARGE).unwrap();
    let written = tensors(&place.read("model.safetensors"));
    let expected: Vec<u8> = [0x3f80u16, 0x3f80, 0x3f82, 0x3f81, 0x3f80]
        .iter()
        .flat_map(|bits| bits.to_le_bytes())
        .collect();
    assert_eq!(written["w"], ("BF16".into(), vec![5], expected));
    assert_eq!(exported.rounded, 4);
}

#[test]
fn trained_values_should_stay_as_they_are_as_f32() {
    let place = Place::new();
    trained(&place, "BF16", vec![0x80, 0x3f], &[1e-4]);
    let exported = place.export(Precision::F32, LARGE).unwrap();
    assert_eq!(
        tensors(&place.read("model.safetensors"))["w"],
        ("F32".into(), vec![1], f32s(&[1.0 + 1e-4]))
    );
    assert_eq!(exported.rounded, 0);
}

#[test]
fn values_beyond_their_type_should_be_named_with_what_to_do() {
    let place = Place::new();
    trained(&place, "F16", [0x00, 0x3c].repeat(3), &[0.0, 65518.0, 65519.0]);
    let text = place.export(Precision::Original, LARGE).unwrap_err().to_string();
    assert!(
        text.contains("\"w\", element 2") && text.contains("F16") && text.contains("--dtype f32"),
        "{text}"
    );
    place.export(Precision::F32, LARGE).unwrap();
}

#[test]
fn values_that_are_not_finite_should_be_named() {
    let place = Place::new();
    trained(&place, "F32", f32s(&[1.0, 1.0]), &[0.0, f32::INFINITY]);
    let text = place.export(Precision::Original, LARGE).unwrap_err().to_string();
    assert!(
        text.contains("\"w\", element 1") && text.contains("not finite"),
        "{text}"
    );
}

#[test]
fn long_models_should_be_written_in_shards_with_an_index() {
    let place = Place::new();
    let options = Options {
        ties: vec![("a".into(), "z".into())],
        ..Options::default()
    };
    let tensor =
        |name: &'static str| -> Tensor<'static> { (name, "F32", &[4], f32s(&[1.0, 2.0, 3.0, name.len() as f32])) };
    let long: Tensor<'_> = ("d", "F32", &[12], f32s(&[1.0; 12]));
    place.version(
        &[tensor("a"), tensor("b"), tensor("c"), long, tensor("e")],
        &[("config.json", "{}")],
        options,
    );
    let exported = place.export(Precision::Original, 40).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&place.read("model.safetensors.index.json")).unwrap();
    assert_eq!(index["metadata"]["total_size"], 5 * 16 + 48);
    let mut found = BTreeMap::new();
    for part in 1..=4 {
        let name = format!("model-0000{part}-of-00004.safetensors");
        let written = tensors(&place.read(&name));
        let len: usize = written.values().map(|(_, _, bytes)| bytes.len()).sum();
        assert!(len <= 40 || written.len() == 1, "{name}: {len}");
        found.extend(written.into_keys().map(|tensor| (tensor, name.clone())));
    }
    let map: BTreeMap<String, String> = serde_json::from_value(index["weight_map"].clone()).unwrap();
    assert_eq!(found, map);
    assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "b", "c", "d", "e", "z"]);
    assert_eq!(exported.files.len(), 6);
    // It is read again, into the same version but for the ties, which a folder does not say.
    let options = Options {
        ties: vec![("a".into(), "z".into())],
        ..Options::default()
    };
    convert(
        &place.at("folder"),
        &place.at("again"),
        &Job::Model(options),
        &|_, _| (),
    )
    .unwrap();
    assert_eq!(
        fs::read(place.at("again")).unwrap(),
        fs::read(place.at("version")).unwrap()
    );
}

#[test]
fn adapters_should_be_one_file_with_their_configuration() {
    let place = Place::new();
    let name = "base_model.model.fc.lora_A.weight";
    let other = "base_model.model.fc.lora_B.weight";
    let tensors_of = [
        (name, "F32", &[2u64][..], f32s(&[1.0, 2.0])),
        (other, "F32", &[2], f32s(&[0.0, 0.0])),
    ];
    place.version(
        &tensors_of,
        &[("adapter_config.json", r#"{"peft_type":"LORA"}"#)],
        Options::default(),
    );
    let exported = place.export(Precision::Original, 1).unwrap();
    assert!(exported.is_adapter);
    assert_eq!(tensors(&place.read("adapter_model.safetensors")).len(), 2);
    assert_eq!(place.read("adapter_config.json"), br#"{"peft_type":"LORA"}"#);
}

#[test]
fn only_versions_should_become_folders() {
    let place = Place::new();
    place.version(&[("w", "F32", &[1], f32s(&[1.0]))], &[], Options::default());
    fs::rename(place.at("version"), place.at("base")).unwrap();
    convert(
        &place.at("original"),
        &place.at("version"),
        &delta(&place.at("base")),
        &|_, _| (),
    )
    .unwrap();
    let text = place.export(Precision::Original, LARGE).unwrap_err().to_string();
    assert!(text.contains("is of kind delta (an update)"), "{text}");
    fs::copy(place.at("original/model.safetensors"), place.at("version")).unwrap();
    let text = place.export(Precision::Original, LARGE).unwrap_err().to_string();
    assert!(text.contains("is not canonical"), "{text}");
}

#[test]
fn tensors_that_only_look_like_small_files_should_stay_tensors() {
    let place = Place::new();
    let bytes = |len: usize| vec![b'{'; len];
    place.version(
        &[
            ("file:../escape.json", "U8", &[2], bytes(2)),
            ("file:modeling.py", "U8", &[2], bytes(2)),
            ("file:generation_config.json", "U8", &[1, 2], bytes(2)),
            ("w", "F32", &[1], f32s(&[1.0])),
        ],
        &[],
        Options::default(),
    );
    place.export(Precision::Original, LARGE).unwrap();
    assert_eq!(tensors(&place.read("model.safetensors")).len(), 4);
    assert_eq!(fs::read_dir(place.at("folder")).unwrap().count(), 1);
}

#[test]
fn a_trained_tensor_that_claims_to_have_been_no_float_should_be_written_as_f32() {
    let place = Place::new();
    place.version(&[("w", "F32", &[2], f32s(&[1.0, 2.0]))], &[], Options::default());
    let mut bytes = fs::read(place.at("version")).unwrap();
    let claim = br#"original_dtype\":\"F32"#;
    let at = bytes.windows(claim.len()).position(|window| window == claim).unwrap();
    bytes[at + claim.len() - 3..][..3].copy_from_slice(b"I64");
    fs::write(place.at("version"), bytes).unwrap();
    place.export(Precision::Original, LARGE).unwrap();
    let written = tensors(&place.read("model.safetensors"));
    assert_eq!(written["w"], ("F32".into(), vec![2], f32s(&[1.0, 2.0])));
}

#[test]
fn a_small_file_that_is_no_json_should_be_refused() {
    let place = Place::new();
    place.version(
        &[
            ("file:config.json", "U8", &[2], b"#!".to_vec()),
            ("w", "F32", &[1], f32s(&[1.0])),
        ],
        &[],
        Options::default(),
    );
    let text = place.export(Precision::Original, LARGE).unwrap_err().to_string();
    assert!(text.contains("config.json in ") && text.contains("no JSON"), "{text}");
}

#[test]
fn what_loads_code_should_be_left_out_of_a_small_file_and_said() {
    let place = Place::new();
    // As another program may write it: this one refuses such a folder.
    let config = r#"{"model_type":"bert","attn_implementation":"someone/kernel","sub":{"auto_map":{"AutoModel":"evil--x.Y"}},"eps":1e-12}"#;
    place.version(
        &[
            ("file:config.json", "U8", &[config.len() as u64], config.into()),
            ("w", "F32", &[1], f32s(&[1.0])),
        ],
        &[("generation_config.json", "{ \"a\":1}")],
        Options::default(),
    );
    let exported = place.export(Precision::Original, LARGE).unwrap();
    assert_eq!(
        exported.left_out,
        ["config.json: attn_implementation", "config.json: auto_map"]
    );
    let left = br#"{
  "model_type": "bert",
  "sub": {},
  "eps": 1e-12
}
"#;
    assert_eq!(place.read("config.json"), left);
    assert!(exported.files.contains(&("config.json".into(), left.len() as u64)));
    // Nothing else of a folder is touched.
    assert_eq!(place.read("generation_config.json"), b"{ \"a\":1}");
}

#[test]
fn a_folder_that_is_there_should_never_be_touched() {
    let place = Place::new();
    place.version(&[("w", "F32", &[1], f32s(&[1.0]))], &[], Options::default());
    let output = place.at("mine");
    fs::create_dir(&output).unwrap();
    fs::write(output.join("kept"), "kept").unwrap();
    let export = |output: &Path| {
        let input = place.at("version");
        let export = Export {
            input: &input,
            output,
            precision: Precision::Original,
            base_name: None,
            shard_len: LARGE,
        };
        export.run(&|_, _| ())
    };
    assert!(export(&output).unwrap_err().to_string().contains("no empty folder"));
    assert_eq!(fs::read_dir(&output).unwrap().count(), 1);
}

#[test]
fn adapter_should_name_the_base_that_was_given_and_keep_all_else() {
    let place = Place::new();
    let config = r#"{"r":4,"base_model_name_or_path":"/home/owner/base","lora_dropout":0.05,"auto_mapping":null}"#;
    place.version(
        &[("base_model.model.w.lora_A.weight", "F32", &[1], f32s(&[1.0]))],
        &[("adapter_config.json", config)],
        Options::default(),
    );
    let (input, output) = (place.at("version"), place.at("folder"));
    let export = Export {
        input: &input,
        output: &output,
        precision: Precision::Original,
        shard_len: LARGE,
        base_name: Some("my/\"base\""),
    };
    export.run(&|_, _| ()).unwrap();
    let written: serde_json::Value = serde_json::from_slice(&place.read("adapter_config.json")).unwrap();
    let mut expected: serde_json::Value = serde_json::from_str(config).unwrap();
    expected["base_model_name_or_path"] = "my/\"base\"".into();
    assert_eq!(written, expected);
}
