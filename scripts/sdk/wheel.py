"""What a wheel must not tell, and what it has to have: python wheel.py WHEEL ROOT PATH…

Its list of parts (SBOM) names the sources in ROOT by their paths: they become paths below /quorate. Then it has its licence and that list, and neither ROOT
nor another of these paths of the machine that built it is in one of its files.
"""

import base64
import csv
import hashlib
import io
import json
import os
import sys
import zipfile

PARTS = ".cyclonedx.json"


def recorded(files, record):
    """The text of RECORD for these files."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.writerow([name, "", ""] if name == record else [name, f"sha256={digest}", len(data)])
    return text.getvalue().encode()


def rewrite(wheel, root):
    """Writes the wheel without `root` in its list of parts."""
    with zipfile.ZipFile(wheel) as archive:
        infos = archive.infolist()
        files = {info.filename: archive.read(info) for info in infos}
    for name in files:
        if name.endswith(PARTS):
            files[name] = files[name].replace(f"file://{root}".encode(), b"file:///quorate")
    (record,) = [name for name in files if name.endswith(".dist-info/RECORD")]
    files[record] = recorded(files, record)
    draft = f"{wheel}.part"
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in infos:
            archive.writestr(info, files[info.filename], zipfile.ZIP_DEFLATED)
    os.replace(draft, wheel)
    return files


def faults(files, paths):
    """What is wrong, in words."""
    licences = [name for name in files if name.endswith(".dist-info/licenses/LICENSE")]
    if not licences or b"Apache License" not in files[licences[0]]:
        yield "it has no licence"
    parts = [name for name in files if name.endswith(PARTS)]
    if not parts or len(json.loads(files[parts[0]])["components"]) < 10:
        yield "it has no list of its parts"
    for name, data in files.items():
        for path in paths:
            at = data.find(path.encode())
            if at >= 0:
                shown = data[at : at + 120].split(b"\0")[0].decode(errors="replace")
                yield f"{name} has a path of this machine: {shown}"


if __name__ == "__main__":
    wheel, root, *paths = sys.argv[1:]
    found = list(faults(rewrite(wheel, root), [root, *paths]))
    for fault in found:
        print(f"{wheel}: {fault}", file=sys.stderr)
    sys.exit(bool(found))
