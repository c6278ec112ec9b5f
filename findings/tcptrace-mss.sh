#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tcptrace 6.6.7 (Debian 13) prints a maximum segment size above 32767 as one of some 4294967255 bytes:
# it takes the 16 bits for a signed number. All connections over loopback have one, of 65495 bytes, and
# so has each device with a large MTU.
#
# Expected: the number of the option, which RFC 9293 (3.2) makes 16 bits without a sign, as tcpdump shows
# it. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie tcptrace=6.6.7-6+b2 tcpdump python3
about "tcptrace 6.6.7" "the size in the option of the first packets (RFC 9293, 3.2), as tcpdump shows it"

# capture MTU: a connection over loopback.
cat >"$work/root/capture.sh" <<'END'
ip link set lo mtu "$1"
tcpdump -Z root -U -i lo -w /capture.pcap 2>/ready &
until [ -s /ready ]; do :; done
python3 -c '
import socket
with socket.create_server(("127.0.0.1", 0)) as listener:
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
    sender.send(b"hello")
    receiver.recv(5)
'
until [ "$(tcpdump -Z root -nr /capture.pcap 2>/dev/null | wc -l)" -ge 4 ]; do :; done
kill $!
tcpdump -Z root -nr /capture.pcap >/packets 2>/dev/null
tcptrace -n -l /capture.pcap >/summary 2>/dev/null
END
sizes() {
	rm -f "$work"/root/{ready,capture.pcap}
	inside sh /capture.sh "$1"
	echo "tcpdump $(grep -oE 'mss [0-9]+' "$work/root/packets" | head -n 1 | tr -dc 0-9)," \
		"tcptrace $(grep 'mss requested' "$work/root/summary" | awk '{ print $3 }')"
}
stated "MTU 32000" "tcpdump 31960, tcptrace 31960" "$(sizes 32000)"
stated "MTU 65536" "tcpdump 65495, tcptrace 4294967255" "$(sizes 65536)"
finish
