#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# strace 6.13 (Debian 13; 7.2 does the same) decodes the control message IP_RECVERR as a
# struct sock_extended_err, and its twin IPV6_RECVERR not at all: type 0x19 and bytes. A
# trace of zero-copy notifications is thus readable over IPv4 only.
#
# Expected: by strace(1), "structure pointers are dereferenced and the members are displayed
# as appropriate"; ipv6(7) says of IPV6_RECVERR that it controls the same queue, and both
# messages begin with the same structure (linux/errqueue.h).
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie strace=6.13+ds-1 python3
about "strace 6.13" "IPV6_RECVERR is decoded as IP_RECVERR is: both begin with a struct sock_extended_err" \
	"(strace(1), linux/errqueue.h)"

# A datagram to a port of loopback that nobody has comes back as an ICMP error.
cat >"$work/root/refused.py" <<'END'
import select, socket, sys
family, address, level, option = {
    "4": (socket.AF_INET, "127.0.0.1", socket.IPPROTO_IP, 11),
    "6": (socket.AF_INET6, "::1", socket.IPPROTO_IPV6, 25),
}[sys.argv[1]]
with socket.socket(family, socket.SOCK_DGRAM) as sender:
    sender.setsockopt(level, option, 1)
    sender.connect((address, 9))
    sender.send(b"x")
    select.select([], [sender], [], 5)
    poll = select.poll()
    poll.register(sender, 0)
    poll.poll(5000)
    sender.recvmsg(16, 256, socket.MSG_ERRQUEUE)
END
trace() {
	inside sh -c "strace -e trace=recvmsg python3 /refused.py $1 2>&1" |
		grep -oE 'cmsg_level=.*(ee_origin=[0-9]+|cmsg_data="\\x[0-9a-f]{2})' | sed 's/cmsg_data=.*\(ee_origin\)/\1/'
}
stated "IPv4" "cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, ee_origin=2" "$(trace 4)"
stated "IPv6" 'cmsg_level=SOL_IPV6, cmsg_type=0x19, cmsg_data="\x6f' "$(trace 6)"
finish
