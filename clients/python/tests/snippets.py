"""Snippets of documents that tests run, as they stand."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENTS = Path(__file__).parents[3] / "docs"
SNIPPET = re.compile(r"<!-- run -->\n```python\n(?P<code>.*?)```", re.S)


def run(document: str, number: int, names: dict) -> list[tuple]:
    """Run a document's snippet of this number with these names, which it may add to; what it prints, as it was given to `print`."""
    path = DOCUMENTS / document
    code = SNIPPET.findall(path.read_text())[number]
    printed: list[tuple] = []
    names["print"] = lambda *words: printed.append(words)
    exec(compile(code, str(path), "exec"), names)
    return printed
