"""A sentence encoder (BertModel, mean of the tokens, length 1) in NumPy, to compare with, in f64."""

import math

import numpy

ERF = numpy.vectorize(math.erf, otypes=[numpy.float64])


def embedding(tensors, config, tokens):
    """[hidden] of a text's tokens. `tensors` have the names of Hugging Face, `config` is its config.json."""
    heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
    length = len(tokens)

    def of(name):
        return tensors[name].astype(numpy.float64)

    def linear(x, name):
        return x @ of(f"{name}.weight").T + of(f"{name}.bias")

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        return x / numpy.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * of(f"{name}.weight") + of(f"{name}.bias")

    words = tensors["embeddings.word_embeddings.weight"][tokens].astype(numpy.float64)
    places = of("embeddings.position_embeddings.weight")[:length]
    x = norm(words + of("embeddings.token_type_embeddings.weight")[0] + places, "embeddings.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}."
        q, k, v = (linear(x, at + f"attention.self.{name}").reshape(length, heads, -1) for name in ("query", "key", "value"))
        scores = numpy.einsum("qhd,khd->hqk", q, k) / numpy.sqrt(q.shape[-1])
        scores = numpy.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        seen = numpy.einsum("hqk,khd->qhd", scores, v).reshape(length, -1)
        x = norm(linear(seen, at + "attention.output.dense") + x, at + "attention.output.LayerNorm")
        wide = linear(x, at + "intermediate.dense")
        wide = wide / 2 * (1 + ERF(wide / math.sqrt(2)))
        x = norm(linear(wide, at + "output.dense") + x, at + "output.LayerNorm")
    mean = x.mean(0)
    return mean / numpy.linalg.norm(mean)
