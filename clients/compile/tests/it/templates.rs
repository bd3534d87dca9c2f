//! Models of known architectures, beside the same computed by hand.

use quorate_compile::{bert, llama, mlp, BertOutput, TemplateOptions, Weights};
use quorate_program::Value;
use serde_json::{json, Value as Json};

use super::make::{f32s, i64s, operations, weights};

fn options<'a>(weights: &'a Weights, config: Option<&'a Json>) -> TemplateOptions<'a> {
    TemplateOptions {
        weights,
        config,
        length: (1, 8),
        tokenizer: None,
    }
}

/// Small numbers that differ from tensor to tensor.
fn small(seed: usize, count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 31 + seed * 17 + 5) % 29) as f32 / 29.0 - 0.5)
        .collect()
}

fn floats(value: &Value) -> Vec<f32> {
    match value {
        Value::F32(value) => value.data().to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn layers_of_an_mlp_should_follow_their_numbers() {
    let (_folder, file) = weights(&[
        ("fc10.weight", &[1, 2], &[1.0, 1.0]),
        ("fc2.bias", &[2], &[0.0, -4.0]),
        ("fc2.weight", &[2, 2], &[1.0, 0.0, 0.0, 1.0]),
    ]);
    let made = mlp(&options(&file, None)).unwrap();
    assert_eq!(operations(&made), ["Linear", "Relu", "Linear"]);
    let y = made
        .program
        .run(
            vec![f32s(&[2, 2], &[1.0, 2.0, 3.0, 9.0])],
            &file.values(&made.program).unwrap(),
        )
        .unwrap();
    assert_eq!(y, [f32s(&[2, 1], &[1.0, 8.0])]);
}

type Tensors = Vec<(String, Vec<u64>, Vec<f32>)>;

fn opened(tensors: &Tensors) -> (tempfile::TempDir, Weights) {
    let borrowed: Vec<_> = tensors
        .iter()
        .map(|(name, shape, values)| (name.as_str(), shape.as_slice(), values.as_slice()))
        .collect();
    weights(&borrowed)
}

fn add(tensors: &mut Tensors, name: &str, shape: &[u64]) {
    let values = small(tensors.len(), shape.iter().product::<u64>() as usize);
    tensors.push((name.into(), shape.to_vec(), values));
}

fn bert_tensors() -> Tensors {
    let mut tensors = Vec::new();
    for (name, rows) in [("word", 11), ("position", 8), ("token_type", 2)] {
        add(
            &mut tensors,
            &format!("bert.embeddings.{name}_embeddings.weight"),
            &[rows, 4],
        );
    }
    let mut layer = |name: &str, shape: &[u64]| {
        add(&mut tensors, &format!("bert.{name}.weight"), shape);
        add(&mut tensors, &format!("bert.{name}.bias"), &shape[..1]);
    };
    layer("embeddings.LayerNorm", &[4]);
    for name in [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
    ] {
        layer(&format!("encoder.layer.0.{name}"), &[4, 4]);
    }
    layer("encoder.layer.0.attention.output.LayerNorm", &[4]);
    layer("encoder.layer.0.intermediate.dense", &[6, 4]);
    layer("encoder.layer.0.output.dense", &[4, 6]);
    layer("encoder.layer.0.output.LayerNorm", &[4]);
    tensors
}

#[test]
fn bert_should_answer_states_or_an_embedding_of_length_one() {
    let (_folder, file) = opened(&bert_tensors());
    let config =
        json!({ "model_type": "bert", "num_attention_heads": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu" });
    let run = |output| {
        let made = bert(&options(&file, Some(&config)), output).unwrap();
        let values = file.values(&made.program).unwrap();
        made.program
            .run(vec![i64s(&[3], &[4, 10, 0])], &values)
            .unwrap()
            .remove(0)
    };
    let hidden = run(BertOutput::Hidden);
    assert_eq!(hidden.shape(), [3, 4]);
    let embedding = floats(&run(BertOutput::Embedding));
    assert!((embedding.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-6);
    let mean: Vec<f32> = (0..4)
        .map(|i| floats(&hidden).iter().skip(i).step_by(4).sum::<f32>() / 3.0)
        .collect();
    let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt();
    assert!(embedding.iter().zip(mean).all(|(a, b)| (a - b / length).abs() < 1e-5));
    let without = bert(&options(&file, None), BertOutput::Hidden).unwrap_err().to_string();
    assert!(without.contains("num_attention_heads"), "{without}");
}

fn llama_tensors() -> Tensors {
    let mut tensors = Vec::new();
    add(&mut tensors, "model.embed_tokens.weight", &[9, 8]);
    add(&mut tensors, "model.norm.weight", &[8]);
    for layer in 0..2 {
        for (name, shape) in [
            ("input_layernorm", &[8][..]),
            ("post_attention_layernorm", &[8]),
            ("self_attn.q_proj", &[8, 8]),
            ("self_attn.k_proj", &[4, 8]),
            ("self_attn.v_proj", &[4, 8]),
            ("self_attn.o_proj", &[8, 8]),
            ("mlp.gate_proj", &[6, 8]),
            ("mlp.up_proj", &[6, 8]),
            ("mlp.down_proj", &[8, 6]),
        ] {
            add(&mut tensors, &format!("model.layers.{layer}.{name}.weight"), shape);
        }
    }
    tensors
}

fn llama_config() -> Json {
    json!({ "model_type": "llama", "num_attention_heads": 4, "num_key_value_heads": 2, "rope_theta": 10000.0, "rms_norm_eps": 1e-5,
        "hidden_act": "silu", "rope_scaling": null, "tie_word_embeddings": true, "max_position_embeddings": 64 })
}

/// A sequence of one token sees itself alone, at position 0: attention is its own value, and RoPE turns nothing.
fn by_hand(tensors: &Tensors, token: usize) -> Vec<f32> {
    let of = |name: &str| {
        tensors
            .iter()
            .find(|tensor| tensor.0 == format!("model.{name}.weight"))
            .map(|tensor| tensor.2.clone())
            .unwrap()
    };
    let linear = |x: &[f32], w: &[f32]| -> Vec<f32> {
        w.chunks(x.len())
            .map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum())
            .collect()
    };
    let norm = |x: &[f32], g: &[f32]| -> Vec<f32> {
        let r = 1.0 / (x.iter().map(|v| v * v).sum::<f32>() / x.len() as f32 + 1e-5).sqrt();
        x.iter().zip(g).map(|(v, g)| v * r * g).collect()
    };
    let mut x = of("embed_tokens")[token * 8..token * 8 + 8].to_vec();
    for layer in 0..2 {
        let own = |name: &str| of(&format!("layers.{layer}.{name}"));
        let v = linear(&norm(&x, &own("input_layernorm")), &own("self_attn.v_proj"));
        // Heads 0 and 1 read the first, 2 and 3 the second.
        let seen: Vec<f32> = [&v[..2], &v[..2], &v[2..], &v[2..]].concat();
        x.iter_mut()
            .zip(linear(&seen, &own("self_attn.o_proj")))
            .for_each(|(x, y)| *x += y);
        let normal = norm(&x, &own("post_attention_layernorm"));
        let gate = linear(&normal, &own("mlp.gate_proj"));
        let up = linear(&normal, &own("mlp.up_proj"));
        let wide: Vec<f32> = gate.iter().zip(up).map(|(g, u)| g / (1.0 + (-g).exp()) * u).collect();
        x.iter_mut()
            .zip(linear(&wide, &own("mlp.down_proj")))
            .for_each(|(x, y)| *x += y);
    }
    linear(&norm(&x, &of("norm")), &of("embed_tokens"))
}

#[test]
fn llama_should_answer_logits_that_no_later_token_changes() {
    let tensors = llama_tensors();
    let (_folder, file) = opened(&tensors);
    let config = llama_config();
    let made = llama(&options(&file, Some(&config))).unwrap();
    let values = file.values(&made.program).unwrap();
    let run = |ids: &[i64]| floats(&made.program.run(vec![i64s(&[ids.len()], ids)], &values).unwrap()[0]);
    let whole = run(&[3, 1, 4, 8]);
    assert_eq!(whole.len(), 4 * 9);
    assert_eq!(whole[..18], run(&[3, 1])[..]);
    assert!(run(&[3])
        .iter()
        .zip(by_hand(&tensors, 3))
        .all(|(a, b)| (a - b).abs() < 1e-4));
}

/// A version stores tied weights once, under the first of their names: under whichever the program asks for, they are one tensor.
#[test]
fn tied_weights_should_be_found_under_both_names() {
    let mut tensors = llama_tensors();
    let head = (
        String::from("lm_head.weight"),
        tensors[0].1.clone(),
        tensors[0].2.clone(),
    );
    tensors.push(head);
    let (folder, _) = opened(&tensors);
    let (input, output) = (
        folder.path().join("model.safetensors"),
        folder.path().join("v.safetensors"),
    );
    let job = quorate_convert::Job::Model(quorate_convert::Options {
        ties: vec![("lm_head.weight".into(), "model.embed_tokens.weight".into())],
        ..Default::default()
    });
    quorate_convert::convert(&input, &output, &job, &|_, _| ()).unwrap();
    let file = Weights::new(quorate_convert::Source::open(&output).unwrap());
    let mut config = llama_config();
    config["tie_word_embeddings"] = json!(false);
    let made = llama(&options(&file, Some(&config))).unwrap();
    let names = made.program.graph().tensors.iter().map(|tensor| tensor.name.as_str());
    let names: Vec<&str> = names
        .filter(|name| name.contains("embed") || name.contains("head"))
        .collect();
    assert_eq!(names, ["lm_head.weight"]);
    let values = file.values(&made.program).unwrap();
    assert_eq!(
        made.program.run(vec![i64s(&[2], &[1, 2])], &values).unwrap()[0].shape(),
        [2, 9]
    );
}

#[test]
fn small_files_of_a_version_should_be_no_tensors_of_its_model() {
    let (folder, _) = opened(&llama_tensors());
    let (input, output) = (folder.path().join("hf"), folder.path().join("v.safetensors"));
    std::fs::create_dir(&input).unwrap();
    std::fs::rename(folder.path().join("model.safetensors"), input.join("model.safetensors")).unwrap();
    std::fs::write(input.join("config.json"), llama_config().to_string()).unwrap();
    let job = quorate_convert::Job::Model(quorate_convert::Options::default());
    quorate_convert::convert(&input, &output, &job, &|_, _| ()).unwrap();
    let file = Weights::new(quorate_convert::Source::open(&output).unwrap());
    let made = llama(&options(&file, Some(&llama_config()))).unwrap();
    assert!(made
        .program
        .graph()
        .tensors
        .iter()
        .all(|tensor| !tensor.name.starts_with("file:")));
}

#[test]
fn models_of_other_architectures_should_be_refused() {
    let refused = |change: &dyn Fn(&mut Tensors), config: Json| {
        let mut tensors = llama_tensors();
        change(&mut tensors);
        let (_folder, file) = opened(&tensors);
        llama(&options(&file, Some(&config))).unwrap_err().to_string()
    };
    let with = |key: &str, value: Json| {
        let mut config = llama_config();
        config[key] = value;
        config
    };
    let same = |_: &mut Tensors| {};
    let extra = |tensors: &mut Tensors| add(tensors, "model.layers.0.self_attn.q_norm.weight", &[2]);
    let less = |tensors: &mut Tensors| tensors.retain(|tensor| !tensor.0.contains("layers.1.mlp.up_proj"));
    for (error, part) in [
        (refused(&extra, llama_config()), "q_norm"),
        (
            refused(&less, llama_config()),
            "no tensor model.layers.1.mlp.up_proj.weight",
        ),
        (
            refused(&same, with("rope_scaling", json!({ "rope_type": "llama3" }))),
            "rope_scaling",
        ),
        (refused(&same, with("hidden_act", json!("gelu"))), "hidden_act"),
        (refused(&same, with("num_attention_heads", json!(3))), "heads"),
        (
            refused(&same, with("max_position_embeddings", json!(4))),
            "max_position_embeddings",
        ),
        (refused(&same, with("tie_word_embeddings", json!(false))), "lm_head"),
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
