#!/usr/bin/env bash
# Checks the systemd units of the packages: that they can be loaded, and that what they leave open is little (an exposure of 3 at most).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
apt_package systemd-analyze systemd

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for unit in node/debian/quorate-node.service offchain-workers/worker/debian/quorate-worker.service; do
    # The programs are not installed here: any that is stands in for them.
    sed -E 's#^ExecStart=[^ ]+#ExecStart=/bin/true#' "$unit" > "$folder/${unit##*/}"
    systemd-analyze verify --recursive-errors=no --man=no "$folder/${unit##*/}"
    systemd-analyze security --offline=true --no-pager --threshold=30 "$folder/${unit##*/}" | grep 'Overall exposure'
done
