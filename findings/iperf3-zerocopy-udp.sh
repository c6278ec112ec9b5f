#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# iperf3 3.18 (Debian 13; 3.22 does the same) accepts -Z together with -u and copies: the
# datagrams are sent by write(2), no sendfile(2) is called, and nothing says so. Whoever compares
# the processor time of UDP with and without -Z compares the same thing twice.
#
# Expected: by iperf3(1), -Z means 'Use a "zero copy" method of sending data, such as sendfile(2),
# instead of the usual write(2)', for any protocol; else an error, as for other options that need
# another protocol. Known: issue 1193 of esnet/iperf; pull request 1720 would use MSG_ZEROCOPY.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iperf3=3.18-2+deb13u2 strace
about "iperf3 3.18" "-Z sends by sendfile(2) or the like (iperf3(1)), or is refused for UDP"

# sends OPTION...: whether a client calls sendfile(2), and whether it writes the blocks.
sends() {
	# The first system call of the server that is traced says that it listens.
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		strace -f -qq -o /server -e trace=listen iperf3 -s -1 -B 127.0.0.1 >/dev/null 2>&1 &
		until [ -s /server ]; do :; done
		strace -f -qq -o /client -e trace=sendfile,write iperf3 -c 127.0.0.1 -n 20000 -l 1000 "$@" >/out 2>&1
	' sh "$@"
	echo "status $?, $(grep -c 'sendfile(' "$work/root/client") of sendfile," \
		"$(grep -cE 'write\(.*, 1000\) += 1000' "$work/root/client") of write, warnings: $(grep -ciE 'zero|warn' "$work/root/out")"
	rm -f "$work"/root/{server,client,out}
}
stated "TCP" "status 0, 0 of sendfile, 20 of write, warnings: 0" "$(sends)"
stated "TCP with -Z" "status 0, 20 of sendfile, 0 of write, warnings: 0" "$(sends -Z)"
stated "UDP with -Z" "status 0, 0 of sendfile, some of write, warnings: 0" \
	"$(sends -u -Z | sed 's/, [1-9][0-9]* of write/, some of write/')"
finish
