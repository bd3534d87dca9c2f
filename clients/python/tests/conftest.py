"""A network of four validators for the tests of one run; programs are in the folder that QUORATE_PROGRAMS names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import quorate
from quorate import _tensors

#: Seconds after which something on a local network has failed.
DEADLINE = 300
#: Models that the organisation has at once; the chain lets it have 32.
MODELS = 24

# A shell that starts this in the background has it ignored, and then it would be ignored in all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Chain:
    """A local network, and what its first organisation does there by the command line."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        log = open(folder / "localnet.log", "wb")
        environment = {**os.environ, "QUORATE_PROGRAMS": str(programs)}
        self.process = subprocess.Popen(
            [programs / "quorate-localnet", folder / "net"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
        )
        watch = threading.Timer(DEADLINE, self.process.kill)
        watch.start()
        lines = iter(self.process.stdout.readline, b"")
        line = next((line for line in lines if line.startswith(b"{")), b"")
        watch.cancel()
        assert line, f"the network did not start: {(folder / 'localnet.log').read_text()}"
        #: URL, gateway and store of each validator.
        self.nodes = json.loads(line)["nodes"]
        self.url = self.nodes[0]["url"]
        self.contributors = 0
        #: Models of the file of tests that runs, and of those before it.
        self.models: list[int] = []
        self.over: list[int] = []

    def cli(self, *words: object, account: str | Path = "//Org0") -> dict:
        """The JSON that a command prints."""
        command = [self.programs / "quorate", "--json", "--url", self.url, "--account", account, *words]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def contributor(self, organisation: int | None = None) -> Path:
        """The key file of a new contributor, which one of the organisations sponsors, or this one."""
        number = self.contributors
        self.contributors += 1
        key = self.folder / f"{number}.key"
        quorate.Account.generate(key)
        if organisation is None:
            # Not the one that opens the rounds: each round and each update takes one of its organisation's free calls.
            organisation = 1 + number % 3
        consent = self.folder / f"{number}.consent"
        consent.write_text(self.connect(key).consent(organisation))
        self.cli("contributor", "sponsor", "--consent", consent, account=f"//Org{organisation}")
        return key

    def model(self, state: dict, updates: int = 1, options: Sequence[object] = ()) -> int:
        """The number of a new model with these weights, whose rounds take the weighted mean of so many updates; ``options`` as to `model register`."""
        if self.over and len(self.models) + len(self.over) >= MODELS:
            self.cli("model", "retire", self.over.pop(0))
        folder = self.folder / f"model-{len(list(self.folder.glob('model-*')))}"
        folder.mkdir()
        _tensors.write(state, folder / "weights.safetensors")
        self.cli("convert", folder / "weights.safetensors", folder / "version.safetensors")
        self.cli(
            "model",
            "register",
            folder / "version.safetensors",
            "--name",
            folder.name,
            "--rule",
            "mean",
            "--updates",
            updates,
            *options,
        )
        (model,) = [model["id"] for model in self.cli("model", "list") if model["name"] == folder.name]
        self.cli("model", "fund", model, 1000)
        self.models.append(model)
        return model

    def version_file(self, model: int) -> Path:
        """The file of version 0 of a model that `model` made."""
        (name,) = [known["name"] for known in self.cli("model", "list") if known["id"] == model]
        return self.folder / name / "version.safetensors"

    def artifact(self, file: Path, kind: str) -> int:
        """The number of a program or a data set that a quorum holds."""
        before = {artifact["id"] for artifact in self.cli("artifact", "list")}
        self.cli("artifact", "register", file, "--kind", kind, "--licence", "CC0-1.0", "--access", "public")
        (artifact,) = [artifact["id"] for artifact in self.cli("artifact", "list") if artifact["id"] not in before]
        return artifact

    def open_round(self, model: int) -> int:
        self.cli("round", "open", model)
        return self.cli("model", "show", model)["open_round"]

    def connect(self, key: Path | None = None, **options: object) -> quorate.Net:
        places = {"cache": self.folder / "cache", "state": self.folder / "state"}
        return quorate.connect(self.url, account=key, **{**places, **options})

    def stop(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()


@pytest.fixture(scope="session")
def chain(tmp_path_factory):
    programs = os.environ.get("QUORATE_PROGRAMS")
    if not programs:
        pytest.skip("QUORATE_PROGRAMS does not name the folder of the programs")
    folder = tmp_path_factory.mktemp("quorate")
    os.environ.pop("QUORATE_ACCOUNT", None)
    found = Chain(Path(programs), folder)
    RUNNING.append(found)
    yield found
    RUNNING.remove(found)
    found.stop()


#: The network, if a test has needed it.
RUNNING: list[Chain] = []


@pytest.fixture(scope="module", autouse=True)
def own_models():
    """What a file of tests registered is nobody's when it has ended."""
    yield
    for chain in RUNNING:
        chain.over += chain.models
        chain.models = []


@pytest.fixture
def weights():
    """A linear layer, with a value at each place that tells it."""
    return {
        "layer.weight": np.arange(32, dtype="f4").reshape(4, 8) / 64,
        "layer.bias": np.linspace(-1, 1, 4, dtype="f4"),
    }


@pytest.fixture(scope="module")
def funded(chain):
    """Organisation 0 can pay for answers and evaluations."""
    chain.cli("evaluation", "fund", 0, 20)


def linear(chain: Chain, folder: Path, model: int) -> dict[str, int]:
    """For a model of a linear layer from three features to two classes: a program that runs it, one with a loss, and a data set."""
    compiled = ["compile", "--template", "mlp", "--model", chain.version_file(model)]
    chain.cli(*compiled, "--dimension", "rows=1..4", "--out", folder / "run.qp")
    chain.cli(*compiled, "--dimension", "rows=1", "--loss", "cross-entropy", "--label", "label", "--out", folder / "loss.qp")
    np.save(folder / "x.npy", np.array([[4, 0, 0], [0, 4, 0], [4, 0, 0], [0, 4, 0]], "<f4"))
    np.save(folder / "label.npy", np.array([0, 1, 1, 0], "<i8"))
    columns = ["--column", f"x={folder / 'x.npy'}", "--column", f"label={folder / 'label.npy'}"]
    chain.cli("data-set", "make", *columns, "--shape", "x=1,3", "--shape", "label=1", "-o", folder / "rows.data")
    return {
        "program": chain.artifact(folder / "run.qp", "program"),
        "loss": chain.artifact(folder / "loss.qp", "program"),
        "data_set": chain.artifact(folder / "rows.data", "data-set"),
    }


@pytest.fixture(scope="module")
def layer(chain, funded, tmp_path_factory):
    """A linear layer of whole numbers: its number, its weights, and what `linear` makes. It is right about half of the data set."""
    weights = {"layer.weight": np.array([[2, 0, 1], [0, 3, -1]], "f4"), "layer.bias": np.array([1, -1], "f4")}
    model = chain.model(weights)
    return {"model": model, "weights": weights, **linear(chain, tmp_path_factory.mktemp("layer"), model)}


def logits(layer, x) -> np.ndarray:
    """What it gives, exactly: its numbers are whole."""
    return np.asarray(x, "f4") @ layer["weights"]["layer.weight"].T + layer["weights"]["layer.bias"]
