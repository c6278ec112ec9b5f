#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip -j route of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) leaves the lock of a metric out:
# routes with "mtu 1400" and with "mtu lock 1400" are the same object, although path MTU discovery
# goes on for the one and not for the other. Who saves the JSON and sets the routes from it changes
# the DF bit of what is sent.
#
# Expected: whatever the text form tells apart; ip-route(8): "if the modifier lock is used, no path
# MTU discovery will be tried". A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1
about "ip of iproute2 6.15.0" "the JSON tells a locked metric from another, as the text does (ip-route(8): \"mtu lock MTU\")"

# metric FORM VALUE...: what a route with this mtu looks like in the text or in the JSON.
metric() {
	local form=$1
	shift
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c 'form=$1; shift; ip route add 192.0.2.0/24 dev lo mtu "$@" && ip "$form" route' sh "$form" "$@" |
		grep -oE 'mtu (lock )?[0-9]+|"metrics":\[[^]]*\]'
}
stated "text" "mtu 1400" "$(metric -o 1400)"
stated "text of a locked one" "mtu lock 1400" "$(metric -o lock 1400)"
stated "JSON" '"metrics":[{"mtu":1400}]' "$(metric -j 1400)"
stated "JSON of a locked one" '"metrics":[{"mtu":1400}]' "$(metric -j lock 1400)"
finish
