#!/usr/bin/env python3
"""Checks docs/security.md: every file that it names exists, and has the tests that are named after it.

A name in backticks that ends in .rs, .py, .mjs or .sh is a file, by its whole path or the end of it; one with '_should_' in it is a test of
the last file before it in the same row. A fuzz target is named as `fuzz: TARGET`.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/security.md"


def files():
    """All files of the project, those that are not committed yet too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return [name for name in listed if name]


def main():
    known, wrong, tests = files(), [], 0
    for number, line in enumerate(DOCUMENT.read_text().split("\n"), 1):
        text = None
        for name in re.findall(r"`([^`]+)`", line):
            fuzz = re.fullmatch(r"fuzz: ([a-z_]+)", name)
            if fuzz:
                target = fuzz.group(1)
                here = (ROOT / f"fuzz/targets/{target}.rs").is_file() and (ROOT / f"fuzz/corpus/{target}").is_dir()
                if not here:
                    wrong.append(f"line {number}: no fuzz target {target} with a corpus")
            elif re.fullmatch(r"[\w./-]+\.(rs|py|mjs|sh)", name):
                found = [path for path in known if path == name or path.endswith("/" + name)]
                text = (ROOT / found[0]).read_text() if len(found) == 1 else None
                if text is None:
                    wrong.append(f"line {number}: {name} is the end of {len(found)} paths")
            elif "_should_" in name:
                tests += 1
                if text is None or not re.search(rf"\b(?:fn|def) {re.escape(name)}\b", text):
                    wrong.append(f"line {number}: no test {name} there")
    for line in wrong:
        print(f"docs/security.md, {line}")
    if tests == 0:
        wrong.append("no tests are named")
    print(f"{tests} tests are named, {len(wrong)} names are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
