#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# recv(2) of man-pages 6.9.1 (Debian 13; 6.20 is the same) says at MSG_ERRQUEUE that local errors
# come without an address, as cmsg_len shows. The message has the address, with the family
# AF_UNSPEC, and is as long as that of an ICMP error: who takes the length for the sign reads every
# error, and every zero-copy notification, as one from the network.
#
# Expected: what the page says two sentences before, AF_UNSPEC where no address is known
# (net/ipv4/ip_sockglue.c, ip_recv_error(): one structure for all origins).
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages-dev=6.9.1-1 python3
about "man-pages 6.9.1" "the origin, or the family AF_UNSPEC, tells a local error; cmsg_len is the same for all"

cat >"$work/root/errors.py" <<'END'
import select, socket, struct
IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_RECVERR, IPV6_MTU_DISCOVER, IPV6_RECVERR = 10, 2, 11, 23, 25
FAMILIES = {
    socket.AF_INET: ("127.0.0.1", socket.IPPROTO_IP, IP_RECVERR, IP_MTU_DISCOVER),
    socket.AF_INET6: ("::1", socket.IPPROTO_IPV6, IPV6_RECVERR, IPV6_MTU_DISCOVER),
}
for family, (address, level, recverr, discover) in FAMILIES.items():
    # A datagram larger than the MTU is a local error; one to a port that nobody has, an ICMP one.
    for size in 3000, 30:
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(level, recverr, 1)
            sender.setsockopt(level, discover, IP_PMTUDISC_DO)
            sender.connect((address, 9))
            try:
                sender.send(bytes(size))
            except OSError:
                pass
            poll = select.poll()
            poll.register(sender, 0)
            poll.poll(5000)
            data = sender.recvmsg(1, 256, socket.MSG_ERRQUEUE)[1][0][2]
            print("origin", data[4], "length", len(data), "family", struct.unpack_from("H", data, 16)[0], end="; ")
    print()
END
sentence=$(gzip -dc "$work/root/usr/share/man/man2/recv.2.gz" | sed 's/^\.I //' | tr '\n' ' ' |
	grep -oE 'For local errors, no address is passed \(this can be checked with the cmsg_len')
stated "recv(2)" "For local errors, no address is passed (this can be checked with the cmsg_len" "$sentence"
inside sh -c 'ip link set lo mtu 1500 && python3 /errors.py' >"$work/out" 2>"$work/log" ||
	cannot_be_tried "$(tail -n 1 "$work/log")"
stated "IPv4, local and ICMP" "origin 1 length 32 family 0; origin 2 length 32 family 2; " "$(sed -n 1p "$work/out")"
stated "IPv6, local and ICMP" "origin 1 length 44 family 0; origin 3 length 44 family 10; " "$(sed -n 2p "$work/out")"
finish
