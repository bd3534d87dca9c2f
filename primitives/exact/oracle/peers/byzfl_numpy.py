"""ByzFL's aggregators on numpy arrays, without PyTorch.

ByzFL takes numpy arrays as well as tensors, but imports torch for both. Its code is used as it is installed; torch is an empty module with
the one name that its type checks ask for, and the package's own __init__ (training, attacks, plots) does not run.
"""

import importlib
import importlib.util
import sys
import types


def load():
    """The modules byzfl.aggregators.aggregators and byzfl.aggregators.preaggregators."""
    torch, linalg = types.ModuleType("torch"), types.ModuleType("torch.linalg")
    torch.Tensor, torch.linalg = type("Tensor", (), {}), linalg
    sys.modules.update({"torch": torch, "torch.linalg": linalg})
    package = types.ModuleType("byzfl")
    package.__path__ = list(importlib.util.find_spec("byzfl").submodule_search_locations)
    sys.modules["byzfl"] = package
    names = ("aggregators", "preaggregators")
    return [importlib.import_module(f"byzfl.aggregators.{name}") for name in names]
