"""A Llama in NumPy, to compare with: what its files mean, written a second time and in f64."""

import numpy


def logits(tensors, config, tokens):
    """Logits [tokens, vocabulary] of every position. `tensors` have the names of Hugging Face, `config` is its config.json."""
    wide = {name: numpy.asarray(value, numpy.float64) for name, value in tensors.items() if name != "model.embed_tokens.weight"}
    # Not widened as a whole: it is a fifth of the model.
    embeddings = tensors["model.embed_tokens.weight"]
    heads, key_heads = config["num_attention_heads"], config["num_key_value_heads"]
    width = config["hidden_size"] // heads
    epsilon = config["rms_norm_eps"]
    length = len(tokens)
    angles = numpy.outer(numpy.arange(length), config["rope_theta"] ** (-numpy.arange(0, width, 2) / width))
    future = numpy.triu(numpy.full((length, length), -numpy.inf), 1)

    def norm(x, name):
        return x / numpy.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * wide[f"{name}.weight"]

    def linear(x, name):
        return x @ wide[f"{name}.weight"].T

    def turned(x):
        half = width // 2
        cos, sin = numpy.cos(angles)[:, None], numpy.sin(angles)[:, None]
        first, second = x[..., :half], x[..., half:]
        return numpy.concatenate([first * cos - second * sin, second * cos + first * sin], -1)

    x = embeddings[tokens].astype(numpy.float64)
    for layer in range(config["num_hidden_layers"]):
        of = f"model.layers.{layer}."
        normal = norm(x, of + "input_layernorm")
        q = turned(linear(normal, of + "self_attn.q_proj").reshape(length, heads, width))
        k = turned(linear(normal, of + "self_attn.k_proj").reshape(length, key_heads, width))
        v = linear(normal, of + "self_attn.v_proj").reshape(length, key_heads, width)
        k, v = (numpy.repeat(one, heads // key_heads, 1) for one in (k, v))
        scores = numpy.einsum("qhd,khd->hqk", q, k) / numpy.sqrt(width) + future
        scores = numpy.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        seen = numpy.einsum("hqk,khd->qhd", scores, v).reshape(length, -1)
        x = x + linear(seen, of + "self_attn.o_proj")
        normal = norm(x, of + "post_attention_layernorm")
        gate = linear(normal, of + "mlp.gate_proj")
        x = x + linear(gate / (1 + numpy.exp(-gate)) * linear(normal, of + "mlp.up_proj"), of + "mlp.down_proj")
    return norm(x, "model.norm") @ embeddings.astype(numpy.float64).T


def loss(tensors, config, tokens):
    """Mean cross-entropy of each token after those before it, in nats."""
    rows = logits(tensors, config, tokens)[:-1]
    most = rows.max(-1, keepdims=True)
    rows = rows - most - numpy.log(numpy.exp(rows - most).sum(-1, keepdims=True))
    return -rows[numpy.arange(len(rows)), tokens[1:]].mean()
