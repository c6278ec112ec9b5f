#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# send(2) of man-pages 6.9.1 (Debian 13; 6.20 is the same) says of ENOBUFS that it does not normally
# occur in Linux, and that packets are dropped in silence where the queue of a device overflows. That
# is so for a UDP socket without IP_RECVERR alone: with it, and on packet sockets, send() fails with
# ENOBUFS at each overflow. Who takes each ENOBUFS for a limit of MSG_ZEROCOPY gives up zero copy
# where slower sending would do.
#
# Expected: net/ipv4/udp.c, udp_send_skb(), and net/packet/af_packet.c, packet_snd().
# Issue 28 of octo/liboping met the sentence, and the error.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages-dev=6.9.1-1 python3
about "man-pages 6.9.1" "ENOBUFS of a full device queue, to sockets with IP_RECVERR and to packet sockets"

# The queue of loopback is slow, and full after three datagrams.
cat >"$work/root/overflow.py" <<'END'
import errno, socket
IP_RECVERR, ETHERTYPE = 11, 0x88B5
def answers(send):
    seen = set()
    for _ in range(20):
        try:
            send(bytes(1000))
            seen.add("sent")
        except OSError as error:
            seen.add(errno.errorcode[error.errno])
    return " ".join(sorted(seen))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
    receiver.bind(("127.0.0.1", 0))
    for recverr in 0, 1:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, IP_RECVERR, recverr)
            sender.connect(receiver.getsockname())
            print(answers(sender.send))
with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as sender:
    print(answers(lambda data: sender.sendto(data, ("lo", ETHERTYPE, 0, 0, bytes(6)))))
END
inside sh -c 'tc qdisc add dev lo root tbf rate 8kbit burst 2000 limit 3000 && python3 /overflow.py' >"$work/out" \
	2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
stated "send(2)" "Normally, this does not occur in Linux. Packets are just silently dropped when a device queue overflows" \
	"$(gzip -dc "$work/root/usr/share/man/man2/send.2.gz" | tr '\n' ' ' |
		grep -oE 'Normally, this does not occur in Linux\. Packets are just silently dropped when a device queue overflows')"
stated "a UDP socket" "sent" "$(sed -n 1p "$work/out")"
stated "a UDP socket with IP_RECVERR" "ENOBUFS" "$(sed -n 2p "$work/out")"
stated "a packet socket" "ENOBUFS" "$(sed -n 3p "$work/out")"
finish
