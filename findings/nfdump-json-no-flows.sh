#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nfdump -o json 1.7.5 (Debian 13; 1.7.10 does the same) puts the words "No matching flows" between
# the brackets where a filter matches none, and exits 0; -o ndjson and -o csv have them as a line.
# A script that counts flows fails to parse where the count is zero, and only there.
#
# Expected: an empty array; nfdump(1) names the format json. (Issues 189, 296 and 342 of phaag/nfdump,
# all closed, are of other things that made the JSON invalid.)

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie nfdump=1.7.5-2+deb13u1 python3
about "nfdump 1.7.5" "an empty array for no flows (nfdump(1): the format json)"

# A capture of one datagram: 192.0.2.1 port 7 to 192.0.2.2 port 53, with the payload "hello".
{
	printf '\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0'
	printf '\0\xf1\x53\x65\0\0\0\0\x2f\0\0\0\x2f\0\0\0'
	printf '\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\x45\0\0\x21\0\0\0\0\x40\x11\xf6\xc8\xc0\0\x02\x01\xc0\0\x02\x02'
	printf '\0\x07\0\x35\0\x0d\0\0hello'
} >"$work/root/udp.pcap"
inside sh -c 'mkdir /flows && nfpcapd -r /udp.pcap -w /flows' >"$work/log" 2>&1 ||
	cannot_be_tried "nfpcapd: $(tail -n 1 "$work/log")"
flows=$(basename "$work"/root/flows/nfcapd.*)
cat >"$work/root/flows.py" <<'END'
import json, sys
try:
    print(len(json.load(sys.stdin)))
except json.JSONDecodeError as error:
    print("not JSON:", error.msg)
END
result() {
	inside nfdump -r "/flows/$flows" -o json "$1" >"$work/out"
	echo "status $?, flows $(inside python3 /flows.py <"$work/out")"
}
stated "port 53" "status 0, flows 1" "$(result "port 53")"
stated "port 54" "status 0, flows not JSON: Expecting value" "$(result "port 54")"
finish
