#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# udp(7) of man-pages 6.9.1 (Debian 13; 6.20 is the same) says that all fatal errors, those from the
# network included, are passed to the user even when the socket is not connected. An unconnected
# socket hears nothing of an ICMP port unreachable, unless IP_RECVERR is set. That has been so for
# so long that the option which once asked for it, SO_BSDCOMPAT, is gone.
#
# Expected: net/ipv4/udp.c, __udp4_lib_err(): without IP_RECVERR only connected sockets get hard
# errors. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages=6.9.1-1 python3
about "man-pages 6.9.1" "an unconnected UDP socket gets errors from the network with IP_RECVERR only"

# The error of a datagram to a port of loopback that nobody has is there before send() returns.
cat >"$work/root/errors.py" <<'END'
import errno, socket
IP_RECVERR = 11
def error(connected, recverr):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, IP_RECVERR, recverr)
        if connected:
            sender.connect(("127.0.0.1", 9))
            sender.send(b"x")
        else:
            sender.sendto(b"x", ("127.0.0.1", 9))
        return errno.errorcode.get(sender.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "none")
print(error(True, 0), error(False, 0), error(False, 1))
END
sentence=$(gzip -dc "$work/root/usr/share/man/man7/udp.7.gz" | tr '\n' ' ' |
	grep -oE 'All fatal errors will be passed to the user as an error return even when the socket is not connected')
stated "udp(7)" "All fatal errors will be passed to the user as an error return even when the socket is not connected" "$sentence"
read -r connected unconnected recverr < <(inside python3 /errors.py 2>"$work/log")
stated "a connected socket" "ECONNREFUSED" "$connected"
stated "an unconnected one" "none" "$unconnected"
stated "an unconnected one with IP_RECVERR" "ECONNREFUSED" "$recverr"
finish
