#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ruby 3.3.8 (Debian 13; sid is the same) loses the zero-copy notifications of TCP sockets: recvmsg
# with MSG_ERRQUEUE returns nil, its sign of a closed connection, because a notification has no data.
# The control message is dropped, and the notification has left the queue. On UDP sockets it arrives,
# if both lengths are given: without them Ruby first looks with MSG_PEEK, which error queues ignore
# (net/core/sock.c, sock_recv_errqueue()).
#
# Expected: ri BasicSocket#recvmsg: "The return value is 4-elements array", the last of them controls.
# Known: nil is of Ruby 3.3 (Bug #19012), for connections that were closed.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie ruby3.3=3.3.8-2
about "Ruby 3.3.8" "recvmsg returns \"4-elements array\" with the ancillary data (ri BasicSocket#recvmsg)"

cat >"$work/root/notification.rb" <<'END'
require "socket"
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
def notification(sender, receiver)
  sender.setsockopt(:SOCKET, SO_ZEROCOPY, 1)
  sender.send("x" * 4096, MSG_ZEROCOPY)
  receiver.recv(4096, Socket::MSG_WAITALL)
  IO.select([sender])
  _, _, _, control = sender.recvmsg(1, Socket::MSG_ERRQUEUE | Socket::MSG_DONTWAIT, 512)
  control ? "origin #{control.data.getbyte(4)}" : "nothing"
end
listener = TCPServer.new("127.0.0.1", 0)
tcp = TCPSocket.new("127.0.0.1", listener.addr[1])
peer = listener.accept
puts "TCP: #{notification(tcp, peer)}"
tcp.write("more")
puts "TCP afterwards: #{peer.readpartial(4)}"
receiver = UDPSocket.new
receiver.bind("127.0.0.1", 0)
udp = UDPSocket.new
udp.connect("127.0.0.1", receiver.addr[1])
puts "UDP: #{notification(udp, receiver)}"
END
inside timeout 60 ruby /notification.rb >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
result() {
	sed -n "s/^$1: //p" "$work/out"
}
stated "notification of UDP" "origin 5" "$(result UDP)"
stated "notification of TCP" "nothing" "$(result TCP)"
stated "data that this connection carries afterwards" "more" "$(result 'TCP afterwards')"
finish
