#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The flags of Perl's Socket::MsgHdr 0.05 (Debian 13; 0.06 has them) are never those that recvmsg()
# returned: they stay 0. A program that asks them for MSG_CTRUNC takes a notification that was cut off
# for a whole one, with 0 in place of the fields, and one that asks for MSG_TRUNC takes the start of a
# datagram for all of it.
#
# Expected: the module's documentation has the first of these tests as its example for flags: it warns of
# truncation where "$hdr->flags & MSG_CTRUNC" is set. recvmsg(2): "The msg_flags field in the msghdr is
# set on return". A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie libsocket-msghdr-perl=0.05-2+b4 strace
about "Socket::MsgHdr 0.05" "flags() has MSG_CTRUNC after a recvmsg() that truncated control data (its own documentation)"

cat >"$work/root/receive.pl" <<'END'
use strict;
use warnings;
use IO::Socket::INET;
use Socket;
use Socket::MsgHdr;
my ($SO_ZEROCOPY, $MSG_ZEROCOPY, $LENGTH) = (60, 0x4000000, 4096);

sub flags {
	my ($socket, $flags, %sizes) = @_;
	my $header = Socket::MsgHdr->new(%sizes);
	defined(recvmsg($socket, $header, $flags)) or die "recvmsg: $!";
	print "flags ", $header->flags, "\n";
}

my $listener = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die;
my $sender = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $listener->sockport) or die;
my $receiver = $listener->accept;
setsockopt($sender, SOL_SOCKET, $SO_ZEROCOPY, 1) or die "SO_ZEROCOPY: $!";
send($sender, "x" x $LENGTH, $MSG_ZEROCOPY);
recv($receiver, my $data, $LENGTH, MSG_WAITALL);
vec(my $wait = "", fileno($sender), 1) = 1;
select($wait, undef, undef, 5);
flags($sender, MSG_ERRQUEUE, buflen => 1, controllen => 20);

socketpair(my $one, my $other, AF_UNIX, SOCK_DGRAM, 0) or die;
send($one, "hello", 0);
flags($other, 0, buflen => 2);
END
inside strace -e trace=recvmsg -o /trace perl /receive.pl >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
# kernel NUMBER: the flags that the kernel returned to this call.
kernel() {
	sed -n "$1s/.*msg_flags=\\([A-Z_|]*\\).*/\\1/p" "$work/root/trace"
}
stated "notification, flags of the kernel" "MSG_CTRUNC|MSG_ERRQUEUE" "$(kernel 1)"
stated "notification, the module" "flags 0" "$(sed -n 1p "$work/out")"
stated "datagram, flags of the kernel" "MSG_TRUNC" "$(kernel 2)"
stated "datagram, the module" "flags 0" "$(sed -n 2p "$work/out")"
finish
