#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tcpflow 1.6.1 (Debian 13; sid has the same version) leaves out the data of packets longer than 64 KiB,
# which a capture on a sending device has where BIG TCP is on (ip-link(8), gso_ipv4_max_size). The
# kernel puts a total length of 0 into the IPv4 header of such a packet. The file of the flow has bytes
# of 0 in their place, or ends early. tcpflow exits 0 without a word; tcpdump shows the length.
#
# Expected: tcpflow(1): "understands TCP sequence numbers and will correctly reconstruct data streams".
# Of total length 0, the kernel's include/linux/ip.h, iph_totlen() and iph_set_totlen().
# Known: issue 142 of simsong/tcpflow, open since 2017, of captures of VMware with a length of 0.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie tcpflow=1.6.1-3+b1 tcpdump python3
about "tcpflow 1.6.1" "the stream that was sent: tcpflow \"will correctly reconstruct data streams\" (tcpflow(1))"

cat >"$work/root/transfer.py" <<'END'
import socket, subprocess, threading
TOTAL = 3000000
capture = subprocess.Popen(["tcpdump", "-Z", "root", "-U", "-B", "8192", "-i", "lo", "-w", "/capture.pcap"],
                           stderr=subprocess.PIPE, text=True)
capture.stderr.readline()
with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
sending = threading.Thread(target=sender.sendall, args=(b"x" * TOTAL,))
sending.start()
receiver.recv(TOTAL, socket.MSG_WAITALL)
sending.join()
sender.close()
while receiver.recv(1):
    pass
receiver.close()
while "[F.]" not in subprocess.run(["tcpdump", "-Z", "root", "-nr", "/capture.pcap"], capture_output=True, text=True).stdout:
    pass
capture.terminate()
capture.wait()
END
# flow SIZE: sends packets of up to this size, and says whether tcpdump and tcpflow have all 3000000 bytes.
flow() {
	rm -rf "$work"/root/{capture.pcap,flow}
	mkdir "$work/root/flow"
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		ip link set lo gso_ipv4_max_size "$1" gro_ipv4_max_size "$1" && python3 /transfer.py &&
			tcpdump -Z root -nr /capture.pcap >/packets 2>/dev/null && cd /flow && tcpflow -r /capture.pcap >/dev/null 2>&1
		echo "status $?,"
	' sh "$1" 2>"$work/log"
	echo "longest packet $(grep -oE 'length [0-9]+$' "$work/root/packets" | sort -k 2 -n | tail -n 1 | awk '{ print ($2 > 65536 ? "long" : "short") }'),"
	awk -F'length ' '{ sum += $NF } END { print "tcpdump", (sum >= 3000000 ? "all" : "less") "," }' "$work/root/packets"
	echo "tcpflow $([ "$(cat "$work"/root/flow/127* | tr -cd x | wc -c)" -eq 3000000 ] && echo all || echo less)"
}
inside ip link set lo gso_ipv4_max_size 65536 2>"$work/log" || cannot_be_tried "this kernel has no BIG TCP"
stated "65536" "status 0, longest packet short, tcpdump all, tcpflow all" "$(flow 65536 | paste -sd' ')"
stated "200000" "status 0, longest packet long, tcpdump all, tcpflow less" "$(flow 200000 | paste -sd' ')"
finish
