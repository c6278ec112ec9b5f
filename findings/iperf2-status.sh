#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# iperf 2.2.1 (Debian 13; sid has the same version) exits 0 where it sent nothing: after a refused
# connection, after a congestion control that the kernel does not have, and after an option that it
# does not know. A name that does not resolve gives 1.
#
# Expected: another status than after a test; iperf(1) does not speak of the status. iperf3 exits 1
# after a refused connection. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iperf=2.2.1+dfsg-1 iperf3
about "iperf 2.2.1" "a status that tells failures from successes, as that of iperf3 does"

result() {
	inside "$@" >"$work/out" 2>&1
	echo "status $?, $(grep -oiE 'connection refused|no such file or directory|unrecognized option' "$work/out" | head -n 1)"
}
stated "a port that nobody has" "status 0, Connection refused" "$(result iperf -c 127.0.0.1 -p 9 -n 1M)"
stated "a congestion control that there is not" "status 0, No such file or directory" \
	"$(result iperf -c 127.0.0.1 -p 9 -n 1M -Z no_such)"
stated "an option that there is not" "status 0, unrecognized option" "$(result iperf --no-such-option)"
stated "a port that nobody has, iperf3" "status 1, Connection refused" "$(result iperf3 -c 127.0.0.1 -p 9 -n 1M)"
finish
