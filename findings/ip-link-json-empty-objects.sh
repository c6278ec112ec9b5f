#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip -j link show up of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) prints an empty object
# for each device that is not up. A reader that asks each object for its ifname fails on
# machines with a device that is down, and on no others. "dev NAME type KIND" does the same.
#
# Expected: the devices that the text form shows, and nothing for the others.
# Known for "type": coreemu/core pull request 348 works around it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1 python3
about "ip of iproute2 6.15.0" "the JSON has the devices that the text has (ip-link(8): \"up: display running interfaces\")"

inside ip link add finding type ifb 2>"$work/log" || cannot_be_tried "this kernel has no ifb device"
cat >"$work/root/names.py" <<'END'
import json, sys
print(*[device["ifname"] if device else "an empty object" for device in json.load(sys.stdin)], sep=", ")
END
# Without "up" there are lo, which is up, and the new device, which is down.
shown() {
	inside sh -c "ip link add finding type ifb && ip $1 | $2"
}
stated "text of: link show up" "1 device" \
	"$(shown "-o link show up" "(n=0; while read -r _; do n=\$((n + 1)); done; echo \$n device)")"
stated "JSON of: link show up" "lo, an empty object" "$(shown "-j link show up" "python3 /names.py")"
stated "JSON of: link show dev lo type ifb" "an empty object" \
	"$(shown "-j link show dev lo type ifb" "python3 /names.py")"
finish
