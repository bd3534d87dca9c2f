#!/usr/bin/env python3
"""Refuses circles of files: inside a crate no file may import another that imports it, directly or through others.

A folder's root (lib.rs, main.rs, mod.rs) declares and re-exports what lies below it; what a file takes from a root above it
does not count. Test modules do not count either: they look into everything. Prints each circle and what ties it."""

import re
import subprocess
import sys
from pathlib import Path

ROOTS = {"lib.rs", "main.rs", "mod.rs"}
USE = re.compile(r"^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+((?:crate|super|self)\b[^;]*);", re.M | re.S)
INLINE = re.compile(r"\b((?:crate|super)(?:::\w+)+)")


def paths(tree):
    """All paths of a use tree: 'a::{b, c::{d, e}}' gives a::b, a::c::d, a::c::e."""
    tree = re.sub(r"\s+", " ", tree).strip()
    brace = tree.find("{")
    if brace < 0:
        return [re.sub(r" as .*", "", tree)]
    head, depth, part, parts = tree[:brace], 0, "", []
    for char in tree[brace + 1 : tree.rfind("}")]:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += char
    return [path for part in [*parts, part] if part.strip() for path in paths(head + part.strip())]


def module_of(source, file):
    parts = list(file.relative_to(source).with_suffix("").parts)
    return tuple(parts[:-1] if file.name in ROOTS else parts)


def without_tests(text):
    """The text up to an inline test module, without comments and strings that could look like paths."""
    text = re.split(r"#\[cfg\(test\)\]\s*mod \w+ \{", text)[0]
    return re.sub(r"//[^\n]*", "", text)


def arrows(source, files):
    modules = {module_of(source, file): file for file in files}
    for file in files:
        own = module_of(source, file)
        text = without_tests(file.read_text())
        found = {path for tree in USE.findall(text) for path in paths(tree)} | set(INLINE.findall(text))
        for path in found:
            parts = [part.strip() for part in path.split("::")]
            at = () if parts[0] == "crate" else own
            while parts and parts[0] in ("crate", "self", "super"):
                at = at[:-1] if parts[0] == "super" else at
                parts = parts[1:]
            target = at
            for part in parts:
                if target + (part,) not in modules:
                    break
                target += (part,)
            other = modules.get(target)
            above = own[: len(target)] == target
            if other and other != file and not (other.name in ROOTS and above):
                yield file, other


def circles(graph):
    """Strongly connected components with more than one file (Tarjan, without recursion limits in practice)."""
    sys.setrecursionlimit(10_000)
    index, low, stack, on, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on.add(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = []
            while True:
                part.append(stack.pop())
                on.discard(part[-1])
                if part[-1] == node:
                    break
            if len(part) > 1:
                found.append(sorted(part))

    for node in list(graph):
        if node not in index:
            visit(node)
    return found


def main():
    root = Path(__file__).resolve().parent.parent
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.rs"], cwd=root, check=True, text=True, capture_output=True)
    crates = {}
    for name in listed.stdout.splitlines():
        file = root / name
        if "/src/" not in name or not file.exists() or file.name in ("tests.rs", "mock.rs") or "/tests/" in name or "/mock/" in name:
            continue
        crates.setdefault(root / name.split("/src/")[0] / "src", []).append(file)
    bad = 0
    for source, files in sorted(crates.items()):
        graph = {}
        for file, other in arrows(source, files):
            graph.setdefault(file, set()).add(other)
        for circle in circles(graph):
            bad += 1
            print(f"circle of {len(circle)} files in {source.parent.relative_to(root)}:")
            for file in circle:
                for other in sorted(graph.get(file, set()) & set(circle)):
                    print(f"  {file.relative_to(source)} -> {other.relative_to(source)}")
    print(f"{bad} circles of files in {len(crates)} crates")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
