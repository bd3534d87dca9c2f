"""SmolLM2 from its quantised GGUF: model.safetensors in f32, config.json and tokenizer.json, as Hugging Face names things.

    smollm2.py FILE.gguf FOLDER

GGUF files of Llamas hold Q and K with the halves of each head's rows interleaved, if they were made as usual. Nothing in the file says
so: both readings are tried on a text, and the one is taken under which the model knows English.
"""

import json, pathlib, sys

import gguf
import numpy
import safetensors.numpy
import tokenizers

import llama

TEXT = (
    "The days of the week are Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday. The months of the year are January, February, "
    "March, April, May, June, July, August, September, October, November and December. The capital of France is Paris, and the capital of Italy is Rome."
)
# Nats per token: few for a model that reads the text, far more where heads are turned wrongly.
KNOWS, APART = 1.5, 0.5

NAMES = {
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}
WHOLE = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight", "output.weight": "lm_head.weight"}
# Kinds of tokens in a GGUF.
UNKNOWN, CONTROL = 2, 3


def name_of(name):
    if name in WHOLE:
        return WHOLE[name]
    block, layer, part, what = name.split(".")
    if block != "blk" or part not in NAMES or what != "weight":
        sys.exit(f"tensor {name} is none of a Llama's")
    return f"model.layers.{int(layer)}.{NAMES[part]}.weight"


def config_of(field):
    if field("general.architecture") != "llama":
        sys.exit(f"the architecture is {field('general.architecture')}, not llama")
    heads, hidden = field("llama.attention.head_count"), field("llama.embedding_length")
    if field("llama.rope.dimension_count") != hidden // heads:
        sys.exit("only a part of each head is turned by its position: this is not Hugging Face's Llama")
    return {
        "model_type": "llama", "hidden_act": "silu", "tie_word_embeddings": True, "vocab_size": field("llama.vocab_size"),
        "hidden_size": hidden, "intermediate_size": field("llama.feed_forward_length"), "num_hidden_layers": field("llama.block_count"),
        "num_attention_heads": heads, "num_key_value_heads": field("llama.attention.head_count_kv"),
        "max_position_embeddings": field("llama.context_length"), "rope_theta": field("llama.rope.freq_base"),
        # A decimal number was rounded to f32; the shortest one that rounds so is meant.
        "rms_norm_eps": float(str(numpy.float32(field("llama.attention.layer_norm_rms_epsilon")))),
        "bos_token_id": field("tokenizer.ggml.bos_token_id"), "eos_token_id": field("tokenizer.ggml.eos_token_id"),
    }


def tokenizer_of(field):
    if (field("tokenizer.ggml.model"), field("tokenizer.ggml.pre")) != ("gpt2", "smollm"):
        sys.exit("the tokenizer is not SmolLM's byte pairs")
    tokens = field("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
    model = tokenizers.models.BPE({token: number for number, token in enumerate(tokens)}, merges, fuse_unk=False)
    tokenizer = tokenizers.Tokenizer(model)
    digits = tokenizers.pre_tokenizers.Digits(individual_digits=True)
    pieces = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([digits, pieces])
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    kinds = field("tokenizer.ggml.token_type")
    special = [token for token, kind in zip(tokens, kinds) if kind in (UNKNOWN, CONTROL)]
    tokenizer.add_special_tokens([tokenizers.AddedToken(token, normalized=False, special=True) for token in special])
    if tokenizer.get_vocab_size() != len(tokens):
        sys.exit(f"{tokenizer.get_vocab_size()} tokens became of {len(tokens)}")
    for text in (TEXT, "Grüße, 1 234 →\n\tfn main() {}"):
        if tokenizer.decode(tokenizer.encode(text).ids) != text:
            sys.exit(f"this does not come back from the tokenizer: {text}")
    return tokenizer


def halves(matrix, heads):
    """Rows of each head from (first half, second half) interleaved to one half behind the other."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def main(source, folder):
    reader = gguf.GGUFReader(source)

    def field(name):
        if name not in reader.fields:
            sys.exit(f"{source} has no {name}")
        return reader.fields[name].contents()

    config, tokenizer = config_of(field), tokenizer_of(field)
    given = {name_of(one.name): gguf.dequantize(one.data, one.tensor_type).astype(numpy.float32) for one in reader.tensors}
    if "lm_head.weight" in given:
        sys.exit("the model's head is not tied: it is another one than expected")
    turned = dict(given)
    for name, matrix in given.items():
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            turned[name] = halves(matrix, config["num_attention_heads" if "q_proj" in name else "num_key_value_heads"])
    tokens = numpy.array(tokenizer.encode(TEXT).ids)
    losses = {"as they are": llama.loss(given, config, tokens), "put in halves": llama.loss(turned, config, tokens)}
    (best, least), (_, other) = sorted(losses.items(), key=lambda item: item[1])
    print(f"rows of Q and K {best}: {least:.3f} nats per token, the other way {other:.3f}")
    if least > KNOWS or other - least < APART:
        sys.exit("neither reading of the file is a model that knows English")
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    made = turned if best == "put in halves" else given
    safetensors.numpy.save_file({name: numpy.ascontiguousarray(value) for name, value in made.items()}, folder / "model.safetensors")


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
