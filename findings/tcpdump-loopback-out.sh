#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tcpdump 4.99.5 with libpcap 1.10.5 (Debian 13; 4.99.6 with 1.11.0 does the same) captures nothing
# with "-i lo -Q out", whatever is sent there, and says nothing. libpcap drops each outgoing packet of
# the loopback device, as it sees the same packet come in, and -Q out then drops that one. "-i any -Q
# out" misses the packets of lo, too. Both copies count as "received by filter", so that even a
# complete capture looks as if half was lost.
#
# Expected: pcap_setdirection(3PCAP): "PCAP_D_OUT will only capture packets sent by the device", and some
# platforms "might not support PCAP_D_OUT", with an error. Linux supports it for other devices.
# A search of public issue trackers found no report of it. Leave -Q out, and go by ports.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie tcpdump=4.99.5-2 libpcap0.8t64=1.10.5-2 python3
about "tcpdump 4.99.5 with libpcap 1.10.5" "-Q out captures the packets that the device sent (tcpdump(1), pcap_setdirection(3PCAP))"

cat >"$work/root/capture.py" <<'END'
import re, socket, subprocess, sys
capture = subprocess.Popen(["timeout", "5", "tcpdump", "-Z", "root", "-n", "-c", "5", "-w", "/dev/null", *sys.argv[1:]],
                           stderr=subprocess.PIPE, text=True)
while "listening" not in capture.stderr.readline():
    pass
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
for _ in range(5):
    receiver.sendto(b"x", receiver.getsockname())
    receiver.recv(1)
counts = re.findall(r"(\d+) packets? (captured|received)", capture.stderr.read())
print(*(f"{count} {word}" for count, word in counts), sep=", ")
END
# counts OPTIONS: what tcpdump counts of five datagrams, when it has five or five seconds have passed.
counts() {
	inside python3 /capture.py "$@" 2>"$work/log" || tail -n 1 "$work/log"
}
stated "-i lo" "5 captured, 10 received" "$(counts -i lo)"
stated "-i lo -Q in" "5 captured, 10 received" "$(counts -i lo -Q in)"
stated "-i lo -Q out" "0 captured, 10 received" "$(counts -i lo -Q out)"
stated "-i any -Q out" "0 captured, 10 received" "$(counts -i any -Q out)"
finish
