#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# iptables-translate 1.8.11 (Debian 13; 1.8.13 does the same) turns the TOS target of an IPv4 rule into
# a statement of IPv6, "ip6 dscp set". nft refuses it in the table that the same line names:
# "conflicting network layer protocols specified: ip vs. ip6". With "ip" in its place the statement
# sets the value that was asked for. The DSCP target, which sets the same bits, is translated as it
# should be.
#
# Expected: xtables-translate(8): the tools "translate a given ruleset from iptables(8), ip6tables(8)," and
# others "to nftables(8)". A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iptables=1.8.11-2 nftables
about "iptables-translate 1.8.11" "a command that nft takes (xtables-translate(8))"

inside nft add table ip finding 2>"$work/log" || cannot_be_tried "this kernel has no nftables"
# translated TARGET...: the statement that this target becomes, and what nft says of the command.
translated() {
	local command
	command=$(inside iptables-translate -t mangle -A OUTPUT -j "$@" 2>"$work/log")
	echo "${command##*counter }" | tr -d "'"
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		nft add table ip mangle && nft add chain ip mangle OUTPUT "{ type route hook output priority mangle; }" &&
			eval "$1" && echo accepted
	' sh "$command" 2>&1 | grep -E '^accepted|^Error'
}
stated "DSCP --set-dscp 4" "ip dscp set 0x04;accepted" "$(translated DSCP --set-dscp 4 | paste -sd';')"
stated "TOS --set-tos 0x10" "ip6 dscp set 0x04;Error: conflicting network layer protocols specified: ip vs. ip6" \
	"$(translated TOS --set-tos 0x10 | paste -sd';')"
finish
