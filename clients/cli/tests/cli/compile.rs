//! `quorate compile` and `quorate program`, with files alone.

use crate::program::{run, Ended};
use quorate_compile::{read_npy, safetensors, write_npy};
use quorate_exact::infer::Tensor;
use quorate_program::{Constant, Type, Value};
use std::path::{Path, PathBuf};

/// A model of two layers in a folder, as safetensors and as a version, and an input of two rows.
struct Made {
    folder: tempfile::TempDir,
}

fn words(text: &str, folder: &Path) -> Ended {
    let place = |word: &str| word.replace('@', folder.to_str().unwrap());
    let words: Vec<String> = text.split(' ').map(place).collect();
    run(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tensor = |name: &str, shape: &[u64], values: &[f32]| {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            let (shape, element) = (shape.to_vec(), Type::F32);
            (name.to_string(), Constant { shape, element, bytes })
        };
        let tensors = [
            tensor("layer1.bias", &[2], &[0.5, -4.0]),
            tensor("layer1.weight", &[2, 2], &[1.0, 0.0, 0.0, 1.0]),
            tensor("layer2.weight", &[1, 2], &[1.0, 2.0]),
        ];
        let made = Self { folder };
        std::fs::write(made.path("m.safetensors"), safetensors(&tensors)).unwrap();
        made.input(&[2, 2], &[1.0, 2.0, 3.0, 9.0]);
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn input(&self, shape: &[usize], values: &[f32]) {
        let value = Value::F32(Tensor::new(shape.to_vec(), values.to_vec()).unwrap());
        std::fs::write(self.path("x.npy"), write_npy(&value)).unwrap();
    }

    fn run(&self, text: &str) -> Ended {
        words(text, self.folder.path())
    }

    fn compiled(self) -> Self {
        let ended = self.run("compile --template mlp --model @/m.safetensors --dimension rows=1..4 --out @/p.qp");
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(ended.out.contains("input       x f32 [rows, 2]"), "{}", ended.out);
        self
    }
}

#[test]
fn model_should_be_converted_compiled_and_run_with_the_same_bits_by_both_ways() {
    let made = Made::new().compiled();
    let ended = made.run("convert @/m.safetensors @/v.safetensors");
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let line = "--json program run @/p.qp --model @/v.safetensors --input x=@/x.npy --force --out @/results";
    let engine = made.run(line).json();
    let reference = made.run(&format!("{line} --reference")).json();
    assert_eq!(engine["outputs"], reference["outputs"]);
    assert_eq!(engine["outputs"][0]["shape"], serde_json::json!([2, 1]));
    let answer = read_npy(&std::fs::read(made.path("results/logits.npy")).unwrap()).unwrap();
    assert_eq!(answer, Value::F32(Tensor::new(vec![2, 1], vec![1.5, 13.5]).unwrap()));
    // What exists stays.
    let again = made.run("program run @/p.qp --model @/v.safetensors --input x=@/x.npy --out @/results");
    again.refused("logits.npy");
}

#[test]
fn program_should_be_shown_with_its_root() {
    let made = Made::new().compiled();
    let shown = made.run("--json program show @/p.qp --nodes").json();
    let file = std::fs::read(made.path("p.qp")).unwrap();
    assert_eq!(shown["root"], format!("0x{}", hex::encode(quorate_exact::root(&file))));
    assert_eq!(shown["nodes"], serde_json::json!({ "Linear": 2, "Relu": 1 }));
    assert_eq!(shown["graph"].as_array().unwrap().len(), 3);
    std::fs::write(made.path("p.qp"), &file[..file.len() - 1]).unwrap();
    made.run("program show @/p.qp").refused("p.qp");
}

#[test]
fn what_is_wrong_should_be_named() {
    let made = Made::new().compiled();
    made.run("compile --template mlp --model @/m.safetensors --dimension rows=1..4 --out @/p.qp")
        .refused("p.qp");
    made.run("compile --template mlp --model @/m.safetensors --out @/q.qp")
        .refused("--dimension rows=1..128");
    made.run("compile --template mlp --model @/m.safetensors --dimension tokens=4 --out @/q.qp")
        .refused("rows=");
    made.run("compile --template bert --model @/m.safetensors --dimension tokens=1..4 --out @/q.qp")
        .refused("word_embeddings");
    made.run("compile @/m.safetensors --out @/q.qp")
        .refused("the ONNX file");
    made.run("compile @/no.onnx --out @/q.qp").refused("no.onnx");
    made.run("program run @/p.qp --input x=@/x.npy --out @/r")
        .refused("--model");
    made.run("program run @/p.qp --model @/m.safetensors --out @/r")
        .refused("--input x=FILE.npy");
    made.run("program run @/p.qp --model @/m.safetensors --input y=@/x.npy --out @/r")
        .refused("no input y");
    made.run("program run @/p.qp --model @/m.safetensors --input x=@/p.qp --out @/r")
        .refused(".npy");
    assert!(!made.path("q.qp").exists() && !made.path("r").exists());
}

#[test]
fn faults_of_a_run_should_be_its_outcome() {
    let made = Made::new().compiled();
    let run = |extra: &str| {
        made.run(&format!(
            "program run @/p.qp --model @/m.safetensors --input x=@/x.npy --out @/r{extra}"
        ))
    };
    // ∞ · 0 in the first layer.
    made.input(&[1, 2], &[f32::INFINITY, 1.0]);
    for extra in ["", " --reference"] {
        let ended = run(extra);
        assert_eq!(ended.code, Some(1), "{}", ended.err);
        assert!(ended.err.contains("not a number"), "{}", ended.err);
    }
    made.input(&[5, 2], &[1.0; 10]);
    run("").refused("takes 1 to 4 of its dimension rows");
    made.input(&[2], &[1.0; 2]);
    run("").refused("f32 [rows, 2] was expected");
}
