#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# iperf3 3.18 (Debian 13; 3.22 does the same) does not say in its JSON whether -Z was given:
# results with sendfile(2) and with write(2) have the same members, although test_start lists
# the other parameters of the test. A collection of results cannot be told apart later.
#
# Expected: a member of test_start, as there is for omit, reverse, tos, bidir and others.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iperf3=3.18-2+deb13u2 strace python3
about "iperf3 3.18" "test_start of the JSON says whether the test was one with -Z, as it says tos or bidir"

# The server is ready, and sendfile counted, by the traces.
cat >"$work/root/run.sh" <<'END'
strace -f -qq -o /server -e trace=listen iperf3 -s -1 -B 127.0.0.1 >/dev/null 2>&1 &
until [ -s /server ]; do :; done
strace -f -qq -o /client -e trace=sendfile iperf3 -c 127.0.0.1 -n 1M -J "$@" >/json
END
cat >"$work/root/start.py" <<'END'
import json
print(*(f"{name}={value}" for name, value in json.load(open("/json"))["start"]["test_start"].items()))
END
start() {
	inside sh /run.sh "$@" && inside python3 /start.py
}
without=$(start)
stated "calls of sendfile without -Z" 0 "$(grep -c 'sendfile(' "$work/root/client")"
rm "$work/root/server"
with=$(start -Z)
stated "calls of sendfile with -Z" 8 "$(grep -c 'sendfile(' "$work/root/client")"
stated "test_start with -Z" "$without" "$with"
stated "a word of it anywhere" 0 "$(grep -ciE 'zero.?copy|sendfile' "$work/root/json")"
finish
