#!/usr/bin/env python3
"""Writes ../golden, and requests beside their own crate: `python3 generate.py`. Deterministic: running it again changes no byte."""

import json
import random
from pathlib import Path

import cases
import fault_cases
import golden_cases
import ops
import other_cases
import server_cases
from inference import cases as infer_cases
from inference import element_cases, program_cases, request_cases

GOLDEN = Path(__file__).parent.parent / "golden"
# Of types of the chain, which the Wasm test of the reference does not have.
OF_REQUESTS = Path(__file__).parent.parent.parent / "inference" / "golden"
SEED = 2


def lines(name, makers, folder=GOLDEN):
    """Each maker's case with its answer, one a line."""
    rng = random.Random(f"{SEED} {name}")
    text = ""
    for make in makers:
        case = make(rng)
        text += json.dumps({"case": case, "answer": ops.answer(case)}, separators=(",", ":")) + "\n"
    (folder / name).write_text(text)


def elements():
    """Four disputed pieces of each operation that has them, in which one element may be wrong."""
    rng, text = random.Random(f"{SEED} elements"), ""
    for name in element_cases.NAMES * 4:
        case, answer = element_cases.any_pair(rng, name)
        text += json.dumps({"case": case, "answer": answer}, separators=(",", ":")) + "\n"
    (GOLDEN / "elements.jsonl").write_text(text)


def table(name, thing):
    """One case a line, inside one JSON value."""
    if isinstance(thing, list):
        text = "[\n" + ",\n".join(json.dumps(case) for case in thing) + "\n]\n"
    else:
        parts = (f"{json.dumps(k)}: [\n" + ",\n".join(map(json.dumps, v)) + "\n]" for k, v in thing.items())
        text = "{" + ",\n".join(parts) + "}\n"
    (GOLDEN / name).write_text(text)


def chosen_round(rule, pre):
    """A round with this rule behind these pre-aggregators that runs."""

    def make(rng):
        while True:
            case = cases.round_case(rng, rng.choice([3, 5, 7, 9, 11, 12, 16]), most=3)
            found = [next(iter(p)) for p in cases.parts(case["pipeline"])]
            if found == list(pre) and cases.name(case["pipeline"]["rule"]) == rule and "error" not in ops.answer(case):
                return case

    return make


def last_bulyan(rng):
    """Bulyan with f = 1, whose last pick sees no distance."""
    n = rng.randint(7, 9)
    case = cases.round_case(rng, n, most=3)
    case["pipeline"] = {"pre": "None", "rule": {"Bulyan": {"f_ppm": -(-(10**6) // n)}}, "server": "Plain"}
    return case


def zero_rows(rng):
    """Arc and Clip where the limit of the norms is 0, or a norm."""
    n, pre = rng.randint(3, 6), rng.choice([{"Arc": {"f_ppm": 400_000}}, {"Clip": {"tau": 1}}])
    case = cases.round_case(rng, n, most=3)
    case["pipeline"] = {"pre": {"One": pre}, "rule": rng.choice(["WeightedMean", "Median"]), "server": "Plain"}
    for t in case["tensors"]:
        t["rows"][: n - 1] = [[0] * len(t["rows"][0])] * (n - 1)
    return case


def rounds():
    """Every rule alone and behind every pre-aggregator, every pair of pre-aggregators, edges, then a mixture."""
    alone = [chosen_round(rule, pre) for rule in cases.RULES for pre in [[], []] + [[p] for p in cases.PRE]]
    rules = [rule for rule in cases.RULES] * 2
    pairs = [chosen_round(rules.pop(), [a, b]) for a in cases.PRE for b in cases.PRE]
    return alone + pairs + [last_bulyan] * 8 + [zero_rows] * 6 + [cases.round_case] * 350


# Operations with more ways to be read wrongly.
WIDE = """rope attention lstm gru conv conv_transpose max_pool average_pool layer_norm rms_norm batch_norm softmax linear matmul quantize
dequantize dynamic_quantize sample top_k pad""".split()


def of_inference(name):
    """Short cases of one operation: some with results, and one of each fault that it meets in a few draws."""
    rng, chosen, wide = random.Random(f"{SEED} {name}"), [], name in WIDE
    left = {"outputs": 7 if wide else 3, "NaN": 1, "Index": 1, "Range": 1, "refused": 1}
    for _ in range(300):
        case = infer_cases.any_case(rng, name)
        answer = ops.answer(case)
        kind = answer.get("fault", "outputs")
        size = len(json.dumps([case, answer]))
        if left[kind] and (400 if wide and kind == "outputs" else 0) < size < 1200:
            left[kind] -= 1
            chosen.append(lambda _, case=case: case)
    return chosen


def programs():
    """Short programs: a few of each answer, of all operations."""
    rng, chosen, seen = random.Random(f"{SEED} programs"), [], {}
    left = {"outputs": 60, "NaN": 4, "Index": 2, "Range": 4}
    for _ in range(3000):
        case = program_cases.any_program(rng)
        answer = ops.answer(case)
        kind = answer.get("fault", "outputs")
        names = program_cases.names_in(case)
        fresh = any(seen.get(name, 0) < 2 for name in names)
        if left.get(kind, 0) and (fresh or kind != "outputs") and len(json.dumps([case, answer])) < 5000:
            left[kind] -= 1
            for name in names if kind == "outputs" else ():
                seen[name] = seen.get(name, 0) + 1
            chosen.append(lambda _, case=case: case)
    # Files that are none: a member's name is another.
    for make in chosen[:6]:
        case = dict(make(rng))
        names = [b'"nodes"', b'"type"', b'"outputs"', b'"in"', b'"op"', b'"name"']
        file = bytes.fromhex(case["file"])
        name = rng.choice([name for name in names if name in file])
        case["file"] = file.replace(name, name[:-2] + b'_"', 1).hex()
        chosen.append(lambda _, case=case: case)
    return chosen


def requests():
    """Short requests, a few of each end, and programs that are causal or not."""
    rng, chosen, left = random.Random(f"{SEED} requests"), [], {}
    for _ in range(2500):
        case = request_cases.any_case(rng)
        answer = ops.answer(case)
        kind = request_cases.kind(case, answer)
        if left.setdefault(kind, 9 if kind.endswith("answered") else 4) and len(json.dumps([case, answer])) < 6500:
            left[kind] -= 1
            chosen.append(lambda _, case=case: case)
    return chosen


def main():
    rng = random.Random(SEED)
    table("grid.json", golden_cases.grid_cases(rng))
    table("aggregate.json", golden_cases.column_cases(rng))
    table("scores.json", golden_cases.score_cases(rng))
    table("files.json", golden_cases.file_cases(rng))
    for name, data in golden_cases.whole_files(rng).items():
        (GOLDEN / name).write_bytes(data)
    lines("rounds.jsonl", rounds())
    lines("servers.jsonl", [server_cases.server_case] * 300)
    lines("pipelines.jsonl", [other_cases.check_case] * 200 + [other_cases.range_case] * 100)
    refusing = [other_cases.refusing_permutation(*x) for x in other_cases.REFUSING]
    lines("permutations.jsonl", [other_cases.permutation_case] * 12 + refusing)
    lines("detail.jsonl", [other_cases.detail_case] * 24)
    lines("states.jsonl", [other_cases.state_case] * 24)
    lines("faults.jsonl", [fault_cases.fault_case] * 80)
    lines("inference.jsonl", [make for name in infer_cases.MAKERS for make in of_inference(name)])
    lines("programs.jsonl", programs())
    lines("requests.jsonl", requests(), OF_REQUESTS)
    elements()
    lines("masked.jsonl", [other_cases.masked_case] * 24)


if __name__ == "__main__":
    main()
