#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bpftool -j 7.5.0 (Debian 13; 7.8.0 does the same) prints two values with a comma between them
# where gen or btf dump lack an argument: {"error":"..."},null. No reader of JSON takes that. A
# word that is no command, or is none of the object's, gives null and no error at all.
#
# Expected: one value. bpftool(8), -j: 'Generate JSON output. For commands that cannot produce JSON,
# this option has no effect.' Other commands give one object with an error here.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie bpftool=7.5.0+6.12.117-1 python3
about "bpftool 7.5.0" "one JSON value with an error, as of bpftool -j prog pin (bpftool(8), -j)"

cat >"$work/root/values.py" <<'END'
import json, sys
text = sys.stdin.read().strip()
try:
    value = json.loads(text)
    print("one value:", "an error" if isinstance(value, dict) and "error" in value else json.dumps(value))
except json.JSONDecodeError as error:
    print("not JSON:", error.msg)
END
result() {
	inside bpftool -j "$@" 2>/dev/null | inside python3 /values.py
}
stated "prog pin" "one value: an error" "$(result prog pin)"
stated "gen skeleton" "not JSON: Extra data" "$(result gen skeleton)"
stated "btf dump" "not JSON: Extra data" "$(result btf dump)"
stated "prog no_such_command" "one value: null" "$(result prog no_such_command)"
finish
