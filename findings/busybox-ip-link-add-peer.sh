#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip of busybox 1.37.0 (Debian 13; 1.38.0 does the same) reads nothing after the kind of a new
# device: "ip link add near type veth peer name far" exits 0 and makes near and veth0. The
# script of an initramfs that goes on to configure far fails there, and not where the mistake is.
#
# Expected: the peer far, as by iproute2, or an error for words that are not understood. The help
# of the applet lists no "link add"; the command works, for all but the options of the kind.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie busybox=1:1.37.0-6+b9
about "ip of busybox 1.37.0" "a peer of the name that is asked for, as ip-link(8) of iproute2 makes it, or an error"

devices() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '"$@"; echo "status $?"; ip -br link' sh "$@" 2>"$work/log" |
		sed -E 's/^lo .*//; s/^([a-z0-9]+)(@[a-z0-9]+)? .*(UP|DOWN).*/\1/' | sed '/^$/d' | sort | paste -sd' '
}
inside ip link add near type veth peer name far 2>"$work/log" || cannot_be_tried "this kernel has no veth device"
stated "iproute2" "far near status 0" "$(devices ip link add near type veth peer name far)"
stated "busybox" "near status 0 veth0" "$(devices busybox ip link add near type veth peer name far)"
stated "busybox, a word that means nothing" "near status 0 veth0" "$(devices busybox ip link add near type veth no_such_word)"
finish
