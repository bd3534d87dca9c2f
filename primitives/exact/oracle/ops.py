"""The operations of FORMAT.md: a case in, its answer out."""

import assessments
import detail
import f32
import files
import grid
import pipeline
import policy
import pre
import products
import scores
import server
from blake3 import blake3
from inference import answers as infer
from inference import programs, requests
from policy import Refused


def check(case):
    what, n = case["pipeline"], case["n"]
    policy.check(what, n)
    out = {"scale": policy.scale_encoding(what).hex(), "pairs": policy.has_pairs(what)}
    return out | {"tolerated": policy.least_tolerated(what, n)}


def in_range(case):
    return {"ok": all(policy.can_run(case["pipeline"], n) for n in range(case["min"], case["max"] + 1))}


def permutation(case):
    return {"pi": pre.permutation(bytes.fromhex(case["seed"]), case["stage"], case["r"])}


def round_(case):
    tensors = case["tensors"]
    widths = [len(t["rows"][0]) if t["rows"] else 0 for t in tensors]
    n = len(case["weights"])
    rows = [[q for t in tensors for q in t["rows"][i]] for i in range(n)]
    roles = [t["role"] for t, width in zip(tensors, widths) for _ in range(width)]
    scales = [t["scale"] for t, width in zip(tensors, widths) for _ in range(width)]
    previous = None
    if any(t["previous"] is not None for t in tensors):
        previous = [q for t, width in zip(tensors, widths) for q in t["previous"] or [0] * width]
    seed = bytes.fromhex(case["seed"])
    try:
        out = pipeline.run(case["pipeline"], roles, scales, rows, case["weights"], seed, previous)
    except products.TooLarge as fault:
        raise Refused("products") from fault

    def by_tensor(row):
        return [row[sum(widths[:i]) : sum(widths[: i + 1])] for i in range(len(widths))]

    stages = [list(map(list, zip(*(by_tensor(row) for row in between)))) for between in out["stages"]]
    answer = {"aggregate": by_tensor(out["aggregate"]), "selection": out["selection"], "stages": stages}
    return answer | {"flags": out["flags"], "products": list(map(str, out["products"])), "scores_ppm": out["scores"]}


def server_step(case):
    policy.check_server(case["server"])
    name, parameters = policy.split(case["server"])
    try:
        return server_tensors(name, parameters, case)
    except server.NotFinite as fault:
        raise Refused("finite") from fault


def server_tensors(name, parameters, case):
    powers, eta = None, None
    if name != "Plain":
        powers = case["powers"] and [server.finite(f32.canonical(p)) for p in case["powers"]]
        powers = server.next_powers(parameters, powers)
        eta = server.rate(parameters, powers)
    values, ms, vs = [], [], []
    for t in case["tensors"]:
        new, m, v = server_tensor(name, parameters, eta, t)
        values.append(new)
        ms.append(m)
        vs.append(v)
    return {"values": values, "m": ms, "v": vs, "powers": powers and list(powers)}


def server_tensor(name, parameters, eta, t):
    if name == "Plain" or t["role"] == "stat":
        new = [grid.apply(b, a, t["scale"]) for b, a in zip(t["base"], t["aggregate"], strict=True)]
        if any(isinstance(x, str) for x in new):
            raise server.NotFinite
        return new, None, None
    m0, v0 = server.fresh(name, parameters)
    ms = t["m"] or [m0] * len(t["base"])
    vs = t["v"] or [v0] * len(t["base"])
    rows = []
    for base, a, m, v in zip(t["base"], t["aggregate"], ms, vs, strict=True):
        m = server.finite(f32.canonical(m))
        v = None if v is None else server.finite(f32.canonical(v))
        rows.append(server.coordinate(name, parameters, eta, base, a, t["scale"], m, v))
    new, m, v = (list(x) for x in zip(*rows))
    return new, m, None if name == "Momentum" else v


def detail_blob(case):
    n, flag = case["updates"], case["flags"]
    partials = [list(map(int, p)) for p in case["partials"]]
    root, total = detail.tree(n, flag, partials)
    ratings = scores.scores(n, flag, total)
    blob = detail.blob(ratings, case["selection"], flag, partials)
    leaves = [detail.leaf(i, n, flag, p).hex() for i, p in enumerate(partials)]
    out = {"leaves": leaves, "root": root.hex(), "products": list(map(str, total)), "scores_ppm": ratings}
    return out | {"blob": blob.hex(), "blob_root": blake3(blob).hex()}


def state_header(case):
    name, parameters = policy.split(case["server"])
    tensors = files.state_tensors(case["tensors"], name, parameters.get("bias_correction", False))
    head, _ = files.header("state", tensors)
    return {"text": head[8:].decode().rstrip(" "), "header_len": len(head), "root": blake3(head).hex()}


def masked(case):
    rows = [list(map(int, row)) for row in case["rows"]]
    return {"sum": [str(sum(column) % (1 << case["bits"])) for column in zip(*rows, strict=True)]}


def file(case):
    names = [bytes.fromhex(case[name]) for name in ("base", "contributor")] if case["kind"] == "delta" else None
    return {"fault": files.check(case["kind"], case["tensors"], bytes.fromhex(case["bytes"]), names)}


OPS = {"check": check, "range": in_range, "permutation": permutation, "round": round_, "server": server_step}
OPS |= {"detail": detail_blob, "state_header": state_header, "masked": masked, "file": file}
OPS |= {"infer": infer.answer, "program": programs.answer, "assessment": assessments.answer, "request": requests.answer}


def answer(case):
    try:
        out = OPS[case["op"]](case)
    except Refused as fault:
        out = {"error": fault.args[0]}
    return {"id": case["id"]} | out if "id" in case else out
