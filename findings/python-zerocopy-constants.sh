#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Python 3.13 (Debian 13) has socket.MSG_ERRQUEUE, and neither MSG_ZEROCOPY, SO_ZEROCOPY,
# IP_RECVERR nor IPV6_RECVERR, which is what such a queue is of use for. Programs write the
# numbers, of which SO_ZEROCOPY's differs on sparc. Python 3.14 has the IP options, and still no
# zero-copy ones. The numbers work, and recvmsg() returns the notification.
#
# Expected: the documentation of socket says of SO_*, SOL_SOCKET, MSG_*, IPPROTO_* and IP_* that
# many of them "are also defined", and the headers of glibc and the kernel have these.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie python3=3.13.5-1
about "Python 3.13" "the socket module has the constants of the C library, as its documentation says of MSG_* and SO_*"

cat >"$work/root/names.py" <<'END'
import select, socket
for name in "MSG_ERRQUEUE", "MSG_ZEROCOPY", "SO_ZEROCOPY", "IP_RECVERR", "IPV6_RECVERR":
    print(name, hasattr(socket, name))
with socket.create_server(("127.0.0.1", 0)) as listener:
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
    sender.setsockopt(socket.SOL_SOCKET, 60, 1)
    sender.send(bytes(4096), 0x4000000)
    receiver.recv(4096, socket.MSG_WAITALL)
    poll = select.poll()
    poll.register(sender, 0)
    poll.poll(5000)
    (level, kind, data), = sender.recvmsg(1, 256, socket.MSG_ERRQUEUE)[1]
    print("notification", level, kind, "origin", data[4])
END
inside python3 /names.py >"$work/out"
stated "MSG_ERRQUEUE" "MSG_ERRQUEUE True" "$(grep ^MSG_ERRQUEUE "$work/out")"
for name in MSG_ZEROCOPY SO_ZEROCOPY IP_RECVERR IPV6_RECVERR; do
	stated "$name" "$name False" "$(grep "^$name" "$work/out")"
done
stated "by numbers" "notification 0 11 origin 5" "$(tail -n 1 "$work/out")"
finish
