#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip link set gso_max_size of iproute2 6.15.0 (Debian 13; 7.3.0 does the same), on Linux 6.12 and
# later: a size up to 65536 sets gso_ipv4_max_size as well, a larger one does not. Who lowers the
# size and raises it again to one for BIG TCP leaves IPv4 at the lowered size, without a word.
#
# Expected: ip-link(8) describes the two as two: gso_max_size, and gso_ipv4_max_size "especially
# used to enable BIG TCP for IPv4", and no effect of the one on the other. (The kernel keeps old
# programs working so: net/core/dev.h, netif_set_gso_max_size().)

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1
about "ip of iproute2 6.15.0, and the kernel" "gso_max_size leaves gso_ipv4_max_size alone, or ip-link(8) says that it does not"

sizes() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		ip link add finding type veth || exit
		for size; do
			ip link set finding gso_max_size "$size"
		done
		ip -d link show finding
	' sh "$@" 2>"$work/log" | grep -oE 'gso_(ipv4_)?max_size [0-9]+' | paste -sd' '
}
[ "$(sizes | wc -w)" -eq 4 ] || cannot_be_tried "no veth device, or no gso_ipv4_max_size on this kernel"
stated "a new device" "gso_max_size 65536 gso_ipv4_max_size 65536" "$(sizes)"
stated "raised" "gso_max_size 100000 gso_ipv4_max_size 65536" "$(sizes 100000)"
stated "lowered" "gso_max_size 20000 gso_ipv4_max_size 20000" "$(sizes 20000)"
stated "lowered and raised" "gso_max_size 100000 gso_ipv4_max_size 20000" "$(sizes 20000 100000)"
finish
