#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# trafgen of netsniff-ng 0.6.9 (Debian 13; that of sid is of the same version) fills in a wrong
# checksum for an ICMP message of odd length, such as an echo request with three bytes. The peer
# drops it in silence, so that a test which sends pings of all sizes loses every other one. UDP and
# TCP datagrams of odd length are right.
#
# Expected: trafgen(8), ICMPv4: the checksum "of ICMPv4 header and payload (calculated by default)";
# RFC 792 says that an odd length is padded with a zero octet.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie netsniff-ng=0.6.9-1 tcpdump
about "trafgen of netsniff-ng 0.6.9" "the checksum that RFC 792 defines for odd lengths, too"

# checksum HEADER PAYLOAD: what tcpdump says of a packet's checksum.
checksum() {
	rm -f "$work/root/out.pcap"
	inside trafgen -q -n 1 --cpu 0 -o /out.pcap \
		"{ eth(da=02:00:00:00:00:02), ipv4(sa=192.0.2.1, da=192.0.2.2), $1, \"$2\" }" >"$work/log" 2>&1
	inside tcpdump -Z root -nvvr /out.pcap 2>/dev/null | tail -n 1 | {
		read -r line
		case $line in
		*"wrong icmp cksum"*) echo wrong ;;
		*"ICMP echo request"* | *"udp sum ok"*) echo right ;;
		*) echo "no packet" ;;
		esac
	}
}
stated "ICMP, 4 bytes of payload" "right" "$(checksum "icmp4(echorequest)" abcd)"
stated "ICMP, 3 bytes of payload" "wrong" "$(checksum "icmp4(echorequest)" abc)"
stated "ICMP, 5 bytes of payload" "wrong" "$(checksum "icmp4(echorequest)" abcde)"
stated "UDP, 3 bytes of payload" "right" "$(checksum "udp(dp=9)" abc)"
finish
