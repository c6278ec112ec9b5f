#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tcpdump 4.99.5 (Debian 13; 4.99.6 does the same) calls the type of a packet of a
# SOCK_SEQPACKET socket, in a capture of vsockmon, "Invalid type (2)". The packet is valid.
#
# Expected: a name, or "unknown". linux/virtio_vsock.h has VIRTIO_VSOCK_TYPE_SEQPACKET = 2;
# Virtio 1.2, section 5.10.6, has it, too.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie tcpdump=4.99.5-2
about "tcpdump 4.99.5" "type 2 is a seqpacket socket's, and valid (linux/virtio_vsock.h; Virtio 1.2, 5.10.6)"

for type in 1 2; do
	vsockmon_capture "$type" >"$work/root/$type.pcap"
done
shown() {
	inside tcpdump -Z root -nvvr "/$1.pcap" 2>/dev/null | grep -oE 'len 5, type [^,]*, op [^,]*'
}
stated "a stream's" "len 5, type STREAM, op RW" "$(shown 1)"
stated "a seqpacket socket's" "len 5, type Invalid type (2), op RW" "$(shown 2)"
finish
