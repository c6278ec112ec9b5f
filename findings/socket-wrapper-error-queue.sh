#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Under socket_wrapper 1.4.4 (Debian 13; 1.5.2 does the same), recvmsg() with MSG_ERRQUEUE takes the
# data that waits in the socket. The sockets of the program are UNIX sockets there, for which Linux
# does not know the flag, and the library passes it on. A program that reads the error queue until
# EAGAIN, as it should, loses a part of its stream, or datagrams. SO_ZEROCOPY fails with EOPNOTSUPP,
# but IP_RECVERR succeeds, so a program that uses the error queue for something else has no sign that
# there is none.
#
# Expected: EAGAIN, as without the library. By recv(2) the flag "specifies that queued errors should be
# received from the socket error queue", and socket_wrapper(1) promises "Support for IPv4 and IPv6 socket
# and addressing emulation".
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie libsocket-wrapper=1.4.4-3 python3
about "socket_wrapper 1.4.4" "EAGAIN from an empty error queue, and the data still there (recv(2))"

cat >"$work/root/read.py" <<'END'
import select, socket, sys
SO_ZEROCOPY, IP_RECVERR = 60, 11
if sys.argv[1] == "TCP":
    with socket.create_server(("127.0.0.1", 0)) as listener:
        receiver = socket.create_connection(listener.getsockname())
        sender, _ = listener.accept()
else:
    receiver, sender = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    for each in receiver, sender:
        each.bind(("127.0.0.1", 0))
    receiver.connect(sender.getsockname())
    sender.connect(receiver.getsockname())

def tried(call, *arguments):
    try:
        return call(*arguments) or "ok"
    except OSError as error:
        return error.strerror

print("SO_ZEROCOPY:", tried(receiver.setsockopt, socket.SOL_SOCKET, SO_ZEROCOPY, 1), end=", ")
print("IP_RECVERR:", tried(receiver.setsockopt, socket.IPPROTO_IP, IP_RECVERR, 1), end=", ")
sender.send(b"hello")
select.select([receiver], [], [], 5)
read = tried(receiver.recvmsg, 16, 256, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
print("error queue:", read if isinstance(read, str) else read[0].decode(), end=", ")
read = tried(receiver.recv, 16, socket.MSG_DONTWAIT)
print("data:", read if isinstance(read, str) else read.decode())
END
mkdir "$work/root/tmp/wrapper"
wrapped() {
	inside env LD_PRELOAD=libsocket_wrapper.so SOCKET_WRAPPER_DIR=/tmp/wrapper python3 /read.py "$1" 2>&1 | tail -n 1
}
stated "TCP" "SO_ZEROCOPY: ok, IP_RECVERR: ok, error queue: Resource temporarily unavailable, data: hello" "$(inside python3 /read.py TCP 2>&1 | tail -n 1)"
stated "TCP, wrapped" "SO_ZEROCOPY: Operation not supported, IP_RECVERR: ok, error queue: hello, data: Resource temporarily unavailable" "$(wrapped TCP)"
stated "UDP" "SO_ZEROCOPY: ok, IP_RECVERR: ok, error queue: Resource temporarily unavailable, data: hello" "$(inside python3 /read.py UDP 2>&1 | tail -n 1)"
stated "UDP, wrapped" "SO_ZEROCOPY: Operation not supported, IP_RECVERR: ok, error queue: hello, data: Resource temporarily unavailable" "$(wrapped UDP)"
finish
