#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nstat of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) shows the counters of one network namespace
# less those of another. It keeps one history file for each user, not for each namespace, and subtracts
# what is in it. After a namespace in which 50 datagrams were sent, one with 60 shows 10, and one with
# 20 shows none at all.
#
# Expected: nstat(8): "The default is to calculate increments since the previous use", which no other
# namespace has a part in. The page names no file and no namespaces. Give -a, or set NSTAT_HISTORY.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1 python3
about "nstat of iproute2 6.15.0" "in a new network namespace, the counters since it began (nstat(8))"

cat >"$work/root/send.py" <<'END'
import socket, sys
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
for _ in range(int(sys.argv[1])):
    receiver.sendto(b"x", receiver.getsockname())
END
# shown DATAGRAMS [OPTION]: the counter of a new network namespace in which so many were sent.
shown() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c 'python3 /send.py "$1" && nstat $2 UdpOutDatagrams' sh "$1" "${2:-}" 2>&1 |
		awk '/^Udp/ { print $2; found = 1 } END { if (!found) print "none" }'
}
stated "the first namespace, 50 datagrams" "50" "$(shown 50)"
stated "the second, 60" "10" "$(shown 60)"
stated "the third, 20" "none" "$(shown 20)"
stated "the fourth, 60, with -a" "60" "$(shown 60 -a)"
finish
