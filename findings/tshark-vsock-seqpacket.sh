#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tshark 4.4.19 (Debian 13; 4.6.9 does the same) calls the type of a packet of a SOCK_SEQPACKET
# socket, in a capture of vsockmon, "Unknown (2)", and shows its flags as a bare number.
#
# Expected: a name. linux/virtio_vsock.h has VIRTIO_VSOCK_TYPE_SEQPACKET = 2, and the flags
# VIRTIO_VSOCK_SEQ_EOM and _EOR; Virtio 1.2, section 5.10.6, has both.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie tshark=4.4.19-0+deb13u1
about "tshark 4.4.19" "type 2 is a seqpacket socket's (linux/virtio_vsock.h; Virtio 1.2, 5.10.6)"

for type in 1 2; do
	vsockmon_capture "$type" >"$work/root/$type.pcap"
done
shown() {
	inside tshark -r "/$1.pcap" -V 2>/dev/null | grep -oE "$2: .*" | tail -n 1
}
stated "a stream's" "Type: Stream (1)" "$(shown 1 Type)"
stated "a seqpacket socket's" "Type: Unknown (2)" "$(shown 2 Type)"
stated "end of message" "Flags: 0x00000001" "$(shown 2 Flags)"
finish
