#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nft 1.1.3 (Debian 13; 1.1.7 does the same) lists the rule oifname { "veth0*", "veth1" } as oifname {
# ""-"" }, and refuses to read that again: a ruleset that was saved with such a rule cannot be
# restored. nft makes a range of each name of an anonymous set with a wildcard, joins ranges that
# touch, and has no way to show the sum. "veth1" is next to all that begins with "veth0". The rule in
# the kernel does what was asked for.
#
# Expected: nft(8): "list ruleset command output may be used as input to nft -f". The page allows
# wildcards for oifname. A named set without auto-merge keeps the names apart, and a gap between them does.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie nftables=1.1.3-1
about "nft 1.1.3" "a list of the rules is input of nft -f, \"the nft-equivalent of iptables-save and iptables-restore\" (nft(8))"

inside nft add table inet finding 2>"$work/log" || cannot_be_tried "this kernel has no nftables"
# listed NAMES: how a rule with these names is listed, and what nft -f says of the list.
listed() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		nft add table inet finding && nft add chain inet finding output &&
			nft add rule inet finding output oifname "{ $1 }" && nft list ruleset >/saved
		cat /saved
		nft flush ruleset
		nft -f /saved 2>/error
		echo "restored: $?"
	' sh "$1" 2>"$work/log" | sed -nE 's/^\t*(oifname|restored)/\1/p' | paste -sd' '
}
stated "neighbours" 'oifname { ""-"" } restored: 1' "$(listed '"veth0*", "veth1"')"
stated "the error" "Error: Empty string is not allowed" "$(grep -oE 'Error: .*' "$work/root/error")"
stated "with a gap" 'oifname { "veth0*", "veth2" } restored: 0' "$(listed '"veth0*", "veth2"')"
stated "two wildcards" 'oifname { ""/39 } restored: 1' "$(listed '"veth0*", "veth1*"')"
finish
