#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ipv6(7) of man-pages 6.9.1 (Debian 13; the pages of these options in 6.20 say the same) lets one ask
# for the hop limit of datagrams by the option IPV6_HOPLIMIT, and says that the messages have the type
# of the option. The kernel refuses IPV6_HOPLIMIT and IPV6_AUTHHDR with ENOPROTOOPT, and a boolean
# for IPV6_RTHDR, IPV6_HOPOPTS and IPV6_DSTOPTS with EINVAL, as these set headers of what is sent. The
# options that ask for messages are IPV6_RECVHOPLIMIT and its like; no page describes them.
#
# Expected: RFC 3542, which the kernel's names follow since Linux 2.6.14, has IPV6_RECV* for the options
# and IPV6_* for the messages (RFC 2292 had one name for both); net/ipv6/ipv6_sockglue.c.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages=6.9.1-1 python3
about "man-pages 6.9.1" "options that the kernel takes: IPV6_RECVHOPLIMIT and its like (RFC 3542; net/ipv6/ipv6_sockglue.c)"

cat >"$work/root/options.py" <<'END'
import os, socket
IPV6_AUTHHDR = 10
OPTIONS = {"IPV6_AUTHHDR": IPV6_AUTHHDR} | {name: getattr(socket, name) for name in (
    "IPV6_HOPLIMIT", "IPV6_RTHDR", "IPV6_HOPOPTS", "IPV6_DSTOPTS", "IPV6_RECVHOPLIMIT")}
sender, receiver = (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(2))
receiver.bind(("::1", 0))
sender.connect(receiver.getsockname())
for name, option in OPTIONS.items():
    try:
        receiver.setsockopt(socket.IPPROTO_IPV6, option, 1)
        print(f"{name}: taken")
    except OSError as error:
        print(f"{name}: {os.strerror(error.errno)}")
sender.send(b"x")
types = [kind for _, kind, _ in receiver.recvmsg(1, 256)[1]]
print("messages:", *[name for name, option in OPTIONS.items() if option in types])
END
inside python3 /options.py >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
page() {
	gzip -dc "$work/root/usr/share/man/man7/ipv6.7.gz" | grep -v '^\.\\"' | sed 's/^\.[A-Z]* //' | tr '\n' ' ' | grep -oE "$1" | head -n 1
}
result() {
	sed -n "s/^$1: //p" "$work/out"
}
stated "ipv6(7)" "The control messages have the same type as the socket option" \
	"$(page 'The control messages have the same type as the socket option')"
stated "IPV6_RECVHOPLIMIT in ipv6(7)" "" "$(page IPV6_RECVHOPLIMIT)"
stated "IPV6_HOPLIMIT" "Protocol not available" "$(result IPV6_HOPLIMIT)"
stated "IPV6_AUTHHDR" "Protocol not available" "$(result IPV6_AUTHHDR)"
stated "IPV6_RTHDR" "Invalid argument" "$(result IPV6_RTHDR)"
stated "IPV6_HOPOPTS" "Invalid argument" "$(result IPV6_HOPOPTS)"
stated "IPV6_DSTOPTS" "Invalid argument" "$(result IPV6_DSTOPTS)"
stated "IPV6_RECVHOPLIMIT" "taken" "$(result IPV6_RECVHOPLIMIT)"
stated "type of the message" "IPV6_HOPLIMIT" "$(result messages)"
finish
