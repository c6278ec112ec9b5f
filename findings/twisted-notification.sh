#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Twisted 24.11.0 (Debian 13; 26.4.0 does the same) closes a TCP connection when a notification arrives
# in its error queue. The reactor of Linux, epollreactor, takes EPOLLERR without EPOLLIN for the end of
# the connection. The protocol hears that it "was closed cleanly", and the peer sees it end, although
# neither side had closed it. Under the select reactor the same program receives the answer of its
# peer.
#
# Expected: the reactors agree. error.ConnectionDone is documented as "Connection was closed cleanly", and
# by interfaces.IFileDescriptor connectionLost() is called when "the connection was closed explicitly, an
# exception occurred in an event handler, or the other end of the connection closed it first". None of
# these happened. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie python3-twisted=24.11.0-1
about "Twisted 24.11.0" "a notification leaves the connection open, as no end has closed it (interfaces, connectionLost())"

cat >"$work/root/notification.py" <<'END'
import socket, sys
if sys.argv[1] == "epoll":
    from twisted.internet import epollreactor as chosen
else:
    from twisted.internet import selectreactor as chosen
chosen.install()
from twisted.internet import protocol, reactor
SO_ZEROCOPY, LENGTH = 60, 4096

class Client(protocol.Protocol):
    def connectionMade(self):
        sender = self.transport.getHandle()
        sender.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        sender.send(bytes(LENGTH), int(sys.argv[2]))

    def dataReceived(self, data):
        print("an answer of", len(data), "byte")
        reactor.stop()

    def connectionLost(self, reason):
        if reactor.running:
            print("client:", reason.getErrorMessage())

class Server(protocol.Protocol):
    received = 0

    def dataReceived(self, data):
        self.received += len(data)
        if self.received == LENGTH:
            reactor.callLater(1, self.transport.write, b"x")

    def connectionLost(self, reason):
        if reactor.running:
            print("server: end of the connection.")
            reactor.stop()

port = reactor.listenTCP(0, protocol.Factory.forProtocol(Server), interface="127.0.0.1")
reactor.connectTCP("127.0.0.1", port.getHost().port, protocol.ClientFactory.forProtocol(Client))
reactor.run()
END
# answer REACTOR FLAGS: what becomes of a connection on which data was sent with these flags.
answer() {
	inside timeout 60 python3 /notification.py "$1" "$2" 2>"$work/log" | paste -sd' '
}
MSG_ZEROCOPY=$((0x4000000))
stated "epoll reactor, without notification" "an answer of 1 byte" "$(answer epoll 0)"
stated "epoll reactor, with a notification" "client: Connection was closed cleanly. server: end of the connection." \
	"$(answer epoll "$MSG_ZEROCOPY")"
stated "select reactor, with a notification" "an answer of 1 byte" "$(answer select "$MSG_ZEROCOPY")"
finish
