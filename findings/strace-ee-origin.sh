#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# strace 6.13 (Debian 13; 7.2 does the same) prints the origin and the code of a struct
# sock_extended_err as numbers. A zero-copy notification reads "ee_origin=5 ... ee_code=1",
# and one has to know that 5 is SO_EE_ORIGIN_ZEROCOPY and 1 SO_EE_CODE_ZEROCOPY_COPIED.
#
# Expected: the names of linux/errqueue.h, as strace prints MSG_ERRQUEUE, MSG_ZEROCOPY and
# SO_ZEROCOPY by name in the same trace. strace(1): "Arguments are printed in symbolic form
# with passion." A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie strace=6.13+ds-1 python3
about "strace 6.13" "ee_origin=SO_EE_ORIGIN_ZEROCOPY and ee_code=SO_EE_CODE_ZEROCOPY_COPIED (linux/errqueue.h)," \
	"as other constants of the same trace are symbolic (strace(1))"

cat >"$work/root/notification.py" <<'END'
import select, socket
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
with socket.create_server(("127.0.0.1", 0)) as listener:
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
    sender.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    sender.send(bytes(4096), MSG_ZEROCOPY)
    receiver.recv(4096, socket.MSG_WAITALL)
    poll = select.poll()
    poll.register(sender, 0)
    poll.poll(5000)
    sender.recvmsg(1, 256, socket.MSG_ERRQUEUE)
END
inside strace -e trace=sendto,recvmsg,setsockopt python3 /notification.py >"$work/trace" 2>&1
stated "option" "SO_ZEROCOPY, [1]" "$(grep -o 'SO_ZEROCOPY, \[1\]' "$work/trace")"
stated "flag" "MSG_ZEROCOPY" "$(grep -o 'MSG_ZEROCOPY' "$work/trace")"
stated "notification" "ee_errno=0, ee_origin=5, ee_type=0, ee_code=1" \
	"$(grep -oE 'ee_errno=[^,]*, ee_origin=[^,]*, ee_type=[^,]*, ee_code=[^,]*' "$work/trace")"
finish
