//! Folders as `save_pretrained` writes them.

use crate::common::{f32s, write};
use quorate_convert::{convert, read_header, ConvertError, Job, Options, Report};
use quorate_exact::{Dtype, Role};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

const CONFIG: &str = "{\n  \"model_type\": \"llama\"\n}\n";

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.model()).unwrap();
        place
    }

    fn model(&self) -> PathBuf {
        self.0.path().join("model")
    }

    fn output(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn tensors(&self, name: &str) {
        write(&self.model().join(name), &[("w", "F32", &[2], f32s(&[1.0, 2.0]))]);
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.model().join(name), text).unwrap();
    }

    fn convert(&self, input: &Path) -> Result<Report, ConvertError> {
        let report = convert(input, &self.output(), &Job::Model(Options::default()), &|_, _| ());
        assert_eq!(self.output().exists(), report.is_ok());
        report
    }

    #[track_caller]
    fn refused(&self, words: &[&str]) {
        let text = self.convert(&self.model()).unwrap_err().to_string();
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {text:?}");
        }
    }
}

#[test]
fn the_small_files_of_a_folder_should_become_part_of_the_version() {
    let place = Place::new();
    place.tensors("model.safetensors");
    place.put("config.json", CONFIG);
    place.put("tokenizer.json", "{}");
    place.convert(&place.model()).unwrap();
    let header = read_header(&place.output()).unwrap();
    let names: Vec<_> = header.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["w", "file:config.json"]);
    let file = &header.tensors[1];
    assert_eq!(
        (file.role, file.dtype, &file.shape[..]),
        (Role::Const, Dtype::U8, &[CONFIG.len() as u64][..])
    );
    let bytes = fs::read(place.output()).unwrap();
    assert!(bytes.ends_with(CONFIG.as_bytes()));
}

#[test]
fn a_file_that_is_named_itself_should_take_nothing_along() {
    let place = Place::new();
    place.tensors("model.safetensors");
    place.put("config.json", "no JSON at all");
    place.convert(&place.model().join("model.safetensors")).unwrap();
    assert_eq!(read_header(&place.output()).unwrap().tensors.len(), 1);
}

#[test]
fn the_tensors_of_a_folder_should_be_found_under_the_names_that_libraries_give() {
    for name in [
        "model.safetensors",
        "adapter_model.safetensors",
        "diffusion_pytorch_model.safetensors",
    ] {
        let place = Place::new();
        place.tensors(name);
        place.convert(&place.model()).unwrap();
    }
    let place = Place::new();
    place.tensors("shard-1");
    place.put("model.safetensors.index.json", r#"{"weight_map":{"w":"shard-1"}}"#);
    place.convert(&place.model()).unwrap();
    // A cache of the hub has links for files.
    let linked = Place::new();
    place.tensors("blob");
    symlink(place.model().join("blob"), linked.model().join("model.safetensors")).unwrap();
    linked.convert(&linked.model()).unwrap();
}

#[test]
fn a_folder_that_does_not_say_which_file_should_be_refused_with_their_names() {
    let place = Place::new();
    place.refused(&["a folder without a .safetensors file"]);
    place.put("pytorch_model.bin", "");
    place.refused(&["pickles", "pytorch_model.bin", "save_pretrained"]);
    fs::rename(place.model().join("pytorch_model.bin"), place.model().join("q4.gguf")).unwrap();
    place.refused(&["GGUF", "q4.gguf"]);
    place.tensors("a.safetensors");
    place.tensors("b.safetensors");
    place.refused(&["\"a.safetensors\", \"b.safetensors\"", "name the one"]);
    place.tensors("model.safetensors");
    place.put("model.safetensors.index.json", "{}");
    place.refused(&[
        "\"model.safetensors\", \"model.safetensors.index.json\"",
        "name the one",
    ]);
}

#[test]
fn small_files_that_are_none_should_be_refused_with_what_to_do() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    for (text, word) in [
        ("", "no JSON"),
        ("[]", "no object"),
        ("{", "no JSON"),
        (&long[..], "longer than 1048576 bytes"),
    ] {
        let place = Place::new();
        place.tensors("model.safetensors");
        place.put("config.json", text);
        place.refused(&["config.json", word, "name the .safetensors file itself"]);
    }
    let place = Place::new();
    place.tensors("model.safetensors");
    fs::create_dir(place.model().join("config.json")).unwrap();
    place.refused(&["config.json", "no regular file"]);
}

#[test]
fn a_tensor_with_the_name_of_a_small_file_should_not_be_lost() {
    let place = Place::new();
    write(
        &place.model().join("model.safetensors"),
        &[("file:config.json", "F32", &[1], f32s(&[1.0]))],
    );
    place.put("config.json", CONFIG);
    place.refused(&["\"file:config.json\"", "is there twice"]);
}

#[test]
fn a_configuration_by_which_libraries_load_code_should_be_refused_with_its_key() {
    for (name, text, key) in [
        (
            "config.json",
            r#"{"auto_map":{"AutoModel":"evil--code.Model"}}"#,
            "\"auto_map\"",
        ),
        (
            "config.json",
            r#"{"text_config":{"_attn_implementation":"someone/kernel"}}"#,
            "\"_attn_implementation\"",
        ),
        (
            "generation_config.json",
            r#"{"compile_config":{"options":{}}}"#,
            "\"compile_config\"",
        ),
        (
            "adapter_config.json",
            r#"{"megatron_config":{"a":1},"megatron_core":"planted"}"#,
            "\"megatron_config\", \"megatron_core\"",
        ),
    ] {
        let place = Place::new();
        place.tensors("model.safetensors");
        place.put(name, text);
        place.refused(&[name, key, "would load code", "name the .safetensors file itself"]);
    }
}

#[test]
fn small_files_should_be_links_only_within_their_folder_or_to_the_caches_own_files() {
    let place = Place::new();
    place.tensors("model.safetensors");
    let secret = place.0.path().join("secret.json");
    fs::write(&secret, r#"{"token":"hf_1234"}"#).unwrap();
    symlink(&secret, place.model().join("config.json")).unwrap();
    place.refused(&["config.json", "is not in the folder"]);
    // A link to nothing is no file that is not there.
    fs::remove_file(&secret).unwrap();
    assert!(place.convert(&place.model()).is_err());
    fs::remove_file(place.model().join("config.json")).unwrap();
    place.put("mine.json", CONFIG);
    symlink("mine.json", place.model().join("config.json")).unwrap();
    place.convert(&place.model()).unwrap();
    assert_eq!(read_header(&place.output()).unwrap().tensors.len(), 2);
    fs::remove_file(place.output()).unwrap();
    // As the hub's cache has them.
    let at = |name: &str| place.0.path().join("models--x").join(name);
    for name in ["blobs", "snapshots/0123"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    fs::rename(place.model().join("model.safetensors"), at("blobs/aa")).unwrap();
    fs::write(at("blobs/bb"), CONFIG).unwrap();
    for (name, blob) in [("model.safetensors", "aa"), ("config.json", "bb")] {
        symlink(Path::new("../../blobs").join(blob), at("snapshots/0123").join(name)).unwrap();
    }
    place.convert(&at("snapshots/0123")).unwrap();
    assert_eq!(read_header(&place.output()).unwrap().tensors.len(), 2);
}
