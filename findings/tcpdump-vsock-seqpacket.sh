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

capture() {
	local type=$1 length=5
	# linux/vsockmon.h, struct af_vsockmon_hdr: source and destination, ports, the operation
	# (4: payload), the transport (2: virtio) and the length of its header; then virtio's.
	printf '\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x0f\x01\0\0'
	printf '\0\0\0\0\0\0\0\0\x51\0\0\0\x51\0\0\0'
	printf '\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\x04\0\0\x88\x13\0\0\x04\0\x02\0\x2c\0\0\0'
	printf '\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\x04\0\0\x88\x13\0\0'
	# The length of the payload, the type, the operation (5: RW), the flags (1: end of message).
	printf '%b\0\0\0%b\0\x05\0\x01\0\0\0\0\0\x01\0\0\0\0\0' "\\x0$length" "\\x0$type"
	printf hello
}
for type in 1 2; do
	capture "$type" >"$work/root/$type.pcap"
done
shown() {
	inside tcpdump -Z root -nvvr "/$1.pcap" 2>/dev/null | grep -oE 'len 5, type [^,]*, op [^,]*'
}
stated "a stream's" "len 5, type STREAM, op RW" "$(shown 1)"
stated "a seqpacket socket's" "len 5, type Invalid type (2), op RW" "$(shown 2)"
finish
