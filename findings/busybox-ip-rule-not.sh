#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip rule of busybox 1.37.0 (Debian 13; 1.38.0 does the same) leaves out the "not" of a rule, so that
# "not from 192.0.2.0/24" reads "from 192.0.2.0/24", its opposite. Other selectors that it does not
# know go, too: a rule for oif lo, or for one port, reads "from all". Who debugs a lost packet on a
# small system, or repeats the rules from the list, gets other rules.
#
# Expected: the rules that the kernel has, as ip-rule(8) of iproute2 shows them, or a sign that
# something is left out. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie busybox=1:1.37.0-6+b9
about "ip of busybox 1.37.0" "the selectors of the rule, as by ip-rule(8) of iproute2, or a sign that some are left out"

inside ip rule add table 77 2>"$work/log" || cannot_be_tried "this kernel has no policy routing"
# shown RULE...: how iproute2 and busybox list a rule.
shown() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c 'ip rule add "$@" table 77; ip rule; busybox ip rule' sh "$@" |
		sed -nE 's/^[0-9]+:\t(.*) lookup 77 ?$/\1/p' | paste -sd';'
}
stated "not from 192.0.2.0/24" "not from 192.0.2.0/24;from 192.0.2.0/24" "$(shown not from 192.0.2.0/24)"
stated "oif lo" "from all oif lo;from all" "$(shown oif lo)"
stated "dport 80" "from all dport 80;from all" "$(shown dport 80)"
stated "fwmark 1" "from all fwmark 0x1;from all fwmark 0x1" "$(shown fwmark 1)"
finish
