"""The two models of the demo: their files, what becomes of them on chain, and peers that say what they should answer."""

import json

import numpy
import safetensors.numpy
import tokenizers

import bert, llama


class Model:
    """A model's files in a folder, as Hugging Face names them: model.safetensors, config.json, tokenizer.json."""

    def __init__(self, folder, name, template, tokens, licence, more=()):
        self.folder, self.name, self.template, self.tokens, self.licence, self.more = folder, name, template, tokens, licence, more
        self.config = json.loads((folder / "config.json").read_text())
        self.tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        # As `quorate` does: a request has its own length.
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def ids(self, text):
        return numpy.array(self.tokenizer.encode(text).ids)

    def tensors(self):
        return safetensors.numpy.load_file(self.folder / "model.safetensors")

    def file(self, work):
        return work / f"{self.name}.safetensors"

    def program(self, work):
        return work / f"{self.name}.qp"

    def compile(self, quorate, work):
        """The canonical file and the program."""
        quorate("convert", self.folder / "model.safetensors", self.file(work))
        config, tokenizer = self.folder / "config.json", self.folder / "tokenizer.json"
        quorate("compile", "--template", self.template, "--model", self.file(work), "--config", config, "--tokenizer", tokenizer,
                "--dimension", f"tokens=1..{self.tokens}", "--out", self.program(work), *self.more)

    def run(self, quorate, work, ids):
        """The only output for these tokens, computed here and now."""
        numpy.save(work / "ids.npy", ids)
        out = work / f"{self.name}-run"
        quorate("program", "run", self.program(work), "--model", self.file(work), "--input", f"input_ids={work / 'ids.npy'}",
                "--out", out, "--force")
        return numpy.load(next(out.glob("*.npy")))


def minilm(cache):
    folder = cache / "minilm-l6-v2" / "model"
    # The package states no licence; who registers a model answers for what it says.
    return Model(folder, "minilm-l6", "bert", 128, "LicenseRef-not-stated", ["--output", "embedding"])


def smollm2(cache):
    return Model(cache / "smollm2-f32", "smollm2", "llama", 256, "Apache-2.0")


def compared(name, got, expected):
    """Largest difference as a part of the range, and cosine; and whether they are as close as engines in f32 are."""
    got, expected = (numpy.asarray(one, numpy.float64).ravel() for one in (got, expected))
    difference = numpy.abs(got - expected).max() / (expected.max() - expected.min())
    cosine = got @ expected / numpy.linalg.norm(got) / numpy.linalg.norm(expected)
    print(f"  {name} beside NumPy in f64: {difference:.1e} of the range, cosine 1 - {1 - cosine:.0e}")
    return difference <= 1e-5 and cosine >= 0.999999


def check(model, quorate, work, text):
    """That what was compiled is the model."""
    ids = model.ids(text)
    peer = bert.embedding if model.template == "bert" else llama.logits
    if not compared(model.name, model.run(quorate, work, ids), peer(model.tensors(), model.config, ids)):
        raise SystemExit(f"{model.name}: what was compiled is not the model")
