"""The snippets of docs/contribute.md, as they stand. They come first on their network, whose models and rounds they name by numbers."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

DOCUMENT = Path(__file__).parents[3] / "docs" / "contribute.md"
SNIPPET = re.compile(r"<!-- run(?:: (?P<needs>[\w ]+))? -->\n```python\n(?P<code>.*?)```", re.S)


def heading(code_at: int, text: str) -> str:
    return re.findall(r"^## (.*)$", text[:code_at], re.M)[-1]


TEXT = DOCUMENT.read_text()
FOUND = [(heading(found.start(), TEXT), found["needs"], found["code"]) for found in SNIPPET.finditer(TEXT)]
#: By heading, in the document's order.
SNIPPETS: dict[str, list[str]] = {}
NEEDS: dict[str, str] = {}
for name, needs, code in FOUND:
    SNIPPETS.setdefault(name, []).append(code)
    NEEDS[name] = needs or ""


@pytest.fixture(scope="module")
def place(chain, tmp_path_factory):
    """A folder with what the snippets name, and the three models of their numbers."""
    folder = tmp_path_factory.mktemp("contribute")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("QUORATE_URL", chain.url)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield folder


@pytest.fixture(scope="module")
def sponsored(chain, place):
    printed: list[tuple] = []
    (code,) = SNIPPETS["Once"]
    exec(compile(code, str(DOCUMENT), "exec"), {"print": lambda *words: printed.append(words)})
    ((address, consent),) = printed
    chain.cli("contributor", "sponsor", "--consent", consent)
    assert address in str(chain.cli("contributor", "list"))
    return place


def require(name: str) -> None:
    for module in ["torch", *NEEDS[name].split()]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")


def perceptron():
    import torch

    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))


def train(model) -> None:
    """One step on samples of its own."""
    import torch

    torch.manual_seed(2)
    inputs, labels = torch.randn(16, 4), torch.randint(0, 2, (16,))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.nn.functional.cross_entropy(model(inputs), labels).backward()
    optimiser.step()


def test_readme_should_show_what_the_document_shows():
    assert SNIPPETS["PyTorch"][0] in (Path(__file__).parents[1] / "README.md").read_text()


def test_pytorch_should_run_as_the_document_says(chain, sponsored):
    require("PyTorch")
    model = perceptron()
    assert chain.model(model.state_dict()) == 0 and chain.open_round(0) == 0
    once, forever = SNIPPETS["PyTorch"]
    printed: list[tuple] = []
    names = {"model": model, "train": train, "n_examples": 16, "print": lambda *words: printed.append(words)}
    exec(compile(once, str(DOCUMENT), "exec"), names)
    latest = chain.connect().model(0).latest()
    assert printed[0][0] == latest.root and latest.version == 1 and printed[0][1] is not None
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    rounds = [chain.open_round(0)]

    def enough() -> bool:
        if len(rounds) == 2:
            return True
        rounds.append(chain.open_round(0))
        return False

    exec(compile(forever, str(DOCUMENT), "exec"), {**names, "enough": enough})
    latest = chain.connect().model(0).latest()
    assert latest.version == 3 and len(printed) == 3
    # What validators recorded is what was trained: one contributor's mean is its own update.
    for name, tensor in latest.state_dict().items():
        np.testing.assert_allclose(tensor.numpy(), model.state_dict()[name].numpy(), atol=1e-6)
    assert any(not np.array_equal(before[name], tensor) for name, tensor in latest.numpy().items())


def test_peft_should_run_as_the_document_says(chain, sponsored):
    require("Transformers and PEFT")
    import torch
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(3)
    config = BertConfig(vocab_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    BertForSequenceClassification(config).save_pretrained("base")
    adapted = get_peft_model(
        BertForSequenceClassification.from_pretrained("base"),
        LoraConfig(target_modules=["query", "value"], task_type="SEQ_CLS"),
    )
    assert chain.model(get_peft_model_state_dict(adapted), options=["--frozen", "base", "--licence", "Apache-2.0"]) == 1
    frozen = chain.connect().model(1).frozen
    assert frozen.licence == "Apache-2.0" and frozen.length > 0
    chain.open_round(1)

    def steps(model) -> None:
        inputs = torch.randint(0, 32, (4, 6))
        model(input_ids=inputs, labels=torch.tensor([0, 1, 0, 1])).loss.backward()
        torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.5).step()

    (code,) = SNIPPETS["Transformers and PEFT"]
    names = {"train": steps, "n_examples": 4}
    exec(compile(code, str(DOCUMENT), "exec"), names)
    latest = chain.connect().model(1).latest()
    assert latest.version == 1
    mine = get_peft_model_state_dict(names["model"])
    assert {name: tensor.tolist() for name, tensor in latest.state_dict().items()} == {
        name: each.tolist() for name, each in mine.items()
    }


def test_sklearn_should_run_as_the_document_says(chain, sponsored):
    require("scikit-learn")
    random = np.random.default_rng(4)
    samples = random.normal(size=(64, 3))
    labels = (samples.sum(axis=1) > 0).astype(int)
    assert chain.model({"coef": np.zeros((1, 3)), "intercept": np.zeros(1)}) == 2
    chain.open_round(2)
    (code,) = SNIPPETS["scikit-learn"]
    exec(compile(code, str(DOCUMENT), "exec"), {"samples": samples, "labels": labels, "classes": [0, 1]})
    latest = chain.connect().model(2).latest().numpy()
    right = ((samples @ latest["coef"][0] + latest["intercept"][0]) > 0) == labels
    assert right.mean() > 0.8
