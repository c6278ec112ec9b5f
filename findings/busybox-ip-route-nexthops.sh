#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip route of busybox 1.37.0 (Debian 13; 1.38.0 does the same) shows no next hop of a route that has
# several, and none of an IPv4 route via an IPv6 gateway: "192.0.2.0/24" alone, and "192.0.2.0/24 dev
# near", as if the network were attached.
#
# Expected: the gateways, as ip-route(8) of iproute2 shows them, or a sign that something is left
# out. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie busybox=1:1.37.0-6+b9
about "ip of busybox 1.37.0" "the next hops of a route, as by ip-route(8) of iproute2, or a sign that they are left out"

# shown COMMAND ROUTE...: how a command lists a route.
shown() {
	local command=$1
	shift
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		command=$1
		shift
		ip link add near type veth peer name far && ip link set near up && ip link set far up &&
			ip addr add 198.51.100.1/24 dev near && ip route add 192.0.2.0/24 "$@" && $command
	' sh "$command" "$@" 2>"$work/log" | tr -s ' \t\n' ' ' | sed -nE 's/.*(192\.0\.2\.0.*)/\1/; s/ 198\.51\.100\.0.*//p'
}
two=(nexthop via 198.51.100.2 nexthop via 198.51.100.3)
[ -n "$(shown "ip route" "${two[@]}")" ] || cannot_be_tried "$(tail -n 1 "$work/log")"
stated "two next hops, iproute2" \
	"192.0.2.0/24 nexthop via 198.51.100.2 dev near weight 1 nexthop via 198.51.100.3 dev near weight 1" \
	"$(shown "ip route" "${two[@]}")"
stated "two next hops, busybox" "192.0.2.0/24" "$(shown "busybox ip route" "${two[@]}")"
six=(via inet6 fe80::1 dev near)
stated "an IPv6 gateway, iproute2" "192.0.2.0/24 via inet6 fe80::1 dev near" "$(shown "ip route" "${six[@]}")"
stated "an IPv6 gateway, busybox" "192.0.2.0/24 dev near" "$(shown "busybox ip route" "${six[@]}")"
finish
