#!/usr/bin/env bash
# Checks what docs/monitoring holds: the alert rules and their tests, the dashboard's queries, and that each metric they name exists.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
apt_package python3 python3
apt_package promtool prometheus

cd docs/monitoring
promtool check config --lint=none prometheus.yml
promtool test rules alerts.test.yml
queries=$(mktemp --suffix=.yml)
trap 'rm -f "$queries"' EXIT
python3 - "$queries" <<'PYTHON'
import json, re, sys
from pathlib import Path

dashboard = json.loads(Path("dashboard.json").read_text())
queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
rules = "".join(f"      - record: query:{number}\n        expr: {json.dumps(query)}\n" for number, query in enumerate(queries))
Path(sys.argv[1]).write_text(f"groups:\n  - name: dashboard\n    rules:\n{rules}")

root = Path("../..")
node, worker = ((root / path).read_text() for path in ["node/README.md", "offchain-workers/README.md"])
named = set(re.findall(r"quorate_[a-z_]+", "\n".join(queries) + Path("alerts.yml").read_text()))
# What Prometheus adds to the name of a histogram; and a method of the JSON-RPC, which the rules speak of too.
plain = {re.sub(r"_(bucket|sum|count)$", "", name) for name in named}
# The worker's are listed without their common beginning.
listed = lambda name, text: f"`{name}`" in text or f"`{name}{{" in text
missing = sorted(name for name in plain if not listed(name, node) and not listed(name.removeprefix("quorate_worker_"), worker))
if missing:
    sys.exit("no program has these metrics, or its README does not list them: " + ", ".join(missing))
print(f"{len(queries)} queries and {len(plain)} metrics are known")
PYTHON
promtool check rules "$queries"
