#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip -j mptcp limits of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) prints plain text and
# exits 0, although ip -j mptcp endpoint prints JSON.
#
# Expected: ip(8), -j: "Output results in JavaScript Object Notation (JSON)", or an error.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1
about "ip of iproute2 6.15.0" "JSON after -j (ip(8)), as of ip -j mptcp endpoint, or an error"

inside ip mptcp limits >/dev/null 2>&1 || cannot_be_tried "this kernel has no MPTCP"
stated "endpoints" '[{"address":"127.0.0.1","id":3,"signal":true}]' \
	"$(inside sh -c 'ip mptcp endpoint add 127.0.0.1 id 3 signal && ip -j mptcp endpoint')"
stated "limits, status" "add_addr_accepted 0 subflows 2, 0" \
	"$(inside sh -c 'ip mptcp limits set add_addr_accepted 0 subflows 2 && ip -j mptcp limits && echo ", $?"' |
		tr -d '\n' | sed 's/ ,/,/')"
finish
