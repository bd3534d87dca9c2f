//! LlamaForCausalLM, as Hugging Face names it.

use quorate_convert::names::shown;
use quorate_program::{
    op::{Binary, Unary},
    Expression, Op, Real, Type,
};

use super::{refused, scale, Draft, Made, TemplateOptions};
use crate::{
    build::{real, Id},
    Compiled,
};

struct Heads {
    queries: i64,
    keys: i64,
    width: i64,
    inverse: Id,
    largest: u32,
    epsilon: Real,
}

/// Input `input_ids` [tokens], output `logits` [tokens, vocabulary]: grouped heads, RMSNorm, RoPE by halves, SiLU gates.
///
/// # Errors
/// `Template`, `Program`.
pub fn llama(options: &TemplateOptions) -> Made<Compiled> {
    let (mut draft, tokens) = Draft::after(options, "tokens", "embed_tokens.weight")?;
    check(&draft, options.length.1)?;
    let heads = heads(&mut draft, options.length.1)?;
    let ids = draft.input("input_ids", vec![tokens], Type::I64);
    let embeddings = draft.tensor("embed_tokens.weight")?;
    let mut x = draft.build.one(Op::Gather { axis: 0 }, &[embeddings, ids])?;
    for layer in 0..draft.layers("layers.") {
        x = block(&mut draft, x, &format!("layers.{layer}."), &heads)?;
    }
    let x = norm(&mut draft, x, "norm", heads.epsilon)?;
    let before = draft.prefix.strip_suffix("model.").unwrap_or(&draft.prefix).to_string();
    let head = draft.optional(&format!("{before}lm_head.weight"))?;
    let tied = draft
        .config
        .and_then(|config| config.get("tie_word_embeddings"))
        .and_then(serde_json::Value::as_bool);
    let head = match (head, tied) {
        (Some(head), _) => head,
        (None, Some(false)) => {
            let name = format!("{before}lm_head.weight");
            return refused(format!(
                "the model has no tensor {}, and config.json says that it is not tied",
                shown(&name)
            ));
        }
        (None, _) => embeddings,
    };
    let logits = draft.build.one(Op::Linear, &[x, head])?;
    let unused = |name: &str| name.ends_with("rotary_emb.inv_freq");
    draft.finish(&[("logits", logits)], unused, options.tokenizer)
}

/// That the configuration asks for nothing else.
fn check(draft: &Draft, longest: u32) -> Made<()> {
    draft.word("model_type", &["llama", "mistral", "qwen2"])?;
    draft.word("hidden_act", &["silu"])?;
    let Some(config) = draft.config else {
        return refused("the number of heads is in no tensor: give --config config.json with num_attention_heads");
    };
    let given = |key: &str| config.get(key).filter(|value| !value.is_null());
    let plain = |scaling: &serde_json::Value| {
        let kind = scaling.get("rope_type").or_else(|| scaling.get("type"));
        kind.and_then(serde_json::Value::as_str) == Some("default")
    };
    if given("rope_scaling").is_some_and(|scaling| !plain(scaling)) {
        return refused("config.json: rope_scaling is not known to the template");
    }
    let windowed = given("use_sliding_window").is_none_or(|used| used.as_bool() != Some(false));
    let window = given("sliding_window")
        .and_then(serde_json::Value::as_u64)
        .filter(|_| windowed);
    if window.is_some_and(|window| window < u64::from(longest)) {
        return refused("config.json: sliding_window is shorter than the longest request");
    }
    if draft
        .size("max_position_embeddings")?
        .is_some_and(|most| most < i64::from(longest))
    {
        return refused("config.json: max_position_embeddings is less than the longest request");
    }
    Ok(())
}

fn heads(draft: &mut Draft, longest: u32) -> Made<Heads> {
    let Some(queries) = draft.size("num_attention_heads")? else {
        return refused("config.json: num_attention_heads is missing");
    };
    let keys = draft.size("num_key_value_heads")?.unwrap_or(queries);
    let first = draft.tensor("layers.0.self_attn.q_proj.weight")?;
    let rows = draft
        .build
        .shape(first)
        .first()
        .and_then(Expression::constant)
        .unwrap_or(0);
    let width = draft.size("head_dim")?.unwrap_or(rows / queries);
    if width % 2 != 0 || width < 2 || width * queries != rows || queries % keys != 0 {
        return refused(format!(
            "{queries} heads of width {width}, {keys} of keys: they do not fit {rows} rows of q_proj"
        ));
    }
    let theta = draft.number("rope_theta", 10_000.0)?;
    let half = width / 2;
    // Not the system's pow: the program's root is the same wherever it is compiled.
    let inverse = |index: i64| libm::pow(theta, -((2 * index) as f64 / width as f64)) as f32;
    let inverse: Vec<f32> = (0..half).map(inverse).collect();
    let inverse = draft.build.floats(&[half as u64], &inverse);
    let epsilon = real(draft.number("rms_norm_eps", 1e-6)? as f32)?;
    let largest = longest - 1;
    Ok(Heads {
        queries,
        keys,
        width,
        inverse,
        largest,
        epsilon,
    })
}

fn norm(draft: &mut Draft, x: Id, name: &str, epsilon: Real) -> Made<Id> {
    let weights = draft.tensor(&format!("{name}.weight"))?;
    Ok(draft.build.one(Op::RmsNorm { epsilon }, &[x, weights])?)
}

fn block(draft: &mut Draft, x: Id, layer: &str, heads: &Heads) -> Made<Id> {
    let normal = norm(draft, x, &format!("{layer}input_layernorm"), heads.epsilon)?;
    let tokens = draft.build.shape(x)[0].clone();
    let part = |draft: &mut Draft, name: &str, count: i64| -> Made<Id> {
        let part = draft.linear(normal, &format!("{layer}self_attn.{name}"))?;
        Ok(draft
            .build
            .reshape(part, vec![tokens.clone(), count.into(), heads.width.into()])?)
    };
    let q = part(draft, "q_proj", heads.queries)?;
    let k = part(draft, "k_proj", heads.keys)?;
    let v = part(draft, "v_proj", heads.keys)?;
    let rope = Op::Rope { largest: heads.largest };
    let q = draft.build.one(rope.clone(), &[q, heads.inverse])?;
    let k = draft.build.one(rope, &[k, heads.inverse])?;
    let attention = Op::Attention {
        causal: true,
        scale: scale(heads.width)?,
    };
    let seen = draft.build.one(attention, &[q, k, v])?;
    let seen = draft
        .build
        .reshape(seen, vec![tokens.clone(), (heads.queries * heads.width).into()])?;
    let seen = draft.linear(seen, &format!("{layer}self_attn.o_proj"))?;
    let x = draft.build.binary(Binary::Add, x, seen)?;
    let normal = norm(draft, x, &format!("{layer}post_attention_layernorm"), heads.epsilon)?;
    let gate = draft.linear(normal, &format!("{layer}mlp.gate_proj"))?;
    let gate = draft.build.unary(Unary::Silu, gate)?;
    let up = draft.linear(normal, &format!("{layer}mlp.up_proj"))?;
    let wide = draft.build.binary(Binary::Mul, gate, up)?;
    let narrow = draft.linear(wide, &format!("{layer}mlp.down_proj"))?;
    Ok(draft.build.binary(Binary::Add, x, narrow)?)
}
