"""Take part in federated learning on a Quorate network.

```python
import quorate

net = quorate.connect("ws://127.0.0.1:9944", account="me.key")
base = net.model(0).latest()
model.load_state_dict(base.state_dict())
train(model)
receipt = net.round(0).submit(model.state_dict(), weight=n_examples)
version = receipt.wait()
```
"""

import os

from . import _quorate, cache, errors
from ._asking import Answer, Evaluation, Quote, Request, Sampler, Streamed
from ._net import FrozenBase, Model, Net, Receipt, Round, Version, connect, fetch, replay, verify
from ._quorate import Account
from ._verifying import Check, Replay, Report
from .errors import *  # noqa: F403
from .errors import QuorateError

# A child that is forked has neither connections nor rounds: it connects again.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_quorate.forked)

__all__ = [
    "Account", "Answer", "Check", "Evaluation", "FrozenBase", "Model", "Net", "QuorateError", "Quote", "Receipt", "Replay", "Report", "Request", "Round",
    "Sampler", "Streamed", "Version", "cache", "connect", "errors", "fetch", "replay", "verify",
]  # fmt: skip
__all__ += [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
