#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# socket(7) of man-pages 6.9.1 (Debian 13; 6.20 is the same) says of SO_SELECT_ERR_QUEUE that poll(2)
# then returns POLLPRI whenever it returns POLLERR, and that select(2) tells of errors by exceptfds. For
# UDP they do. A TCP socket takes the option, and keeps to POLLERR: a program that waits for POLLPRI
# wakes up, as for any POLLERR, and one that looks at exceptfds waits for ever.
#
# Expected: net/core/datagram.c, datagram_poll(), looks at SOCK_SELECT_ERR_QUEUE, and net/ipv4/tcp.c,
# tcp_poll(), does not. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages=6.9.1-1 python3
about "man-pages 6.9.1" "a page that says of which sockets it speaks (net/core/datagram.c; net/ipv4/tcp.c, tcp_poll())"

cat >"$work/root/poll.py" <<'END'
import select, socket
SO_SELECT_ERR_QUEUE, SO_ZEROCOPY, MSG_ZEROCOPY = 45, 60, 0x4000000
def tcp():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = socket.create_connection(listener.getsockname())
        return sender, listener.accept()[0]
def udp():
    sender, receiver = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
    receiver.bind(("127.0.0.1", 0))
    sender.connect(receiver.getsockname())
    return sender, receiver
for connect in udp, tcp:
    sender, receiver = connect()
    sender.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    sender.setsockopt(socket.SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1)
    sender.send(bytes(4096), MSG_ZEROCOPY)
    receiver.recv(4096, socket.MSG_WAITALL)
    poll = select.poll()
    poll.register(sender, select.POLLPRI)
    events = dict(poll.poll(5000)).get(sender.fileno(), 0)
    print(connect.__name__, *[bit for bit in ("POLLERR", "POLLPRI") if events & getattr(select, bit)],
          *["exceptfds" for _ in select.select([], [], [sender], 0)[2]])
END
inside python3 /poll.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
stated "socket(7)" "whenever an POLLERR event is returned" \
	"$(gzip -dc "$work/root/usr/share/man/man7/socket.7.gz" | sed '1,/SO_SELECT_ERR_QUEUE/d; s/^\.B //' | tr '\n' ' ' |
		grep -oE 'whenever an POLLERR event is returned' | head -n 1)"
stated "UDP" "udp POLLERR POLLPRI exceptfds" "$(grep '^udp' "$work/out")"
stated "TCP" "tcp POLLERR" "$(grep '^tcp' "$work/out")"
finish
