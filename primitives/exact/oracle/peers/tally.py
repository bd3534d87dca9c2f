"""What was compared: cases, coordinates, skips and the greatest difference of each rule."""


class Tally:
    def __init__(self):
        self.lines = {}

    def line(self, peer, rule, note=""):
        return self.lines.setdefault((peer, rule), {"cases": 0, "skipped": 0, "values": 0, "worst": 0.0, "bound": 0.0, "note": note})

    def skip(self, peer, rule):
        self.line(peer, rule)["skipped"] += 1

    def compare(self, peer, rule, ours, theirs, bound, compared=None):
        """Asserts |ours − theirs| ≤ bound, in grid units, where `compared` (a mask) says so."""
        line = self.line(peer, rule)
        line["cases"] += 1
        for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            if compared is not None and not compared[k]:
                continue
            difference = abs(a - b)
            assert difference <= bound, f"{peer} {rule}: coordinate {k}: {a} and {b}, bound {bound}"
            line["values"] += 1
            line["worst"] = max(line["worst"], float(difference))
            line["bound"] = max(line["bound"], float(bound))

    def table(self):
        rows = ["| peer | rule | cases | skipped | values | greatest difference | bound | adapter |", "|---|---|---|---|---|---|---|---|"]
        for (peer, rule), x in self.lines.items():
            numbers = f"{x['cases']} | {x['skipped']} | {x['values']} | {x['worst']:.3g} | {x['bound']:.4g}"
            rows.append(f"| {peer} | {rule} | {numbers} | {x['note']} |")
        return "\n".join(rows) + "\n"
