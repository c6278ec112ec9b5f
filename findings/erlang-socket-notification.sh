#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Erlang/OTP 27.3.4.1 (Debian 13; 29.1.2 does the same): socket:recvmsg() with the flag errqueue
# takes the zero-copy notification of a TCP socket for the end of the connection, as it has no data:
# it returns {error, closed}. The notification is gone, and the connection is not closed. That of a
# UDP socket arrives, and even names its origin: zerocopy, which the type ee_origin() lacks.
#
# Expected: the documentation of socket says at the option recverr that errors "should be read using
# the message flag errqueue, and using recvmsg/1,2,3,4,5 to get all error information in the message's
# ctrl field". A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie erlang-base=1:27.3.4.1+dfsg-1+deb13u4
about "Erlang/OTP 27.3.4.1" "recvmsg with errqueue returns the control message in the field ctrl (socket, option recverr)"

# The timeout is for the notification, which need not be there when the receiver has the data.
cat >"$work/root/notification.erl" <<'END'
-module(notification).
-export([main/0]).
-define(SO_ZEROCOPY, {socket, 60}).
-define(MSG_ZEROCOPY, 16#4000000).
bound(Type, Protocol) ->
    {ok, Socket} = socket:open(inet, Type, Protocol),
    ok = socket:bind(Socket, #{family => inet, addr => loopback, port => 0}),
    {ok, Address} = socket:sockname(Socket),
    {Socket, Address}.
connected(Type, Protocol, Address) ->
    {ok, Socket} = socket:open(inet, Type, Protocol),
    ok = socket:connect(Socket, Address),
    Socket.
notification(Sender, Receiver) ->
    ok = socket:setopt_native(Sender, ?SO_ZEROCOPY, 1),
    ok = socket:send(Sender, binary:copy(<<"x">>, 4096), [?MSG_ZEROCOPY]),
    {ok, _} = socket:recv(Receiver, 4096),
    case socket:recvmsg(Sender, 1, 512, [errqueue], 5000) of
        {ok, #{ctrl := [#{value := #{origin := Origin}}]}} -> Origin;
        Other -> Other
    end.
main() ->
    {Listener, TcpAddress} = bound(stream, tcp),
    ok = socket:listen(Listener),
    Tcp = connected(stream, tcp, TcpAddress),
    {ok, Peer} = socket:accept(Listener),
    io:format("TCP: ~p~n", [notification(Tcp, Peer)]),
    ok = socket:send(Tcp, "more"),
    io:format("TCP afterwards: ~p~n", [socket:recv(Peer, 4)]),
    {Receiver, UdpAddress} = bound(dgram, udp),
    io:format("UDP: ~p~n", [notification(connected(dgram, udp, UdpAddress), Receiver)]),
    halt().
END
inside sh -c 'cd /tmp && erlc /notification.erl && timeout 60 erl -noshell -s notification main </dev/null' \
	>"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
result() {
	sed -n "s/^$1: //p" "$work/out"
}
stated "origin that the notification of UDP has" "zerocopy" "$(result UDP)"
stated "notification of TCP" "{error,closed}" "$(result TCP)"
stated "data that this connection carries afterwards" '{ok,<<"more">>}' "$(result 'TCP afterwards')"
finish
