"""The part in Rust. Reports are JSON texts.

All raise `quorate.Unchecked` where the check could not be brought to its end, `quorate.NotFound`, `quorate.InputError`.
"""

import os
from collections.abc import Callable, Sequence

_Path = str | os.PathLike[str]

class Sources:
    """Where records and files come from."""

    def __init__(
        self,
        url: str,
        plaintext: bool,
        genesis: str,
        stores: Sequence[_Path],
        bring: Callable[[str, int, str], object],
        check: Callable[[], object],
        progress: Callable[[str], object] | None = None,
    ) -> None: ...

def version(sources: Sources, model: int, version: int, evidence: _Path | None = None) -> str: ...
def replay(sources: Sources, model: int, version: int, evidence: Sequence[_Path] = ...) -> str: ...
def answer(sources: Sources, id: int) -> str: ...
def evaluation(sources: Sources, id: int) -> str: ...
