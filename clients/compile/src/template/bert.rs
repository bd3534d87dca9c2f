//! BertModel, as Hugging Face names it.

use quorate_program::{
    op::{Binary, Reduction, Unary},
    Expression, Op, Type,
};

use super::{refused, scale, Draft, Made, TemplateOptions};
use crate::{
    build::{real, Id},
    Compiled,
};

/// What the program answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BertOutput {
    /// `last_hidden_state` [tokens, hidden].
    Hidden,
    /// `embedding` [hidden]: the mean over the tokens, of length 1.
    Embedding,
}

/// Input `input_ids` [tokens]; there is no mask, as a request has its own length.
///
/// # Errors
/// `Template`, `Program`.
pub fn bert(options: &TemplateOptions, output: BertOutput) -> Made<Compiled> {
    let (mut draft, tokens) = Draft::after(options, "tokens", "embeddings.word_embeddings.weight")?;
    draft.word("model_type", &["bert"])?;
    draft.word("position_embedding_type", &["absolute"])?;
    let gelu = match draft.word("hidden_act", &["gelu", "gelu_new", "gelu_pytorch_tanh", "relu"])? {
        None | Some("gelu") => Unary::Gelu,
        Some("relu") => Unary::Relu,
        Some(_) => Unary::GeluTanh,
    };
    let Some(heads) = draft.size("num_attention_heads")? else {
        return refused("the number of heads is in no tensor: give --config config.json with num_attention_heads");
    };
    let epsilon = draft.number("layer_norm_eps", 1e-12)? as f32;
    let ids = draft.input("input_ids", vec![tokens.clone()], Type::I64);
    let mut x = embedded(&mut draft, ids, &tokens, epsilon)?;
    let layers = draft.layers("encoder.layer.");
    for layer in 0..layers {
        x = block(&mut draft, x, &format!("encoder.layer.{layer}."), heads, gelu, epsilon)?;
    }
    let prefix = draft.prefix.clone();
    let unused = move |name: &str| {
        let own = name.strip_prefix(&prefix).unwrap_or(name);
        own.starts_with("pooler.") || own == "embeddings.position_ids" || own == "embeddings.token_type_ids"
    };
    if output == BertOutput::Hidden {
        return draft.finish(&[("last_hidden_state", x)], unused, options.tokenizer);
    }
    let over = |axis, how, keep| Op::Reduce {
        axes: vec![axis],
        how,
        keep,
    };
    let mean = draft.build.one(over(0, Reduction::Mean, false), &[x])?;
    let norm = draft.build.one(over(0, Reduction::L2, true), &[mean])?;
    let least = draft.build.floats(&[], &[1e-12]);
    let norm = draft.build.binary(Binary::Max, norm, least)?;
    let embedding = draft.build.binary(Binary::Div, mean, norm)?;
    draft.finish(&[("embedding", embedding)], unused, options.tokenizer)
}

fn norm(draft: &mut Draft, x: Id, name: &str, epsilon: f32) -> Made<Id> {
    let operands = [
        x,
        draft.tensor(&format!("{name}.weight"))?,
        draft.tensor(&format!("{name}.bias"))?,
    ];
    let epsilon = real(epsilon)?;
    Ok(draft.build.one(Op::LayerNorm { epsilon }, &operands)?)
}

/// (word + kind 0) + position, normalised.
fn embedded(draft: &mut Draft, ids: Id, tokens: &Expression, epsilon: f32) -> Made<Id> {
    let words = draft.tensor("embeddings.word_embeddings.weight")?;
    let kinds = draft.tensor("embeddings.token_type_embeddings.weight")?;
    let positions = draft.tensor("embeddings.position_embeddings.weight")?;
    let words = draft.build.one(Op::Gather { axis: 0 }, &[words, ids])?;
    let first = |count: Expression| Op::Slice {
        axis: 0,
        count,
        start: Expression::default(),
        step: 1,
    };
    let kind = draft.build.one(first(1.into()), &[kinds])?;
    let positions = draft.build.one(first(tokens.clone()), &[positions])?;
    let sum = draft.build.binary(Binary::Add, words, kind)?;
    let sum = draft.build.binary(Binary::Add, sum, positions)?;
    norm(draft, sum, "embeddings.LayerNorm", epsilon)
}

fn block(draft: &mut Draft, x: Id, layer: &str, heads: i64, gelu: Unary, epsilon: f32) -> Made<Id> {
    let shape = draft.build.shape(x).to_vec();
    let width = shape.last().and_then(Expression::constant).unwrap_or(0);
    if width % heads != 0 {
        return refused(format!("{heads} heads do not divide {width}"));
    }
    let split = vec![shape[0].clone(), heads.into(), (width / heads).into()];
    let mut parts = Vec::new();
    for name in ["query", "key", "value"] {
        let part = draft.linear(x, &format!("{layer}attention.self.{name}"))?;
        parts.push(draft.build.reshape(part, split.clone())?);
    }
    let attention = Op::Attention {
        causal: false,
        scale: scale(width / heads)?,
    };
    let seen = draft.build.one(attention, &parts)?;
    let seen = draft.build.reshape(seen, shape)?;
    let seen = draft.linear(seen, &format!("{layer}attention.output.dense"))?;
    let sum = draft.build.binary(Binary::Add, seen, x)?;
    let x = norm(draft, sum, &format!("{layer}attention.output.LayerNorm"), epsilon)?;
    let wide = draft.linear(x, &format!("{layer}intermediate.dense"))?;
    let wide = draft.build.unary(gelu, wide)?;
    let narrow = draft.linear(wide, &format!("{layer}output.dense"))?;
    let sum = draft.build.binary(Binary::Add, narrow, x)?;
    norm(draft, sum, &format!("{layer}output.LayerNorm"), epsilon)
}
