#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ss -m of iproute2 6.15.0 (Debian 13; 7.3.0 does the same): the number behind "o" grows by a
# zero-copy send, and falls when the notification is read. It thus shows notifications that nobody
# reads, which end in ENOBUFS; ss(8) does not say so.
#
# Expected: by ss(8), opt_mem is "the memory used for storing socket option, e.g., the key for TCP
# MD5 signature", which a send does not change. (The kernel's sysctl/net.rst says of optmem_max
# that TCP's zero copy uses it as a limit, too.)

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1 python3
about "ss of iproute2 6.15.0" "opt_mem is the memory of socket options (ss(8)), so that sending leaves it alone"

cat >"$work/root/send.py" <<'END'
import re, select, socket, subprocess
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
listener = socket.create_server(("127.0.0.1", 0))
sender = socket.create_connection(listener.getsockname())
receiver, _ = listener.accept()
sender.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
def opt_mem():
    port = sender.getsockname()[1]
    line = subprocess.run(["ss", "-tnmH", f"sport = {port}"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r",o(\d+),", line)[1])
amounts = [opt_mem()]
sender.send(bytes(4096), MSG_ZEROCOPY)
receiver.recv(4096, socket.MSG_WAITALL)
poll = select.poll()
poll.register(sender, 0)
poll.poll(5000)
amounts.append(opt_mem())
sender.recvmsg(1, 256, socket.MSG_ERRQUEUE)
amounts.append(opt_mem())
print(*["some" if amount else "none" for amount in amounts])
END
inside python3 /send.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
stated "opt_mem before a send, with its notification unread, and with it read" "none some none" "$(cat "$work/out")"
finish
