#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip(7) of man-pages 6.9.1 (Debian 13; IP_RECVERR(2const) of 6.20 has the same sentence) says at
# IP_RECVERR that TCP has no error queue, and that MSG_ERRQUEUE is not permitted on stream sockets.
# It is, and there is one: time stamps come through it since Linux 3.17, zero-copy notifications
# since 4.14, both without IP_RECVERR.
#
# Expected: an error queue of TCP, which networking/timestamping.rst and networking/msg_zerocopy.rst
# of the kernel describe. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages=6.9.1-1 python3
about "man-pages 6.9.1" "recvmsg() with MSG_ERRQUEUE reads the queue of a TCP socket (msg_zerocopy.rst)"

cat >"$work/root/queue.py" <<'END'
import os, select, socket, struct
IP_RECVERR, SO_TIMESTAMPING, TX_SOFTWARE, SOFTWARE, OPT_ID = 11, 37, 2, 16, 128
with socket.create_server(("127.0.0.1", 0)) as listener:
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
try:
    sender.recvmsg(1, 256, socket.MSG_ERRQUEUE)
except OSError as error:
    print(os.strerror(error.errno))
sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, TX_SOFTWARE | SOFTWARE | OPT_ID)
sender.send(b"x")
poll = select.poll()
poll.register(sender, 0)
poll.poll(5000)
for level, kind, data in sender.recvmsg(1, 256, socket.MSG_ERRQUEUE)[1]:
    if (level, kind) == (socket.IPPROTO_IP, IP_RECVERR):
        print("IP_RECVERR of origin", struct.unpack_from("IB", data)[1])
END
sentence=$(gzip -dc "$work/root/usr/share/man/man7/ip.7.gz" | sed 's/^\.B //' | tr '\n' ' ' |
	grep -oE 'TCP has no error queue; MSG_ERRQUEUE is not permitted on SOCK_STREAM sockets')
stated "ip(7)" "TCP has no error queue; MSG_ERRQUEUE is not permitted on SOCK_STREAM sockets" "$sentence"
inside python3 /queue.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
stated "an empty queue" "Resource temporarily unavailable" "$(sed -n 1p "$work/out")"
stated "after a time stamp (origin 4: SO_EE_ORIGIN_TIMESTAMPING)" "IP_RECVERR of origin 4" "$(sed -n 2p "$work/out")"
finish
