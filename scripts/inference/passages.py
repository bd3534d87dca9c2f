"""Sentences of this repository's documents."""

import re

# Characters of a sentence that says something by itself, and fits the model's 128 tokens.
SHORTEST, LONGEST = 50, 260


def paragraphs(text):
    """Prose alone: no code, tables, headings or lists of words."""
    text = re.sub(r"^```.*?^```", "\n", text, flags=re.S | re.M)
    for part in re.split(r"\n\s*\n", text):
        lines = [line for line in part.splitlines() if not re.match(r"\s*(\||#|>|```)", line)]
        part = " ".join(re.sub(r"^\s*([-*]|\d+\.)\s+", "", line).strip() for line in lines)
        part = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", part)
        if part:
            yield re.sub(r"[*`]", "", part)


def sentences(folder):
    """(file, sentence), in the order of the files' names; each sentence once."""
    found = {}
    for path in sorted(folder.glob("*.md")):
        for part in paragraphs(path.read_text()):
            for sentence in re.split(r"(?<=[.?!]) +(?=[A-Z])", part):
                if SHORTEST <= len(sentence) <= LONGEST and re.match(r"[A-Z].*[.?!]$", sentence):
                    found.setdefault(sentence, path.name)
    return [(file, sentence) for sentence, file in found.items()]


def spread(found, count):
    """So many of them, from everywhere."""
    return [found[index * len(found) // count] for index in range(min(count, len(found)))]
